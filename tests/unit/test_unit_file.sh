#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The systemd unit: systemd takes every line of it, and finds little exposed.
#
# usage: test_unit_file.sh hv-mgr.service HV-MGR
set -u

EXPOSURE=20                       # ten times what systemd-analyze security may say

directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
unit=$directory/hv-mgr.service
# systemd looks whether the program is there
sed "s|^ExecStart=[^ ]*|ExecStart=$2|" "$1" > "$unit"

complaints=$(systemd-analyze verify --man=no "$unit" 2>&1) || { echo "$complaints"; exit 1; }
[ -z "$complaints" ] || { echo "$complaints"; exit 1; }
systemd-analyze security --offline=true --no-pager --threshold=$EXPOSURE "$unit" > "$directory/exposed" ||
    { cat "$directory/exposed"; exit 1; }
tail -n 1 "$directory/exposed"
