// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is who: two guests of one UUID, a domid that is another's by now, records
 * that this manager cannot read.  What is sealed stays, nobody gets what may be
 * somebody's, and nothing is written over.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "channels.h"
#include "cmocka_all.h"
#include "daemon/store.h"
#include "daemon/vaults.h"
#include "records.h"
#include "script.h"
#include "xenstored.h"

#define OTHER 9 /* handle of a guest that has nothing to do with it */
#define A_WHILE 30

static int ask_of(hv_domid domid, const char *command, const char *stanza)
{
	dom0_ask(
		"{\"command\":\"%s\",\"domain\":\"%u\",\"name\":\"modem\",\"specs\":[\"%s\"]}",
		command, domid, stanza);
	host_until(script_answered);
	return host.dom0.error;
}

static int attach_to(hv_domid domid)
{
	return ask_of(domid, "attach", host.kind->stanza);
}

static int detach_from(hv_domid domid)
{
	return ask_of(domid, "detach", "");
}

static void restart(void)
{
	host_stop();
	host_turns(A_WHILE);
}

/* The guest's carveout is sealed, and it has a twin. */
static hv_domid with_a_twin(void)
{
	host_boot(host.kind);
	script_attach_quietly();
	script_load(1);
	return host_create_domain(1);
}

static void end(hv_domid other)
{
	host_check();
	host_check_sealed(1, SCRIPT_LENGTH);
	assert_int_equal(script_ask("detach"), 0);
	host_destroy_domain(other);
	host_turns(A_WHILE);
	host_power_off();
}

/* ---- two guests of one UUID ---- */

static void a_twin_that_attaches_takes_nothing(void)
{
	hv_domid twin = with_a_twin();

	assert_int_equal(attach_to(twin), 0);
	restart();
	host_check_sealed(1, SCRIPT_LENGTH);
	assert_int_equal(detach_from(twin), 0);
	restart();
	end(twin);
}

static void a_twin_that_is_refused_takes_nothing(void)
{
	hv_domid twin = with_a_twin();

	assert_int_equal(ask_of(twin, "attach", "name=modem,size=64K,gpa=2M"),
			 EINVAL);
	restart();
	end(twin);
}

static void a_twin_that_goes_takes_nothing(void)
{
	hv_domid twin = with_a_twin();

	assert_int_equal(attach_to(twin), 0);
	host_destroy_domain(twin);
	restart();
	host_check_sealed(1, SCRIPT_LENGTH);
	twin = host_create_domain(1);
	assert_int_equal(attach_to(twin), 0);
	host_stop();
	host_destroy_domain(twin);
	host_turns(A_WHILE);
	end(twin);
}

/* What is free after the restart is given to a third: were it a frame of a
 * window, or a vault with content, the guest would reach it, or miss it. */
static void a_twin_does_not_lay_open_what_the_guest_has(void)
{
	hv_domid twin, third;

	host_boot(host.kind);
	script_attach_quietly();
	front_begin(1, SCRIPT_LENGTH);
	host.front.hold = 0;
	host_until(script_holds);
	twin = host_create_domain(1);
	assert_int_equal(attach_to(twin), 0);
	restart();
	third = host_create_domain(OTHER);
	assert_int_equal(attach_to(third), 0);
	host_turns(A_WHILE);
	host_check();
	host.front.hold = UINT32_MAX;
	host_until(script_sealed);
	assert_int_equal(detach_from(third), 0);
	host_destroy_domain(third);
	end(twin);
}

/* ---- a domid that is another's by now ---- */

/* Nobody has read @releaseDomain yet. */
static void destroy_quietly(hv_domid domid)
{
	hv_model_guest_destroy(domid);
	channels_domain_gone(domid);
	xenstore_drop(0, store_path("/local/domain/%u", domid).text);
}

static bool is_absent(void)
{
	return host.front.link == FRONT_ABSENT;
}

static void a_reused_domid_gets_carveouts_of_its_own(void)
{
	hv_domid domid, other;

	host_boot(host.kind);
	script_attach_quietly();
	script_load(1);
	domid = host.guest;
	front_unload(); /* what it had granted would keep its domid */
	host_until(is_absent);
	destroy_quietly(domid);
	hv_model_next_domid(domid);
	other = host_create_domain(OTHER);
	assert_int_equal(other, domid);
	assert_int_equal(attach_to(other), 0);
	assert_memory_equal(&host.manager.tenants->handle.byte,
			    ((uint8_t[16]){ OTHER, 2, 3 }), 16);
	xenstore_fire("@releaseDomain");
	host_turns(A_WHILE);
	assert_non_null(host_device());
	assert_int_equal(host_device()->carveout.state, CARVEOUT_EMPTY);
	assert_int_equal(detach_from(other), 0);
	host_power_off();
}

/* ---- records that cannot be read ---- */

static void a_later_manager_wrote_them(void)
{
	records_put(NULL, "2 pause=none allowance=0:0:0");
}

