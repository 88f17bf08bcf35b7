// SPDX-License-Identifier: GPL-2.0-only
/*
 * judge/process.h without a process: what is asked is judged here, and answered
 * when the manager's loop looks.
 */
#include "judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "judge/process.h"
#include "judge/signers.h"

static struct judge_answer answer;
static bool answered, thinking;

int judge_start(void)
{
	answered = false;
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void judge_think(bool thinks)
{
	thinking = thinks;
}

static void tell(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		abort();
}

int judge_ask(int fd, const struct judge_question *question)
{
	struct mbn mbn;

	answer = (struct judge_answer){ .number = question->number };
	if (mbn_parse(question->hash, question->length, question->segments,
		      &mbn))
		answer.status = -EKEYREJECTED;
	else
		answer.status = signers_check(question->hash, &mbn,
					      &question->verify,
					      SENTENCE(answer.why));
	answered = true;
	tell(fd);
	return 0;
}

int judge_take(int fd, struct judge_answer *to)
{
	uint64_t count;

	if (!answered || thinking)
		return -EAGAIN;
	answered = false;
	if (read(fd, &count, sizeof(count)) != sizeof(count))
		return -EAGAIN;
	*to = answer;
	return 0;
}
