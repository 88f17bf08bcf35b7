// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe ADDR r|w|x [LENGTH]
 *
 * Touch guest-physical memory from user space and say what happened, in one
 * line on standard output.  It proves what a guest can reach: on arm64 a touch
 * of what Xen does not back kills the toucher, so a child does it.
 *
 * Needs a guest booted with iomem=relaxed: once a driver has claimed the range,
 * the kernel answers EPERM otherwise, which hides the truth (exit status 21).
 * On x86 a hole reads as all ones and swallows writes.  The same probe must
 * succeed on a window that is open; a hole alone proves nothing.
 *
 * /dev/mem maps what is no RAM of the kernel's uncached: accesses are aligned
 * 32-bit words, and what a driver wrote through its cached mapping may show
 * late on real hardware.
 *
 *   output                     exit  meaning
 *   value 0xHEX nonzero N         0  r: first word; words that are not zero
 *   wrote 0xHEX                   0  w: every word, and the first read back
 *   returned                      0  x: the code there ran and came back
 *   killed SIGKILL               10  arm64: nothing there
 *   killed SIGBUS                11
 *   killed SIGSEGV               12
 *   killed SIGILL                13  x: fetched, but no code
 *   killed N                     14  another signal
 *   hung                         15  5 s: a permission fault without end
 *   open ENAME                   20
 *   mmap EPERM                   21
 *   mmap ENAME                   22
 *   (usage, on standard error)    2
 *   (internal, standard error)    3
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATTERN 0x5ec0de5eu
#define HANG_SECONDS 5

struct request {
	uint64_t address;
	size_t length;
	char how;
};

enum result {
	RESULT_NONE, /* the child did not get that far */
	RESULT_DONE,
	RESULT_OPEN,
	RESULT_MMAP,
};

/* Shared with the child. */
struct report {
	enum result result;
	int error;
	uint32_t value;
	size_t nonzero;
};

static void touch(const struct request *req, volatile uint32_t *at,
		  volatile struct report *out)
{
	size_t words = req->length / sizeof(*at);
	size_t nonzero = 0;

	if (req->how == 'x') {
		((void (*)(void))(uintptr_t)at)();
		return;
	}
	for (size_t i = 0; i < words && req->how == 'w'; i++)
		at[i] = PATTERN;
	out->value = at[0];
	for (size_t i = 0; i < words; i++)
		nonzero += at[i] != 0;
	out->nonzero = nonzero;
}

/* In the child: whatever kills it, what is in the report stays. */
static void child(const struct request *req, volatile struct report *out)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t start = req->address & ~(page - 1);
	size_t lead = (size_t)(req->address - start);
	int protection = PROT_READ | (req->how == 'w' ? PROT_WRITE : 0) |
			 (req->how == 'x' ? PROT_EXEC : 0);
	int fd = open("/dev/mem", req->how == 'w' ? O_RDWR : O_RDONLY);
	char *map;

	if (fd < 0) {
		out->error = errno;
		out->result = RESULT_OPEN;
		return;
	}
	map = mmap(NULL, lead + req->length, protection, MAP_SHARED, fd,
		   (off_t)start);
	if (map == MAP_FAILED) {
		out->error = errno;
		out->result = RESULT_MMAP;
		return;
	}
	touch(req, (volatile uint32_t *)(map + lead), out);
	out->result = RESULT_DONE;
}

static int say_killed(int signal)
{
	switch (signal) {
	case SIGKILL:
		puts("killed SIGKILL");
		return 10;
	case SIGBUS:
		puts("killed SIGBUS");
		return 11;
	case SIGSEGV:
		puts("killed SIGSEGV");
		return 12;
	case SIGILL:
		puts("killed SIGILL");
		return 13;
	case SIGALRM:
		puts("hung");
		return 15;
	default:
		printf("killed %d\n", signal);
		return 14;
	}
}

static int say_done(const struct request *req, const struct report *report)
{
	if (req->how == 'r')
		printf("value 0x%08x nonzero %zu\n", (unsigned)report->value,
		       report->nonzero);
	else if (req->how == 'w')
		printf("wrote 0x%08x\n", (unsigned)report->value);
	else
		puts("returned");
	return 0;
}

static int say(const struct request *req, int status,
	       const struct report *report)
{
	if (WIFSIGNALED(status))
		return say_killed(WTERMSIG(status));
	switch (report->result) {
	case RESULT_DONE:
		return say_done(req, report);
	case RESULT_OPEN:
		printf("open %s\n", strerrorname_np(report->error));
		return 20;
	case RESULT_MMAP:
		printf("mmap %s\n", strerrorname_np(report->error));
		return report->error == EPERM ? 21 : 22;
	case RESULT_NONE:
		break;
	}
	fprintf(stderr, "probe: the child said nothing\n");
	return 3;
}

static int probe(const struct request *req)
{
	struct report *report = mmap(NULL, sizeof(*report),
				     PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid;

	if (report == MAP_FAILED)
		return 3;
	pid = fork();
	if (pid < 0)
		return 3;
	if (pid == 0) {
		alarm(HANG_SECONDS); /* an endless fault still takes signals */
		child(req, report);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		return 3;
	return say(req, status, report);
}

static int parse_number(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	return errno || end == text || *end ? -1 : 0;
}

static int parse(int argc, char **argv, struct request *req)
{
	uint64_t length = sizeof(uint32_t);

	if (argc < 3 || argc > 4 || parse_number(argv[1], &req->address))
		return -1;
	if (argc == 4 && parse_number(argv[3], &length))
		return -1;
	if (strlen(argv[2]) != 1 || !strchr("rwx", argv[2][0]))
		return -1;
	if (!length || length % 4 || req->address % 4 || length > 1U << 30)
		return -1;
	req->how = argv[2][0];
	req->length = (size_t)length;
	return 0;
}

int main(int argc, char **argv)
{
	struct request req;

	if (parse(argc, argv, &req)) {
		fprintf(stderr,
			"usage: probe ADDR r|w|x [LENGTH]  (multiples of 4)\n");
		return 2;
	}
	return probe(&req);
}
