// SPDX-License-Identifier: GPL-2.0-only
/*
 * sha256-pace MIB: the nanoseconds that libgcrypt's SHA-256 of so many MiB
 * takes here, a MiB at a time and nothing else done: what of a load is hashing.
 */
#include <gcrypt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MIB 1048576

static uint64_t now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (uint64_t)at.tv_sec * 1000000000 + (uint64_t)at.tv_nsec;
}

int main(int argc, char **argv)
{
	static uint8_t piece[MIB];
	uint64_t begun;
	gcry_md_hd_t md;

	if (argc != 2 || !gcry_check_version(NULL) ||
	    gcry_md_open(&md, GCRY_MD_SHA256, 0))
		return 2;
	memset(piece, 0x5a, sizeof(piece)); /* pages of its own */
	begun = now();
	for (int mib = atoi(argv[1]); mib > 0; mib--)
		gcry_md_write(md, piece, sizeof(piece));
	gcry_md_read(md, GCRY_MD_SHA256);
	printf("%" PRIu64 "\n", now() - begun);
	gcry_md_close(md);
	return 0;
}
