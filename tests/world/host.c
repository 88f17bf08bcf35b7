// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tenant.h"
#include "host.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "channels.h"
#include "cmocka_all.h"
#include "daemon/events.h"
#include "daemon/sandbox.h"
#include "daemon/share.h"
#include "daemon/store.h"
#include "faults.h"
#include "config/pool_tree.h"
#include "hv/hv_buffer.h"
#include "records.h"
#include "xenstored.h"

#define HOST_PAGES 512
#define POOL_PAGES (3 * HOST_SIZE / HV_PAGE_SIZE)
#define LARGE_POOL_PAGES ((16 << 20) / HV_PAGE_SIZE)
#define RAM_PAGES 64
#define TABLE_PAGES 32
#define TURN_MS 10
#define TURNS_MAX 2000

struct host host;

/* ---- in place of what the manager has of a real host ---- */

uint64_t clock_ms(void)
{
	return host.now;
}

uint64_t clock_wall_ms(void)
{
	return host.now;
}

/* Of one processor: no thread hashes, and a run is the same each time. */
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
	(void)pid;
	CPU_ZERO_S(size, set);
	CPU_SET_S(0, size, set);
	return 0;
}

#define LOG_FUNCTION(name, level)                                          \
	void name(const char *format, ...)                                 \
	{                                                                  \
		va_list args;                                              \
                                                                           \
		va_start(args, format);                                    \
		vsnprintf(host.said, sizeof(host.said), format, args);     \
		va_end(args);                                              \
		if (getenv("WORLD_LOG"))                                   \
			fprintf(stderr, "%6u: " level "%s\n", host.points, \
				host.said);                                \
	}

LOG_FUNCTION(log_error, "error: ")
LOG_FUNCTION(log_warning, "warning: ")
LOG_FUNCTION(log_info, "")

int pool_tree_live(void **fdt, size_t *size)
{
	*size = 0;
	*fdt = NULL;
	return host.kind->pooled ? 0 : -ENOENT;
}

static uint64_t pool_pages(const struct host_kind *kind)
{
	return kind->pages ? LARGE_POOL_PAGES : POOL_PAGES;
}

int pool_tree_find(const void *fdt, size_t size, struct pool_node *pools,
		   struct sentence error)
{
	(void)fdt;
	(void)size;
	(void)error;
	pools[0] = (struct pool_node){
		.name = "pool0",
		.address = HV_MODEL_POOL.n << HV_PAGE_SHIFT,
		.size = pool_pages(host.kind) << HV_PAGE_SHIFT,
	};
	return 1;
}

/* In hv_buffer.c they are locked in memory, which takes most of a run's time. */
void *hv_locked_alloc(size_t bytes)
{
	void *buffer = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return buffer == MAP_FAILED ? NULL : buffer;
}

void hv_locked_free(void *buffer, size_t bytes)
{
	munmap(buffer, bytes);
}

/* This process goes on after the manager. */
int sandbox_drop_privileges(void)
{
	return 0;
}

int sandbox_filter_calls(void)
{
	return 0;
}

/* ---- crash points ---- */

static void happen(void)
{
	host.happened = true;
	host.at = 0;
	if (!host.event)
		longjmp(host.death, 1);
	host.inside = false;
	host.event();
	host.inside = true;
}

uint64_t host_clock(void)
{
	return host.now * 1000 + host.us;
}

static void take_time(void)
{
	host.us += host.us_a_call;
	host.now += host.us / 1000;
	host.us %= 1000;
}

static int before_request(enum xenstore_moment moment)
{
	if (host.inside && moment == XENSTORE_BEFORE)
		take_time();
	return faults_request(moment);
}

void crash_point(void)
{
	if (!host.inside)
		return;
	front_spy();
	if (host.always)
		host.always();
	if (++host.points == host.at)
		happen();
}

static void before_hypercall(void *argument, enum hv_model_call call,
			     hv_domid domid, gfn_t gfn, uint32_t count)
{
	(void)argument;
	(void)domid;
	(void)gfn;
	(void)count;
	if (host.refills)
		hv_model_guest_populate(
			host.guest, gfn_of_gpa(HOST_BASE + host.replaced_at),
			1);
	crash_point();
	if (!host.inside)
		return;
	take_time();
	faults_hypercall(call);
}

void host_plan(unsigned int at, host_event *event)
{
	host.points = 0;
	host.at = at;
	host.event = event;
	host.happened = false;
}

/* ---- the manager as a process ---- */

/* What Linux does: descriptors, mappings, event channels, connections. */
static void clean_up_after_death(void)
{
	const struct manager *manager = &host.manager;
	int xs = manager->xs ? xs_fileno(manager->xs) : -1;
	int evtchn = manager->events ? events_fd(manager->events) : -1;

	for (int i = 0; i < LOOP_MAX; i++) {
		int fd = manager->loop.sources[i].fd;

		if (fd >= 0 && fd != xs && fd != evtchn)
			close(fd);
	}
	record_file_close(&host.manager.records);
	trail_file_close(&host.manager.trail);
	xenstore_client_gone();
	channels_process_exit();
	hv_model_process_exit();
}

