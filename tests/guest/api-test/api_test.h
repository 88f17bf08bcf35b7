/* SPDX-License-Identifier: GPL-2.0-only */
/* What the steps of carveout_api_test share (main.c says what each does). */
#ifndef API_TEST_H
#define API_TEST_H

#include "xen_carveout.h"

#define RESULT_MAX 128

/* The one to test; set before any step runs. */
extern struct xen_carveout *carveout;
/* What came of the last step: a step may say more than "ok". */
extern char result[RESULT_MAX];

/* Say which expectation failed. */
int expect(const char *what, long got, long want);

/* Leave the step where an expectation fails. */
#define EXPECT(what, got, want)                       \
	do {                                          \
		int failed = expect(what, got, want); \
                                                      \
		if (failed)                           \
			return failed;                \
	} while (0)

/* work.c */
int step_work(void);
int step_rest(void);
void work_no_more(void);

/* die.c */
int step_die(void);
void die_no_more(void);

#endif
