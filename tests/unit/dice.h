/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chance for tests, the same again for the same seed.  HV_MGR_TEST_SEED gives
 * the seed; without it the time does.
 */
#ifndef TESTS_DICE_H
#define TESTS_DICE_H

#include <stddef.h>
#include <stdint.h>

/* Seeds, and says by what: the line to repeat a failure with. */
void dice_start(void);

uint64_t dice_any(void); /* all 64 bits */
uint64_t dice_below(uint64_t limit);
int dice_percent(unsigned int percent); /* true so often */

/*
 * A number where bounds are got wrong: a mark, or what lies a byte or a page
 * beside one.  Beside 0 are the largest numbers.
 */
uint64_t dice_edge(const uint64_t *marks, size_t count);

#endif
