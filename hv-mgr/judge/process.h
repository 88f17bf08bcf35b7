/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program that reads certificates (judge/main.c), seen from a manager: one
 * question at a time.
 */
#ifndef JUDGE_PROCESS_H
#define JUDGE_PROCESS_H

#include "judge/question.h"

/*
 * Start it: before anything is open that it should not have.  Returns a
 * descriptor, readable when there is an answer, or when the program has ended,
 * which is an end to the manager's as well; or a negated errno.
 */
int judge_start(void);

/* 0, or a negated errno. */
int judge_ask(int fd, const struct judge_question *question);

/* Whatever it says is of printable ASCII.  0; -ENOTCONN: it has ended; -EAGAIN:
 * there is no answer. */
int judge_take(int fd, struct judge_answer *answer);

#endif
