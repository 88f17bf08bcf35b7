// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that writes all the while: at each call of the hypervisor's, from the
 * close of a window to the end of the seal.
 */
#include "cmocka_all.h"

#include <string.h>

#include "base/sha256.h"
#include "fixture.h"

#define ROUNDS 10000
#define PAGES 4u /* at most, each a window */
#define ALIAS (FIXTURE_BASE + (1ULL << 30))

static struct fixture f;

static struct {
	uint32_t random;
	uint64_t window; /* where the guest has it, while it has it */
	unsigned int writes, reached;
} writer;

/* The same numbers in each run: what fails once fails again. */
static uint32_t next_random(void)
{
	writer.random = writer.random * 1664525u + 1013904223u;
	return writer.random >> 8;
}

/* A few bytes, anywhere in the page at gpa, if the guest reaches it. */
static void write_somewhere(uint64_t gpa)
{
	const uint32_t bytes = next_random();
	const uint32_t offset = next_random() % (HV_PAGE_SIZE - sizeof(bytes));

	writer.writes++;
	writer.reached += hv_model_guest_write(f.guest.domid, gpa + offset,
					       &bytes, sizeof(bytes));
}

/* Through the window and through the alias; and the cache makes room at times. */
static void writing_guest(void *argument, enum hv_model_call call,
			  hv_domid domid, gfn_t gfn, uint32_t count)
{
	(void)argument;
	(void)call;
	(void)domid;
	(void)gfn;
	(void)count;
	write_somewhere(writer.window);
	write_somewhere(ALIAS);
	if (!(next_random() % 4))
		hv_model_evict_caches();
}

/* Open one page, fill it, have an alias of it, and commit it under fire. */
static void load_under_fire(uint64_t offset, uint32_t used)
{
	uint32_t refs[1];
	uint32_t id;

	writer.window = FIXTURE_BASE + offset;
	assert_int_equal(fixture_open(&f, offset, HV_PAGE_SIZE, false, &id), 0);
	fixture_fill(&f, offset, HV_PAGE_SIZE, 1, refs);
	hv_model_guest_unalias(f.guest.domid, gfn_of_gpa(ALIAS));
	assert_int_equal(hv_model_guest_alias(f.guest.domid,
					      gfn_of_gpa(writer.window),
					      gfn_of_gpa(ALIAS)),
			 f.world->can_alias);
	hv_model_set_hook(writing_guest, NULL);
	assert_int_equal(carveout_commit(&f.carveout, id, used, refs), 0);
	hv_model_set_hook(NULL, NULL);
}

/* A stream of whole pages but for the last.  Returns its length. */
static uint32_t stream_under_fire(void)
{
	const uint32_t pages = next_random() % PAGES;
	const uint32_t rest = 1 + next_random() % HV_PAGE_SIZE;

	for (uint32_t page = 0; page < pages; page++)
		load_under_fire(page * HV_PAGE_SIZE, HV_PAGE_SIZE);
	load_under_fire(pages * HV_PAGE_SIZE, rest);
	return (uint32_t)(pages * HV_PAGE_SIZE) + rest;
}

/* The content is what the digest is of, whatever is still in a cache. */
static void expect_measured(uint32_t length)
{
	static uint8_t content[PAGES * HV_PAGE_SIZE];
	uint8_t digest[sizeof(f.carveout.digest)];

	hv_model_evict_caches();
	assert_int_equal(carveout_read(&f.carveout, 0, content, length), 0);
	sha256_of(content, length, digest);
	assert_memory_equal(f.carveout.digest, digest, sizeof(digest));
}

/*
 * Sealed at its length a stream was measured on the way; at another one the
 * content is read again.
 */
static void one_round(void)
{
	uint32_t length = stream_under_fire();

	if (!(next_random() % 4))
		length = 1 + next_random() % length;
	hv_model_set_hook(writing_guest, NULL);
	assert_int_equal(fixture_seal(&f, length), 0);
	hv_model_set_hook(NULL, NULL);
	expect_measured(length);
	write_somewhere(writer.window);
	write_somewhere(ALIAS);
	expect_measured(length);
	hv_model_guest_unalias(f.guest.domid, gfn_of_gpa(ALIAS));
	carveout_reset(&f.carveout, CARVEOUT_DOM0);
	fixture_work(&f);
}

static void
what_is_measured_is_what_is_kept_however_the_guest_writes(void **state)
{
	(void)state;
	memset(&writer, 0, sizeof(writer));
	for (int round = 0; round < ROUNDS; round++)
		one_round();
	/* A guest that reached nothing would prove nothing. */
	assert_true(writer.reached > ROUNDS);
	assert_true(writer.reached < writer.writes);
}

int main(void)
{
	static const struct behaviour behaviours[] = {
		BEHAVIOUR(
			what_is_measured_is_what_is_kept_however_the_guest_writes),
	};

	return fixture_run("carveout: race", &f, behaviours,
			   sizeof(behaviours) / sizeof(behaviours[0]));
}
