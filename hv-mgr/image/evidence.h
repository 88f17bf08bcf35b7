/* SPDX-License-Identifier: GPL-2.0-only */
/* What an image is judged by once it was placed: struct carveoutif_evidence. */
#ifndef IMAGE_EVIDENCE_H
#define IMAGE_EVIDENCE_H

#include "image/file.h"

/* Into room for CARVEOUTIF_EVIDENCE_MAX octets; *length 0: it has nothing that
 * it could be judged by.  -errno with a sentence: it cannot be read. */
int image_evidence_make(const struct image_file *file, uint8_t *to,
			uint32_t *length, struct sentence error);

#endif
