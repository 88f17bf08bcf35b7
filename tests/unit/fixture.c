// SPDX-License-Identifier: GPL-2.0-only
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backing/vault.h"
#include "base/sha256.h"
#include "cmocka_all.h"

#define REFS_FIRST 16
/* The guest's own pages: a directory, and what it lists. */
#define OWN_PAGES (FIXTURE_WINDOW / HV_PAGE_SIZE + 1)
#define OWN_REFS (REFS_FIRST + FIXTURE_SIZE / HV_PAGE_SIZE)
#define RAM_PAGES (OWN_PAGES + 64)
#define DIRT 0xd5
#define POOL_PAGES (2 * FIXTURE_SIZE / HV_PAGE_SIZE)

static const struct world worlds[] = {
	{
		.name = "vault, host scrubs",
		.scrubs = true,
		.gives = HV_CALL_POPULATE,
		.takes = HV_CALL_STRIP,
		.keeps = HV_CALL_VAULT_WRITE,
		.reads = HV_CALL_VAULT_READ,
		.writes = HV_CALL_VAULT_WRITE,
		.untaken = HV_FAULT_SILENT,
		.window_pages = 2 * FIXTURE_WINDOW / HV_PAGE_SIZE,
		.can_alias = true,
		.removed = -EFAULT,
	},
	{
		/* Pages are pinned while a window is open: removed or replaced,
		 * they are still ours. */
		.name = "vault, host does not scrub",
		.gives = HV_CALL_POPULATE,
		.takes = HV_CALL_STRIP,
		.keeps = HV_CALL_VAULT_WRITE,
		.reads = HV_CALL_VAULT_READ,
		.writes = HV_CALL_VAULT_WRITE,
		.untaken = HV_FAULT_SILENT,
		.window_pages = 2 * FIXTURE_WINDOW / HV_PAGE_SIZE,
		.can_alias = true,
	},
	{
		/* What is no page of its own, a guest cannot remove. */
		.name = "pool, host scrubs",
		.pooled = true,
		.scrubs = true,
		.gives = HV_CALL_IOMEM_MAP,
		.takes = HV_CALL_IOMEM_UNMAP,
		.keeps = HV_CALL_MEMORY_READ,
		.reads = HV_CALL_MEMORY_READ,
		.writes = HV_CALL_MEMORY_WRITE,
		.untaken = HV_FAULT_FAIL,
		.replaced = -EFAULT,
	},
	{
		.name = "pool, host does not scrub",
		.pooled = true,
		.gives = HV_CALL_IOMEM_MAP,
		.takes = HV_CALL_IOMEM_UNMAP,
		.keeps = HV_CALL_MEMORY_READ,
		.reads = HV_CALL_MEMORY_READ,
		.writes = HV_CALL_MEMORY_WRITE,
		.untaken = HV_FAULT_FAIL,
		.replaced = -EFAULT,
	},
};

#define WORLDS (sizeof(worlds) / sizeof(worlds[0]))

/* Before each setup: cmocka passes a test one pointer, that to its world. */
static struct fixture *current;

/* ---- what the carveout tells its owner ---- */

