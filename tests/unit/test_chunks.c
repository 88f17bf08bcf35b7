// SPDX-License-Identifier: GPL-2.0-only
/* A set of chunks is what an array of booleans would be. */
#include "cmocka_all.h"

#include <string.h>

#include "carveout/chunks.h"

#define CHUNK ((uint64_t)CARVEOUT_CHUNK)
#define END (CHUNKS_MAX * CHUNK)

static struct chunks chunks;

static int setup(void **state)
{
	(void)state;
	memset(&chunks, 0xff, sizeof(chunks));
	chunks_clear(&chunks);
	return 0;
}

static unsigned int count(void)
{
	unsigned int count = 0;

	for (uint64_t at = 0; at < END; at += CHUNK)
		count += chunks_has(&chunks, at);
	return count;
}

static void an_empty_set_has_none(void **state)
{
	(void)state;
	chunks_add(&chunks, 0, 0);
	chunks_add(&chunks, CHUNK, 0);
	assert_int_equal(count(), 0);
	assert_int_equal(chunks_end(&chunks), 0);
	assert_int_equal(chunks_next(&chunks, 0, END), END);
	assert_false(chunks_touch(&chunks, 0, END));
}

static void a_range_touches_what_has_a_byte_of_it(void **state)
{
	(void)state;
	chunks_add(&chunks, CHUNK - 1, 2);
	assert_int_equal(count(), 2);
	assert_true(chunks_has(&chunks, 0));
	assert_true(chunks_has(&chunks, 2 * CHUNK - 1));
	assert_false(chunks_has(&chunks, 2 * CHUNK));
	assert_int_equal(chunks_end(&chunks), CHUNK + 4096);
	assert_true(chunks_touch(&chunks, CHUNK, 1));
	assert_false(chunks_touch(&chunks, 2 * CHUNK, END - 2 * CHUNK));
}

static void the_last_one_is_found_from_anywhere(void **state)
{
	(void)state;
	chunks_add(&chunks, END - 1, 1);
	chunks_add(&chunks, END - CHUNK, 1);
	assert_int_equal(count(), 1);
	assert_int_equal(chunks_end(&chunks), END);
	assert_int_equal(chunks_next(&chunks, 0, END), END - CHUNK);
	assert_int_equal(chunks_next(&chunks, 12345, END), END - CHUNK);
	assert_int_equal(chunks_next(&chunks, END - 5, END), END - 5);
	assert_int_equal(chunks_next(&chunks, 0, END - CHUNK), END - CHUNK);
}

static void all_of_it_is_all_of_it(void **state)
{
	(void)state;
	chunks_add(&chunks, 0, END);
	assert_int_equal(count(), CHUNKS_MAX);
	assert_int_equal(chunks_end(&chunks), END);
	for (uint64_t at = 0; at < END; at += CHUNK / 2)
		assert_int_equal(chunks_next(&chunks, at, END), at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_empty_set_has_none, setup),
		cmocka_unit_test_setup(a_range_touches_what_has_a_byte_of_it,
				       setup),
		cmocka_unit_test_setup(the_last_one_is_found_from_anywhere,
				       setup),
		cmocka_unit_test_setup(all_of_it_is_all_of_it, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
