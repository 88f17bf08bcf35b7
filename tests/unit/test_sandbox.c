// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sandbox, by trying: each test enters it in a child and does one thing
 * there.  SIGSYS is the filter's answer; everything else means that the call
 * got through, also an errno.
 */
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xen/xen.h>
#include <xen/sys/evtchn.h>
#include <xen/sys/gntdev.h>
#include <xen/sys/privcmd.h>

#include "daemon/sandbox.h"

#define SIZE (16UL << 20)

/* AddressSanitizer gives each thread a signal stack, and takes it back by a
 * call of its own when the thread ends. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "use_sigaltstack=0";
}

/* For the same reason not _exit(): before functions that do not return its
 * code looks for the signal stack. */
static void leave(int status)
{
	syscall(SYS_exit_group, status);
}

/* And AddressSanitizer makes mlock() do nothing. */
static long lock(void *start, size_t length)
{
	return syscall(SYS_mlock, start, length);
}

/* What a child finds open, as a manager finds its descriptors. */
static int pair[2], null, listener, client;
static pid_t parent;

/* Bound to no name, it is given one; the client waits to be accepted. */
static int make_listener(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct sockaddr *any = (struct sockaddr *)&address;
	socklen_t length = sizeof(address);

	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	return bind(listener, any, sizeof(address.sun_family)) ||
	       listen(listener, 1) || getsockname(listener, any, &length) ||
	       connect(client, any, length);
}

static int open_descriptors(void **state)
{
	(void)state;
	parent = getpid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	return null < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ||
	       make_listener();
}

static int close_descriptors(void **state)
{
	(void)state;
	return close(null) || close(pair[0]) || close(pair[1]) ||
	       close(listener) || close(client);
}

/* The signal that ended a child, or else its exit status, negative. */
static int result_of(pid_t child)
{
	int status;

	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static int confined(int (*enter)(void), int (*attempt)(void))
{
	pid_t child = fork();

	if (child)
		return result_of(child);
	if (enter())
		leave(99);
	leave(attempt());
	return 0;
}

/* ---- what ends a manager that tries it ---- */

/* A call that gets through, or fails with an errno, makes an exit status. */
#define KILLED(sentence, call)                                                \
	static int sentence##_(void)                                          \
	{                                                                     \
		(void)!(call);                                                \
		return 1;                                                     \
	}                                                                     \
	static void sentence(void **state)                                    \
	{                                                                     \
		(void)state;                                                  \
		assert_int_equal(confined(sandbox_filter_calls, sentence##_), \
				 SIGSYS);                                     \
	}

/* Without this the others prove nothing. */
static int do_nothing(void)
{
	return 0;
}

static void it_lives_if_it_does_nothing(void **state)
{
	(void)state;
	assert_int_equal(confined(sandbox_filter_calls, do_nothing), 0);
}

static void *nothing(void *context)
{
	return context;
}

static int make_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, nothing, NULL);
}

static ssize_t send_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(address.sun_path, path);
	return sendto(pair[0], "x", 1, 0, (struct sockaddr *)&address,
		      sizeof(address));
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(address.sun_path, path);
	return connect(pair[0], (struct sockaddr *)&address, sizeof(address));
}

static long set_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capset, &header, data);
}

