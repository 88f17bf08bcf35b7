/* SPDX-License-Identifier: GPL-2.0-only */
/* What an image is, as text and as JSON. */
#ifndef CLI_SHOW_IMAGE_H
#define CLI_SHOW_IMAGE_H

#include <json-c/json.h>
#include <stdio.h>

#include "image/report.h"

void show_image(const struct image_report *report, FILE *to);

/* The caller's. */
struct json_object *json_image(const struct image_report *report);
/* Of a file that cannot be read: an errno, positive, and a sentence. */
struct json_object *json_image_unread(const char *path, int error,
				      const char *why);

#endif
