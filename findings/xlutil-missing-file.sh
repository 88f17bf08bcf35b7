#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# libxlutil (the parser of xl's domain configs), Debian 12, 4.17.7+13-g2445b30a44-0+deb12u1.
#
# Expected: xlu_cfg_readfile(), of a file that does not exist, reports "No such file or directory".
# Seen: it returns ENOENT, and reports "unable to open configuration file: Success".
#
# usage: findings/xlutil-missing-file.sh    (amd64, with gcc and apt; exit status 0: all is as said here)
set -eu
version=4.17.7+13-g2445b30a44-0+deb12u1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in libxen-dev libxenmisc4.17 libxencall1 libxendevicemodel1 libxenevtchn1 libxenforeignmemory1 libxengnttab1 \
    libxenhypfs1 libxenstore4 libxentoolcore1 libxentoollog1; do
    apt-get -qq -o APT::Sandbox::User=root download "$package=$version"
done
apt-get -qq -o APT::Sandbox::User=root download libyajl2=2.1.0-3+deb12u2
for package in *.deb; do dpkg -x "$package" unpacked; done

cat > read.c <<'C'
#include <libxlutil.h>
#include <stdio.h>

/* Read the config argv[1]: what the parser reports, and what it returns. */
int main(int argc, char **argv)
{
	XLU_Config *config = xlu_cfg_init(stdout, "guest.cfg");

	if (argc != 2 || !config)
		return 1;
	printf("returns %d\n", xlu_cfg_readfile(config, argv[1]));
	return 0;
}
C
lib=$(echo "$folder"/unpacked/usr/lib/*-linux-gnu)
gcc -Iunpacked/usr/include read.c -o read -L"$lib" -Wl,-rpath-link,"$lib" -lxlutil
wrong=0

# case_is WHAT FILE OUTPUT: all that is printed of it.
case_is() {
    got=$(LD_LIBRARY_PATH=$lib ./read "$2")
    if [ "$got" = "$3" ]; then
        printf 'as said: %s: %s\n' "$1" "$got"
    else
        printf 'CHANGED: %s: %s\n' "$1" "$got"
        wrong=1
    fi
}

echo 'name = "guest"' > guest.cfg
case_is 'a file that is there' guest.cfg 'returns 0'
case_is 'one that is not' absent.cfg 'absent.cfg: unable to open configuration file: Success
returns 2'
echo "libxlutil of $(dpkg-deb -f libxenmisc4.17_*.deb Version)"
exit $wrong
