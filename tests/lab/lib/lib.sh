# SPDX-License-Identifier: GPL-2.0-only
# The library of lab scenarios: what a scenario sources, and all it needs to know.
#
#   . /lab/lib.sh
#   plan 2                                    # optional; a different number of results is a failure
#   guest_start victim 'memory = 96'
#   check "a command runs in the guest" guest_run victim 'uname -m'
#   check_fails "root's files are absent" guest_run victim 'cat /etc/shadow'
#
# A scenario is a POSIX shell script that runs in dom0 as root. What it prints goes to scenario.log
# on the host; its verdict is made of check, pass, fail and skip alone. After it the guests it left
# are destroyed, and a ledger (memory, domains, xenstore) must be as it was before.
# A line "# limit: 60" near its top sets its time limit in seconds; "# processors: 2" asks for a machine with as many,
# "# pool: 320" for a pool of at least as many MiB.

. /lab/env
. /lab/report.sh
. /lab/ledger.sh
. /lab/guests.sh

pass() { echo "PASS $1"; say "PASS $1"; }
skip() { echo "SKIP $1: $2"; say "SKIP $1: $2"; }
note() { echo "NOTE $*"; say "NOTE $*"; }
plan() { say "PLAN $1"; }

fail() {
    printf 'FAIL %s: %.400s\n' "$1" "${2:-}"
    : > /run/lab/failed
    say "FAIL $1: $(printf '%.160s' "${2:-}")"
}

# check SENTENCE COMMAND...: the sentence is true if the command succeeds.
check() {
    sentence=$1
    shift
    printf -- '--- %s: %.400s\n' "$sentence" "$*"
    status=0
    "$@" || status=$?
    if [ "$status" -eq 0 ]; then
        pass "$sentence"
    else
        fail "$sentence" "exit status $status of: $*"
    fi
    return "$status"
}

# check_fails SENTENCE COMMAND...: ... if the command fails. A command that does not exist or was
# killed by the lab proves nothing, so those statuses are failures of the check.
check_fails() {
    sentence=$1
    shift
    printf -- '--- %s (must fail): %.400s\n' "$sentence" "$*"
    status=0
    "$@" || status=$?
    case $status in
    0) fail "$sentence" "succeeded: $*" ;;
    126 | 127) fail "$sentence" "could not be run: $*" ;;
    "$LAB_NO_ANSWER") fail "$sentence" "no answer from the guest: $*" ;;
    *) pass "$sentence" && return 0 ;;
    esac
    return 1
}

# artifact FILE [NAME]: keep a file of dom0 with the results on the host.
artifact() { report_file "$@"; }
