/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CONTROL_UTF8_H
#define CONTROL_UTF8_H

#include <stddef.h>

/*
 * Text with U+FFFD for each octet that is not part of a UTF-8 character
 * (RFC 3629), at to, or only measured if that is NULL.  Returns its length: at
 * most three times that of the text.
 */
size_t utf8_repaired(const char *text, size_t length, char *to);

#endif
