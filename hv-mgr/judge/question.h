/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a manager asks the process that knows certificates, and is answered: a
 * packet each, over a pair of sockets (SOCK_SEQPACKET).  The two are of one
 * build.
 */
#ifndef JUDGE_QUESTION_H
#define JUDGE_QUESTION_H

#include "config/verify.h"
#include "mbn.h"

/* How long the process for one question may live. */
#define JUDGE_SECONDS 5
#define JUDGE_PROGRAM "hv-mgr-judge"

struct judge_question {
	uint64_t number; /* of nothing that was asked before */
	struct verify verify;
	uint32_t segments; /* program headers of the image */
	uint32_t length;   /* of what there is of the next */
	uint8_t hash[MBN_HASH_SEGMENT_MAX];
};

#define JUDGE_WHY_MAX 240

struct judge_answer {
	uint64_t number;
	int32_t status; /* 0: they are good */
	char why[JUDGE_WHY_MAX];
};

#endif
