// SPDX-License-Identifier: GPL-2.0-only
#include "fixture.h"

#include <string.h>

#include "backing/vault.h"
#include "cmocka_all.h"

#define REFS_FIRST 16

static int record(struct carveout *carveout, void *context)
{
	struct fixture *fixture = context;

	(void)carveout;
	fixture->records++;
	return fixture->record_error;
}

static void leaving(struct carveout *carveout, uint32_t window, int reason,
		    void *context)
{
	struct fixture *fixture = context;

	(void)carveout;
	(void)reason;
	fixture->leaving++;
	fixture->last_leaving = window;
}

static uint64_t now(void *context)
{
	return ((struct fixture *)context)->now;
}

static void make_guest(struct fixture *fixture, bool scrubs)
{
	const struct hv_model_guest guest = {
		.handle = { .byte = { 1, 2, 3 } },
		.ram_pages = 64,
	};
	struct hv_domain domain;
	hv_domid domid;

	assert_int_equal(hv_model_guest_create(&guest, &domid), 0);
	assert_int_equal(hv_domain_get(fixture->hv, domid, &domain), 0);
	fixture->guest = (struct guest){
		.hv = fixture->hv,
		.domid = domid,
		.scrubs_freed_pages = scrubs,
		.baseline_pages = domain.max_pages,
	};
	assert_int_equal(guest_reserve(&fixture->guest,
				       2 * FIXTURE_WINDOW / HV_PAGE_SIZE,
				       FIXTURE_SIZE),
			 0);
}

static void make_carveout(struct fixture *fixture, bool scrubs)
{
	const struct vault_place place = {
		.guest = &fixture->guest,
		.base = gfn_of_gpa(FIXTURE_BASE),
		.size = FIXTURE_SIZE,
		.handle = { .byte = { 'h', 'v' } },
	};
	const struct carveout_config config = {
		.name = "modem",
		.size = FIXTURE_SIZE,
		.base = FIXTURE_BASE,
		.window_max = FIXTURE_WINDOW,
		.windows_max = 2,
	};
	struct backing *backing;

	fixture->owner = (struct carveout_owner){
		.record = record,
		.leaving = leaving,
		.now = now,
		.context = fixture,
		.grace = FIXTURE_GRACE,
	};
	assert_int_equal(vault_create(&place, &backing, &fixture->vault), 0);
	assert_int_equal(carveout_init(&fixture->carveout, &config,
				       &fixture->owner, backing,
				       fixture->buffer, !scrubs),
			 0);
	fixture_work(fixture);
}

void fixture_setup(struct fixture *fixture, bool scrubs)
{
	const struct hv_model_config config = {
		.commandline = scrubs ? "scrub-domheap" : "",
	};

	memset(fixture, 0, sizeof(*fixture));
	hv_model_reset(&config);
	hv_model_dirty_free_memory(0xd5);
	fixture->before = hv_model_ledger();
	assert_int_equal(hv_open(&fixture->hv), 0);
	fixture->buffer = hv_buffer_alloc(CARVEOUT_CHUNK);
	make_guest(fixture, scrubs);
	make_carveout(fixture, scrubs);
}

void fixture_teardown(struct fixture *fixture)
{
	struct hv_model_ledger after;

	carveout_destroy(&fixture->carveout);
	hv_model_guest_destroy(fixture->guest.domid);
	hv_buffer_free(fixture->buffer, CARVEOUT_CHUNK);
	hv_close(fixture->hv);
	after = hv_model_ledger();
	assert_true(hv_model_ledger_equal(&fixture->before, &after));
}

void fixture_work(struct fixture *fixture)
{
	for (int i = 0; i < 100 && carveout_busy(&fixture->carveout); i++) {
		int64_t wait = carveout_wait(&fixture->carveout);

		fixture->now += wait > 0 ? (uint64_t)wait : 0;
		carveout_work(&fixture->carveout);
	}
	assert_false(carveout_busy(&fixture->carveout));
}

uint8_t fixture_byte(uint64_t offset, uint8_t seed)
{
	return (uint8_t)(offset / HV_PAGE_SIZE * 7 + offset + seed) | 1;
}

void fixture_fill(struct fixture *fixture, uint64_t offset, uint32_t length,
		  uint8_t seed, uint32_t *refs)
{
	uint8_t page[HV_PAGE_SIZE];

	for (uint32_t done = 0; done < length; done += sizeof(page)) {
		uint64_t at = offset + done;
		uint32_t ref = REFS_FIRST + (uint32_t)(at / HV_PAGE_SIZE);

		for (size_t i = 0; i < sizeof(page); i++)
			page[i] = fixture_byte(at + i, seed);
		assert_true(hv_model_guest_write(fixture->guest.domid,
						 FIXTURE_BASE + at, page,
						 sizeof(page)));
		assert_true(
			hv_model_guest_grant(fixture->guest.domid, ref,
					     gfn_of_gpa(FIXTURE_BASE + at)));
		*refs++ = ref;
	}
}

void fixture_load(struct fixture *fixture, uint64_t offset, uint32_t length,
		  uint64_t used, uint8_t seed)
{
	uint32_t refs[CARVEOUT_CHUNK / HV_PAGE_SIZE];
	uint32_t id;

	assert_int_equal(carveout_open(&fixture->carveout, offset, length,
				       false, &id),
			 0);
	fixture_fill(fixture, offset, length, seed, refs);
	assert_int_equal(carveout_commit(&fixture->carveout, id, used, refs),
			 0);
}

bool fixture_guest_reaches(struct fixture *fixture, uint64_t offset)
{
	uint8_t byte;

	return hv_model_guest_read(fixture->guest.domid, FIXTURE_BASE + offset,
				   &byte, 1);
}

uint8_t fixture_vault_byte(struct fixture *fixture, uint64_t offset)
{
	uint8_t page[HV_PAGE_SIZE];

	assert_true(hv_model_peek(fixture->vault, gfn_of_gpa(offset), page));
	return page[offset % HV_PAGE_SIZE];
}

void fixture_assert_scrubbed(struct fixture *fixture)
{
	static const uint8_t zeros[HV_PAGE_SIZE];
	uint8_t page[HV_PAGE_SIZE];

	for (uint64_t at = 0; at < FIXTURE_SIZE; at += HV_PAGE_SIZE) {
		assert_true(
			hv_model_peek(fixture->vault, gfn_of_gpa(at), page));
		assert_memory_equal(page, zeros, sizeof(page));
	}
}
