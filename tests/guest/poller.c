// SPDX-License-Identifier: GPL-2.0-only
/*
 * poller ADDRESS LENGTH SECONDS WORD
 *
 * Look at [ADDRESS, ADDRESS + LENGTH) from the second processor all the time,
 * also while there is nothing.  A look at a hole ends who looks, so children
 * that share our memory do it, the next as soon as one has gone: arm64 kills
 * it; on x86, where a hole reads as all ones, it goes by itself (hole.h).  One
 * that finds memory goes on looking until that is gone.
 *
 * Prints "looks N zero N word N end hole|memory other N": how many children
 * found memory; how many words they saw: zeros, WORD, and any other, and the
 * first of those; and what was there when the time was over, or SIGTERM came.
 * Exit status 0. Needs a guest booted with iomem=relaxed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hole.h"

#define STACK 65536

struct seen {
	uint64_t looks, zero, word, other;
	uint32_t first_other;
	bool at_end; /* there was memory */
};

/* Children run in our memory: what they write here stays. */
static struct seen seen;
static volatile uint32_t *memory;
static size_t words;
static uint32_t expected;
static volatile time_t end;

static void end_now(int signal)
{
	(void)signal;
	end = 0;
}

static void note(uint32_t value)
{
	if (!value)
		seen.zero++;
	else if (value == expected)
		seen.word++;
	else if (!seen.other++)
		seen.first_other = value;
}

/* A plain load, as Xen's console tells of others that fault (see racer.c). */
static __attribute__((noinline)) uint32_t load(size_t word)
{
	uint32_t value = memory[word];

	if (reads_as_hole(value))
		end_of_hole();
	return value;
}

static int look(void *unused)
{
	(void)unused;
	note(load(0));
	seen.looks++;
	while (time(NULL) < end)
		for (size_t i = 0; i < words; i++)
			note(load(i));
	seen.at_end = true;
	return 0;
}

static void poll_until_end(char *stack)
{
	while (time(NULL) < end) {
		pid_t pid =
			clone(look, stack + STACK, CLONE_VM | SIGCHLD, NULL);

		if (pid < 0)
			continue;
		waitpid(pid, NULL, 0);
	}
}

/*
 * Not O_SYNC: x86 has one memory type for all mappings of a page, and refuses
 * an uncached one beside the driver's.  arm64 maps what is no RAM uncached
 * whatever is asked for.
 */
static void *map_memory(uint64_t address, size_t length)
{
	int fd = open("/dev/mem", O_RDONLY);

	if (fd < 0)
		return MAP_FAILED;
	return mmap(NULL, length, PROT_READ, MAP_SHARED, fd, (off_t)address);
}

static int prepare(char **argv)
{
	size_t length = strtoul(argv[2], NULL, 0);
	void *map = map_memory(strtoull(argv[1], NULL, 0), length);
	cpu_set_t set;

	if (map == MAP_FAILED) {
		perror("poller: /dev/mem");
		return -1;
	}
	CPU_ZERO(&set);
	CPU_SET(1, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("poller: there is no second processor");
		return -1;
	}
	memory = map;
	words = length / sizeof(*memory);
	expected = (uint32_t)strtoul(argv[4], NULL, 0);
	end = time(NULL) + atoi(argv[3]);
	signal(SIGTERM, end_now);
	return 0;
}

int main(int argc, char **argv)
{
	char *stack = malloc(STACK);

	if (argc != 5 || !stack) {
		fprintf(stderr, "usage: poller ADDRESS LENGTH SECONDS WORD\n");
		return 2;
	}
	if (prepare(argv))
		return 1;
	poll_until_end(stack);
	printf("looks %llu zero %llu word %llu end %s other %llu",
	       (unsigned long long)seen.looks, (unsigned long long)seen.zero,
	       (unsigned long long)seen.word, seen.at_end ? "memory" : "hole",
	       (unsigned long long)seen.other);
	if (seen.other)
		printf(" first 0x%08x", seen.first_other);
	putchar('\n');
	return 0;
}
