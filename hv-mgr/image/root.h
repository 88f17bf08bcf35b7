/* SPDX-License-Identifier: GPL-2.0-only */
/* A root certificate that somebody names by its file. */
#ifndef IMAGE_ROOT_H
#define IMAGE_ROOT_H

#include "base/sha256.h"
#include "config/sentence.h"

/* SHA-256 of its DER, of a file that has one certificate, as DER or as PEM.
 * -errno with a sentence. */
int image_root_read(const char *path, uint8_t digest[SHA256_SIZE],
		    struct sentence error);

#endif
