// SPDX-License-Identifier: GPL-2.0-only
/*
 * pace DEVICE RESET PIECE PIECES SECONDS
 *
 * Load a carveout again and again by writes of PIECE bytes, PIECES a load, with
 * its seal and its reset, which is written to RESET.  Each write of a window's
 * size is a window opened and closed: how long they take is how long the
 * manager lets this guest wait.
 *
 * Prints "slowest N mean N loads N", the times in microseconds, of one write,
 * seal or reset.  Exit status 0; 1: one of them failed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static uint64_t slowest, sum, number;

static uint64_t now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (uint64_t)at.tv_sec * 1000000 + (uint64_t)at.tv_nsec / 1000;
}

static void note(uint64_t begun)
{
	uint64_t took = now() - begun;

	if (took > slowest)
		slowest = took;
	sum += took;
	number++;
}

static bool timed_write(int fd, const void *bytes, size_t length)
{
	uint64_t begun = now();

	if (write(fd, bytes, length) != (ssize_t)length)
		return false;
	note(begun);
	return true;
}

static bool timed_close(int fd)
{
	uint64_t begun = now();

	if (close(fd))
		return false;
	note(begun);
	return true;
}

static bool load(const char *device, const void *bytes, size_t piece,
		 unsigned int pieces)
{
	int fd = open(device, O_WRONLY);

	if (fd < 0)
		return false;
	while (pieces--)
		if (!timed_write(fd, bytes, piece))
			return false;
	return timed_close(fd);
}

static bool reset(const char *path)
{
	int fd = open(path, O_WRONLY);

	return fd >= 0 && timed_write(fd, "1", 1) && !close(fd);
}

int main(int argc, char **argv)
{
	unsigned int loads = 0;
	uint64_t end;
	size_t piece;
	char *bytes;

	if (argc != 6)
		return 2;
	piece = strtoul(argv[3], NULL, 0);
	bytes = calloc(1, piece);
	end = now() + strtoul(argv[5], NULL, 0) * 1000000;
	if (!bytes)
		return 2;
	while (now() < end) {
		if (!load(argv[1], bytes, piece,
			  (unsigned int)strtoul(argv[4], NULL, 0)) ||
		    !reset(argv[2])) {
			perror("pace");
			return 1;
		}
		loads++;
	}
	printf("slowest %llu mean %llu loads %u\n", (unsigned long long)slowest,
	       (unsigned long long)(sum / number), loads);
	free(bytes);
	return 0;
}
