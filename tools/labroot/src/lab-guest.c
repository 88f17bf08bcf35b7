// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands in guests, from dom0: the other end of channel.h, for the scenarios'
 * library (guests.sh says what each of these is for).
 *
 * usage: lab-guest ready NAME SECONDS	prints its domid
 *        lab-guest run NAME SCRIPT SECONDS
 *        lab-guest bg NAME SCRIPT	prints the job's id
 *        lab-guest wait NAME JOB SECONDS
 *
 * NAME: of a guest that has a file in GUESTS, with its domid; of any for ready.
 * Exit status: the command's, or NO_ANSWER.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

#include "channel.h"

/* As guests.sh has them. */
#define GUESTS "/run/lab/guests"
#define NO_ANSWER 250

#define READY_PAUSE_MS 100

struct guest {
	struct xs_handle *xs;
	const char *name;
	char top[64]; /* of its channel */
	char id[32];  /* of the job */
};

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool guest_find(struct guest *guest)
{
	char path[128];
	int domid, found;
	FILE *file;

	snprintf(path, sizeof(path), GUESTS "/%s", guest->name);
	file = fopen(path, "r");
	if (!file) {
		fprintf(stderr, "no guest %s has been started\n", guest->name);
		return false;
	}
	found = fscanf(file, "%d", &domid);
	fclose(file);
	snprintf(guest->top, sizeof(guest->top), "/local/domain/%d/" CHANNEL,
		 domid);
	return found == 1;
}

static struct channel_job job_of(const struct guest *guest)
{
	return (struct channel_job){ .xs = guest->xs,
				     .top = guest->top,
				     .id = guest->id };
}

/* Unique for as long as the guest lives. */
static void name_job(struct guest *guest)
{
	snprintf(guest->id, sizeof(guest->id), "%d-%ld", getpid(), now_ms());
}

static bool start(struct guest *guest, const char *script)
{
	struct channel_job job;

	name_job(guest);
	job = job_of(guest);
	if (channel_send(&job, CHANNEL_COMMAND, "", script, strlen(script)))
		return true;
	fprintf(stderr, "guest %s: the command cannot be handed over\n",
		guest->name);
	return false;
}

/* The time is over.  (xs_fileno() would be no help: the static libxenstore has
 * no thread that reads, and nothing ever comes out of that pipe.) */
static void give_up(int signal)
{
	static const char message[] = "the guest gave no answer\n";

	(void)signal;
	(void)!write(STDERR_FILENO, message, sizeof(message) - 1);
	_exit(NO_ANSWER);
}

static int no_xenstore(void)
{
	perror("xenstore does not answer");
	return NO_ANSWER;
}

/*
 * Print what the job printed, and return its status.
 *
 * Events have a connection of their own: the static libxenstore, which has no
 * thread that reads, takes an event that comes before a reply for that, and
 * hangs up (read_reply() in tools/libs/store/xs.c).
 */
static int finish(struct guest *guest, const char *seconds)
{
	struct channel_job job = job_of(guest);
	struct xs_handle *events = xs_open(0);
	long status = NO_ANSWER;
	char *output = NULL, **event;
	unsigned int count;
	size_t size;

	signal(SIGALRM, give_up);
	alarm((unsigned int)atoi(seconds));
	if (!events ||
	    !xs_watch(events, channel_last(&job, CHANNEL_RESULT).path, "done"))
		return no_xenstore();
	while (!output && (event = xs_read_watch(events, &count))) {
		free(event);
		output = channel_take(&job, CHANNEL_RESULT, &status, &size);
	}
	if (!output)
		return no_xenstore();
	fwrite(output, 1, size, stdout);
	free(output);
	return (int)status;
}

static int run(struct guest *guest, const char *script, const char *seconds)
{
	if (!guest_find(guest) || !start(guest, script))
		return NO_ANSWER;
	return finish(guest, seconds);
}

static int background(struct guest *guest, const char *script)
{
	if (!guest_find(guest) || !start(guest, script))
		return NO_ANSWER;
	puts(guest->id);
	return 0;
}

static int wait_job(struct guest *guest, const char *job, const char *seconds)
{
	snprintf(guest->id, sizeof(guest->id), "%s", job);
	return guest_find(guest) ? finish(guest, seconds) : NO_ANSWER;
}

/* Whether the domain has the guest's name, and its agent listens. */
static bool is_ready(struct guest *guest, const char *domid)
{
	char path[128], *name, *ready;
	bool is;

	snprintf(path, sizeof(path), "/local/domain/%s/name", domid);
	name = xs_read(guest->xs, XBT_NULL, path, NULL);
	is = name && !strcmp(name, guest->name);
	free(name);
	if (!is)
		return false;
	snprintf(path, sizeof(path), "/local/domain/%s/" CHANNEL "/ready",
		 domid);
	ready = xs_read(guest->xs, XBT_NULL, path, NULL);
	free(ready);
	return ready;
}

static bool look_for(struct guest *guest)
{
	unsigned int count = 0;
	char **domids =
		xs_directory(guest->xs, XBT_NULL, "/local/domain", &count);
	bool found = false;

	for (unsigned int i = 0; i < count && !found; i++) {
		found = is_ready(guest, domids[i]);
		if (found)
			puts(domids[i]);
	}
	free(domids);
	return found;
}

static int wait_ready(struct guest *guest, const char *seconds)
{
	const struct timespec pause = { .tv_nsec = READY_PAUSE_MS * 1000000L };
	long deadline = now_ms() + atol(seconds) * 1000;

	while (!look_for(guest)) {
		if (now_ms() >= deadline)
			return NO_ANSWER;
		nanosleep(&pause, NULL);
	}
	return 0;
}

int main(int count, char **words)
{
	struct guest guest = { .xs = xs_open(0) };
	const char *verb = count > 3 ? words[1] : "";

	if (!guest.xs) {
		perror("lab-guest: xenstore");
		return NO_ANSWER;
	}
	guest.name = count > 2 ? words[2] : "";
	if (!strcmp(verb, "ready") && count == 4)
		return wait_ready(&guest, words[3]);
	if (!strcmp(verb, "run") && count == 5)
		return run(&guest, words[3], words[4]);
	if (!strcmp(verb, "bg") && count == 4)
		return background(&guest, words[3]);
	if (!strcmp(verb, "wait") && count == 5)
		return wait_job(&guest, words[3], words[4]);
	fprintf(stderr, "lab-guest: unknown words; see its source's head\n");
	return NO_ANSWER;
}
