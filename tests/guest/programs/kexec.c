// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec KERNEL INITRAMFS WORDS		start it, as `kexec -s -l` and `-e` do
 * kexec -p KERNEL INITRAMFS WORDS	load it for when this kernel panics
 *
 * WORDS: the kernel's command line.  No service is stopped first: what the
 * kernel does by itself is what is looked at.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kexec.h>
#include <linux/reboot.h>

static int complain(const char *what)
{
	perror(what);
	return 1;
}

static int load(char **words, unsigned long flags)
{
	int kernel = open(words[0], O_RDONLY);
	int initramfs = open(words[1], O_RDONLY);

	if (kernel < 0 || initramfs < 0)
		return complain("open");
	if (syscall(SYS_kexec_file_load, kernel, initramfs,
		    strlen(words[2]) + 1, words[2], flags))
		return complain("kexec_file_load");
	return 0;
}

static int start(void)
{
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		LINUX_REBOOT_CMD_KEXEC, NULL);
	return complain("reboot");
}

int main(int argc, char **argv)
{
	bool panics = argc > 1 && !strcmp(argv[1], "-p");
	int rc;

	if (argc != (panics ? 5 : 4))
		return fprintf(stderr,
			       "usage: kexec [-p] KERNEL INITRAMFS WORDS\n"),
		       2;
	rc = load(argv + (panics ? 2 : 1), panics ? KEXEC_FILE_ON_CRASH : 0);
	return rc || panics ? rc : start();
}
