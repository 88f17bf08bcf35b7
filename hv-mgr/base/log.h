/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One line a message on stderr, where systemd's journal, or a person who runs
 * `hv-mgr daemon` in a terminal, reads it.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

/* Prefix lines with "<N>", the syslog level, as sd-daemon(3) describes. */
void log_use_journal_levels(bool on);

__attribute__((format(printf, 1, 2))) void log_error(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_warning(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *format, ...);

#endif
