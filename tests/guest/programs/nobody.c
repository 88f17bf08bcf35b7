// SPDX-License-Identifier: GPL-2.0-only
/* nobody COMMAND...: run it with nobody's rights. 3: it cannot be. */
#define _GNU_SOURCE
#include <grp.h>
#include <stdio.h>
#include <unistd.h>

#define NOBODY 65534

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		perror("nobody");
	else
		execvp(argv[1], argv + 1);
	return 3;
}
