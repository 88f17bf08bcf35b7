/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A carveout said as simply as can be: an array of bytes, a list of windows,
 * and what each request answers.  No backing, no record, no work in steps: how
 * long work takes is looked at, what it comes to is not.
 */
#ifndef TESTS_NAIVE_H
#define TESTS_NAIVE_H

#include "fixture.h"

struct naive_window {
	bool open;
	bool leaving;
	uint64_t deadline;
	uint32_t id;
	uint64_t offset;
	uint32_t length;
	uint8_t bytes[FIXTURE_WINDOW]; /* what the guest finds in it */
};

struct naive {
	const struct carveout_config *config;
	enum carveout_state state;
	enum carveout_who writer;
	bool guest_loads; /* as the guest believes */
	uint8_t content[FIXTURE_SIZE];
	bool written; /* a byte of it, by this load */
	struct naive_window windows[CARVEOUT_WINDOWS];
	uint64_t now;
	uint64_t length; /* sealed, or being sealed */
	bool sealing;	 /* its answer is still to come */
	bool differs;	 /* ... from the digest that was expected */
	bool scrubbing;	 /* then it is `next` */
	enum carveout_state next;
	unsigned int told; /* windows that the front end was asked to drop */
};

void naive_init(struct naive *naive, const struct carveout_config *config);

/*
 * What each request of carveout.h answers; where that is 0, it is done too.
 * Where the carveout says -EINPROGRESS, the naive one says 0.
 */
int naive_open(struct naive *naive, uint64_t offset, uint64_t length,
	       bool show_content);
int naive_commit(struct naive *naive, uint32_t id, uint64_t used);
int naive_discard(struct naive *naive, uint32_t id);
int naive_write(struct naive *naive, uint64_t offset, const uint8_t *bytes,
		uint64_t length);
int naive_put(struct naive *naive, uint64_t offset, const uint8_t *bytes,
	      uint64_t length, bool granted);
int naive_seal(struct naive *naive, enum carveout_who who, uint64_t length,
	       bool differs);
int naive_reset(struct naive *naive, enum carveout_who who);
int naive_abort(struct naive *naive, enum carveout_who who);
int naive_revoke(struct naive *naive, bool at_once);
int naive_read(const struct naive *naive, uint64_t offset, uint64_t length);
void naive_disconnected(struct naive *naive);

/* The window that was opened last gets the id that the carveout gave it. */
void naive_name_window(struct naive *naive, uint32_t id);

/* Time has come to `now`: windows that had until then are gone. */
void naive_time(struct naive *naive, uint64_t now);
/* The seal, the scrub that was under way is done. */
void naive_sealed(struct naive *naive);
void naive_scrubbed(struct naive *naive);

bool naive_busy(const struct naive *naive);
unsigned int naive_windows(const struct naive *naive);
/* NULL: there is none. */
struct naive_window *naive_window(struct naive *naive, uint32_t id);
struct naive_window *naive_window_at(struct naive *naive, uint64_t offset);

#endif
