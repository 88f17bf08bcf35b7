/* SPDX-License-Identifier: GPL-2.0-only */
/* cmocka.h wants these before it, in this order. */
#ifndef TESTS_CMOCKA_ALL_H
#define TESTS_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* cmocka 2 has a word for signed numbers and one for others, and deprecates the
 * one that cmocka 1 has for both. */
#ifdef assert_uint_in_range
#define assert_within assert_uint_in_range
#else
#define assert_within assert_in_range
#endif

#endif
