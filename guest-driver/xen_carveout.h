/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What other kernel drivers may do with a carveout.
 *
 * A carveout is a named range of guest-physical addresses with no memory
 * behind it.  A window is a part of it that has memory for a while.  All
 * offsets and lengths are bytes from the carveout's first byte; those of
 * windows are multiples of 4096.
 *
 * All are called in process context.  Unless said otherwise a function sleeps
 * (it asks the manager in dom0 and waits, killably, for the answer), returns 0
 * or a negated errno, and any of them may answer
 *   -EPIPE      no manager is connected, or it went away meanwhile
 *   -ENODEV     the carveout was detached
 *   -ESHUTDOWN  this kernel is being shut down
 *   -EINTR      the calling process is being killed
 *   -ETIMEDOUT  the manager did not answer within 30 s (seal and reset wait
 *               as long as it is connected: they may be about gigabytes)
 *   -EPROTO     the manager's answer made no sense
 *   -EIO        the hypervisor failed, or the manager broke the protocol
 *
 * They are exported in a name space: MODULE_IMPORT_NS("XEN_CARVEOUT"), before
 * Linux 6.13 without the quotation marks.
 */
#ifndef XEN_CARVEOUT_H
#define XEN_CARVEOUT_H

#include <linux/types.h>

struct xen_carveout;
struct device_node;

enum xen_carveout_window_mode {
	/* Blank: zeros, whatever was committed. */
	XEN_CARVEOUT_WINDOW_WRITE = 1,
	/* Shows what was committed there. */
	XEN_CARVEOUT_WINDOW_READ_WRITE = 2,
};

/*
 * An open window.  The members are for its holder to read: what is written to
 * them changes nothing.  Its bytes are reached by xen_carveout_window_write()
 * and its like, between xen_carveout_window_begin() and
 * xen_carveout_window_end(): dom0 can take a window back at any time, and a
 * touch of what is not there is an oops.  There is no pointer to them, as they
 * may be Device memory, where a plain memcpy() faults.  The structure is the
 * caller's until xen_carveout_close_window() or xen_carveout_discard_window(),
 * one of which must be called, also for a window that was withdrawn.
 */
struct xen_carveout_window {
	u64 offset;
	u32 length;
};

/*
 * Find a carveout by its name and hold it.  The holder keeps the structure,
 * not the connection: a manager may come and go meanwhile.  Release it with
 * xen_carveout_put().  ERR_PTR(-ENODEV): there is none of that name (yet).
 */
struct xen_carveout *xen_carveout_get(const char *name);
void xen_carveout_put(struct xen_carveout *c);

/*
 * As xen_carveout_get(), for entry `index` of the property "carveouts", a list
 * of phandles, of a device-tree node.
 * ERR_PTR(): -ENOENT no such property or entry; -EINVAL it points to something
 * that is no carveout, or to nothing; -EPROBE_DEFER no manager has presented
 * that carveout yet, or its node says other addresses than the manager (the
 * kernel's log then has a warning), and once one does, platform devices that
 * were deferred are probed again; -ENODEV its node is disabled; -ENOSYS a
 * kernel without device trees.
 */
struct xen_carveout *of_xen_carveout_get(struct device_node *np, int index);

/* Bytes in the carveout.  Constant; does not sleep. */
u64 xen_carveout_size(const struct xen_carveout *c);

/* Its first guest-physical address.  Constant; does not sleep. */
u64 xen_carveout_base(const struct xen_carveout *c);

/* The largest window in bytes.  Constant; does not sleep. */
u32 xen_carveout_window_max(const struct xen_carveout *c);

/*
 * Keep /dev/xen/carveout/NAME, sysfs and xen_carveout_load_firmware() from
 * writing or resetting it, for a load of the caller's own with more than one
 * window: an open window keeps them away, too, but not between two of them.
 * Several may; who must not meet whom is for the drivers to arrange.  They do
 * not sleep.
 * -EBUSY: it is being written.
 */
int xen_carveout_reserve(struct xen_carveout *c);
void xen_carveout_unreserve(struct xen_carveout *c);

/*
 * Open [offset, offset + length) as a window.
 * ERR_PTR(): -EINVAL alignment, length or mode; -ENOSPC it would reach beyond
 * the carveout; -EBUSY no free slot, an overlap, /dev/xen/carveout/NAME is
 * being written, or dom0 works on the carveout; -EPERM sealed; -ECANCELED
 * failed or revoked, xen_carveout_reset() first; -ENOMEM no memory here or
 * there.
 */
struct xen_carveout_window *
xen_carveout_open_window(struct xen_carveout *c, u64 offset, u32 length,
			 enum xen_carveout_window_mode mode);

/*
 * The access bracket.  Between begin (returned 0) and end the window stays
 * mapped.  -ECANCELED (revoked), -EPIPE or -EIO (the manager went, or lied),
 * -ENODEV or -ESHUTDOWN: it is gone for good, touch nothing, close it.
 *
 * Process context only.  Preemption is off inside: what stands there must not
 * sleep, must not touch user memory that may fault, and must be short (16 KiB
 * of copying at a time): a withdrawal waits for the bracket to end, and the
 * manager waits its grace for the withdrawal.  Who has not left after
 * 10 s costs the carveout that slot.  Brackets of several threads may overlap.
 */
