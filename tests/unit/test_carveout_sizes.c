// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every offset and every length of carveout.h, at every size where a bound
 * could be got wrong, and beside it: the answers are a naive carveout's, and
 * what is refused has changed nothing.
 */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "fixture.h"
#include "naive.h"
#include "snapshot.h"

#define PAGE HV_PAGE_SIZE
#define WINDOW FIXTURE_WINDOW
#define CHUNK CARVEOUT_CHUNK
#define SIZE FIXTURE_SIZE

#define AROUND(n) (n) - PAGE, (n)-1, (n), (n) + 1, (n) + PAGE

/* Where a length has 32 bits it gets the lower ones. */
static const uint64_t sizes[] = {
	0,
	1,
	AROUND(PAGE),
	AROUND(WINDOW),
	AROUND(CHUNK),
	AROUND(SIZE),
	AROUND(1ULL << 32),
	AROUND(1ULL << 63),
	UINT64_MAX - PAGE,
	UINT64_MAX - PAGE + 1,
	UINT64_MAX,
};

#define FOR_EACH_SIZE(s) \
	for (const uint64_t *s = sizes; s < sizes + sizeof(sizes) / 8; s++)

static struct fixture f;
static struct naive naive;
static struct snapshot before;
static uint8_t bytes[CARVEOUT_CHUNK];

/* Both are EMPTY. */
static void start_over(void)
{
	fixture_reset(&f);
	fixture_work(&f);
	naive_init(&naive, &f.carveout.config);
}

static void expect(int answer, int rc)
{
	assert_int_equal(answer, rc);
	if (rc)
		snapshot_assert_same(&before, &f);
}

/* ---- windows ---- */

static void try_open(uint64_t offset, uint64_t length)
{
	uint32_t id = 0;
	int rc = naive_open(&naive, offset, length, false);

	expect(fixture_open(&f, offset, length, false, &id), rc);
	if (rc)
		return;
	assert_true(fixture_guest_reaches(&f, offset));
	assert_true(fixture_guest_reaches(&f, offset + length - 1));
	start_over();
	snapshot_take(&before, &f);
}

static void a_window_of_any_place_and_size(void **state)
{
	(void)state;
	start_over();
	snapshot_take(&before, &f);
	FOR_EACH_SIZE(offset)
	FOR_EACH_SIZE(length)
	try_open(*offset, *length);
}

static void a_window_in_any_slot(void **state)
{
	(void)state;
	start_over();
	snapshot_take(&before, &f);
	FOR_EACH_SIZE(size)
	{
		unsigned int slot = (unsigned int)*size;
		bool is_one = slot < f.carveout.config.windows_max;
		uint32_t id;

		expect(carveout_open(&f.carveout, slot, 0, PAGE, false, &id),
		       is_one ? 0 : -EINVAL);
		if (!is_one)
			continue;
		snapshot_take(&before, &f);
		expect(carveout_open(&f.carveout, slot, PAGE, PAGE, false, &id),
		       -EBUSY);
		start_over();
		snapshot_take(&before, &f);
	}
}

/* At the end of the carveout, where too much would be beyond it. */
static void try_commit(uint32_t length, uint64_t used)
{
	static uint32_t refs[FIXTURE_WINDOW / HV_PAGE_SIZE];
	uint64_t offset = SIZE - length;
	uint32_t id;
	int rc;

	start_over();
	naive_open(&naive, offset, length, false);
	assert_int_equal(fixture_open(&f, offset, length, false, &id), 0);
	naive_name_window(&naive, id);
	fixture_fill(&f, offset, length, 7, refs);
	snapshot_take(&before, &f);
	rc = naive_commit(&naive, id, used);
	expect(carveout_commit(&f.carveout, id, used, refs), rc);
	if (rc)
		return;
	for (uint64_t at = offset; at < SIZE; at += 1023)
		assert_int_equal(fixture_content_byte(&f, at),
				 at - offset < used ? fixture_byte(at, 7) : 0);
}

static void a_commit_of_any_size(void **state)
{
	(void)state;
	FOR_EACH_SIZE(used)
	{
		try_commit(PAGE, *used);
		try_commit(2 * PAGE, *used);
		try_commit(WINDOW, *used);
	}
}

