// SPDX-License-Identifier: GPL-2.0-only
/* The manager's table of states: an object of this directory, as kbuild likes. */
#include "../common/state.c"
