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

/*
 * "verified": all that it says of itself holds; "unsigned": its table of digests
 * does, and nobody signed that; "plain": it says nothing; "bad": it is not to be
 * loaded, or not to be trusted.
 */
const char *image_verdict(const struct image_report *report);

#endif
