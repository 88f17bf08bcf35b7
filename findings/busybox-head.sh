#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# busybox, Debian 12, 1:1.35.0-4+deb12u1+b1.
#
# Expected: a program that could not write its output says so by its exit status, as `cat` and `dd` of the same busybox do.
# Seen: `head` writes through stdio. If what it prints is less than a buffer of that, and the write fails when it ends, it
# prints "No space left on device" and exits 0. From a buffer on it exits 1. So `head -c N > DEVICE && ...` goes on.
#
# usage: findings/busybox-head.sh    (amd64, with apt; exit status 0: all is as said here)
set -eu
version=1:1.35.0-4+deb12u1+b1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download "busybox-static=$version"
dpkg -x busybox-static_*.deb unpacked
wrong=0

# case_is WHAT STATUS COMMAND...: how an applet ends whose output has nowhere to go.
case_is() {
    what=$1 expected=$2 status=0
    shift 2
    said=$(unpacked/bin/busybox "$@" 2>&1 > /dev/full) || status=$?
    case $status,$said in
    "$expected",*'No space left on device'* | "$expected",*'I/O error'*) printf 'as said: %s: status %d: %s\n' "$what" "$status" "$said" ;;
    *) printf 'CHANGED: %s: status %d: %s\n' "$what" "$status" "$said"; wrong=1 ;;
    esac
}

echo text > file
case_is '100 bytes of head -c' 0 head -c 100 /dev/zero
case_is 'a line of head -n' 0 head -n 1 file
case_is '100000 bytes of head -c' 1 head -c 100000 /dev/zero
case_is 'cat' 1 cat file
case_is 'dd' 1 dd if=file
echo "busybox of $(dpkg-deb -f busybox-static_*.deb Version)"
exit $wrong
