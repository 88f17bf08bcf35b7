/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What it is to touch guest-physical addresses that nothing backs.  arm64: Xen
 * injects an abort, and Linux kills the process.  x86: Xen's null handler takes
 * the access (hvm/emulate.c), reads give all ones, writes vanish, and nobody
 * notices who does not compare.  So that both look alike, what finds a hole on
 * x86 ends itself in the way that arm64 does.  Content of all ones cannot be
 * told from a hole there: tests use none.
 */
#ifndef HOLE_H
#define HOLE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

static inline bool reads_as_hole(uint32_t value)
{
#ifdef __x86_64__
	return value == UINT32_MAX;
#else
	(void)value;
	return false;
#endif
}

/* Not by raise(), which would end the parent of a child that shares its memory.
 */
static inline void end_of_hole(void)
{
	kill(getpid(), SIGKILL);
}

#endif
