/* SPDX-License-Identifier: GPL-2.0-only */
/* For processes that content passes through: it must not reach a disk. */
#ifndef BASE_HIDE_H
#define BASE_HIDE_H

/* All of its memory, from now on.  0, or -1 and errno. */
int hide_from_swap(void);

/* No core dump, and no debugger, not even another process of root's that has no
 * capabilities either.  0, or -1 and errno. */
int hide_from_dumps(void);

#endif
