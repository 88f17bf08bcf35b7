// SPDX-License-Identifier: GPL-2.0-only
/* What systemd hears, on a socket of the test's. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/notify.h"

static char directory[] = "/tmp/hv-mgr-notify.XXXXXX";
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static int systemd;
static uint64_t now;

/* The linker puts it in the place of the real one. */
uint64_t __wrap_clock_ms(void);
uint64_t __wrap_clock_ms(void)
{
	return now;
}

static int listen_as_systemd(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify",
		 directory);
	systemd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return bind(systemd, (struct sockaddr *)&address, sizeof(address));
}

static int clean_up(void **state)
{
	(void)state;
	close(systemd);
	return unlink(address.sun_path) || rmdir(directory);
}

static struct notify opened(const char *path, const char *watchdog)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	if (path)
		setenv("NOTIFY_SOCKET", path, 1);
	if (watchdog)
		setenv("WATCHDOG_USEC", watchdog, 1);
	return notify_open();
}

static void expect(const char *text)
{
	char heard[64];
	ssize_t length = recv(systemd, heard, sizeof(heard) - 1, MSG_DONTWAIT);

	if (!text) {
		assert_int_equal(length, -1);
		return;
	}
	assert_true(length > 0);
	heard[length] = '\0';
	assert_string_equal(heard, text);
}

static void it_says_when_it_serves(void **state)
{
	struct notify notify = opened(address.sun_path, NULL);

	(void)state;
	expect(NULL);
	notify_ready(&notify);
	expect("READY=1");
	assert_int_equal(notify_turn(&notify), -1);
	expect(NULL);
	notify_close(&notify);
}

static void it_shows_life_four_times_in_the_watchdogs_time(void **state)
{
	struct notify notify = opened(address.sun_path, "180000000");

	(void)state;
	assert_int_equal(notify_turn(&notify), 45000);
	expect("WATCHDOG=1");
	now += 44999;
	assert_int_equal(notify_turn(&notify), 1);
	expect(NULL);
	now += 1;
	assert_int_equal(notify_turn(&notify), 45000);
	expect("WATCHDOG=1");
	notify_close(&notify);
}

static void nobody_need_listen(void **state)
{
	static const char *const paths[] = { NULL, "", "@x",
					     "/nowhere/notify" };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct notify notify = opened(paths[i], "180000000");

		notify_ready(&notify);
		assert_int_equal(notify_turn(&notify), -1);
		notify_close(&notify);
	}
	expect(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_when_it_serves),
		cmocka_unit_test(
			it_shows_life_four_times_in_the_watchdogs_time),
		cmocka_unit_test(nobody_need_listen),
	};

	return cmocka_run_group_tests(tests, listen_as_systemd, clean_up);
}
