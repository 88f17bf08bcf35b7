/* SPDX-License-Identifier: GPL-2.0-only */
/* Who signed a hash segment, and are they whom a stanza names? */
#ifndef JUDGE_SIGNERS_H
#define JUDGE_SIGNERS_H

#include "config/sentence.h"
#include "config/verify.h"
#include "mbn.h"

/*
 * hash: the segment, parsed.  Each signature that is there has to hold, and its
 * chain; where the stanza names roots there has to be one, and each ends in one
 * of them.  Certificates may be anything: this is what a process of its own is
 * for (judge/process.h).  0, or -EKEYREJECTED with a sentence.
 */
int signers_check(const uint8_t *hash, const struct mbn *mbn,
		  const struct verify *verify, struct sentence why);

#endif
