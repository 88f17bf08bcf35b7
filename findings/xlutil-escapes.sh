#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# libxlutil (the parser of xl's domain configs), Debian 12, 4.17.7+13-g2445b30a44-0+deb12u1.
#
# Expected: a character escape of a number in a quoted string is that character, "\101" or "\x41" an A; and a
# comment may be the last line of a file whether or not a newline follows.
# Seen: "x\101y" is "xy", without a word; "\x41" and "\7" are refused for an "invalid digit",
# though each digit is valid; '\t' works in single quotes, too. A comment that no newline follows is a "lexical error".
#
# usage: findings/xlutil-escapes.sh    (amd64, with gcc and apt; exit status 0: all is as said here)
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

cat > parse.c <<'C'
#include <libxlutil.h>
#include <stdio.h>
#include <string.h>

/* Print the string that the config in argv[1] gives to a. */
int main(int argc, char **argv)
{
	XLU_Config *config = xlu_cfg_init(stderr, "guest.cfg");
	const char *value;

	if (argc != 2 || !config)
		return 2;
	if (xlu_cfg_readdata(config, argv[1], (int)strlen(argv[1])) ||
	    xlu_cfg_get_string(config, "a", &value, 1))
		return 1;
	printf("[%s]\n", value);
	return 0;
}
C
lib=$(echo "$folder"/unpacked/usr/lib/*-linux-gnu)
gcc -Iunpacked/usr/include parse.c -o parse -L"$lib" -Wl,-rpath-link,"$lib" -lxlutil
wrong=0

# case_is WHAT CONFIG OUTPUT: what the parser prints of it.
case_is() {
    got=$(LD_LIBRARY_PATH=$lib ./parse "$2" 2>&1) || true
    case $got in
    *"$3"*) printf 'as said: %s: %s\n' "$1" "$got" ;;
    *) printf 'CHANGED: %s: %s\n' "$1" "$got"; wrong=1 ;;
    esac
}

newline='
'
case_is 'a named escape, in single quotes' "a = 'x\\ty'$newline" "$(printf '[x\ty]')"
case_is 'an octal escape vanishes' "a = \"x\\101y\"$newline" '[xy]'
case_is 'a hexadecimal escape is refused' "a = \"x\\x41y\"$newline" 'invalid digit after backslash'
case_is 'so is one octal digit' "a = \"x\\7y\"$newline" 'invalid digit after backslash'
case_is 'a last line that is a comment, and a newline' "a = \"1\"$newline# last$newline" '[1]'
case_is 'the same without the newline' "a = \"1\"$newline# last" 'lexical error'
echo "libxlutil of $(dpkg-deb -f libxenmisc4.17_*.deb Version)"
exit $wrong
