/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A backing is where a carveout's content lives, and how windows onto it come
 * and go.  carveout/ knows only this interface; vault.h and pool.h make one.
 *
 * Offsets and lengths are bytes inside the carveout, multiples of the page
 * size, already checked by the caller.  Functions return 0 or a negated errno.
 */
#ifndef BACKING_BACKING_H
#define BACKING_BACKING_H

#include <stdbool.h>
#include <stdint.h>

struct backing;

/* One open window. */
struct backing_window {
	uint64_t offset;
	uint32_t length;
	bool has_content; /* bytes of the content may be under it */
	bool kept;	  /* its bytes are content now */
	bool gone;	  /* the backing's own: the guest has it no more */
	void *pin;	  /* the backing's own */
};

struct backing_ops {
	/*
	 * Asked before a window of that length is written down: a guest whose
	 * quota is full (-ENOMEM) is told so at little cost.
	 */
	int (*check_room)(struct backing *backing, uint32_t length);
	/*
	 * Put memory behind window->offset, blank, or showing the content.
	 * Nobody else's bytes can be seen in it at any moment.  On an error
	 * nothing is left, but after -EIO, when the hypervisor failed to undo
	 * it: then window->length is what there may be.  -ENOMEM: the host or
	 * the guest's quota is full.
	 */
	int (*open)(struct backing *backing, struct backing_window *window,
		    bool show_content);
	/*
	 * The window's first `used` bytes become content at its offset, and the
	 * rest of it zeros.  buffer has room for the window, and holds these
	 * bytes afterwards: exactly what was kept.  refs: the guest's grants of
	 * its pages, one a page, not trusted.  The window may be with the guest
	 * still: a withdraw has to follow, after an error too.  May be done
	 * again, by another manager, as long as that has not come.
	 * -EFAULT: the guest removed or replaced its pages, so that there is
	 * nothing to take; -EIO: the hypervisor failed.
	 */
	int (*keep)(struct backing *backing, struct backing_window *window,
		    const uint32_t *refs, uint32_t used, void *buffer);
	/*
	 * Copy whole pages that the guest granted, once, into buffer
	 * (hv_copy_granted()); the content stays as it is.
	 */
	int (*fetch)(struct backing *backing, const uint32_t *refs,
		     uint32_t count, void *buffer);
	/*
	 * Take the window away; its memory is wiped.  The content under it is
	 * what was kept, or else as it was.  -EIO: the hypervisor failed;
	 * -ENODATA: done, but what was under it is lost, because the manager
	 * that opened the window is gone.
	 */
	int (*withdraw)(struct backing *backing, struct backing_window *window);
	/* Forget a window that stays with the guest, for the next manager. */
	void (*hand_over_window)(struct backing *backing,
				 struct backing_window *window);

	int (*write)(struct backing *backing, uint64_t offset, uint32_t length,
		     const void *buffer);
	int (*read)(struct backing *backing, uint64_t offset, uint32_t length,
		    void *buffer);
	/*
	 * Free the content, scrubbed, and the backing.  No window is open.
	 * -EIO: the guest may still reach it, so that it is not free, but lost.
	 */
	int (*destroy)(struct backing *backing);
	/* Where the guest may reach what it should not: take that away. */
	void (*settle)(struct backing *backing);
	/* Forget the backing but leave the content, for the next manager. */
	void (*hand_over)(struct backing *backing);
};

struct backing {
	const struct backing_ops *ops;
	/* The guest may reach more of it than its windows: the hypervisor
	 * failed, or nobody knows. */
	bool exposed;
};

#endif
