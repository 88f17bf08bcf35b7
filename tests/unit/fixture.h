/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One guest with one carveout of 4 MiB at 4 GiB, vault-backed, on the model of
 * Xen; and a clock that tests turn.
 */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include "backing/guest.h"
#include "carveout/carveout.h"
#include "hv/hv.h"
#include "hv/hv_model.h"

#define FIXTURE_BASE 0x100000000ULL
#define FIXTURE_SIZE (4U << 20)
#define FIXTURE_WINDOW (1U << 20)
#define FIXTURE_GRACE 1000U

struct fixture {
	struct hv *hv;
	struct guest guest;
	struct carveout carveout;
	struct carveout_owner owner;
	hv_domid vault;
	void *buffer;
	uint64_t now;
	unsigned int records; /* calls of record() */
	int record_error;     /* what record() returns */
	unsigned int leaving; /* windows that the front end was asked to drop */
	uint32_t last_leaving;
	struct hv_model_ledger before;
};

/* scrubs: Xen was booted with scrub-domheap. */
void fixture_setup(struct fixture *fixture, bool scrubs);
/* Destroys it all and asserts that the ledger is as before. */
void fixture_teardown(struct fixture *fixture);

/* Work until it is not busy, as the daemon's loop does. */
void fixture_work(struct fixture *fixture);

/* The guest fills a window with a pattern, and grants its pages in `refs`. */
void fixture_fill(struct fixture *fixture, uint64_t offset, uint32_t length,
		  uint8_t seed, uint32_t *refs);

/* Open, fill, commit. */
void fixture_load(struct fixture *fixture, uint64_t offset, uint32_t length,
		  uint64_t used, uint8_t seed);

/* The byte that fixture_fill() puts at an offset. */
uint8_t fixture_byte(uint64_t offset, uint8_t seed);

/* Does the guest reach the byte at this offset of the carveout? */
bool fixture_guest_reaches(struct fixture *fixture, uint64_t offset);

/* One byte of the vault. */
uint8_t fixture_vault_byte(struct fixture *fixture, uint64_t offset);

/* Assert that the whole vault is zero. */
void fixture_assert_scrubbed(struct fixture *fixture);

#endif
