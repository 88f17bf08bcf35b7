// SPDX-License-Identifier: GPL-2.0-only
/*
 * racer ADDRESS ROUNDS
 *
 * Write to windows while they are closed and sealed: the user half of race.c of
 * the hostile module, which opens and closes the windows, one page each, one
 * behind the other from ADDRESS on.  For each a writer on the second processor
 * writes by /dev/mem for as long as it can:
 *
 * - even pages: through the window's own frame; the hole that the close leaves
 *   must end it, else the page is within reach: arm64 kills it; on x86, where
 *   writes to a hole vanish, it sees that and goes (hole.h)
 * - odd pages: through the alias at ALIAS, which outlives the close, if Xen
 *   made one; the last one's writes on until the seal is done
 *
 * ROUNDS is even, and at least 2.  Needs a guest booted with iomem=relaxed.
 * Prints "rounds N writes N" and exits with 0; else says what went wrong, and
 * exits with 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hole.h"

#define PAGE 4096u
#define ALIAS 0x1f0000000
#define PARAMETERS "/sys/module/hostile/parameters/"
#define PATIENCE_MS 10000
#define FIRST_WRITES 4 /* passes over the page before the close begins */

/* Shared with the writers: passes over the page, of all of them. */
static volatile uint64_t *passes;
static volatile uint32_t *window, *alias;

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("racer: there is no second processor");
		exit(1);
	}
}

/* 0, or -1: said why. */
static int attack(const char *name)
{
	int fd = open(PARAMETERS "attack", O_WRONLY);
	ssize_t done = fd < 0 ? -1 : write(fd, name, strlen(name));

	if (done < 0)
		fprintf(stderr, "racer: %s: %s\n", name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return done < 0 ? -1 : 0;
}

static int has_alias(void)
{
	char text[256] = "";
	int fd = open(PARAMETERS "result", O_RDONLY);

	if (fd >= 0) {
		if (read(fd, text, sizeof(text) - 1) < 0)
			text[0] = '\0';
		close(fd);
	}
	return strstr(text, "alias") && !strstr(text, "refused");
}

/*
 * A plain store: one that moves its pointer on too makes Xen decode it when it
 * faults, and say so on its console (arch/arm/decode.c), which takes longer
 * than all the rest.
 */
static __attribute__((noinline)) void store(volatile uint32_t *at,
					    uint32_t value)
{
	*at = value;
}

static void write_for_ever(volatile uint32_t *page)
{
	uint32_t value = (uint32_t)getpid() << 16;

	run_on(1);
	for (;;) {
		for (unsigned int i = 0; i < PAGE / sizeof(*page); i++) {
			store(&page[i], value);
			if (reads_as_hole(page[i]))
				end_of_hole();
		}
		value++;
		++*passes;
	}
}

/* Start a writer and wait until it writes.  Returns its pid, or -1. */
static pid_t start_writer(volatile uint32_t *page)
{
	uint64_t before = *passes;
	pid_t pid = fork();

	if (!pid)
		write_for_ever(page);
	for (int ms = 0; pid > 0 && *passes < before + FIRST_WRITES; ms++) {
		if (ms == PATIENCE_MS || waitpid(pid, NULL, WNOHANG)) {
			fprintf(stderr,
				"racer: an open page was not written\n");
			return -1;
		}
		usleep(1000);
	}
	return pid;
}

/* The hole must have killed it; 0, or -1: said why. */
static int died_of_hole(pid_t pid)
{
	int status;

	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
				return 0;
			fprintf(stderr, "racer: status 0x%x\n", status);
			return -1;
		}
		usleep(1000);
	}
	kill(pid, SIGKILL);
	fprintf(stderr, "racer: a closed page is still within reach\n");
	return -1;
}

/* An alias lets go of nobody. */
static int outlived(pid_t pid)
{
	int alive = !waitpid(pid, NULL, WNOHANG);

	if (!alive)
		fprintf(stderr, "racer: a writer by an alias did not live\n");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return alive ? 0 : -1;
}

static int race(unsigned int page, unsigned int last)
{
	int by_alias, rc;
	pid_t pid;

	if (attack("race-open"))
		return -1;
	by_alias = page % 2 && has_alias();
	pid = start_writer(by_alias ? alias : window + page * (PAGE / 4));
	if (pid < 0)
		return -1;
	rc = attack("race-close");
	if (!by_alias)
		rc |= died_of_hole(pid);
	if (page == last)
		rc |= attack("race-seal");
	if (by_alias)
		rc |= outlived(pid);
	return rc;
}

static void *map_memory(uint64_t address, size_t length)
{
	int fd = open("/dev/mem", O_RDWR | O_SYNC);
	void *map = fd < 0 ? MAP_FAILED :
			     mmap(NULL, length, PROT_READ | PROT_WRITE,
				  MAP_SHARED, fd, (off_t)address);

	if (map == MAP_FAILED) {
		perror("racer: /dev/mem");
		exit(1);
	}
	return map;
}

int main(int argc, char **argv)
{
	uint64_t address = argc == 3 ? strtoull(argv[1], NULL, 0) : 0;
	unsigned int rounds = argc == 3 ? (unsigned int)atoi(argv[2]) : 0;

	if (!address || rounds < 2 || rounds % 2) {
		fprintf(stderr, "usage: racer ADDRESS ROUNDS (even)\n");
		return 2;
	}
	passes = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (passes == MAP_FAILED)
		return 1;
	window = map_memory(address, (size_t)rounds * PAGE);
	alias = map_memory(ALIAS, PAGE);
	run_on(0);
	for (unsigned int page = 0; page < rounds; page++)
		if (race(page, rounds - 1))
			return 1;
	printf("rounds %u writes %llu\n", rounds, (unsigned long long)*passes);
	return 0;
}
