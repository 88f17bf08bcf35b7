/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One guest with one carveout of 4 MiB at 4 GiB, on the model of Xen; and a
 * clock that tests turn.  Each behaviour is tried in every world: what differs
 * between them is data.
 */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include "backing/guest.h"
#include "backing/pool.h"
#include "carveout/carveout.h"
#include "hv/hv.h"
#include "hv/hv_model.h"

#define FIXTURE_BASE 0x100000000ULL
#define FIXTURE_SIZE (4U << 20)
#define FIXTURE_WINDOW (1U << 20)
#define FIXTURE_GRACE 1000U

/* A host, and where the carveout is on it. */
struct world {
	const char *name;
	bool pooled;
	bool scrubs; /* Xen was booted with scrub-domheap */

	/* What opening, taking and keeping a window come down to. */
	enum hv_model_call gives, takes, keeps;
	enum hv_model_call reads, writes; /* the content */
	/* A failure to take that can be noticed: Xen shows whether RAM is still
	 * there, but not whether host frames are. */
	enum hv_model_fault_kind untaken;
	uint64_t window_pages; /* of the guest's allowance */
	bool can_alias; /* the guest can grant a window's page to itself */
	/* What a commit answers when the guest has removed some of a window's
	 * pages, or put its own in their place. */
	int removed, replaced;
};

struct fixture {
	const struct world *world;
	struct hv *hv;
	struct guest guest;
	struct carveout carveout;
	struct carveout_owner owner;
	hv_domid vault;
	struct pool pool;
	mfn_t first; /* in the pool */
	struct scratch scratch;
	uint64_t now;
	unsigned int records;		   /* calls of record() */
	struct carveout_snapshot recorded; /* last */
	unsigned int leaving; /* windows that the front end was asked to drop */
	uint32_t last_leaving;
	struct hv_model_ledger before;
};

struct behaviour {
	const char *name;
	void (*test)(void **state);
};

#define BEHAVIOUR(function)         \
	{                           \
#function, function \
	}

/* Try each behaviour in every world, with a fixture set up anew.  Returns what
 * main() is to return. */
int fixture_run(const char *group, struct fixture *fixture,
		const struct behaviour *behaviours, size_t count);

/* Work until it is not busy, as the daemon's loop does. */
void fixture_work(struct fixture *fixture);

/* The guest fills a window with a pattern, and grants its pages in `refs`. */
void fixture_fill(struct fixture *fixture, uint64_t offset, uint32_t length,
		  uint8_t seed, uint32_t *refs);

/* The guest has bytes in pages of its own, a window's at most.  Returns its grant
 * of the page that lists its grants of them. */
uint32_t fixture_own(struct fixture *fixture, const uint8_t *bytes,
		     uint32_t length);

/* ... those that fixture_fill() would write there, and puts them. */
int fixture_put(struct fixture *fixture, uint64_t offset, uint32_t length,
		uint8_t seed);

/* A window in the first slot that has none. */
int fixture_open(struct fixture *fixture, uint64_t offset, uint64_t length,
		 bool show_content, uint32_t *id);

/* Open, fill, commit. */
void fixture_load(struct fixture *fixture, uint64_t offset, uint32_t length,
		  uint64_t used, uint8_t seed);

/* Reset by dom0, in whatever state; and the guest knows. */
void fixture_reset(struct fixture *fixture);

/* Seal as the guest, and work until that is done.  Returns how it ended. */
int fixture_seal(struct fixture *fixture, uint64_t length);

/* The digest is that of what fixture_fill() wrote to [0, used), then zeros to
 * length. */
void fixture_expect_digest(const struct fixture *fixture, uint64_t used,
			   uint64_t length, uint8_t seed);

/* The byte that fixture_fill() puts at an offset. */
uint8_t fixture_byte(uint64_t offset, uint8_t seed);

/* Does the guest reach the byte at this offset of the carveout? */
bool fixture_guest_reaches(struct fixture *fixture, uint64_t offset);

/* The nth of such calls from now on fails, or all of them do. */
void fixture_fail(enum hv_model_call call, unsigned int nth);
void fixture_fail_all(enum hv_model_call call);

/* The manager leaves in good order, and another one takes up what it recorded.
 * Returns what carveout_resume() does. */
int fixture_next_manager(struct fixture *fixture);

/* Put memory behind a range, as a manager that was killed would leave it. */
void fixture_expose(struct fixture *fixture, uint64_t offset, uint32_t pages);

/* One byte of the content. */
uint8_t fixture_content_byte(struct fixture *fixture, uint64_t offset);

/* Assert that all of it is so, or zero. */
void fixture_assert_content(struct fixture *fixture, const uint8_t *bytes);
void fixture_assert_scrubbed(struct fixture *fixture);

#endif
