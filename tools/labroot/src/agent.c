// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs commands for dom0 in a guest: channel.h says how they come.  Each has a
 * process of its own, so that one which hangs or is killed disturbs no other.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xenstore.h>

#include "channel.h"
#include "watch.h"

#define GO CHANNEL "/go"

/* A file of a job, opened. */
static int job_file(const char *id, const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), JOBS "/%s/%s", id, name);
	return open(path, flags | O_CLOEXEC, 0600);
}

static bool write_file(const char *id, const char *name, const char *text,
		       size_t size)
{
	int fd = job_file(id, name, O_WRONLY | O_CREAT | O_TRUNC);
	bool written = fd >= 0 && write(fd, text, size) == (ssize_t)size;

	if (fd >= 0)
		close(fd);
	return written;
}

/* The agent must outlive what scenarios do to the guest, running out of memory
 * above all; commands need not. */
static void be_killable(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "0", 1) != 1)
		perror("oom_score_adj");
	if (fd >= 0)
		close(fd);
}

static void execute(const char *id)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int output =
		job_file(id, "output", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
	char script[128];

	setsid();
	be_killable();
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	snprintf(script, sizeof(script), JOBS "/%s/script", id);
	execlp("sh", "sh", script, NULL);
	_exit(127);
}

/* Its exit status as a shell has it. */
static int run_script(const char *id)
{
	pid_t child = fork();
	char group[16];
	int status;

	if (child < 0)
		return 126;
	if (!child)
		execute(id);
	snprintf(group, sizeof(group), "%d\n", child);
	write_file(id, "group", group, strlen(group));
	if (waitpid(child, &status, 0) != child)
		return 126;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

static void publish(const struct channel_job *job, int status)
{
	static char output[OUTPUT_MAX];
	int fd = job_file(job->id, "output", O_RDONLY);
	ssize_t size = fd >= 0 ? read(fd, output, sizeof(output)) : 0;
	char head[16];

	snprintf(head, sizeof(head), "%d ", status);
	if (!channel_send(job, CHANNEL_RESULT, head, output,
			  size > 0 ? (size_t)size : 0))
		fprintf(stderr,
			"agent: what %s came to does not fit into xenstore\n",
			job->id);
	if (fd >= 0)
		close(fd);
}

static void clean_up(const char *id)
{
	static const char *const files[] = { "script", "output", "group" };
	char path[128];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), JOBS "/%s/%s", id, files[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), JOBS "/%s", id);
	rmdir(path);
}

static int run_job(const char *id)
{
	struct channel_job job = { .xs = xs_open(0), .top = CHANNEL, .id = id };
	char path[128], *text;
	size_t size;

	text = job.xs ? channel_take(&job, CHANNEL_COMMAND, NULL, &size) : NULL;
	if (!text)
		return 0; /* its node is gone: that was the event */
	snprintf(path, sizeof(path), JOBS "/%s", id);
	mkdir(path, 0700);
	if (write_file(id, "script", text, size))
		publish(&job, run_script(id));
	else
		publish(&job, 126);
	clean_up(id);
	return 0;
}

/* In a process of its own, with a connection of its own. */
static void start_job(const char *id)
{
	pid_t child = fork();

	if (child < 0)
		perror("agent: no process for a command");
	if (!child)
		_exit(run_job(id));
}

/* An event of the watch: of the directory itself, or of a job's node. */
static void look(struct xs_handle *xs, const char *path)
{
	if (!strcmp(path, GO))
		xs_write(xs, XBT_NULL, CHANNEL "/ready", "1", 1);
	else if (!strncmp(path, GO "/", strlen(GO "/")))
		start_job(path + strlen(GO "/"));
}

/*
 * One watch from the start on: no command can slip between two looks.  Its
 * first event, of the directory itself, says that it is set; what is written
 * before that is announced to nobody.
 */
int main(void)
{
	struct xs_handle *xs = xs_open(0);
	static struct watch watch;
	const char *path;

	mkdir(JOBS, 0700);
	if (!xs || watch_open(&watch, GO)) {
		perror("agent: xenstore");
		return 1;
	}
	while ((path = watch_next(&watch))) {
		look(xs, path);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	perror("agent: xenstore's events end");
	return 1;
}