static long map_executable(void)
{
	return (long)mmap(NULL, 4096, PROT_READ | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static long make_executable(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

KILLED(it_starts_no_program, execl("/bin/true", "true", NULL))
KILLED(it_makes_no_process, fork())
KILLED(it_makes_no_thread, make_thread())
KILLED(it_opens_no_file_by_a_newer_call,
       syscall(SYS_openat2, AT_FDCWD, "/", 0, 0))
KILLED(it_looks_for_no_file, access("/etc/shadow", F_OK))
KILLED(it_removes_no_file, unlink("/tmp/hv-mgr-test"))
KILLED(it_renames_no_file, rename("/tmp/hv-mgr-test", "/tmp/hv-mgr-test2"))
KILLED(it_changes_no_files_mode, chmod("/tmp/hv-mgr-test", 0777))
KILLED(it_empties_no_file_that_is_open, ftruncate(null, 0))
KILLED(it_makes_no_file_in_memory, memfd_create("x", 0))
KILLED(it_speaks_no_network, socket(AF_INET, SOCK_STREAM, 0))
KILLED(it_makes_no_socket_at_all, socket(AF_UNIX, SOCK_STREAM, 0))
KILLED(it_connects_to_nobody, connect_to("/run/dbus/system_bus_socket"))
KILLED(it_sends_to_no_other_address, send_to("/run/dbus/system_bus_socket"))
KILLED(it_traces_nobody, ptrace(PTRACE_ATTACH, parent, 0, 0))
KILLED(it_reads_no_others_memory,
       syscall(SYS_process_vm_readv, 1, 0, 0, 0, 0, 0))
KILLED(it_signals_nobody_else, kill(parent, 0))
KILLED(it_signals_no_group, kill(0, 0))
KILLED(it_signals_no_others_thread, tgkill(1, 1, 0))
KILLED(it_mounts_nothing, mount("none", "/mnt", "tmpfs", 0, NULL))
KILLED(it_enters_no_namespace, unshare(CLONE_NEWUSER))
KILLED(it_keeps_its_root, chroot("/"))
KILLED(it_becomes_nobody_else, setuid(1))
KILLED(it_sets_no_capability, set_capabilities())
KILLED(it_asks_prctl_for_nothing, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
KILLED(it_maps_nothing_to_run, map_executable())
KILLED(it_makes_nothing_run_that_it_wrote, make_executable())
KILLED(it_asks_a_terminal_for_nothing, ioctl(null, TIOCSTI, "x"))
KILLED(it_asks_privcmd_for_nothing_else, ioctl(null, IOCTL_PRIVCMD_DM_OP, NULL))
KILLED(it_makes_no_grants_of_its_own,
       ioctl(null, _IOC(_IOC_NONE, 'G', 5, 24), NULL))
KILLED(it_loads_no_module, syscall(SYS_init_module, "", 0, ""))
KILLED(it_loads_no_bpf, syscall(SYS_bpf, 0, 0, 0))
KILLED(it_rings_no_io_uring, syscall(SYS_io_uring_setup, 1, 0))
KILLED(it_lifts_no_limit, setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }))
KILLED(it_calls_nothing_that_came_later, syscall(9999))
#ifdef __x86_64__
KILLED(it_calls_nothing_by_another_abi, syscall(0x40000000 + SYS_getpid))
#endif

/* libxenstore has a thread that was started before. */
static bool start_thread(void *(*run)(void *), pthread_t *thread)
{
	char byte;

	return !pthread_create(thread, NULL, run, NULL) &&
	       read(pair[1], &byte, 1) == 1;
}

static void *connect_when_told(void *context)
{
	char byte = 'x';

	if (write(pair[0], &byte, 1) == 1 && read(pair[0], &byte, 1) == 1)
		leave(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
	return context;
}

static void a_thread_that_was_there_is_confined_too(void **state)
{
	pid_t child = fork();
	pthread_t thread;

	(void)state;
	if (!child) {
		if (!start_thread(connect_when_told, &thread) ||
		    sandbox_filter_calls() || write(pair[1], "x", 1) != 1)
			leave(99);
		pthread_join(thread, NULL);
		leave(98);
	}
	assert_int_equal(result_of(child), SIGSYS);
}

/* ---- what is refused ---- */

static int open_files(void)
{
	if (open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES)
		return 1;
	if (open("/tmp/hv-mgr-test", O_WRONLY | O_CREAT, 0600) >= 0 ||
	    errno != EACCES)
		return 2;
	return open("/dev/null", O_RDWR) >= 0 || errno != EACCES;
}

static void it_opens_no_file_and_lives(void **state)
{
	(void)state;
	assert_int_equal(confined(sandbox_filter_calls, open_files), 0);
}

/* ---- what a manager does ---- */

#define WORKS(sentence, attempt)                                              \
	static void sentence(void **state)                                    \
	{                                                                     \
		(void)state;                                                  \
		assert_int_equal(confined(sandbox_filter_calls, attempt), 0); \
	}

static int talk(void)
{
	struct iovec two[2] = { { (char[]){ 'a' }, 1 },
				{ (char[]){ 'b' }, 1 } };
	struct msghdr message = { .msg_iov = two, .msg_iovlen = 2 };
	struct pollfd polled = { pair[1], POLLIN, 0 };
	char bytes[8];

	if (send(pair[0], "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1 ||
	    writev(pair[0], two, 2) != 2 ||
	    sendmsg(pair[0], &message, MSG_NOSIGNAL) != 2)
		return 1;
	if (poll(&polled, 1, 1000) != 1)
		return 2;
	return recv(pair[1], bytes, sizeof(bytes), MSG_DONTWAIT) != 5;
}
WORKS(it_talks_to_who_is_connected, talk)

static int take_client(void)
{
	int accepted =
		accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	return accepted < 0 || close(accepted);
}
WORKS(it_takes_new_clients, take_client)

static int use_memory(void)
{
	void *page = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	char *grown = malloc(SIZE);

	if (page == MAP_FAILED || !grown)
		return 1;
	free(grown);
	if (madvise(page, SIZE, MADV_DONTDUMP) ||
	    mprotect(page, SIZE, PROT_READ))
		return 2;
	page = mremap(page, SIZE, 2 * SIZE, MREMAP_MAYMOVE);
	return page == MAP_FAILED || munmap(page, 2 * SIZE);
}
WORKS(it_uses_memory, use_memory)

static int lock_a_page(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED || lock(page, 4096);
}
WORKS(it_locks_memory, lock_a_page)

static int look_at_the_clock(void)
{
	struct timespec moment = { .tv_nsec = 1 };
	char random[8];

	if (clock_gettime(CLOCK_MONOTONIC, &moment))
		return 1;
	moment = (struct timespec){ .tv_nsec = 1 };
	if (nanosleep(&moment, NULL))
		return 2;
	return getrandom(random, sizeof(random), 0) != sizeof(random);
}
WORKS(it_knows_the_time_and_draws_lots, look_at_the_clock)

/* /dev/null knows none of them; the filter let them through. */
static int ask_xen(void)
{
	static const unsigned long requests[] = {
		IOCTL_PRIVCMD_HYPERCALL,      IOCTL_PRIVCMD_MMAPBATCH_V2,
		IOCTL_PRIVCMD_MMAP_RESOURCE,  IOCTL_GNTDEV_MAP_GRANT_REF,
		IOCTL_GNTDEV_UNMAP_GRANT_REF, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR,
		IOCTL_GNTDEV_GRANT_COPY,      IOCTL_EVTCHN_BIND_INTERDOMAIN,
		IOCTL_EVTCHN_UNBIND,	      IOCTL_EVTCHN_NOTIFY,
	};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (!ioctl(null, requests[i], NULL) || errno != ENOTTY)
			return (int)i + 1;
	return 0;
}
WORKS(it_asks_xen, ask_xen)

static int abort_as_libc_does(void)
{
	signal(SIGABRT, SIG_DFL);
	return raise(SIGABRT);
}

static void note_signal(int number)
{
	(void)!write(pair[0], &number, sizeof(number));
}

static int take_signal(void)
{
	int number;

	signal(SIGUSR1, note_signal);
	raise(SIGUSR1);
	return read(pair[1], &number, sizeof(number)) != sizeof(number);
}
WORKS(it_returns_from_a_signal, take_signal)

static int kill_itself(void)
{
	return kill(getpid(), SIGKILL);
}

static void it_may_end_itself(void **state)
{
	(void)state;
	assert_int_equal(confined(sandbox_filter_calls, abort_as_libc_does),
			 SIGABRT);
	assert_int_equal(confined(sandbox_filter_calls, kill_itself), SIGKILL);
}

static void *read_for_ever(void *context)
{
	char byte = 'x';

	if (write(pair[0], &byte, 1) == 1)
		while (read(pair[0], &byte, 1) == 1)
			;
	return context;
}

/* As xs_close() does. */
static void a_thread_that_was_there_can_be_ended(void **state)
{
	pid_t child = fork();
	pthread_t thread;

	(void)state;
	if (!child) {
		if (!start_thread(read_for_ever, &thread) ||
		    sandbox_filter_calls() || pthread_cancel(thread) ||
		    pthread_join(thread, NULL))
			leave(99);
		leave(0);
	}
	assert_int_equal(result_of(child), 0);
}

static int wait_for_a_byte(void)
{
	struct pollfd polled = { pair[0], POLLIN, 0 };

	kill(getpid(), SIGSTOP);
	return poll(&polled, 1, 60000) != 1;
}

static void wait_until_stopped(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_true(WIFSTOPPED(status));
}

/* The kernel goes on with the poll() that it interrupted by a call of its own. */
static void it_goes_on_after_being_stopped(void **state)
{
	pid_t child = fork();
	char byte;

	(void)state;
	if (!child)
		leave(sandbox_filter_calls() ? 99 : wait_for_a_byte());
	wait_until_stopped(child);
	kill(child, SIGCONT);
	usleep(100000);
	kill(child, SIGSTOP);
	wait_until_stopped(child);
	kill(child, SIGCONT);
	assert_int_equal(write(pair[1], "x", 1), 1);
	assert_int_equal(result_of(child), 0);
	assert_int_equal(read(pair[0], &byte, 1), 1);
}

/* ---- privileges ---- */

static bool status_says(const char *line)
{
	char text[4096];
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[length < 0 ? 0 : length] = '\0';
	return strstr(text, line);
}

/* Bit 14 is CAP_IPC_LOCK. */
static int has_no_privileges(void)
{
	if (!status_says("CapInh:\t0000000000000000") ||
	    !status_says("CapAmb:\t0000000000000000"))
		return 1;
	if (!status_says("CapPrm:\t0000000000004000") ||
	    !status_says("CapEff:\t0000000000004000"))
		return 2;
	if (!status_says("NoNewPrivs:\t1"))
		return 3;
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
}

static int cannot_use_them(void)
{
	if (!acct("/") || errno != EPERM)
		return 1;
	if (!sethostname("x", 1) || errno != EPERM)
		return 2;
	if (!setuid(1) || errno != EPERM)
		return 3;
	return !chroot("/") || errno != EPERM;
}

static int locks_memory(void)
{
	const struct rlimit limit = { SIZE / 2, SIZE / 2 };
	void *page = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED || setrlimit(RLIMIT_MEMLOCK, &limit))
		return 1;
	return lock(page, SIZE) != 0;
}

/* Others than root have no such capability to keep. */
static void as_root(int (*attempt)(void))
{
	if (geteuid())
		skip();
	assert_int_equal(confined(sandbox_drop_privileges, attempt), 0);
}

static void no_capability_is_left_but_to_lock_memory(void **state)
{
	(void)state;
	as_root(has_no_privileges);
}

static void root_alone_may_do_nothing(void **state)
{
	(void)state;
	assert_int_equal(confined(sandbox_drop_privileges, cannot_use_them), 0);
}

static void more_memory_can_be_locked_than_the_limit_allows(void **state)
{
	(void)state;
	as_root(locks_memory);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_lives_if_it_does_nothing),
		TEST(it_starts_no_program),
		TEST(it_makes_no_process),
		TEST(it_makes_no_thread),
		TEST(it_opens_no_file_by_a_newer_call),
		TEST(it_looks_for_no_file),
		TEST(it_removes_no_file),
		TEST(it_renames_no_file),
		TEST(it_changes_no_files_mode),
		TEST(it_empties_no_file_that_is_open),
		TEST(it_makes_no_file_in_memory),
		TEST(it_speaks_no_network),
		TEST(it_makes_no_socket_at_all),
		TEST(it_connects_to_nobody),
		TEST(it_sends_to_no_other_address),
		TEST(it_traces_nobody),
		TEST(it_reads_no_others_memory),
		TEST(it_signals_nobody_else),
		TEST(it_signals_no_group),
		TEST(it_signals_no_others_thread),
		TEST(it_mounts_nothing),
		TEST(it_enters_no_namespace),
		TEST(it_keeps_its_root),
		TEST(it_becomes_nobody_else),
		TEST(it_sets_no_capability),
		TEST(it_asks_prctl_for_nothing),
		TEST(it_maps_nothing_to_run),
		TEST(it_makes_nothing_run_that_it_wrote),
		TEST(it_asks_a_terminal_for_nothing),
		TEST(it_asks_privcmd_for_nothing_else),
		TEST(it_makes_no_grants_of_its_own),
		TEST(it_loads_no_module),
		TEST(it_loads_no_bpf),
		TEST(it_rings_no_io_uring),
		TEST(it_lifts_no_limit),
		TEST(it_calls_nothing_that_came_later),
#ifdef __x86_64__
		TEST(it_calls_nothing_by_another_abi),
#endif
		TEST(a_thread_that_was_there_is_confined_too),
		TEST(it_opens_no_file_and_lives),
		TEST(it_talks_to_who_is_connected),
		TEST(it_takes_new_clients),
		TEST(it_uses_memory),
		TEST(it_locks_memory),
		TEST(it_knows_the_time_and_draws_lots),
		TEST(it_asks_xen),
		TEST(it_returns_from_a_signal),
		TEST(it_may_end_itself),
		TEST(a_thread_that_was_there_can_be_ended),
		TEST(it_goes_on_after_being_stopped),
		TEST(no_capability_is_left_but_to_lock_memory),
		TEST(root_alone_may_do_nothing),
		TEST(more_memory_can_be_locked_than_the_limit_allows),
	};

	return cmocka_run_group_tests(tests, open_descriptors,
				      close_descriptors);
}