int xen_carveout_window_begin(struct xen_carveout_window *window);
void xen_carveout_window_end(struct xen_carveout_window *window);

/*
 * Inside the bracket: copy into the window, copy out of it, zero a part of it.
 * offset: bytes from the window's first; any alignment, any length that fits.
 * The buffer is kernel memory.  They do not sleep.
 * -EINVAL: it would reach beyond the window, or there is no bracket; nothing
 * was touched.
 */
int xen_carveout_window_write(struct xen_carveout_window *window, u32 offset,
			      const void *from, size_t length);
int xen_carveout_window_read(struct xen_carveout_window *window, u32 offset,
			     void *to, size_t length);
int xen_carveout_window_zero(struct xen_carveout_window *window, u32 offset,
			     size_t length);

/*
 * Give a window back, ending the caller's use of the structure whatever is
 * returned.  close: its first `used` bytes (at most length) become content,
 * the rest of it zeros.  discard: nothing becomes content.  No bracket of the
 * caller's may be open.
 * -ECANCELED: it had been withdrawn; -EFAULT: its pages could not be taken and
 * the carveout is FAILED; -EINVAL: used is too large (nothing was committed).
 */
int xen_carveout_close_window(struct xen_carveout_window *window, u32 used);
int xen_carveout_discard_window(struct xen_carveout_window *window);

#define XEN_CARVEOUT_DIGEST_SIZE 32

/*
 * End the loading: the content is [0, length).  `expected`, if not NULL, is
 * the digest that it must have; `digest`, if not NULL, receives the one that
 * it has (XEN_CARVEOUT_DIGEST_SIZE octets each).
 * -EBADMSG: it has another digest and was scrubbed; -EKEYREJECTED: it is not
 * what dom0 demands, and was scrubbed; -EINVAL, -ENOSPC: length;
 * -EBUSY: a window is open; -ENODATA: nothing was written; -EALREADY: it is
 * sealed; -ECANCELED: failed or revoked.
 */
int xen_carveout_seal(struct xen_carveout *c, u64 length, const u8 *expected,
		      u8 *digest);

/*
 * Scrub the carveout: EMPTY again.  Every window that is open is withdrawn, and
 * none can be opened (-EBUSY) before the answer is there.
 * -EPERM: sealed, and its configuration does not let the guest reset it;
 * -EBUSY: it is being written by way of /dev or xen_carveout_load_firmware(),
 * or reset by somebody else; or a driver does not leave its access bracket.
 */
int xen_carveout_reset(struct xen_carveout *c);

/*
 * Stream the file `name`, found and unpacked as request_firmware() does it,
 * into the carveout from offset 0 and seal it, with the kernel's own rights.
 * The image is never held in memory, at most 8 MiB of what an archive wants to
 * remember of it.  An ELF image's segments go to their physical addresses less
 * the lowest one, with zeros between them, unless dom0's format=raw; those of an
 * .mdt that lacks them come out of .b00, .b01, ... beside it.  On failure what
 * was written is scrubbed and the carveout FAILED; if nothing was, it stays what
 * it was.
 * -ENOENT no such file, or only packed (.zst, .xz) as this kernel does not
 * unpack it: see the kernel's log; -EINVAL a name that is absolute or has "..";
 * -ETXTBSY somebody has the file open for writing; -ENOSPC larger than the
 * carveout; -ENOEXEC an image that cannot be loaded by its headers, or another
 * than dom0's format= insists on: see the log; -EBUSY somebody else writes the
 * carveout; -EFBIG, -ENODATA its place is not of the expected size; -EPERM
 * sealed; -EKEYREJECTED it is not what dom0 demands (verify=); of an archive:
 * -EBADMSG damaged, or followed by something, -ENODATA cut short,
 * -EFBIG it wants more than 8 MiB, -EOPNOTSUPP packed in an unknown way; and
 * -ENOMEM no memory here, or for half a minute there; -ECANCELED revoked, or
 * reset by dom0; and whatever reading the file says.
 */
int xen_carveout_load_firmware(struct xen_carveout *c, const char *name);

/*
 * Give out parts of an unsealed carveout.  This is book-keeping in the guest
 * alone: it opens no window.  size is rounded up to 4096; align, a power of
 * two, is what the guest-physical address is aligned to.  While something is
 * given out nobody can write or reset the carveout by way of /dev or /sys.
 * -ENOMEM: no room; -EINVAL: size 0, align; -EPERM: it is sealed; -EBUSY: it is
 * being written as a whole.
 * xen_carveout_free() takes the same size and does not sleep.
 */
int xen_carveout_alloc(struct xen_carveout *c, u64 size, u64 align,
		       u64 *offset);
void xen_carveout_free(struct xen_carveout *c, u64 offset, u64 size);

#endif