/* LeakSanitizer's, where it is built in. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

/* What a manager that dies leaves allocated is no leak. */
static void overlook_leaks(bool on)
{
	if (on && __lsan_disable)
		__lsan_disable();
	if (!on && __lsan_enable)
		__lsan_enable();
}

/* false: it died in there. */
static bool run(void (*part)(void))
{
	overlook_leaks(true);
	if (setjmp(host.death)) {
		host.alive = false;
	} else {
		host.inside = true;
		part();
	}
	host.inside = false;
	overlook_leaks(false);
	if (!host.alive)
		clean_up_after_death();
	return host.alive;
}

/* It ends by itself, and has said why (daemon_run()). */
static void end(void)
{
	strcpy(host.said_at_end, host.said);
	manager_stop(&host.manager);
	loop_init(&host.manager.loop);
	host.manager.xs = NULL;
	host.manager.events = NULL;
	host.alive = false;
}

/* Only a fault keeps it from that. */
static void start(void)
{
	int rc = manager_start(&host.manager, dom0_socket());

	if (!rc)
		return;
	assert_true(faults_struck());
	end();
}

bool host_start(void)
{
	assert_false(host.alive);
	memset(&host.manager, 0, sizeof(host.manager));
	host.alive = true;
	host.started++;
	host.wakes_at = 0;
	return run(start);
}

static void stop_manager(void)
{
	manager_stop(&host.manager);
}

void host_stop(void)
{
	if (host.alive && run(stop_manager)) {
		host.alive = false;
		channels_process_exit();
	}
}

/* ---- turns ---- */

static bool something_came(void)
{
	struct loop *loop = &host.manager.loop;
	struct pollfd polled[LOOP_MAX];

	for (int i = 0; i < LOOP_MAX; i++)
		polled[i] = (struct pollfd){ loop->sources[i].fd,
					     loop->sources[i].events, 0 };
	return poll(polled, LOOP_MAX, 0) > 0;
}

/* Who is in no queue has nothing to do; else it would wait for ever. */
static void check_queues(void)
{
	for (struct tenant *t = host.manager.tenants; t; t = t->next)
		if (t->turn == TURN_NONE)
			assert_int_equal(share_wait(t), -1);
}

/* As daemon_run() does, but that it never sleeps: it is not called then. */
static void turn(void)
{
	int64_t wait;

	check_queues();
	wait = manager_turn(&host.manager);
	check_queues();

	host.wakes_at = wait < 0 ? UINT64_MAX : host.now + (uint64_t)wait;
	if (something_came()) {
		host.wakes_at = 0;
		assert_int_equal(loop_turn(&host.manager.loop, 0), 0);
	}
	if (host.manager.failed)
		end();
}

static void replace_manager(void)
{
	bool happened = host.happened;

	dom0_hang_up();
	if (host.meanwhile)
		host.meanwhile();
	host.meanwhile = NULL;
	if (host.trial.second)
		host_plan(host.trial.second, NULL);
	host.trial.second = 0;
	host.happened = happened;
	if (host_start() && !host.spoiled && !faults_struck())
		host_check();
}

void host_turn(void)
{
	uint64_t before = host_clock();

	if (!host.us_a_call)
		host.now += TURN_MS;
	faults_tick();
	if (host.alive && (host.now >= host.wakes_at || something_came()))
		run(turn);
	if (!host.alive)
		replace_manager();
	front_step();
	dom0_step();
	if (host_clock() == before)
		host.now++; /* it had nothing to do */
	if (faults_struck() && host.alive && !host.manager.records_doubted)
		host_check_reach();
}

void host_turns(unsigned int count)
{
	while (count--)
		host_turn();
}

void host_until(bool (*so)(void))
{
	unsigned int turns = 0;

	while (!so()) {
		host_turn();
		if (++turns > TURNS_MAX)
			fail_msg("it hangs: crash point %u of %u", host.at,
				 host.points);
	}
}

/* ---- the machine ---- */

hv_domid host_create_domain(uint8_t handle)
{
	const struct hv_model_guest guest = {
		.handle = { .byte = { handle, 2, 3 } },
		.ram_pages = RAM_PAGES,
		.pool_pages = TABLE_PAGES,
	};
	struct store_path path;
	char name[16];
	hv_domid domid;
	int length;

	assert_int_equal(hv_model_guest_create(&guest, &domid), 0);
	path = store_path("/local/domain/%u/name", domid);
	length = snprintf(name, sizeof(name), "guest%u", handle);
	assert_true(xenstore_put(0, path.text, name, (unsigned int)length));
	return domid;
}

