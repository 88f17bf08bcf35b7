/* SPDX-License-Identifier: GPL-2.0-only */
/* The octets that say what happens; when they are over, each next is 0. */
#ifndef DRIVER_SCRIPT_H
#define DRIVER_SCRIPT_H

#include "kernel.h"

void script_begin(const uint8_t *octets, size_t length);
bool script_is_over(void);
u8 next8(void);
u32 next32(void);
/* So many at once; NULL: there are not so many. */
const uint8_t *script_take(size_t length);

#endif
