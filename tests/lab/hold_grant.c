// SPDX-License-Identifier: GPL-2.0-only
/*
 * hold-grant DOMID REF [BYTE]: be a back end that maps a page which a guest
 * granted, and keeps it.  Says "mapped", then goes on until it is killed; with
 * BYTE it fills the page with that all the time.  Exit status 1: not mapped.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xengnttab.h>

#define PAGE 4096
#define REST_US 500 /* dom0 has one processor, and others need it */

static void *map_grant(const char *domid, const char *ref)
{
	xengnttab_handle *gnttab = xengnttab_open(NULL, 0);

	if (!gnttab)
		return NULL;
	return xengnttab_map_grant_ref(gnttab, (uint32_t)atoi(domid),
				       (uint32_t)strtoul(ref, NULL, 0),
				       PROT_READ | PROT_WRITE);
}

int main(int argc, char **argv)
{
	void *page;

	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: hold-grant DOMID REF [BYTE]\n");
		return 2;
	}
	page = map_grant(argv[1], argv[2]);
	if (!page) {
		perror("hold-grant: not mapped");
		return 1;
	}
	puts("mapped");
	fflush(stdout);
	for (;;) {
		if (argc == 4)
			memset(page, atoi(argv[3]), PAGE);
		usleep(REST_US);
	}
}
