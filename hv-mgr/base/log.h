/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One line a message on stderr, where systemd's journal, or a person who runs
 * `hv-mgr daemon` in a terminal, reads it.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* Prefix lines with "<N>", the syslog level, as sd-daemon(3) describes. */
void log_use_journal_levels(bool on);

__attribute__((format(printf, 1, 2))) void log_error(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_warning(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *format, ...);

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
