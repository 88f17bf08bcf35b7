// SPDX-License-Identifier: GPL-2.0-only
/* A thousand loads, ended in each way in turn: nothing has grown. */
#include "cmocka_all.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>

#include "fixture.h"

#define CYCLES 1000
#define LENGTH (4 * HV_PAGE_SIZE)

static struct fixture f;

/* ---- what could grow ---- */

struct growth {
	struct hv_model_ledger ledger;
	uint64_t page_tables; /* of the guest */
	uint64_t guest_pages, guest_max_pages;
	uint64_t heap; /* bytes; unknown under AddressSanitizer */
	unsigned int files, mappings;
};

static unsigned int open_files(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned int count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static unsigned int own_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned int count = 0;
	int c;

	assert_non_null(maps);
	while ((c = fgetc(maps)) != EOF)
		count += c == '\n';
	fclose(maps);
	return count;
}

static struct growth measure_growth(void)
{
	struct hv_domain guest;

	assert_int_equal(hv_domain_get(f.hv, f.guest.domid, &guest), 0);
	return (struct growth){
		.ledger = hv_model_ledger(),
		.page_tables = hv_model_pool_used(f.guest.domid),
		.guest_pages = guest.pages,
		.guest_max_pages = guest.max_pages,
		.heap = mallinfo2().uordblks,
		.files = open_files(),
		.mappings = own_mappings(),
	};
}

static void assert_not_grown(const struct growth *before)
{
	const struct growth now = measure_growth();

	assert_true(hv_model_ledger_equal(&before->ledger, &now.ledger));
	assert_int_equal(now.page_tables, before->page_tables);
	assert_int_equal(now.guest_pages, before->guest_pages);
	assert_int_equal(now.guest_max_pages, before->guest_max_pages);
	/* What malloc keeps for later counts as used: a little comes and goes. */
	assert_true(now.heap < before->heap + CYCLES);
	assert_int_equal(now.files, before->files);
	assert_int_equal(now.mappings, before->mappings);
}

/* ---- loads, and how they end ---- */

static void end_sealed(void)
{
	assert_int_equal(fixture_seal(&f, LENGTH + 77), 0);
	fixture_expect_digest(&f, LENGTH + 77, LENGTH + 77, 6);
}

static void end_aborted(void)
{
	carveout_abort(&f.carveout, CARVEOUT_GUEST, "the writer failed");
}

static void end_revoked(void)
{
	carveout_revoke(&f.carveout, false);
}

static void end_disconnected(void)
{
	carveout_disconnected(&f.carveout);
}

static void end_not_expected(void)
{
	const uint8_t digest[MEASURE_DIGEST_SIZE] = { 0 };

	carveout_seal(&f.carveout, CARVEOUT_GUEST, LENGTH, digest);
}

/* Two windows that are committed; a third one stays open, if that goes. */
static void cycle(unsigned int number)
{
	static void (*const ends[])(void) = {
		end_sealed,	  end_aborted,	    end_revoked,
		end_disconnected, end_not_expected,
	};
	void (*end)(void) = ends[number % 5];
	uint32_t id;

	fixture_load(&f, 0, LENGTH, LENGTH, 6);
	fixture_load(&f, LENGTH, LENGTH, 77, 6);
	if (end != end_sealed && end != end_not_expected)
		assert_int_equal(fixture_open(&f, LENGTH, LENGTH, true, &id),
				 0);
	end();
	fixture_work(&f);
	fixture_reset(&f);
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_EMPTY);
	assert_int_equal(carveout_windows_held(&f.carveout), 0);
}

static void a_thousand_loads_leave_nothing(void **state)
{
	struct growth before;

	(void)state;
	/* Page tables, and what else is allocated once, by looking too. */
	for (unsigned int i = 0; i < 10; i++) {
		cycle(i);
		before = measure_growth();
	}
	for (unsigned int i = 0; i < CYCLES; i++)
		cycle(i);
	assert_not_grown(&before);
	fixture_assert_scrubbed(&f);
	assert_int_equal(f.carveout.counters.loads_sealed, (CYCLES + 10) / 5);
}

int main(void)
{
	static const struct behaviour behaviours[] = {
		BEHAVIOUR(a_thousand_loads_leave_nothing),
	};

	return fixture_run("carveout: soak", &f, behaviours,
			   sizeof(behaviours) / sizeof(behaviours[0]));
}
