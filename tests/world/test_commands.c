// SPDX-License-Identifier: GPL-2.0-only
/* Commands of dom0's, of several who give them at once, do what they say to
 * whom they say, and else nothing. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"
#include "cmocka_all.h"
#include "control/control.h"
#include "daemon/store.h"
#include "daemon/tenant.h"
#include "script.h"
#include "xenstored.h"

#define MANY 10000

#define ONE(command) \
	"{\"command\":\"" command "\",\"domain\":\"%s\",\"name\":\"modem\"}"

static void rename_domain(hv_domid domid, const char *name)
{
	struct store_path path = store_path("/local/domain/%u/name", domid);

	assert_true(
		xenstore_put(0, path.text, name, (unsigned int)strlen(name)));
}

static void start(void)
{
	host_boot(host.kind);
	script_attach_quietly();
}

static void detach_all_and_stop(int fd)
{
	assert_int_equal(
		client_ask(
			fd, NULL, 0,
			"{\"command\":\"detach\",\"domain\":\"%u\",\"all\":true}",
			host.guest),
		0);
	close(fd);
	host_turns(3);
	host_power_off();
}

/* ---- whom ---- */

static void a_renamed_guest_is_called_by_the_name_that_it_has_now(void)
{
	hv_domid other;
	int fd;

	start();
	script_load(1);
	fd = client_open();
	rename_domain(host.guest, "old");
	other = host_create_domain(1);
	assert_int_equal(client_ask(fd, NULL, 0, ONE("reset"), "guest1"),
			 ESRCH);
	host_check_sealed(1, SCRIPT_LENGTH);
	assert_int_equal(client_ask(fd, NULL, 0, ONE("status"), "old"), 0);
	host_destroy_domain(other);
	assert_int_equal(client_ask(fd, NULL, 0, ONE("reset"), "guest1"),
			 ESRCH);
	assert_int_equal(client_ask(fd, NULL, 0, ONE("reset"), "old"), 0);
	detach_all_and_stop(fd);
}

static void a_guest_is_listed_by_the_name_that_it_has_now(void)
{
	struct json_object *reply;
	int fd;

	start();
	fd = client_open();
	rename_domain(host.guest, "old");
	client_say(fd, "{\"command\":\"status\"}", NULL, 0);
	reply = client_hear(fd);
	assert_non_null(strstr(
		json_object_to_json_string_ext(reply, JSON_C_TO_STRING_PLAIN),
		"\"domain\":\"old\""));
	json_object_put(reply);
	detach_all_and_stop(fd);
}

static void digits_are_a_domid_whatever_a_domain_is_called(void)
{
	char domid[16];
	int fd;

	start();
	fd = client_open();
	rename_domain(host.guest, "5000");
	assert_int_equal(client_ask(fd, NULL, 0, ONE("detach"), "5000"), ESRCH);
	rename_domain(host.guest, "12x");
	assert_int_equal(client_ask(fd, NULL, 0, ONE("reset"), "12x"), 0);
	snprintf(domid, sizeof(domid), "00%u", host.guest);
	assert_int_equal(client_ask(fd, NULL, 0, ONE("reset"), domid), 0);
	assert_int_equal(client_ask(fd, NULL, 0, ONE("reset"), ""), ESRCH);
	assert_int_equal(client_ask(fd, NULL, 0, ONE("reset"),
				    "99999999999999999999"),
			 ESRCH);
	detach_all_and_stop(fd);
}

static void all_of_a_guests_carveouts_go_only_when_all_are_named(void)
{
	int fd;

	start();
	fd = client_open();
	assert_int_equal(
		client_ask(fd, NULL, 0,
			   "{\"command\":\"detach\",\"domain\":\"%u\"}",
			   host.guest),
		ESRCH);
	assert_int_equal(
		client_ask(
			fd, NULL, 0,
			"{\"command\":\"detach\",\"domain\":\"%u\",\"name\":\"modem\",\"all\":true}",
			host.guest),
		EINVAL);
	assert_non_null(host_device());
	detach_all_and_stop(fd);
}

