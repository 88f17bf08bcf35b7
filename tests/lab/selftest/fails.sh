# SPDX-License-Identifier: GPL-2.0-only
# Run by selftest/host.sh: every way to fail that a scenario has. None of these may count as a pass.
# limit: 10
. /lab/lib.sh

plan 7
check "a true sentence" true
check "a false sentence" false
check_fails "something that must fail succeeds" true
check_fails "something that must fail is not there" /no/such/program
skip "a skipped check" "to see it counted"
echo kept > /run/artifact
artifact /run/artifact
xenstore-write /lab-leak 1          # the ledger must find it
