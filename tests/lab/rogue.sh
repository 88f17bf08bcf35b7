# A guest whose kernel has a front end of its own, that keeps to no rule; and a victim beside it, whose
# loads must go on all the time. Two processors: it rewrites requests while the manager reads them.
# processors: 2
# limit: 700
. /lab/lib.sh
. /lab/carveouts.sh

ANSWER_LIMIT=20                   # tenths of seconds: what a question about the victim may take, or
ANSWER_FACTOR=3                   # ... so many times what it takes beside a guest that only computes
REVOKE_LIMIT=30                   # the grace of a second, and two
LOG_LIMIT=60                      # lines a minute
attack() { guest_run evil "echo $* > /sys/module/rogue/parameters/attack"; }
outcome() { guest_run evil "cat /sys/module/rogue/parameters/result"; }
# is_like TEXT PATTERN
is_like() {
    # shellcheck disable=SC2254  # a pattern it is
    case $1 in
    $2) ;;
    *) return 1 ;;
    esac
}
# comes_to ATTACK PATTERN: make it; the outcome is like that.
comes_to() {
    attack "$1" || { outcome; return 1; }
    came=$(outcome)
    echo "$1: $came"
    is_like "$came" "$2"
}

# The victim: loads without end, each seen through to its digest, until told to stop.
digest=$(image_sha256 test/64M.bin)
loads="n=0
while dd if=/lib/firmware/test/64M.bin of=/dev/xen/carveout/modem bs=1M conv=fsync; do
    [ \"\$(cat /sys/class/xen_carveout/modem/digest)\" = $digest ] || exit 9
    n=\$((n + 1))
    echo \$n > /run/loads
    [ ! -e /run/enough ] || exit 0
    echo 1 > /sys/class/xen_carveout/modem/reset || exit 8
done
exit 7"
committed() { carveout_value victim modem bytes_committed; }

# ask_for SECONDS: ask for the victim as fast as that goes. Sets $worst, in tenths of seconds, and $moved:
# what the victim has loaded meanwhile.
ask_for() {
    moved=$(committed) worst=0
    asking_ends=$(($(uptime_ds) + $1 * 10))
    while [ "$(uptime_ds)" -lt $asking_ends ]; do
        asked=$(uptime_ds)
        hv-mgr status victim modem > /run/status.log || return
        took=$(($(uptime_ds) - asked))
        [ $took -le $worst ] || worst=$took
    done
    moved=$(($(committed) - moved))
    note "$2: slowest answer $worst tenths of a second; the victim loaded $((moved / 1024)) KiB"
}
# under ATTACK SECONDS: make it, and ask meanwhile.
under() {
    job=$(guest_bg evil "echo $1 $2 > /sys/module/rogue/parameters/attack") || return
    ask_for "$2" "$1" && guest_wait evil "$job" 60 && note "$1: $(outcome)"
}
suffers() {
    check "it does so for $2 s" under "$1" "$2"
    check "who asks for the victim is answered all the time" [ "$worst" -le $ANSWER_LIMIT ]
    check "the victim's load goes on" [ "$moved" -gt 0 ]
}

began=$(uptime_ds)
logged() { wc -l < /run/hv-mgr.log 2> /dev/null || echo 0; }
before=$(logged)                  # by other scenarios
check "the manager starts" daemon_start
manager=$(pidof hv-mgr)
ledger_take start
check "a victim" carveout_guest victim '"name=modem, size=64M, window=256K, guest-reset=1"'
check "a rogue" hv-mgr create "$(guest_config evil 'vcpus = 2' \
    "$(carveout_key '"name=modem, size=16M, window=256K, windows=2", "name=spare, size=4M, window=256K, windows=2, guest-reset=1"')")"
check "it comes up" guest_ready evil
check "its front end connects" guest_run evil "insmod /lab/rogue.ko || { dmesg | tail; exit 1; }" || exit
check "the victim's device appears" wait_for 10 device_ready victim modem
job_of_victim=$(guest_bg victim "$loads")

job=$(guest_busy evil)
check "who asks for it is answered" ask_for 8 "beside a guest that computes"
guest_kill evil "$job"
[ $((worst * ANSWER_FACTOR)) -le $ANSWER_LIMIT ] || ANSWER_LIMIT=$((worst * ANSWER_FACTOR))

note "requests"
check "each of a table of forged ones gets the answer that the protocol names" comes_to table "*, 0 wrong"
note "table: $(outcome)"
check "dom0 has what it sealed at last: one byte, zero" \
    [ "$(hv-mgr dump evil modem | sha256sum)" = "$(head -c 1 /dev/zero | sha256sum)" ]
check "reset" hv-mgr reset evil modem
check "a window is not closed through another carveout" comes_to foreign "0 closed, 1 open"
check "replayed and reordered ones get what their turn gives them" comes_to replay "0 wrong"
check "indices that jump are answered, or end the connection" comes_to indices "*, 0 wrong"
suffers flip 5
check "only defined answers came" is_like "$(outcome)" "*, 0 undefined*"
suffers flood 15
check "here too" is_like "$(outcome)" "*, 0 undefined*"
suffers pour 8
check "and all of that was taken" is_like "$(outcome)" "*, 0 refused"

note "a guest that lets go of nothing"
check "it holds all windows" comes_to hold "2 windows held"
asked=$(uptime_ds)
check "they are revoked" hv-mgr revoke evil modem
took=$(($(uptime_ds) - asked))
note "revoke took $took tenths of a second"
check "in time" [ $took -le $REVOKE_LIMIT ]
check "none is open" [ "$(carveout_value evil modem windows_open)" = 0 ]
check "nothing is there any more" hole_is evil "$LAB_BASE"
check "reset again" hv-mgr reset evil modem

note "xenstore"
suffers storm 6
suffers watches 5
suffers churn 5
lines=$(($(logged) - before)) minutes=$((($(uptime_ds) - began) / 600 + 2))
note "$lines lines in the manager's log"
check "it has not filled the manager's log" [ "$lines" -le $((LOG_LIMIT * minutes)) ]

note "pages"
check "it takes away the pages that it shares" comes_to balloon "2 grants held, 2 pages removed, query 0"
check "it gives one ring to two devices" comes_to twins "connected, query 0 0"
nested() { [ "$BACKING" = pool ] && echo "refused, commit 0" || echo "query 0, commit 0"; }
check "it lays a ring into a window" comes_to nest "$(nested)"
check "it deletes a device" comes_to vanish "gone"
check "which can be detached" hv-mgr detach evil spare

note "meanwhile"
check "the victim is told to come to an end" guest_run victim ": > /run/enough"
check "its loads went on" guest_wait victim "$job_of_victim" 120
note "$(guest_run victim "cat /run/loads") loads"
check "what it has is sealed" state_is victim modem SEALED
check "to the byte" [ "$(hv-mgr dump victim modem | sha256sum | cut -d' ' -f1)" = "$digest" ]
check "the manager is the one that it was" [ "$(pidof hv-mgr)" = "$manager" ]
guest_stop evil
guest_stop victim
check "memory, channels, what the manager holds: all is as before" ledger_same start
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