/* ---- a load of dom0's, and somebody else ---- */

static uint8_t piece[HV_PAGE_SIZE];

static int write_at(int fd, unsigned int offset)
{
	memset(piece, 0xaa, sizeof(piece));
	return client_ask(
		fd, piece, sizeof(piece),
		"{\"command\":\"write\",\"domain\":\"%u\",\"name\":\"modem\",\"offset\":%u}",
		host.guest, offset);
}

static int seal(int fd, bool mine)
{
	return client_ask(
		fd, NULL, 0,
		"{\"command\":\"seal\",\"domain\":\"%u\",\"name\":\"modem\",\"length\":8192,\"mine\":%s}",
		host.guest, mine ? "true" : "false");
}

static void begin_load(int *fd, int *other)
{
	start();
	*fd = client_open();
	*other = client_open();
	assert_int_equal(write_at(*fd, 0), 0);
}

static void a_load_ends_when_somebody_resets_beneath_it(void)
{
	int fd, other;

	begin_load(&fd, &other);
	assert_int_equal(client_ask(other, NULL, 0, ONE("reset"), "guest1"), 0);
	assert_int_equal(write_at(fd, sizeof(piece)), ECANCELED);
	assert_int_equal(seal(fd, true), ECANCELED);
	assert_int_equal(client_ask(fd, NULL, 0, ONE("keep"), "guest1"),
			 ECANCELED);
	assert_int_equal(host_device()->carveout.state, CARVEOUT_EMPTY);
	/* It is not in the way of the next one, neither by its end. */
	assert_int_equal(write_at(other, 0), 0);
	close(fd);
	host_turns(3);
	assert_int_equal(write_at(other, sizeof(piece)), 0);
	assert_int_equal(seal(other, true), 0);
	assert_int_equal(host_device()->carveout.state, CARVEOUT_SEALED);
	detach_all_and_stop(other);
}

static void a_load_ends_when_its_carveout_is_another_one(void)
{
	int fd, other;

	begin_load(&fd, &other);
	assert_int_equal(client_ask(other, NULL, 0, ONE("detach"), "guest1"),
			 0);
	assert_int_equal(script_attach(), 0);
	assert_int_equal(write_at(fd, sizeof(piece)), ECANCELED);
	assert_int_equal(host_device()->carveout.state, CARVEOUT_EMPTY);
	close(fd);
	detach_all_and_stop(other);
}

static void nobody_else_seals_the_half_of_a_load(void)
{
	int fd, other;

	begin_load(&fd, &other);
	assert_int_equal(seal(other, false), EBUSY);
	assert_int_equal(write_at(fd, sizeof(piece)), 0);
	assert_int_equal(client_ask(fd, NULL, 0, ONE("keep"), "guest1"), 0);
	/* One that is kept may be sealed by anybody. */
	assert_int_equal(seal(other, false), 0);
	close(fd);
	detach_all_and_stop(other);
}

/* ---- a carveout that is busy ---- */

/* Large enough for its scrub, a chunk a turn, to be met. */
static void attach_large(int fd)
{
	assert_int_equal(
		client_ask(
			fd, NULL, 0,
			"{\"command\":\"attach\",\"domain\":\"%u\",\"specs\":[\"name=modem,size=16M%s\"]}",
			host.guest, host.kind->pooled ? ",backing=pool" : ""),
		0);
}

static bool is_busy(void)
{
	return carveout_busy(&host_device()->carveout);
}

/* Room for it in the host, and in its pool, which is not scrubbed yet. */
static void start_large(void)
{
	static struct host_kind kind;

	kind = *host.kind;
	kind.pages = 3 * (8 << 20) / HV_PAGE_SIZE;
	host_boot(&kind);
	assert_true(host_start());
}