static void record(struct carveout *carveout, void *context)
{
	struct fixture *fixture = context;

	fixture->records++;
	fixture->recorded = carveout_snapshot(carveout);
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

/* ---- setting up ---- */

static void make_guest(struct fixture *fixture)
{
	const struct hv_model_guest guest = {
		.handle = { .byte = { 1, 2, 3 } },
		.ram_pages = RAM_PAGES,
	};
	const struct world *world = fixture->world;
	struct hv_domain domain;
	hv_domid domid;

	assert_int_equal(hv_model_guest_create(&guest, &domid), 0);
	assert_int_equal(hv_domain_get(fixture->hv, domid, &domain), 0);
	fixture->guest = (struct guest){
		.hv = fixture->hv,
		.domid = domid,
		.scrubs_freed_pages = world->scrubs,
		.baseline_pages = domain.max_pages,
	};
	assert_int_equal(guest_reserve(&fixture->guest,
				       world->pooled ? POOL_GUEST_PAGES :
						       world->window_pages,
				       FIXTURE_SIZE),
			 0);
}

static struct vault_place vault_place(struct fixture *fixture)
{
	return (struct vault_place){
		.name = "modem",
		.guest = &fixture->guest,
		.base = gfn_of_gpa(FIXTURE_BASE),
		.size = FIXTURE_SIZE,
		.handle = { .byte = { 'h', 'v' } },
	};
}

/* The second half of the pool. */
static struct pool_place pool_place(struct fixture *fixture)
{
	return (struct pool_place){
		.name = "modem",
		.guest = &fixture->guest,
		.pool = &fixture->pool,
		.base = gfn_of_gpa(FIXTURE_BASE),
		.first = mfn_add(HV_MODEL_POOL, POOL_PAGES / 2),
		.size = FIXTURE_SIZE,
	};
}

static struct backing *make_vault(struct fixture *fixture)
{
	const struct vault_place place = vault_place(fixture);
	struct backing *backing;

	assert_int_equal(vault_create(&place, &backing, &fixture->vault), 0);
	return backing;
}

/* In a pool that holds old bytes. */
static struct backing *make_pooled(struct fixture *fixture)
{
	const struct pool_place place = pool_place(fixture);
	struct backing *backing;
	bool clean;

	hv_model_dirty_pool(DIRT);
	assert_int_equal(pool_open(fixture->hv, "pool0", HV_MODEL_POOL,
				   POOL_PAGES, &fixture->pool),
			 0);
	assert_int_equal(pool_space_take_at(&fixture->pool.space, place.first,
					    POOL_PAGES / 2, &clean),
			 0);
	assert_false(clean);
	fixture->first = place.first;
	assert_int_equal(pool_create(&place, &backing), 0);
	return backing;
}

static void make_carveout(struct fixture *fixture)
{
	const struct carveout_config config = {
		.name = "modem",
		.size = FIXTURE_SIZE,
		.base = FIXTURE_BASE,
		.window_max = FIXTURE_WINDOW,
		.windows_max = 2,
	};
	const struct world *world = fixture->world;
	struct backing *backing = world->pooled ? make_pooled(fixture) :
						  make_vault(fixture);

	fixture->owner = (struct carveout_owner){
		.record = record,
		.leaving = leaving,
		.now = now,
		.context = fixture,
		.grace = FIXTURE_GRACE,
	};
	assert_int_equal(carveout_init(&fixture->carveout, &config,
				       &fixture->owner, backing,
				       &fixture->scratch,
				       world->pooled || !world->scrubs),
			 0);
	fixture_work(fixture);
}

static int setup(void **state)
{
	const struct world *world = *state;
	const struct hv_model_config config = {
		.commandline = world->scrubs ? "scrub-domheap" : "",
		.pool_pages = POOL_PAGES,
	};
	struct fixture *fixture = current;

	memset(fixture, 0, sizeof(*fixture));
	fixture->world = world;
	hv_model_reset(&config);
	hv_model_dirty_free_memory(DIRT);
	fixture->before = hv_model_ledger();
	assert_int_equal(hv_open(&fixture->hv), 0);
	fixture->scratch.bytes = hv_buffer_alloc(SCRATCH_SIZE);
	make_guest(fixture);
	make_carveout(fixture);
	return 0;
}

/* What was given back is scrubbed, to the last page. */
static void close_pool(struct fixture *fixture)
{
	static const uint8_t zeros[HV_PAGE_SIZE];
	uint8_t page[HV_PAGE_SIZE];

	while (pool_scrub(&fixture->pool) == 1)
		;
	hv_model_evict_caches();
	for (uint64_t i = 0; i < POOL_PAGES; i++) {
		assert_true(
			hv_model_host_peek(mfn_add(HV_MODEL_POOL, i), page));
		assert_memory_equal(page, zeros, sizeof(page));
	}
	assert_int_equal(pool_space_usage(&fixture->pool.space).free,
			 POOL_PAGES);
	pool_close(&fixture->pool);
}

/* Destroys it all and asserts that the ledger is as before. */
static int teardown(void **state)
{
	struct fixture *fixture = current;
	struct hv_model_ledger after;

	(void)state;
	hv_model_clear_faults();
	carveout_destroy(&fixture->carveout);
	if (fixture->world->pooled)
		close_pool(fixture);
	hv_model_guest_destroy(fixture->guest.domid);
	hv_buffer_free(fixture->scratch.bytes, SCRATCH_SIZE);
	hv_close(fixture->hv);
	after = hv_model_ledger();
	assert_true(hv_model_ledger_equal(&fixture->before, &after));
	return 0;
}

static const char *test_name(const char *behaviour, const struct world *world)
{
	char *name;

	if (asprintf(&name, "%s (%s)", behaviour, world->name) < 0)
		abort();
	return name;
}

int fixture_run(const char *group, struct fixture *fixture,
		const struct behaviour *behaviours, size_t count)
{
	struct CMUnitTest *tests = calloc(count * WORLDS, sizeof(*tests));
	int rc;

	current = fixture;
	for (size_t i = 0; i < count * WORLDS; i++) {
		const struct behaviour *behaviour = &behaviours[i / WORLDS];
		const struct world *world = &worlds[i % WORLDS];

		tests[i] = (struct CMUnitTest){
			.name = test_name(behaviour->name, world),
			.test_func = behaviour->test,
			.setup_func = setup,
			.teardown_func = teardown,
			.initial_state = (void *)(uintptr_t)world,
		};
	}
	rc = _cmocka_run_group_tests(group, tests, count * WORLDS, NULL, NULL);
	for (size_t i = 0; i < count * WORLDS; i++)
		free((void *)(uintptr_t)tests[i].name);
	free(tests);
	return rc;
}

/* ---- what tests do ---- */

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

static gfn_t own_page(uint32_t page)
{
	return gfn_add(HV_MODEL_RAM, RAM_PAGES - OWN_PAGES + page);
}

static void fill_own(const struct fixture *fixture, uint32_t page,
		     const void *bytes, uint32_t length)
{
	hv_domid domid = fixture->guest.domid;

	assert_true(hv_model_guest_write(
		domid, own_page(page).n << HV_PAGE_SHIFT, bytes, length));
	assert_true(
		hv_model_guest_grant(domid, OWN_REFS + page, own_page(page)));
}

uint32_t fixture_own(struct fixture *fixture, const uint8_t *bytes,
		     uint32_t length)
{
	uint32_t refs[HV_PAGE_SIZE / sizeof(uint32_t)] = { 0 };
	uint32_t page = 1;

	for (uint32_t at = 0; at < length && page < OWN_PAGES; page++) {
		uint32_t left = length - at;
		uint32_t part = left < HV_PAGE_SIZE ? left : HV_PAGE_SIZE;

		fill_own(fixture, page, bytes + at, part);
		refs[page - 1] = OWN_REFS + page;
		at += part;
	}
	fill_own(fixture, 0, refs, sizeof(refs));
	return OWN_REFS;
}

int fixture_put(struct fixture *fixture, uint64_t offset, uint32_t length,
		uint8_t seed)
{
	uint8_t *bytes = malloc(length);
	uint32_t directory;

	for (uint32_t i = 0; i < length; i++)
		bytes[i] = fixture_byte(offset + i, seed);
	directory = fixture_own(fixture, bytes, length);
	free(bytes);
	return carveout_put(&fixture->carveout, offset, length, directory);
}

int fixture_open(struct fixture *fixture, uint64_t offset, uint64_t length,
		 bool show_content, uint32_t *id)
{
	const struct carveout *carveout = &fixture->carveout;
	unsigned int slot = 0;

	while (slot + 1 < carveout->config.windows_max &&
	       carveout->windows[slot].state != WINDOW_FREE)
		slot++;
	return carveout_open(&fixture->carveout, slot, offset, length,
			     show_content, id);
}

void fixture_load(struct fixture *fixture, uint64_t offset, uint32_t length,
		  uint64_t used, uint8_t seed)
{
	uint32_t refs[CARVEOUT_CHUNK / HV_PAGE_SIZE];
	uint32_t id;

	assert_int_equal(fixture_open(fixture, offset, length, false, &id), 0);
	fixture_fill(fixture, offset, length, seed, refs);
	assert_int_equal(carveout_commit(&fixture->carveout, id, used, refs),
			 0);
}

void fixture_reset(struct fixture *fixture)
{
	carveout_reset(&fixture->carveout, CARVEOUT_DOM0);
	fixture_work(fixture);
	assert_int_equal(carveout_reset(&fixture->carveout, CARVEOUT_GUEST), 0);
}

int fixture_seal(struct fixture *fixture, uint64_t length)
{
	struct carveout *carveout = &fixture->carveout;
	int rc = carveout_seal(carveout, CARVEOUT_GUEST, length, NULL);

	if (rc != -EINPROGRESS)
		return rc;
	fixture_work(fixture);
	return carveout_outcome(carveout, CARVEOUT_REQ_SEAL);
}

void fixture_expect_digest(const struct fixture *fixture, uint64_t used,
			   uint64_t length, uint8_t seed)
{
	uint8_t *content = calloc(1, length);
	uint8_t digest[32];

	for (uint64_t i = 0; i < used; i++)
		content[i] = fixture_byte(i, seed);
	sha256_of(content, length, digest);
	free(content);
	assert_memory_equal(fixture->carveout.digest, digest, sizeof(digest));
}

bool fixture_guest_reaches(struct fixture *fixture, uint64_t offset)
{
	uint8_t byte;

	return hv_model_guest_read(fixture->guest.domid, FIXTURE_BASE + offset,
				   &byte, 1);
}

void fixture_fail(enum hv_model_call call, unsigned int nth)
{
	hv_model_inject(&(struct hv_model_fault){ .call = call, .nth = nth });
}

void fixture_fail_all(enum hv_model_call call)
{
	hv_model_inject(&(struct hv_model_fault){
		.call = call,
		.nth = 1,
		.lasting = true,
	});
}

static struct backing *adopt_pooled(struct fixture *fixture,
				    const struct carveout_snapshot *from)
{
	const struct pool_place place = pool_place(fixture);
	struct backing_window windows[CARVEOUT_WINDOWS];
	struct backing *backing;
	unsigned int count = 0;

	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++)
		if (from->windows[i].state != WINDOW_FREE)
			windows[count++] = from->windows[i].memory;
	assert_int_equal(pool_adopt(&place, windows, count, &backing), 0);
	return backing;
}

