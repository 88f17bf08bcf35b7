// SPDX-License-Identifier: GPL-2.0-only
/* Digests are the same, whoever hashes; three streams, a piece of each in turn. */
#include "cmocka_all.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/sha256.h"
#include "carveout/carveout.h"
#include "carveout/hasher.h"
#include "carveout/measure.h"

#define STREAMS 3
#define PIECES 24

static uint8_t bytes[STREAMS][PIECES * 5000];
static uint8_t memory[SCRATCH_SIZE] __attribute__((aligned(4096)));
static struct scratch scratch = { .bytes = memory };

static void fill(void)
{
	for (unsigned int s = 0; s < STREAMS; s++)
		for (size_t i = 0; i < sizeof(bytes[s]); i++)
			bytes[s][i] = (uint8_t)(i * 7 + i / 251 + s);
}

static void add(struct measure *measure, unsigned int stream, uint64_t at,
		size_t length)
{
	uint8_t *piece = scratch_take(&scratch, length);

	for (size_t i = 0; i < length; i++)
		assert_int_equal(piece[i], 0);
	memcpy(piece, bytes[stream] + at, length);
	measure_add(measure, at, piece, length);
}

static void expect(struct measure *measure, unsigned int stream, size_t length)
{
	uint8_t is[MEASURE_DIGEST_SIZE], expected[MEASURE_DIGEST_SIZE];

	assert_true(measure_covers(measure, length));
	measure_finish(measure, is);
	sha256_of(bytes[stream], length, expected);
	assert_memory_equal(is, expected, sizeof(is));
	measure_reset(measure);
}

static void stream_all(void)
{
	struct measure measures[STREAMS] = { 0 };
	uint64_t at[STREAMS] = { 0 };

	fill();
	for (unsigned int s = 0; s < STREAMS; s++)
		assert_int_equal(measure_open(&measures[s]), 0);
	for (unsigned int i = 0; i < PIECES * STREAMS; i++) {
		unsigned int s = i % STREAMS;
		size_t length = 1 + (i * 977) % 5000;

		add(&measures[s], s, at[s], length);
		at[s] += length;
	}
	for (unsigned int s = 0; s < STREAMS; s++) {
		expect(&measures[s], s, at[s]);
		add(&measures[s], s, 0, 4000);
		/* What it still has to do is done, or given up, first. */
		if (s)
			expect(&measures[s], s, 4000);
		measure_close(&measures[s]);
	}
}

static void who_asks_hashes(void **state)
{
	(void)state;
	stream_all();
}

static void a_thread_hashes(void **state)
{
	(void)state;
	for (int times = 0; times < 2; times++) {
		assert_int_equal(hasher_start(), 0);
		stream_all();
		hasher_stop();
	}
	stream_all();
}

/* The linker puts it in the place of pthread_create(). */
static bool no_thread;
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			  void *(*run)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			  void *(*run)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			  void *(*run)(void *), void *argument)
{
	return no_thread ?
		       EAGAIN :
		       __real_pthread_create(thread, attributes, run, argument);
}

static void without_a_thread_who_asks_hashes(void **state)
{
	(void)state;
	no_thread = true;
	assert_int_equal(hasher_start(), -EAGAIN);
	no_thread = false;
	stream_all();
	hasher_stop();
}

/* Largest pieces: each is in the way of the one before it. */
static void no_piece_is_written_over_before_it_is_hashed(void **state)
{
	static uint8_t content[6 * CARVEOUT_CHUNK];
	struct measure measure = { 0 };
	uint8_t is[MEASURE_DIGEST_SIZE], expected[MEASURE_DIGEST_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i / CARVEOUT_CHUNK + 1);
	assert_int_equal(hasher_start(), 0);
	assert_int_equal(measure_open(&measure), 0);
	for (size_t at = 0; at < sizeof(content); at += CARVEOUT_CHUNK) {
		void *piece = scratch_take(&scratch, CARVEOUT_CHUNK);

		memcpy(piece, content + at, CARVEOUT_CHUNK);
		measure_add(&measure, at, piece, CARVEOUT_CHUNK);
	}
	measure_finish(&measure, is);
	sha256_of(content, sizeof(content), expected);
	assert_memory_equal(is, expected, sizeof(is));
	measure_close(&measure);
	hasher_stop();
}

/* What is added out of order is not measured, and wiped all the same. */
static void what_is_not_measured_is_wiped(void **state)
{
	struct measure measure = { 0 };

	(void)state;
	fill();
	assert_int_equal(measure_open(&measure), 0);
	add(&measure, 0, 4096, 5000);
	assert_false(measure_covers(&measure, 5000));
	for (size_t i = 0; i < sizeof(memory); i++)
		assert_int_equal(memory[i], 0);
	measure_close(&measure);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_asks_hashes),
		cmocka_unit_test(a_thread_hashes),
		cmocka_unit_test(without_a_thread_who_asks_hashes),
		cmocka_unit_test(no_piece_is_written_over_before_it_is_hashed),
		cmocka_unit_test(what_is_not_measured_is_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