static void a_manager_of_another_kind_wrote_them(void)
{
	records_head("hv-mgr records 0", records_look()->boot.text);
}

static void they_are_of_another_boot(void)
{
	records_head("hv-mgr records 2",
		     "11234567-89ab-cdef-0123-456789abcdef");
}

static void they_are_cut(void)
{
	records_cut(sizeof(struct record_slot) - 1);
}

static void one_is_no_text(void)
{
	struct record_slot *slot = record_file_next(records_look(), NULL);

	memset(slot->key, 'x', sizeof(slot->key));
}

static void their_state_is_garbage(void)
{
	records_put("0", "name=modem,size=64K,gpa=4G SEALED");
}

static void their_stanza_is_garbage(void)
{
	records_put("0", "name=modem");
}

static void their_number_is_missing(void)
{
	records_put(NULL, "pause=none allowance=0:0:0");
}

static void the_guests_own_is_missing(void)
{
	records_spoil(0, NULL);
}

static void (*const spoilers[])(void) = {
	a_later_manager_wrote_them,
	a_manager_of_another_kind_wrote_them,
	they_are_of_another_boot,
	they_are_cut,
	one_is_no_text,
	their_state_is_garbage,
	their_stanza_is_garbage,
	their_number_is_missing,
	the_guests_own_is_missing,
};

/* The manager cannot read them.  Everybody asks for carveouts; when they can be
 * read again, all is there. */
static void ask_while_unread(void (*spoil)(void))
{
	hv_domid other = with_a_twin();

	host_destroy_domain(other);
	other = host_create_domain(OTHER);
	host_stop();
	records_save();
	spoil();
	host.spoiled = true;
	host_turns(A_WHILE);
	assert_int_equal(attach_to(host.guest), EBUSY);
	assert_int_equal(ask_of(host.guest, "attach", "name=b,size=4K"), EBUSY);
	if (!attach_to(other))
		assert_int_equal(detach_from(other), 0);
	host_turns(A_WHILE);
	host_stop();
	records_restore();
	host.spoiled = false;
	host_turns(A_WHILE);
	end(other);
}

static void what_cannot_be_read_is_not_overwritten(void)
{
	for (size_t i = 0; i < sizeof(spoilers) / sizeof(spoilers[0]); i++)
		ask_while_unread(spoilers[i]);
}

static void what_cannot_be_read_goes_with_its_guest(void)
{
	for (size_t i = 0; i < sizeof(spoilers) / sizeof(spoilers[0]); i++) {
		host_destroy_domain(with_a_twin());
		host_stop();
		records_save();
		spoilers[i]();
		host.spoiled = true;
		host_turns(A_WHILE);
		host_destroy_domain(host.guest);
		host_turns(A_WHILE);
		restart();
		host_power_off();
	}
}

/* Only its own guest has to go without. */
static void the_twin_of_one_that_cannot_be_read_is_served(void)
{
	hv_domid twin = with_a_twin();

	assert_int_equal(attach_to(twin), 0);
	host_stop();
	records_save();
	their_state_is_garbage();
	host.spoiled = true;
	host_turns(A_WHILE);
	assert_int_equal(attach_to(host.guest), EBUSY);
	assert_int_equal(ask_of(twin, "attach", "name=b,size=4K"), 0);
	host_stop();
	their_state_is_garbage();
	records_restore();
	host.spoiled = false;
	host_turns(A_WHILE);
	end(twin);
}

/* ---- records that are lost ---- */

static void lose(void)
{
	records_cut(0);
	host.spoiled = true;
}

/* Somebody removed them. */
static void nothing_is_given_out_when_records_are_lost(void)
{
	hv_domid other = with_a_twin();

	host_stop();
	records_save();
	lose();
	for (int i = 0; i < 2; i++) {
		host_turns(A_WHILE);
		assert_int_equal(attach_to(other), EBUSY);
		assert_int_equal(attach_to(host.guest), EBUSY);
		assert_null(host.manager.tenants);
		host_stop();
	}
	records_restore();
	host.spoiled = false;
	host_turns(A_WHILE);
	end(other);
}

/* xenstored died, and came back empty. */
static void what_is_sealed_outlives_xenstore(void)
{
	hv_domid other = with_a_twin();
	struct store_path front =
		store_path("/local/domain/%u/device/carveout", host.guest);

	host_stop();
	xenstore_drop(0, "/hv-mgr");
	xenstore_drop(0, "/local/domain/0/backend/carveout");
	xenstore_drop(0, front.text);
	host_turns(A_WHILE);
	assert_non_null(xenstore_below(front.text, 1));
	end(other);
}

/* Somebody wrote into our node. */
static void a_node_says_the_same_whatever_is_in_it(void)
{
	static const char text[] = "somebody was here";
	hv_domid other = with_a_twin();

	host_stop();
	assert_true(xenstore_put(0, "/hv-mgr", text, sizeof(text) - 1));
	host_turns(A_WHILE);
	end(other);
}