static void what_was_just_attached_is_loaded_at_once(void)
{
	int fd;

	start_large();
	fd = client_open();
	attach_large(fd);
	assert_int_equal(is_busy(), !host.kind->scrubs);
	assert_int_equal(write_at(fd, 0), 0);
	assert_int_equal(write_at(fd, sizeof(piece)), 0);
	assert_int_equal(seal(fd, true), 0);
	detach_all_and_stop(fd);
}

/* Who waits is told that it is gone, and may leave. */
static void a_carveout_goes_while_a_load_waits_for_it(void)
{
	static const char write[] =
		"{\"command\":\"write\",\"domain\":\"guest1\",\"name\":\"modem\",\"offset\":0}";
	int fd, other, left;

	start_large();
	fd = client_open();
	other = client_open();
	left = client_open();
	attach_large(other);
	if (is_busy()) {
		client_say(fd, write, piece, sizeof(piece));
		client_say(left, write, piece, sizeof(piece));
		host_turn();
		assert_true(is_busy());
	}
	close(left);
	assert_int_equal(client_ask(other, NULL, 0, ONE("detach"), "guest1"),
			 0);
	if (!host.kind->scrubs)
		assert_int_equal(client_error(client_hear(fd)), ESRCH);
	close(fd);
	close(other);
	host_turns(3);
	host_power_off();
}

/* ---- what is true ---- */

static bool windows_gone(void)
{
	return !carveout_windows_held(&host_device()->carveout);
}

/* The hypervisor fails to take a window away, for longer than a revoke waits. */
static void a_revoke_that_leaves_a_window_says_so(void)
{
	const struct hv_model_fault stays[] = {
		{ .call = HV_CALL_STRIP, .nth = 1, .lasting = true },
		{ .call = HV_CALL_IOMEM_UNMAP, .nth = 1, .lasting = true },
	};
	int fd;

	start();
	fd = client_open();
	front_begin(1, SCRIPT_LENGTH);
	host.front.hold = 0;
	host_until(script_holds);
	hv_model_inject(&stays[0]);
	hv_model_inject(&stays[1]);
	assert_int_not_equal(
		client_ask(
			fd, NULL, 0,
			"{\"command\":\"revoke\",\"domain\":\"guest1\",\"name\":\"modem\",\"now\":true}"),
		0);
	assert_false(windows_gone());
	hv_model_clear_faults();
	host_until(windows_gone);
	assert_int_equal(client_ask(fd, NULL, 0, ONE("revoke"), "guest1"), 0);
	detach_all_and_stop(fd);
}

/* The sentence of a refusal. */
static char *hear_error(int fd)
{
	struct json_object *reply = client_hear(fd), *value;
	char *text;

	assert_true(json_object_object_get_ex(reply, "error", &value));
	text = strdup(json_object_get_string(value));
	json_object_put(reply);
	return text;
}

/* Whoever asked is told which errno it was, and so is the log. */
static void hear_errno(int fd, const char *name)
{
	char *text = hear_error(fd);

	assert_non_null(strstr(text, name));
	assert_non_null(strstr(host.said, name));
	free(text);
}

static void what_fails_to_be_attached_is_told_and_logged(void)
{
	const struct hv_model_fault fault = { .call = HV_CALL_P2M_POOL_GET,
					      .nth = 1,
					      .error = -EXDEV };
	char request[256];
	int fd;

	host_boot(host.kind);
	assert_true(host_start());
	host_turns(3);
	fd = client_open();
	hv_model_inject(&fault);
	snprintf(
		request, sizeof(request),
		"{\"command\":\"attach\",\"domain\":\"%u\",\"specs\":[\"%s\"]}",
		host.guest, host.kind->stanza);
	client_say(fd, request, NULL, 0);
	hear_errno(fd, "EXDEV");
	hv_model_clear_faults();
	close(fd);
	host_power_off();
}

