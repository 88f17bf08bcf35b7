# SPDX-License-Identifier: GPL-2.0-only
# Run by selftest/host.sh: a scenario that does not end, with a child that would outlive it.
# limit: 4
. /lab/lib.sh

pass "it began"
sleep 1000 &
sleep 1000