static struct backing *adopt_vault(struct fixture *fixture)
{
	const struct vault_place place = vault_place(fixture);
	struct backing *backing;

	assert_int_equal(vault_adopt(&place, fixture->vault, &backing), 0);
	return backing;
}

int fixture_next_manager(struct fixture *fixture)
{
	struct carveout *carveout = &fixture->carveout;
	const struct carveout_config config = carveout->config;
	const struct carveout_snapshot from = carveout_snapshot(carveout);
	struct backing *backing;

	carveout_hand_over(carveout);
	backing = fixture->world->pooled ? adopt_pooled(fixture, &from) :
					   adopt_vault(fixture);
	assert_int_equal(carveout_init(carveout, &config, &fixture->owner,
				       backing, &fixture->scratch, false),
			 0);
	return carveout_resume(carveout, &from);
}

void fixture_expose(struct fixture *fixture, uint64_t offset, uint32_t pages)
{
	const gfn_t gfn = gfn_of_gpa(FIXTURE_BASE + offset);
	const mfn_t mfn = mfn_add(fixture->first, offset / HV_PAGE_SIZE);
	const hv_domid domid = fixture->guest.domid;

	if (!fixture->world->pooled) {
		assert_int_equal(hv_populate(fixture->hv, domid, gfn, pages),
				 pages);
		return;
	}
	assert_int_equal(hv_iomem_permit(fixture->hv, domid, mfn, pages, true),
			 0);
	assert_int_equal(hv_iomem_map(fixture->hv, domid, gfn, mfn, pages),
			 pages);
}