void host_destroy_domain(hv_domid domid)
{
	hv_model_guest_destroy(domid);
	channels_domain_gone(domid);
	xenstore_drop(0, store_path("/local/domain/%u", domid).text);
	xenstore_fire("@releaseDomain");
}

void host_boot(const struct host_kind *kind)
{
	const struct hv_model_config config = {
		.commandline = kind->scrubs ? "scrub-domheap" : "",
		.host_pages = kind->pages ? kind->pages : HOST_PAGES,
		.pool_pages = pool_pages(kind),
		.lib_major = kind->built_for ? 4 : 0,
		.lib_minor = kind->built_for,
	};

	if (host.alive)
		clean_up_after_death(); /* a test that failed left it */
	faults_end();
	memset(&host, 0, sizeof(host));
	host.kind = kind;
	hv_model_reset(&config);
	hv_model_dirty_free_memory(HOST_DIRT);
	hv_model_dirty_pool(HOST_DIRT);
	hv_model_set_hook(before_hypercall, NULL);
	records_boot();
	xenstore_boot();
	xenstore_set_fault(before_request);
	channels_boot();
	host.before = hv_model_ledger();
	host.handle.byte[0] = 1;
	host.handle.byte[1] = 2;
	host.handle.byte[2] = 3;
	host.guest = host_create_domain(1);
	host.max_pages = RAM_PAGES;
	front_boot(host.guest);
}

void host_power_off(void)
{
	struct hv_model_ledger after;

	host_stop();
	host_destroy_domain(host.guest);
	dom0_hang_up();
	after = hv_model_ledger();
	assert_true(hv_model_ledger_equal(&host.before, &after));
	assert_int_equal(records_count(), 0);
	assert_null(xenstore_below("/local/domain/0/backend/carveout", 0));
	assert_int_equal(channels_bound(), 0);
	assert_int_equal(channels_mapped(), 0);
}

/* ---- tests ---- */

static unsigned int finished; /* runs of a test, on one kind of host */

/* A number in the environment, or what it is without. */
static unsigned int wish(const char *name, unsigned int otherwise)
{
	const char *said = getenv(name);

	return said ? (unsigned int)strtoul(said, NULL, 10) : otherwise;
}

void host_trial(unsigned int step)
{
	const struct host_kind *kind = host.kind;

	step *= wish("WORLD_EVERY", 1);
	host_boot(kind);
	host.trial.step = step;
	host.trial.first = wish("WORLD_AT", step);
	host.happened = true;
}

bool host_again(void)
{
	return host.happened;
}

void host_next(void)
{
	unsigned int step = host.trial.step, next = host.trial.first + step;
	bool more = host.happened && !getenv("WORLD_AT");

	finished++;
	host_power_off();
	host_boot(host.kind);
	host.trial.step = step;
	host.trial.first = next;
	host.happened = more;
}

static const struct host_kind kinds[] = {
	{
		.name = "vault, host scrubs",
		.scrubs = true,
		.stanza = "name=modem,size=64K,window=8K,windows=2",
	},
	{
		.name = "vault, host does not scrub",
		.stanza = "name=modem,size=64K,window=8K,windows=2",
	},
	{
		.name = "pool, host does not scrub",
		.pooled = true,
		.stanza =
			"name=modem,size=64K,window=8K,windows=2,backing=pool",
	},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const struct host_kind *host_kind(unsigned int n)
{
	return &kinds[n % KINDS];
}

struct run {
	void (*test)(void);
	const struct host_kind *kind;
};

/* Says where a run failed. */
static int end_on_kind(void **state)
{
	(void)state;
	if (host.trial.first)
		print_message("         %u runs, the last at %u\n", finished,
			      host.trial.first);
	finished = 0;
	return 0;
}

static void run_on_kind(void **state)
{
	const struct run *this = *state;

	host.kind = this->kind;
	this->test();
}

int host_run(const char *group, const struct host_test *tests, size_t count)
{
	struct CMUnitTest *units = calloc(count * KINDS, sizeof(*units));
	struct run *runs = calloc(count * KINDS, sizeof(*runs));
	int rc;

	for (size_t i = 0; i < count * KINDS; i++) {
		char *name;

		runs[i] = (struct run){ tests[i / KINDS].test,
					&kinds[i % KINDS] };
		if (asprintf(&name, "%s (%s)", tests[i / KINDS].name,
			     runs[i].kind->name) < 0)
			abort();
		units[i] = (struct CMUnitTest){
			.name = name,
			.test_func = run_on_kind,
			.teardown_func = end_on_kind,
			.initial_state = &runs[i],
		};
	}
	rc = _cmocka_run_group_tests(group, units, count * KINDS, NULL, NULL);
	for (size_t i = 0; i < count * KINDS; i++)
		free((void *)(uintptr_t)units[i].name);
	free(units);
	free(runs);
	return rc;
}
