/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The carveout stanza of an xl domain config:
 *
 *   carveout = [ "name=modem, size=64M, window=1M" ]
 *
 *   name=NAME         required; as include/carveoutif.h says of a name
 *   size=SIZE         required; bytes or with suffix K, M, G; a multiple of 4K
 *   window=SIZE       largest window, a multiple of 4K; default 1M, or size if
 *                     that is less
 *   windows=N         open at once; default 2
 *   gpa=ADDRESS       guest-physical base, a multiple of 2M; default: chosen
 *   expected-size=SIZE  of the image: a stream of another length is not sealed
 *   format=auto|raw|elf|mbn  what it is loaded as; default auto: by content
 *   guest-reset=0|1   may the guest reset it when sealed; default 0
 *   backing=vault|pool  where the content lives; default vault
 *   pool=NAME         with backing=pool: which one; default: chosen
 *   at=ADDRESS        with backing=pool: host-physical address, a multiple of
 *                     4K; default: chosen
 *   verify=, root=, clock=  what content must be: config/verify.h
 */
#ifndef CONFIG_STANZA_H
#define CONFIG_STANZA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "carveoutif.h"
#include "config/sentence.h"
#include "config/verify.h"
#include "image_format.h"

/* What the protocol can say, a stanza may ask for. */
#define STANZA_NAME_MAX CARVEOUTIF_NAME_MAX
#define STANZA_WINDOW_MAX CARVEOUTIF_WINDOW_MAX
#define STANZA_WINDOWS_MAX CARVEOUTIF_SLOTS
/* What a vault holds: hv_vault_create(). */
#define STANZA_SIZE_MAX (4074ULL << 20)
/* Of one guest: what it costs the host, and the manager's work for it, end
 * there. */
#define STANZAS_MAX 16

enum stanza_backing { STANZA_VAULT, STANZA_POOL };

struct stanza {
	char name[STANZA_NAME_MAX + 1];
	uint64_t size;
	uint32_t window;
	uint32_t windows;
	uint64_t gpa;		/* 0: choose */
	uint64_t expected_size; /* 0: not given */
	enum image_format format;
	bool guest_reset;
	enum stanza_backing backing;
	char pool[STANZA_NAME_MAX + 1]; /* empty: not given */
	uint64_t at;			/* host-physical; 0: not given */
	struct verify verify;
};

/*
 * Parse one stanza.  Returns 0, or -EINVAL with a sentence in error that names
 * the key, the value, and what would be right.
 */
int stanza_parse(const char *text, struct stanza *stanza,
		 struct sentence error);

/*
 * Write a stanza as stanza_parse() takes it: what that makes of the text is the
 * same stanza again.  Returns 0, or -ENOSPC: the text is cut.
 */
int stanza_format(const struct stanza *stanza, char *text, size_t room);

/* The keys that there are, from 0 on; NULL behind the last one. */
const char *stanza_key(size_t index);

/* Does the text begin with one of them? */
bool stanza_has_key(const char *text);

/*
 * Check stanzas of one guest against each other: how many, names, and explicit
 * ranges.  -ENOSPC for more than STANZAS_MAX, -EEXIST for a duplicate name,
 * -EINVAL for ranges that overlap.
 */
int stanza_check_all(const struct stanza *stanzas, size_t count,
		     struct sentence error);

#endif
