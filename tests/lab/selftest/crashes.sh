# SPDX-License-Identifier: GPL-2.0-only
# Run by selftest/host.sh: dom0 goes down under a scenario.
. /lab/lib.sh

pass "it began"
sync
busybox poweroff -f
sleep 60
