// SPDX-License-Identifier: GPL-2.0-only
/*
 * readers THREADS STOP FILE...
 *
 * So many threads open, read and close the FILEs, again and again,
 * until there is a file STOP. On standard output then, in one line:
 *
 *   reads N slowest MS errors N
 *
 * slowest: the longest time from before open() to after close(), in ms; errors:
 * how many reads failed, or gave nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STACK 262144
/* A loader is to have the processor, too. */
#define PAUSE_NS 200000000
#define NICE 19

static char **files;
static int file_count;
static atomic_bool stop;
static atomic_long reads, errors, slowest;

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void note_time(long ms)
{
	long longest = slowest;

	while (ms > longest &&
	       !atomic_compare_exchange_weak(&slowest, &longest, ms))
		;
}

static void read_one(const char *path)
{
	long begun = now_ms();
	int fd = open(path, O_RDONLY);
	char text[256];
	ssize_t n = -1;

	if (fd >= 0) {
		n = read(fd, text, sizeof(text));
		close(fd);
	}
	note_time(now_ms() - begun);
	reads++;
	errors += n <= 0;
}

static void *reader(void *unused)
{
	struct timespec pause = { .tv_nsec = PAUSE_NS };

	while (!stop)
		for (int i = 0; i < file_count && !stop; i++) {
			read_one(files[i]);
			nanosleep(&pause, NULL);
		}
	return unused;
}

int main(int argc, char **argv)
{
	struct timespec pause = { .tv_nsec = 50 * 1000000 };
	int threads = argc > 3 ? atoi(argv[1]) : 0;
	pthread_attr_t attr;

	if (threads <= 0)
		return 2;
	errno = 0;
	if (nice(NICE) == -1 && errno)
		return 3;
	files = argv + 3;
	file_count = argc - 3;
	pthread_attr_init(&attr);
	if (pthread_attr_setstacksize(&attr, STACK))
		return 3;
	for (int i = 0; i < threads; i++) {
		pthread_t thread;

		errno = pthread_create(&thread, &attr, reader, NULL);
		if (errno)
			return perror("a thread"), 3;
	}
	while (access(argv[2], F_OK))
		nanosleep(&pause, NULL);
	stop = true;
	printf("reads %ld slowest %ld errors %ld\n", reads, slowest, errors);
	fflush(stdout);
	_exit(0); /* one that is stuck in its read stays so */
}
