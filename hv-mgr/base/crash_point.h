/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a manager dies in tests.  A crash point stands next to everything that
 * outlives the process or that others see: each hypercall, each xenstore write,
 * each record, answer and event.  Between two of them a death makes no
 * difference.
 *
 * Built with HVMGR_CRASH_POINTS, a process kills itself at the crash point that
 * the environment variable HV_MGR_CRASH_POINT numbers, counting from 1.
 */
#ifndef BASE_CRASH_POINT_H
#define BASE_CRASH_POINT_H

#ifdef HVMGR_CRASH_POINTS
void crash_point(void);
#else
static inline void crash_point(void)
{
}
#endif

#endif
