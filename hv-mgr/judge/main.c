// SPDX-License-Identifier: GPL-2.0-only
/*
 * hv-mgr-judge: is an image signed by whom it should be?  Certificates come from
 * guests, and what reads them is large: so it does that here, in a program that
 * a manager starts before it opens anything, which has a socket to be asked by,
 * and nothing else.  Each question has a process of its own, which has a pipe
 * for one answer, and can only compute: whatever a certificate makes of it, it
 * says yes or no to this question, in time, or that is a no.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "judge/question.h"
#include "judge/signers.h"

#define SOCKET STDIN_FILENO
#define MEMORY_MAX (256UL << 20) /* addresses: libraries are most of it */

static struct judge_question question;

/* What the process for a question says. */
struct opinion {
	int32_t status;
	char why[JUDGE_WHY_MAX];
};
_Static_assert(sizeof(struct opinion) <= PIPE_BUF, "it is written at once");

static struct judge_question question;

/* ---- the process for a question ---- */

static int allow(scmp_filter_ctx filter)
{
	static const int calls[] = {
		SCMP_SYS(write),
		SCMP_SYS(brk),
		SCMP_SYS(munmap),
		SCMP_SYS(mremap),
		SCMP_SYS(madvise),
		SCMP_SYS(futex),
		SCMP_SYS(getpid),
		SCMP_SYS(gettid),
		SCMP_SYS(getrandom),
		SCMP_SYS(clock_gettime),
		SCMP_SYS(exit_group),
		SCMP_SYS(sigaltstack), /* AddressSanitizer */
	};
	const struct scmp_arg_cmp no_code = { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC,
					      0 };
	int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES),
				  SCMP_SYS(openat), 0);

	for (size_t i = 0; !rc && i < sizeof(calls) / sizeof(calls[0]); i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	if (!rc)
		rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
					    SCMP_SYS(mmap), 1, &no_code);
	if (!rc)
		rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
					    SCMP_SYS(mprotect), 1, &no_code);
	return rc;
}

/* AddressSanitizer has the whole address space. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static int limit_memory(void)
{
#ifdef SANITIZED
	return 0;
#else
	const struct rlimit most = { MEMORY_MAX, MEMORY_MAX };

	return setrlimit(RLIMIT_AS, &most);
#endif
}

static int close_sandbox(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc = filter ? allow(filter) : -ENOMEM;

	if (!rc)
		rc = limit_memory();
	if (!rc)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc;
}

static struct opinion judge(void)
{
	struct opinion opinion = { 0 };
	struct sentence why = SENTENCE(opinion.why);
	struct mbn mbn;
	enum mbn_wrong wrong = mbn_parse(question.hash, question.length,
					 question.segments, &mbn);

	opinion.status = wrong ? sentence_set(why, -EKEYREJECTED, "%s",
					      mbn_wrong_text(wrong)) :
				 signers_check(question.hash, &mbn,
					       &question.verify, why);
	return opinion;
}

/* The socket is not its own: who has taken it over must not answer for others,
 * nor fill a log. */
static void be_judge(int pipe)
{
	struct opinion opinion;

	close(SOCKET);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	if (close_sandbox())
		_exit(1);
	opinion = judge();
	_exit(write(pipe, &opinion, sizeof(opinion)) != sizeof(opinion));
}

/* ---- the process that is asked ---- */

static struct opinion no(const char *text)
{
	struct opinion opinion = { .status = -EKEYREJECTED };

	snprintf(opinion.why, sizeof(opinion.why), "%s", text);
	return opinion;
}

/* What comes out of the pipe, in time and as a whole. */
static struct opinion hear(int pipe)
{
	struct pollfd source = { .fd = pipe, .events = POLLIN };
	struct opinion opinion;

	if (poll(&source, 1, JUDGE_SECONDS * 1000) != 1)
		return no(
			"its certificates kept the process that read them for too long");
	if (read(pipe, &opinion, sizeof(opinion)) != sizeof(opinion))
		return no("its certificates ended the process that read them");
	return opinion;
}

static struct opinion ask_child(void)
{
	struct opinion opinion;
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return no("its signature could not be judged: no pipe is left");
	child = fork();
	if (!child)
		be_judge(ends[1]);
	close(ends[1]);
	opinion =
		child < 0 ?
			no("its signature could not be judged: no process could be made") :
			hear(ends[0]);
	close(ends[0]);
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	return opinion;
}

static bool serve_one(size_t length)
{
	struct judge_answer answer = { .number = question.number };
	struct opinion opinion;

	if (length != sizeof(question) ||
	    question.length > sizeof(question.hash))
		return false;
	opinion = ask_child();
	answer.status = opinion.status;
	memcpy(answer.why, opinion.why, sizeof(answer.why));
	return send(SOCKET, &answer, sizeof(answer), MSG_NOSIGNAL) ==
	       sizeof(answer);
}

/* ---- the program ---- */

/* All of them, for good, and whatever else a root without any still may. */
static int drop_privileges(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_DUMPABLE, 0) || syscall(SYS_capset, &header, none))
		return -errno;
	return 0;
}

/* Where memory ends, these are the first to go: nobody else needs them. */
static void be_expendable(void)
{
	FILE *score = fopen("/proc/self/oom_score_adj", "we");

	if (!score)
		return;
	fputs("1000", score);
	fclose(score);
}

/* Before files are out of reach: OpenSSL reads its configuration once. */
static void wake_openssl(void)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	EVP_Digest("", 0, digest, NULL, EVP_sha384(), NULL);
}

int main(void)
{
	ssize_t length;
	int type = 0;
	socklen_t size = sizeof(type);

	if (getsockopt(SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) ||
	    type != SOCK_SEQPACKET) {
		fputs(JUDGE_PROGRAM
		      ": hv-mgr's daemon starts this, nobody else\n",
		      stderr);
		return 2;
	}
	if (drop_privileges())
		return 1;
	be_expendable();
	wake_openssl();
	/* Its end is the manager's; and the manager's this one's. */
	do
		length = recv(SOCKET, &question, sizeof(question), 0);
	while (length > 0 && serve_one((size_t)length));
	return length != 0;
}