static void what_fails_to_be_read_is_told_and_logged(void)
{
	const struct hv_model_fault faults[] = {
		{ .call = HV_CALL_VAULT_READ, .nth = 1, .error = -EXDEV },
		{ .call = HV_CALL_MEMORY_READ, .nth = 1, .error = -EXDEV },
	};
	int fd;

	start();
	script_load(1);
	fd = client_open();
	hv_model_inject(&faults[0]);
	hv_model_inject(&faults[1]);
	client_say(
		fd,
		"{\"command\":\"read\",\"domain\":\"guest1\",\"name\":\"modem\",\"offset\":0,\"length\":4096}",
		NULL, 0);
	hear_errno(fd, "EXDEV");
	hv_model_clear_faults();
	detach_all_and_stop(fd);
}

/* ---- replies ---- */

/* Only the daemon's loop: there is nothing behind these carveouts. */
static void serve_only(void)
{
	assert_int_equal(loop_turn(&host.manager.loop, 0), 0);
}

static struct device *many_devices(struct tenant *tenant)
{
	struct device *all = calloc(MANY, sizeof(*all));

	for (size_t i = 0; i < MANY; i++) {
		all[i].tenant = tenant;
		all[i].number = (unsigned int)i;
		all[i].carveout.state = CARVEOUT_EMPTY;
		snprintf(all[i].stanza.name, sizeof(all[i].stanza.name),
			 "carveout-%zu", i);
		all[i].next = i + 1 < MANY ? &all[i + 1] : NULL;
	}
	return all;
}

/* The names are those of one domain: what is tested is how much it is. */
static void ten_thousand_carveouts_are_told_of(void)
{
	struct tenant tenant = { .manager = &host.manager,
				 .guest = { .domid = 4242 } };
	struct json_object *reply, *list;
	struct device *all;
	int fd;

	host_boot(host.kind);
	assert_true(host_start());
	host_turns(3);
	strcpy(tenant.name, "of many carveouts");
	all = tenant.devices = many_devices(&tenant);
	host.manager.tenants = &tenant;
	fd = client_open();
	client_say(fd, "{\"command\":\"status\"}", NULL, 0);
	reply = client_hear_while(serve_only, fd);
	assert_true(json_object_object_get_ex(reply, "carveouts", &list));
	assert_int_equal(json_object_array_length(list), MANY);
	json_object_put(reply);
	close(fd);
	host.manager.tenants = NULL;
	free(all);
	host_power_off();
}

static void a_name_that_is_no_utf_8_does_not_break_the_reply(void)
{
	struct json_object *reply;
	int fd;

	start();
	rename_domain(host.guest, "caf\xe9");
	fd = client_open();
	client_say(fd, "{\"command\":\"status\"}", NULL, 0);
	reply = client_hear(fd);
	assert_non_null(strstr(
		json_object_to_json_string_ext(reply, JSON_C_TO_STRING_PLAIN),
		"\"caf\xef\xbf\xbd\""));
	json_object_put(reply);
	detach_all_and_stop(fd);
}

int main(void)
{
	static const struct host_test tests[] = {
		HOST_TEST(
			a_renamed_guest_is_called_by_the_name_that_it_has_now),
		HOST_TEST(a_guest_is_listed_by_the_name_that_it_has_now),
		HOST_TEST(digits_are_a_domid_whatever_a_domain_is_called),
		HOST_TEST(all_of_a_guests_carveouts_go_only_when_all_are_named),
		HOST_TEST(a_load_ends_when_somebody_resets_beneath_it),
		HOST_TEST(a_load_ends_when_its_carveout_is_another_one),
		HOST_TEST(nobody_else_seals_the_half_of_a_load),
		HOST_TEST(what_was_just_attached_is_loaded_at_once),
		HOST_TEST(a_carveout_goes_while_a_load_waits_for_it),
		HOST_TEST(a_revoke_that_leaves_a_window_says_so),
		HOST_TEST(what_fails_to_be_attached_is_told_and_logged),
		HOST_TEST(what_fails_to_be_read_is_told_and_logged),
		HOST_TEST(ten_thousand_carveouts_are_told_of),
		HOST_TEST(a_name_that_is_no_utf_8_does_not_break_the_reply),
	};

	return host_run("commands", tests, sizeof(tests) / sizeof(tests[0]));
}
