#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The systemd unit: systemd takes every line of it, and finds little exposed; a manager that is killed comes
# back, one that cannot work does not for ever, and one that hangs is ended.
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

fail() { echo "$1"; exit 1; }
# of KEY: its value, in the unit.
of() { sed -n "s/^$1=//p" "$unit"; }
[ "$(of Restart)" = on-failure ] || fail "it does not come back when it is killed"
[ "$(of StartLimitIntervalSec)" != 0 ] && [ -n "$(of StartLimitBurst)" ] || fail "it is started for ever"
[ -n "$(of WatchdogSec)" ] && [ "$(of Type)" = notify ] || fail "nobody ends it when it hangs"
[ "$(of OOMScoreAdjust)" -lt 0 ] || fail "the kernel takes it as soon as others when memory is short"
# Here is no Xen, and there never will be.
"$2" --socket "$directory/socket" daemon 2> "$directory/said"
status=$?
echo " $(of RestartPreventExitStatus) " | grep -q " $status " ||
    fail "where there is no Xen it ends with $status, and is started again: $(cat "$directory/said")"
for name in CLI_NOT_DOM0 CLI_NEVER; do
    number=$(sed -n "s/.*X($name, \([0-9]*\),.*/\1/p" "$(dirname "$0")/../../hv-mgr/cli/exit_codes.h")
    echo " $(of RestartPreventExitStatus) " | grep -q " $number " || fail "$name is no reason to stop starting it"
done
