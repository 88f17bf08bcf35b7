/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The carveout stanza of an xl domain config:
 *
 *   carveout = [ "name=modem, size=64M, window=1M" ]
 *
 *   name=NAME         required; [a-z0-9][a-z0-9_-]{0,30}
 *   size=SIZE         required; bytes or with suffix K, M, G; a multiple of 4K
 *   window=SIZE       largest window; 4K..2M, a multiple of 4K; default 1M, or
 *                     size if that is less
 *   windows=N         open at once, 1..4; default 2
 *   gpa=ADDRESS       guest-physical base, a multiple of 2M; default: chosen
 *   expected-size=SIZE  of the image: a stream of another length is not sealed
 *   guest-reset=0|1   may the guest reset it when sealed; default 0
 *   backing=vault|pool  where the content lives; default vault
 *   pool=NAME         with backing=pool: which one; default: the first that
 *                     has room
 *   at=ADDRESS        with backing=pool: host-physical address, a multiple of
 *                     4K; default: the lowest that is free
 */
#ifndef CONFIG_STANZA_H
#define CONFIG_STANZA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STANZA_NAME_MAX 31
/* What a vault holds: hv_vault_create(). */
#define STANZA_SIZE_MAX (4074ULL << 20)
#define STANZA_WINDOW_MAX (2U << 20)
#define STANZA_WINDOWS_MAX 4
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
	bool guest_reset;
	enum stanza_backing backing;
	char pool[STANZA_NAME_MAX + 1]; /* empty: not given */
	uint64_t at;			/* host-physical; 0: not given */
};

/*
 * Parse one stanza.  Returns 0, or -EINVAL with a sentence in error that names
 * the key, the value, and what would be right.
 */
int stanza_parse(const char *text, struct stanza *stanza, char *error,
		 size_t error_size);

/* Does the text begin with a key that there is? */
bool stanza_has_key(const char *text);

/*
 * Check stanzas of one guest against each other: how many, names, and explicit
 * ranges.  -ENOSPC for more than STANZAS_MAX, -EEXIST for a duplicate name,
 * -EINVAL for ranges that overlap.
 */
int stanza_check_all(const struct stanza *stanzas, size_t count, char *error,
		     size_t error_size);

#endif