static void it_is_over_when_no_guest_lives(void)
{
	hv_domid other = with_a_twin();

	host_stop();
	lose();
	host_turns(A_WHILE);
	host_destroy_domain(host.guest);
	host_destroy_domain(other);
	restart();
	other = host_create_domain(OTHER);
	assert_int_equal(attach_to(other), 0);
	assert_int_equal(detach_from(other), 0);
	host_destroy_domain(other);
	host_power_off();
}

/* Wherever the first manager dies: nothing was recorded, nothing is lost. */
static void a_first_start_that_is_killed_has_forgotten_nothing(void)
{
	for (host_trial(1); host_again(); host_next()) {
		host_plan(host.trial.first, NULL);
		host_start();
		host_turns(2);
		host.at = 0;
		assert_false(host.manager.forgotten);
		assert_int_equal(script_attach(), 0);
		assert_int_equal(script_ask("detach"), 0);
	}
}

static void xenstored_in_a_domain_of_its_own_is_refused(void)
{
	struct manager manager = { 0 };

	host_boot(host.kind);
	assert_true(xenstore_put(0, "/tool/xenstored/domid", "3", 1));
	assert_int_equal(manager_start(&manager, dom0_socket()), -EOPNOTSUPP);
	manager_stop(&manager);
	assert_non_null(strstr(host.said, "domain 3"));
	assert_true(xenstore_put(0, "/tool/xenstored/domid", "0", 1));
	assert_true(host_start());
	host_power_off();
}

/* ---- what is no guest for carveouts, and what is no vault ---- */

static void a_pv_guest_is_refused_with_a_sentence(void)
{
	const struct hv_model_guest plan = {
		.handle = { .byte = { OTHER } },
		.ram_pages = 16,
		.pool_pages = 32,
		.pv = true,
	};
	hv_domid pv;

	host_boot(host.kind);
	assert_true(host_start());
	assert_int_equal(hv_model_guest_create(&plan, &pv), 0);
	assert_int_equal(attach_to(pv), EINVAL);
	assert_non_null(memmem(host.dom0.reply, sizeof(host.dom0.reply),
			       "PV guest", 8));
	assert_null(host.manager.tenants);
	host_destroy_domain(pv);
	host_power_off();
}

/* Whoever can choose a guest's UUID may take one that looks like a vault's. */
static void a_guest_is_no_vault_whatever_its_uuid(void)
{
	const struct hv_handle own = { { 1, 2, 3 } };
	const struct hv_model_guest plan = {
		.handle = vaults_handle(&own, 1, "modem"),
		.ram_pages = 16,
		.pool_pages = 32,
	};
	hv_domid like;

	host_boot(host.kind);
	assert_int_equal(hv_model_guest_create(&plan, &like), 0);
	assert_true(host_start());
	host_turns(A_WHILE);
	assert_int_equal(attach_to(like), 0);
	host_check();
	restart();
	assert_int_equal(detach_from(like), 0);
	assert_true(hv_model_guest_runs(like));
	host_destroy_domain(like);
	host_power_off();
}

/* By a name that xl gives to no guest: it would have no log of that name. */
static void a_vault_has_a_name_of_its_own(void)
{
	char value[XENSTORE_VALUE_MAX + 1];
	struct store_path path;

	host_boot(host.kind);
	script_attach_quietly();
	path = store_path("/local/domain/%u/name", host_device()->vault);
	if (!host.kind->pooled) {
		assert_true(xenstore_get(0, path.text, value) > 0);
		assert_string_equal(value, "guest1/modem");
	}
	assert_int_equal(script_ask("detach"), 0);
	host_power_off();
}

int main(void)
{
	static const struct host_test tests[] = {
		HOST_TEST(a_twin_that_attaches_takes_nothing),
		HOST_TEST(a_twin_that_is_refused_takes_nothing),
		HOST_TEST(a_twin_that_goes_takes_nothing),
		HOST_TEST(a_twin_does_not_lay_open_what_the_guest_has),
		HOST_TEST(a_reused_domid_gets_carveouts_of_its_own),
		HOST_TEST(what_cannot_be_read_is_not_overwritten),
		HOST_TEST(what_cannot_be_read_goes_with_its_guest),
		HOST_TEST(the_twin_of_one_that_cannot_be_read_is_served),
		HOST_TEST(nothing_is_given_out_when_records_are_lost),
		HOST_TEST(what_is_sealed_outlives_xenstore),
		HOST_TEST(a_node_says_the_same_whatever_is_in_it),
		HOST_TEST(it_is_over_when_no_guest_lives),
		HOST_TEST(a_first_start_that_is_killed_has_forgotten_nothing),
		HOST_TEST(xenstored_in_a_domain_of_its_own_is_refused),
		HOST_TEST(a_pv_guest_is_refused_with_a_sentence),
		HOST_TEST(a_guest_is_no_vault_whatever_its_uuid),
		HOST_TEST(a_vault_has_a_name_of_its_own),
	};

	return host_run("twins", tests, sizeof(tests) / sizeof(tests[0]));
}
