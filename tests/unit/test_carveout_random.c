// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests in any order, around the edges of everything, of a carveout and of
 * a naive one: the answers are the same, and so are states, windows, what the
 * guest sees, content and digest.
 */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "base/sha256.h"
#include "dice.h"
#include "fixture.h"
#include "naive.h"

#define STEPS 12000
#define REFS_FIRST 16
#define WINDOW_PAGES (FIXTURE_WINDOW / HV_PAGE_SIZE)

static struct fixture f;
static struct naive naive;
static uint8_t scratch[CARVEOUT_CHUNK + HV_PAGE_SIZE];
static unsigned int seals, commits, put;

/* ---- rolling ---- */

static const uint64_t marks[] = {
	0,
	HV_PAGE_SIZE,
	8 * HV_PAGE_SIZE,
	FIXTURE_WINDOW,
	CARVEOUT_CHUNK,
	FIXTURE_SIZE,
};

static uint64_t edge(void)
{
	return dice_edge(marks, sizeof(marks) / sizeof(marks[0]));
}

/* As a loader would; near enough to what went before to meet it; or an edge. */
static uint64_t roll_offset(void)
{
	uint64_t roll = dice_below(100);

	if (roll < 30)
		return (f.carveout.written + HV_PAGE_SIZE - 1) &
		       ~(HV_PAGE_SIZE - 1);
	return roll < 85 ? dice_below(12) * HV_PAGE_SIZE : edge();
}

static uint64_t roll_pages(void)
{
	return dice_percent(85) ? (1 + dice_below(4)) * HV_PAGE_SIZE : edge();
}

static uint64_t roll_bytes(void)
{
	return dice_percent(70) ? 1 + dice_below(16 * HV_PAGE_SIZE) : edge();
}

/* As a loader would, or where the running digest may be wrong, or anything. */
static uint64_t roll_seal(void)
{
	switch (dice_below(4)) {
	case 0:
		return f.carveout.written;
	case 1:
		return f.carveout.measure.upto;
	default:
		return roll_bytes();
	}
}

static enum carveout_who roll_who(void)
{
	return dice_percent(50) ? CARVEOUT_GUEST : CARVEOUT_DOM0;
}

/* One that is open, or was, or never. */
static uint32_t roll_window(void)
{
	return dice_percent(90) ? naive.windows[dice_below(2)].id :
				  (uint32_t)dice_below(4);
}

static void roll_scratch(uint64_t length)
{
	uint8_t seed = (uint8_t)dice_any();

	for (uint64_t i = 0; i < length; i++)
		scratch[i] = (uint8_t)(seed + i * 31);
}

/* ---- comparing ---- */

static void compare_digest(void)
{
	uint8_t digest[MEASURE_DIGEST_SIZE];

	sha256_of(naive.content, naive.length, digest);
	assert_memory_equal(f.carveout.digest, digest, sizeof(digest));
	assert_int_equal(f.carveout.length, naive.length);
}

/* The guest reaches what is in a window, and nothing else. */
static void compare_reach(uint64_t offset)
{
	struct naive_window *w = naive_window_at(&naive, offset);
	uint8_t byte;

	if (!hv_model_guest_read(f.guest.domid, FIXTURE_BASE + offset, &byte,
				 1)) {
		assert_null(w);
		return;
	}
	assert_non_null(w);
	assert_int_equal(byte, w->bytes[offset - w->offset]);
}

/* Work that was under way may be done now. */
static bool catch_up(void)
{
	bool was_busy = naive_busy(&naive);

	if (naive.sealing && f.carveout.state != CARVEOUT_LOADING) {
		naive_sealed(&naive);
		seals += naive.state == CARVEOUT_SEALED;
	}
	if (naive.scrubbing && f.carveout.work == WORK_NONE)
		naive_scrubbed(&naive);
	return was_busy && !naive_busy(&naive);
}

/* All of it takes its time: whenever something ended, and now and then. */
static void compare_kept(bool ended)
{
	if (!ended && !dice_percent(5))
		return;
	if (!naive_windows(&naive) && !naive_busy(&naive))
		fixture_assert_content(&f, naive.content);
	if (naive.state == CARVEOUT_SEALED)
		compare_digest();
}

static void compare(void)
{
	bool ended = catch_up();

	assert_int_equal(f.carveout.state, naive.state);
	assert_int_equal(carveout_busy(&f.carveout), naive_busy(&naive));
	assert_int_equal(carveout_windows_held(&f.carveout),
			 naive_windows(&naive));
	assert_int_equal(f.leaving, naive.told);
	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++) {
		const struct naive_window *w = &naive.windows[i];

		compare_reach(w->offset);
		if (w->length)
			compare_reach(w->offset + w->length - 1);
	}
	compare_reach(dice_below(FIXTURE_SIZE));
	compare_kept(ended);
}