static void a_window_of_any_number(void **state)
{
	uint32_t refs[1] = { 0 };
	uint32_t id;

	(void)state;
	assert_int_equal(fixture_open(&f, 0, PAGE, false, &id), 0);
	snapshot_take(&before, &f);
	FOR_EACH_SIZE(number)
	{
		uint32_t other = (uint32_t)*number;

		if (other == id)
			continue;
		expect(carveout_commit(&f.carveout, other, PAGE, refs),
		       -ENOENT);
		expect(carveout_discard(&f.carveout, other), -ENOENT);
	}
}

/* ---- dom0 ---- */

static void try_write(uint64_t offset, uint32_t length)
{
	int rc = naive_write(&naive, offset, bytes, length);

	expect(carveout_write(&f.carveout, offset, bytes, length), rc);
	if (rc)
		return;
	assert_int_equal(fixture_content_byte(&f, offset), bytes[0]);
	assert_int_equal(fixture_content_byte(&f, offset + length - 1),
			 bytes[length - 1]);
	start_over();
	snapshot_take(&before, &f);
}

static void a_write_of_any_place_and_size(void **state)
{
	(void)state;
	memset(bytes, 0x5b, sizeof(bytes));
	start_over();
	snapshot_take(&before, &f);
	FOR_EACH_SIZE(offset)
	FOR_EACH_SIZE(length)
	try_write(*offset, (uint32_t)*length);
}

/* ---- seals, and what they are of ---- */

static void load_whole(void)
{
	start_over();
	for (uint32_t at = 0; at < SIZE; at += WINDOW) {
		for (uint32_t i = 0; i < WINDOW; i++)
			bytes[i] = fixture_byte(at + i, 3);
		naive_write(&naive, at, bytes, WINDOW);
		assert_int_equal(carveout_write(&f.carveout, at, bytes, WINDOW),
				 0);
	}
}

static void try_seal(uint64_t length)
{
	int rc = naive_seal(&naive, CARVEOUT_DOM0, length, false);
	int answer = carveout_seal(&f.carveout, CARVEOUT_DOM0, length, NULL);

	expect(answer == -EINPROGRESS ? 0 : answer, rc);
	if (rc)
		return;
	fixture_work(&f);
	assert_int_equal(f.carveout.state, CARVEOUT_SEALED);
	fixture_expect_digest(&f, length, length, 3);
	if (length < SIZE)
		assert_int_equal(fixture_content_byte(&f, length), 0);
	load_whole();
	snapshot_take(&before, &f);
}

static void a_seal_of_any_length(void **state)
{
	(void)state;
	load_whole();
	snapshot_take(&before, &f);
	FOR_EACH_SIZE(length)
	try_seal(*length);
}

/* A read changes nothing, but calls the hypervisor. */
static void try_read(uint64_t offset, uint32_t length)
{
	int rc = naive_read(&naive, offset, length);

	expect(carveout_read(&f.carveout, offset, bytes, length), rc);
	if (!rc)
		assert_memory_equal(bytes, naive.content + offset, length);
	before.calls = hv_model_calls(HV_CALL_ANY);
}

static void a_read_of_any_place_and_size(void **state)
{
	(void)state;
	load_whole();
	assert_int_equal(naive_seal(&naive, CARVEOUT_DOM0, CHUNK + 1, false),
			 0);
	assert_int_equal(carveout_seal(&f.carveout, CARVEOUT_DOM0, CHUNK + 1,
				       NULL),
			 -EINPROGRESS);
	fixture_work(&f);
	naive_sealed(&naive);
	snapshot_take(&before, &f);
	FOR_EACH_SIZE(offset)
	FOR_EACH_SIZE(length)
	try_read(*offset, (uint32_t)*length);
}

int main(void)
{
	static const struct behaviour behaviours[] = {
		BEHAVIOUR(a_window_of_any_place_and_size),
		BEHAVIOUR(a_window_in_any_slot),
		BEHAVIOUR(a_commit_of_any_size),
		BEHAVIOUR(a_window_of_any_number),
		BEHAVIOUR(a_write_of_any_place_and_size),
		BEHAVIOUR(a_seal_of_any_length),
		BEHAVIOUR(a_read_of_any_place_and_size),
	};

	return fixture_run("carveout: sizes", &f, behaviours,
			   sizeof(behaviours) / sizeof(behaviours[0]));
}
