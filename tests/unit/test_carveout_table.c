// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every state, every request, everybody, through the functions that carry
 * requests out: they answer what the state table says, and what is refused has
 * changed nothing.
 */
#include "cmocka_all.h"

#include <errno.h>

#include "fixture.h"
#include "snapshot.h"

#define ALL_STATES(s) \
	for (enum carveout_state s = CARVEOUT_EMPTY; s < CARVEOUT_STATES; s++)
#define ALL_REQUESTS(r) \
	for (enum carveout_request r = 0; r < CARVEOUT_REQUESTS; r++)

static struct fixture f;
static uint32_t window; /* that is open, or was last */

/* ---- requests ---- */

static int ask_open(enum carveout_who who)
{
	uint32_t id;

	(void)who;
	return fixture_open(&f, 2 * HV_PAGE_SIZE, HV_PAGE_SIZE, false, &id);
}

static int ask_commit(enum carveout_who who)
{
	uint32_t refs[1] = { 0 };

	(void)who;
	return carveout_commit(&f.carveout, window, HV_PAGE_SIZE, refs);
}

static int ask_discard(enum carveout_who who)
{
	(void)who;
	return carveout_discard(&f.carveout, window);
}

/* Where no window is. */
static int ask_put(enum carveout_who who)
{
	(void)who;
	return carveout_put(&f.carveout, 4 * HV_PAGE_SIZE, 5,
			    fixture_own(&f, (const uint8_t *)"bytes", 5));
}

static int ask_write(enum carveout_who who)
{
	(void)who;
	return carveout_write(&f.carveout, 0, "byte", 4);
}

static int ask_seal(enum carveout_who who)
{
	return carveout_seal(&f.carveout, who, HV_PAGE_SIZE, NULL);
}

static int ask_abort(enum carveout_who who)
{
	return carveout_abort(&f.carveout, who, "asked for");
}

static int ask_revoke(enum carveout_who who)
{
	(void)who;
	return carveout_revoke(&f.carveout, false);
}

static int ask_revoke_now(enum carveout_who who)
{
	(void)who;
	return carveout_revoke(&f.carveout, true);
}

static int ask_reset(enum carveout_who who)
{
	return carveout_reset(&f.carveout, who);
}

static int ask_read(enum carveout_who who)
{
	uint8_t byte;

	(void)who;
	return carveout_read(&f.carveout, 0, &byte, 1);
}

#define BY_GUEST (1U << CARVEOUT_GUEST)
#define BY_DOM0 (1U << CARVEOUT_DOM0)

/* Each function of carveout.h that is a request, and who can call it. */
static const struct ask {
	enum carveout_request request;
	unsigned int by;
	int (*ask)(enum carveout_who who);
} asks[] = {
	{ CARVEOUT_REQ_OPEN, BY_GUEST, ask_open },
	{ CARVEOUT_REQ_CLOSE, BY_GUEST, ask_commit },
	{ CARVEOUT_REQ_CLOSE, BY_GUEST, ask_discard },
	{ CARVEOUT_REQ_WRITE, BY_DOM0, ask_write },
	{ CARVEOUT_REQ_WRITE, BY_GUEST, ask_put },
	{ CARVEOUT_REQ_SEAL, BY_GUEST | BY_DOM0, ask_seal },
	{ CARVEOUT_REQ_ABORT, BY_GUEST | BY_DOM0, ask_abort },
	{ CARVEOUT_REQ_REVOKE, BY_DOM0, ask_revoke },
	{ CARVEOUT_REQ_REVOKE, BY_DOM0, ask_revoke_now },
	{ CARVEOUT_REQ_RESET, BY_GUEST | BY_DOM0, ask_reset },
	{ CARVEOUT_REQ_READ, BY_DOM0, ask_read },
};

#define ASKS (sizeof(asks) / sizeof(asks[0]))

/* ---- states ---- */

static void come_to_empty(void)
{
	fixture_reset(&f);
	fixture_work(&f);
}

static void load_as(enum carveout_who who)
{
	if (who == CARVEOUT_GUEST)
		fixture_load(&f, 0, HV_PAGE_SIZE, HV_PAGE_SIZE, 5);
	else
		assert_int_equal(carveout_write(&f.carveout, 0, "bytes", 5), 0);
}

/* By this party's own load, where there is one. */
static void come_to(enum carveout_state state, enum carveout_who who)
{
	come_to_empty();
	if (state == CARVEOUT_EMPTY)
		return;
	load_as(who);
	if (state == CARVEOUT_SEALED)
		carveout_seal(&f.carveout, who, 5, NULL);
	else if (state == CARVEOUT_FAILED)
		carveout_abort(&f.carveout, who, "to fail");
	fixture_work(&f);
	assert_int_equal(f.carveout.state, state);
}

/* A close needs a window; in other states than LOADING it is one of before. */
static void have_window(enum carveout_request request)
{
	if (request == CARVEOUT_REQ_CLOSE &&
	    f.carveout.state == CARVEOUT_LOADING)
		assert_int_equal(
			fixture_open(&f, 0, HV_PAGE_SIZE, false, &window), 0);
}

/* What is under way counts as done. */
static int answer(const struct ask *ask, enum carveout_who who)
{
	int rc = ask->ask(who);

	return rc == -EINPROGRESS ? 0 : rc;
}

static void expect(const struct ask *ask, enum carveout_who who, int rc)
{
	struct snapshot before;

	snapshot_take(&before, &f);
	assert_int_equal(answer(ask, who), rc);
	if (rc)
		snapshot_assert_same(&before, &f);
	fixture_work(&f);
}