/* ---- steps ---- */

static void step_open(void)
{
	uint64_t offset = roll_offset(), length = roll_pages();
	bool show_content = dice_percent(50);
	uint32_t id = 0;
	int rc = naive_open(&naive, offset, length, show_content);

	assert_int_equal(fixture_open(&f, offset, length, show_content, &id),
			 rc);
	if (rc)
		return;
	assert_int_not_equal(id, 0);
	naive_name_window(&naive, id);
	assert_true(hv_model_guest_read(f.guest.domid, FIXTURE_BASE + offset,
					scratch, length));
	assert_memory_equal(scratch, naive_window_at(&naive, offset)->bytes,
			    length);
}

/* The guest writes some of what it has, leaving windows too. */
static void step_fill(void)
{
	struct naive_window *w = &naive.windows[dice_below(2)];
	uint64_t at, length;

	if (!w->open)
		return;
	at = dice_below(w->length);
	length = 1 + dice_below(w->length - at);
	roll_scratch(length);
	memcpy(w->bytes + at, scratch, length);
	assert_true(hv_model_guest_write(
		f.guest.domid, FIXTURE_BASE + w->offset + at, scratch, length));
}

/* Grants of a window's pages, or lies. */
static void grant(const struct naive_window *w, uint32_t *refs)
{
	bool forged = dice_percent(20);

	for (uint32_t i = 0; i < WINDOW_PAGES; i++) {
		gfn_t gfn =
			gfn_of_gpa(FIXTURE_BASE + w->offset + i * HV_PAGE_SIZE);

		refs[i] = forged ? UINT32_MAX : REFS_FIRST + i;
		if (i < w->length / HV_PAGE_SIZE)
			hv_model_guest_grant(f.guest.domid, REFS_FIRST + i,
					     gfn);
	}
}

static void step_commit(void)
{
	uint32_t refs[WINDOW_PAGES] = { 0 };
	uint32_t id = roll_window();
	const struct naive_window *w = naive_window(&naive, id);
	uint64_t used = w && dice_percent(60) ? w->length : roll_bytes();
	int rc;

	if (w)
		grant(w, refs);
	rc = naive_commit(&naive, id, used);
	commits += !rc;
	assert_int_equal(carveout_commit(&f.carveout, id, used, refs), rc);
}

static void step_discard(void)
{
	uint32_t id = roll_window();

	assert_int_equal(carveout_discard(&f.carveout, id),
			 naive_discard(&naive, id));
}

static void step_write(void)
{
	uint64_t offset = roll_offset();
	/* What is longer than the scratch is refused unread. */
	uint32_t length = (uint32_t)roll_bytes();

	roll_scratch(length < sizeof(scratch) ? length : 0);
	assert_int_equal(carveout_write(&f.carveout, offset, scratch, length),
			 naive_write(&naive, offset, scratch, length));
}

/* One of the pages is not granted, or the list of them is not. */
static bool forge(uint32_t length)
{
	uint32_t last = (length - 1) / HV_PAGE_SIZE + 1;

	if (!length || length > FIXTURE_WINDOW || !dice_percent(20))
		return false;
	hv_model_guest_ungrant(f.guest.domid,
			       fixture_own(&f, scratch, length) +
				       (uint32_t)dice_below(last + 1));
	return true;
}

static void step_put(void)
{
	uint64_t offset = roll_offset();
	/* What is longer than a window is refused unread. */
	uint32_t length = (uint32_t)roll_bytes();
	uint32_t part = length < FIXTURE_WINDOW ? length : FIXTURE_WINDOW;
	uint32_t directory;
	int rc;

	roll_scratch(part);
	directory = fixture_own(&f, scratch, part);
	rc = naive_put(&naive, offset, scratch, length, !forge(part));
	put += !rc;
	assert_int_equal(carveout_put(&f.carveout, offset, length, directory),
			 rc);
}

/* The digest of what would be sealed: of the content, and zeros beyond. */
static void expected(uint64_t length, bool differs, uint8_t *digest)
{
	if (length > FIXTURE_SIZE)
		length = 0; /* refused unread */
	sha256_of(naive.content, length, digest);
	digest[dice_below(MEASURE_DIGEST_SIZE)] ^= differs;
}

