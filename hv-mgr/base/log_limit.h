/* SPDX-License-Identifier: GPL-2.0-only */
/* How much one guest can make us log. */
#ifndef BASE_LOG_LIMIT_H
#define BASE_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * For what a guest can make us say at will: so many lines of each guest's a
 * minute, so that it neither fills the disk nor hides what others do.  Begins
 * as zeros.
 */
#define LOG_LIMIT_LINES 60
#define LOG_LIMIT_MS 60000

struct log_limit {
	uint64_t since;
	unsigned int lines;
};

/*
 * May one more line about this domain be written?  The first that may not is
 * replaced by one that says so.
 */
bool log_allowed(struct log_limit *limit, unsigned int domid);

#endif