/* A line that somebody forgot in a cache is written back at the worst moment. */
static void read_page(struct fixture *fixture, uint64_t offset, uint8_t *page)
{
	if (fixture->world->pooled)
		assert_true(hv_model_host_peek(
			mfn_add(fixture->first, offset / HV_PAGE_SIZE), page));
	else
		assert_true(hv_model_peek(fixture->vault, gfn_of_gpa(offset),
					  page));
}

uint8_t fixture_content_byte(struct fixture *fixture, uint64_t offset)
{
	uint8_t page[HV_PAGE_SIZE];

	hv_model_evict_caches();
	read_page(fixture, offset, page);
	return page[offset % HV_PAGE_SIZE];
}

/* cmocka says what differs, and is slow: it is asked when something does. */
void fixture_assert_content(struct fixture *fixture, const uint8_t *bytes)
{
	uint8_t page[HV_PAGE_SIZE];

	hv_model_evict_caches();
	for (uint64_t at = 0; at < FIXTURE_SIZE; at += HV_PAGE_SIZE) {
		read_page(fixture, at, page);
		if (memcmp(page, bytes + at, sizeof(page)) != 0)
			assert_memory_equal(page, bytes + at, sizeof(page));
	}
}

void fixture_assert_scrubbed(struct fixture *fixture)
{
	static const uint8_t zeros[FIXTURE_SIZE];

	fixture_assert_content(fixture, zeros);
}