/* ---- behaviours ---- */

/* Requests that somebody has no function for, the table gives nobody else. */
static void only_what_the_table_knows_can_be_asked(void **state)
{
	(void)state;
	for (enum carveout_who who = 0; who < CARVEOUT_WHOS; who++)
		ALL_REQUESTS(request)
		{
			bool can = false;

			for (size_t i = 0; i < ASKS; i++)
				can |= asks[i].request == request &&
				       asks[i].by & 1U << who;
			ALL_STATES(s)
			assert_int_equal(carveout_state_allows(s, request,
							       who) ==
						 -EOPNOTSUPP,
					 !can);
		}
}

static void the_answer_is_the_tables_and_a_refusal_changes_nothing(void **state)
{
	(void)state;
	for (enum carveout_who who = 0; who < CARVEOUT_WHOS; who++)
		for (size_t i = 0; i < ASKS; i++)
			ALL_STATES(s)
			{
				if (!(asks[i].by & 1U << who))
					continue;
				come_to(s, who);
				have_window(asks[i].request);
				expect(&asks[i], who,
				       carveout_state_allows(s, asks[i].request,
							     who));
			}
}

/* A load of the guest's has an open window; one of dom0's has none. */
static void come_to_anothers_load(enum carveout_who who)
{
	if (who == CARVEOUT_GUEST) {
		come_to(CARVEOUT_LOADING, CARVEOUT_DOM0);
		return;
	}
	come_to(CARVEOUT_LOADING, CARVEOUT_GUEST);
	have_window(CARVEOUT_REQ_CLOSE);
}

/* dom0 may end what a guest loads; nobody else interferes. */
static int in_anothers_load(const struct ask *ask, enum carveout_who who)
{
	switch (ask->request) {
	case CARVEOUT_REQ_CLOSE:
		return -ENOENT;
	case CARVEOUT_REQ_RESET:
		return who == CARVEOUT_DOM0 ? 0 : -EBUSY;
	case CARVEOUT_REQ_REVOKE:
		return 0;
	default:
		return -EBUSY;
	}
}

static void one_writer_at_a_time_and_the_other_changes_nothing(void **state)
{
	(void)state;
	for (enum carveout_who who = 0; who < CARVEOUT_WHOS; who++)
		for (size_t i = 0; i < ASKS; i++) {
			if (!(asks[i].by & 1U << who))
				continue;
			come_to_anothers_load(who);
			expect(&asks[i], who, in_anothers_load(&asks[i], who));
		}
}

/* Scrubbing: FAILED, and its answers. */
static void a_scrub_under_way_does_not_change_the_answer(void **state)
{
	(void)state;
	for (enum carveout_who who = 0; who < CARVEOUT_WHOS; who++)
		for (size_t i = 0; i < ASKS; i++) {
			if (!(asks[i].by & 1U << who))
				continue;
			come_to(CARVEOUT_LOADING, who);
			carveout_abort(&f.carveout, who, "to scrub");
			assert_true(carveout_busy(&f.carveout));
			expect(&asks[i], who,
			       carveout_state_allows(CARVEOUT_FAILED,
						     asks[i].request, who));
		}
}

static int while_measuring(const struct ask *ask, enum carveout_who who)
{
	switch (ask->request) {
	case CARVEOUT_REQ_OPEN:
	case CARVEOUT_REQ_WRITE:
	case CARVEOUT_REQ_SEAL:
		return -EBUSY;
	case CARVEOUT_REQ_CLOSE:
		return -ENOENT;
	default:
		return carveout_state_allows(CARVEOUT_LOADING, ask->request,
					     who);
	}
}

static void while_it_is_measured_a_load_can_only_be_ended(void **state)
{
	(void)state;
	for (enum carveout_who who = 0; who < CARVEOUT_WHOS; who++)
		for (size_t i = 0; i < ASKS; i++) {
			if (!(asks[i].by & 1U << who))
				continue;
			come_to(CARVEOUT_LOADING, who);
			assert_int_equal(carveout_seal(&f.carveout, who, 100,
						       NULL),
					 -EINPROGRESS);
			expect(&asks[i], who, while_measuring(&asks[i], who));
		}
}

/* No state at all, as memory that was overwritten: nothing is done. */
static void in_an_unknown_state_nothing_is_allowed(void **state)
{
	static const unsigned int unknown[] = { 0, CARVEOUT_STATES, 255 };

	(void)state;
	for (enum carveout_who who = 0; who < CARVEOUT_WHOS; who++)
		for (size_t i = 0; i < ASKS; i++)
			for (size_t u = 0; u < 3; u++) {
				f.carveout.state =
					(enum carveout_state)unknown[u];
				expect(&asks[i], who, -EINVAL);
			}
	f.carveout.state = CARVEOUT_EMPTY;
}

int main(void)
{
	static const struct behaviour behaviours[] = {
		BEHAVIOUR(only_what_the_table_knows_can_be_asked),
		BEHAVIOUR(
			the_answer_is_the_tables_and_a_refusal_changes_nothing),
		BEHAVIOUR(one_writer_at_a_time_and_the_other_changes_nothing),
		BEHAVIOUR(a_scrub_under_way_does_not_change_the_answer),
		BEHAVIOUR(while_it_is_measured_a_load_can_only_be_ended),
		BEHAVIOUR(in_an_unknown_state_nothing_is_allowed),
	};

	return fixture_run("carveout: table", &f, behaviours,
			   sizeof(behaviours) / sizeof(behaviours[0]));
}
