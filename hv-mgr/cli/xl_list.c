// SPDX-License-Identifier: GPL-2.0-only
#include "cli/xl_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/spawn.h"

/*
 * list_domains() in xl_list.c: Name ID Mem VCPUs State Time(s).  A name may
 * have blanks in it: the columns are counted from the end.
 */
#define COLUMNS 4

static int parse(char *line, struct xl_list *listed)
{
	char *column[COLUMNS];
	char *end;

	for (int i = 0; i < COLUMNS; i++) {
		column[i] = strrchr(line, ' ');
		if (!column[i])
			return -EPROTO;
		end = column[i]++;
		while (end > line && end[-1] == ' ')
			end--;
		*end = '\0';
	}
	listed->paused = strchr(column[1], 'p');
	listed->mib = strtoull(column[3], &end, 10);
	return *end || end == column[3] ? -EPROTO : 0;
}

int xl_list(const char *domid, struct xl_list *listed)
{
	const char *argv[] = { NULL, "list", domid, NULL };
	char line[512];
	int rc = spawn_xl_line(argv, line, sizeof(line));

	return rc ? rc : parse(line, listed);
}
