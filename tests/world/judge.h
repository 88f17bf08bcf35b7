/* SPDX-License-Identifier: GPL-2.0-only */
/* The process that reads certificates, in this one. */
#ifndef TESTS_WORLD_JUDGE_H
#define TESTS_WORLD_JUDGE_H

#include <stdbool.h>

/* It has no answer as long as it thinks. */
void judge_think(bool thinks);

#endif