static void step_seal(void)
{
	uint8_t digest[MEASURE_DIGEST_SIZE];
	enum carveout_who who = roll_who();
	uint64_t length = roll_seal();
	bool has_digest = dice_percent(50);
	bool differs = has_digest && dice_percent(30);
	int rc, answer;

	expected(length, differs, digest);
	rc = naive_seal(&naive, who, length, differs);
	answer = carveout_seal(&f.carveout, who, length,
			       has_digest ? digest : NULL);
	if (rc)
		assert_int_equal(answer, rc);
	else if (f.carveout.state == CARVEOUT_LOADING)
		assert_int_equal(answer, -EINPROGRESS);
	else
		assert_int_equal(answer, differs ? -EBADMSG : 0);
}

/* A slow request that is done says 0. */
static void expect_slow(enum carveout_request request, int answer, int rc)
{
	if (!rc && !carveout_done(&f.carveout, request))
		rc = -EINPROGRESS;
	assert_int_equal(answer, rc);
}

static void step_reset(void)
{
	enum carveout_who who = roll_who();
	int rc = naive_reset(&naive, who);

	expect_slow(CARVEOUT_REQ_RESET, carveout_reset(&f.carveout, who), rc);
}

static void step_abort(void)
{
	enum carveout_who who = roll_who();
	bool loading = naive.state == CARVEOUT_LOADING;
	int rc = naive_abort(&naive, who);
	int answer = carveout_abort(&f.carveout, who, "chance");

	if (loading)
		expect_slow(CARVEOUT_REQ_ABORT, answer, rc);
	else
		assert_int_equal(answer, rc);
}

static void step_revoke(void)
{
	bool at_once = dice_percent(50);
	int rc = naive_revoke(&naive, at_once);

	expect_slow(CARVEOUT_REQ_REVOKE, carveout_revoke(&f.carveout, at_once),
		    rc);
}

static void step_read(void)
{
	uint64_t offset = dice_percent(50) ? 0 : roll_bytes();
	uint32_t length = (uint32_t)roll_bytes();
	int rc = naive_read(&naive, offset, length);

	assert_int_equal(carveout_read(&f.carveout, offset, scratch, length),
			 rc);
	if (!rc)
		assert_memory_equal(scratch, naive.content + offset, length);
}

static void step_disconnect(void)
{
	naive_disconnected(&naive);
	carveout_disconnected(&f.carveout);
}

static bool has_overdue_window(void)
{
	for (unsigned int i = 0; i < CARVEOUT_WINDOWS; i++)
		if (f.carveout.windows[i].state == WINDOW_LEAVING &&
		    f.carveout.windows[i].deadline <= f.now)
			return true;
	return false;
}

/* Of windows whose time is over one goes a step; the naive one's go at once. */
static void step_work(void)
{
	f.now += dice_below(FIXTURE_GRACE / 2);
	naive_time(&naive, f.now);
	do
		carveout_work(&f.carveout);
	while (has_overdue_window());
}

static void step_idle(void)
{
	fixture_work(&f);
	naive_time(&naive, f.now);
}

/* How often each is taken, of a hundred steps. */
static const struct {
	unsigned int percent;
	void (*step)(void);
} steps[] = {
	{ 20, step_open },   { 14, step_fill }, { 20, step_commit },
	{ 4, step_discard }, { 8, step_write }, { 5, step_seal },
	{ 11, step_put },    { 1, step_reset }, { 1, step_abort },
	{ 2, step_revoke },  { 3, step_read },	{ 1, step_disconnect },
	{ 6, step_work },    { 4, step_idle },
};

static void take_step(void)
{
	uint64_t roll = dice_below(100);
	size_t i = 0;

	while (roll >= steps[i].percent)
		roll -= steps[i++].percent;
	/* Where little else goes, what leads on. */
	if (naive_busy(&naive) && dice_percent(30))
		step_work();
	else if (naive.state != CARVEOUT_LOADING && dice_percent(20))
		step_reset();
	else
		steps[i].step();
}

static void any_requests_are_answered_as_by_a_naive_carveout(void **state)
{
	(void)state;
	dice_start();
	f.carveout.config.guest_reset = dice_percent(50);
	naive_init(&naive, &f.carveout.config);
	seals = commits = put = 0;
	for (int i = 0; i < STEPS; i++) {
		take_step();
		compare();
	}
	print_message("%u commits, %u puts, %u seals\n", commits, put, seals);
	assert_true(commits && put && seals);
	step_idle();
	compare();
}

int main(void)
{
	static const struct behaviour behaviours[] = {
		BEHAVIOUR(any_requests_are_answered_as_by_a_naive_carveout),
	};

	return fixture_run("carveout: any requests", &f, behaviours,
			   sizeof(behaviours) / sizeof(behaviours[0]));
}
