# One guest costs another nothing: a victim's slowest request beside a guest that only computes, and beside
# one whose kernel does with sixteen carveouts at once all that costs the manager time (tests/guest/rogue,
# swarm). Two processors: the hostile one refills frames while the manager takes them.
# processors: 2
# limit: 700
GUEST_TIMEOUT=300                 # a guest with sixteen carveouts, on two busy cores
. /lab/lib.sh
. /lab/carveouts.sh

FACTOR=2                          # so many times what it is beside a guest that only computes,
UNNOTICED=400000                  # or so many us: see below
ROUNDS=3                          # of each, in turns: what counts is the middle one
SECONDS_EACH=10
CARVEOUTS=16
PIECE=262144                      # a window's size

# pace: how the victim fares; sets $slowest in microseconds.
pace() {
    paced=$(guest_run victim "/lab/pace /dev/xen/carveout/modem /sys/class/xen_carveout/modem/reset $PIECE 16 $SECONDS_EACH" 120)
    status=$?
    note "beside a guest $1: $paced"
    slowest=$(echo "$paced" | sed -n 's/^slowest \([0-9]*\) .*/\1/p')
    [ $status -eq 0 ] && [ -n "$slowest" ]
}
beside_a_computing_one() {
    busy=$(guest_busy evil)
    pace "that computes"
    went=$?
    guest_kill evil "$busy"
    echo "$slowest" >> /run/computing
    return $went
}
beside_a_hostile_one() {
    attack=$(guest_bg evil "echo swarm $((SECONDS_EACH + 5)) > /sys/module/rogue/parameters/attack")
    sleep 1
    pace "that is hostile"
    went=$?
    guest_wait evil "$attack" 120
    note "$(guest_run evil "cat /sys/module/rogue/parameters/result")"
    echo "$slowest" >> /run/hostile
    return $went
}
middle() { sort -n "$1" | sed -n "$(((ROUNDS + 1) / 2))p"; }

stanzas() {
    for n in $(seq $CARVEOUTS); do
        printf '%s"name=c%s, size=1M, window=256K, windows=2, guest-reset=1"' "${comma:-}" "$n"
        comma=', '
    done
}

check "the manager starts" daemon_start
manager=$(pidof hv-mgr)
ledger_take start
guest_with /run/with pace
check "a victim" carveout_guest victim '"name=modem, size=4M, window=256K, windows=2, guest-reset=1"' "$GUEST_WITH"
check "a hostile guest, with $CARVEOUTS carveouts" hv-mgr create \
    "$(guest_config evil 'vcpus = 2' "$(carveout_key "$(stanzas)")")"
check "it comes up" guest_ready evil
check "its front end connects" guest_run evil "insmod /lab/rogue.ko || { dmesg | tail; exit 1; }" || exit
check "the victim's device appears" wait_for 10 device_ready victim modem

check "the victim loads" pace "that is idle"
for round in $(seq $ROUNDS); do
    check "round $round: the victim loads beside a guest that computes" beside_a_computing_one
    check "round $round: and beside a hostile one" beside_a_hostile_one
done
# What the hostile one does keeps xenstored busy, too, and the turn in which one of its front ends comes or goes waits for
# that one: 0.1 to 0.2 s. Where the slowest request beside a guest that computes takes but 40 ms, twice that is soon gone.
computing=$(middle /run/computing) hostile=$(middle /run/hostile)
limit=$((FACTOR * computing > UNNOTICED ? FACTOR * computing : UNNOTICED))
note "slowest request: $computing us beside a guest that computes, $hostile us beside a hostile one"
check "the hostile one costs the victim at most $FACTOR times that, or $UNNOTICED us" [ "$hostile" -le $limit ]

check "the manager is the one that it was" [ "$(pidof hv-mgr)" = "$manager" ]
guest_stop evil
guest_stop victim
check "memory, channels, what the manager holds: all is as before" ledger_same start
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
