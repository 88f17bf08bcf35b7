# Where a load's time goes: what it makes the machine do; what commands take by a carveout's size, and by how many there
# are beside it; and what several loads at once are worth. Run by tools/bench, with two vCPUs for dom0; needs 3.5 GiB.
# processors: 2
# pool: 320
# limit: 2400
. /lab/lib.sh
. /lab/carveouts.sh
. /lab/measure.sh

LOAD_MIB=16                       # of each of several loads
COMMAND_ROUNDS=$((ROUNDS < 3 ? ROUNDS : 3))       # the largest take half a minute each to load

note "1. what a load of $MIDDLE MiB makes the machine do"
counts_of() {
    BACKING=$1
    attach guest "name=m,size=${MIDDLE}M" && attached m &&
        counted "counts/$BACKING" by_dd m "$MIDDLE" && hv-mgr detach guest m
}
check "the manager starts" daemon_start
check "the pool is scrubbed" wait_for 240 pool_clean
check "a guest with images" bench_guest guest 320 "$LOAD_MIB $MIDDLE"
check "counts can be had" counting_starts
for backing in $BACKINGS; do check "counts: $backing" counts_of "$backing"; done
counting_ends

note "2. commands"
# A window is open, and then revoked at once.
revoked() {
    user_load guest c && user_does guest hold > /dev/null && take "$1/revoke" clock hv-mgr revoke guest c --now || return
    user_unload guest
    hv-mgr reset guest c > /dev/null && wait_for 120 idle c
}
# The whole of it, and what is left to do when its last byte has been written.
sealed() {
    streamed=$(guest_run guest "/lab/stopwatch stream /dev/zero $2 /dev/xen/carveout/c" 600) || return
    echo "SAMPLE $1/load ${streamed% *}"
    echo "SAMPLE $1/seal ${streamed#* }"
}
# commands NAME MIB: each command once, on a carveout of that size.
commands() {
    take "$1/attach" clock hv-mgr attach guest "name=c,size=$2M,backing=$BACKING" && attached c &&
        revoked "$1" && sealed "$1" "$2" && take "$1/reset" clock hv-mgr reset guest c && wait_for 120 idle c &&
        take "$1/detach" clock hv-mgr detach guest c
}
by_size() {
    take commands/none clock hv-mgr info || return
    for mib in $COMMAND_SIZES; do
        for BACKING in $BACKINGS; do
            [ "$BACKING" = pool ] && [ "$mib" -gt "$POOL_MIB" ] || commands "commands/$BACKING/$mib" "$mib" || return
        done
    done
}
others() {
    for n in $(seq "$1"); do echo "name=o$n,size=1M,backing=$BACKING"; done
}
by_number() {
    for count in $OTHERS; do
        for BACKING in $BACKINGS; do
            # shellcheck disable=SC2046  # words
            [ "$count" -eq 0 ] || hv-mgr attach guest $(others "$count") || return
            commands "beside/$BACKING/$count" 1 || return
            [ "$count" -eq 0 ] || hv-mgr detach guest --all || return
        done
    done
}
for round in $(seq $COMMAND_ROUNDS); do
    check "commands by size, round $round" by_size
    check "commands beside others, round $round" by_number
done

note "3. six loads of $LOAD_MIB MiB: one after the other in one guest, and at once in three"
six="c1 c2 c3 c4 c5 c6"
one_load() { echo "dd if=$(image "$LOAD_MIB") of=/dev/xen/carveout/$1 bs=1M conv=fsync 2> /dev/null"; }
in_turn() { for name in $six; do printf '%s && ' "$(one_load "$name")"; done; echo true; }
two_at_once="$(one_load c1) & first=\$!; $(one_load c2) & wait \$first && wait \$!"
all_attached() {
    for name in $six; do attach guest "name=$name,size=${LOAD_MIB}M" && attached "$name" || return; done
    for other in second third; do
        attach $other "name=c1,size=${LOAD_MIB}M" "name=c2,size=${LOAD_MIB}M" && devices_ready $other 2 || return
    done
}
all_afresh() {
    for name in $six; do hv-mgr reset guest "$name" > /dev/null && wait_for 60 idle "$name" || return; done
    for other in second third; do
        for name in c1 c2; do hv-mgr reset $other $name > /dev/null || return; done
    done
    wait_for 60 pool_clean
}
# begun_together NAME GUEST SCRIPT...: from when the manager takes requests until all have ended. It stands still until
# each waits for it, so that it is not measured how long it takes to start them.
begun_together() {
    begun_as=$1 jobs=''
    shift
    kill -STOP "$(pidof hv-mgr)"
    while [ $# -gt 0 ]; do
        jobs="$jobs $1:$(guest_bg "$1" "$2")"
        shift 2
    done
    sleep 3
    from=$(date +%s%N)
    kill -CONT "$(pidof hv-mgr)"
    for job in $jobs; do guest_wait "${job%%:*}" "${job#*:}" 300 || return; done
    echo "SAMPLE $begun_as $(($(date +%s%N) - from))"
}
several() {
    all_attached || return
    for round in $(seq "$ROUNDS"); do
        begun_together "several/$processors/$BACKING/in-turn" guest "$(in_turn)" && all_afresh &&
            begun_together "several/$processors/$BACKING/at-once" \
                guest "$two_at_once" second "$two_at_once" third "$two_at_once" && all_afresh || return
    done
    for name in guest second third; do hv-mgr detach $name --all || return; done
}
check "two more guests" bench_guest second 192 "$LOAD_MIB"
check "the other" bench_guest third 192 "$LOAD_MIB"
check "the manager stops" daemon_stop
for processors in $PROCESSORS; do
    check "$processors processors" processors "$processors"
    check "the manager starts" daemon_start
    check "the pool is scrubbed" wait_for 240 pool_clean
    for BACKING in $BACKINGS; do check "several loads, $processors processors: $BACKING" several; done
    check "the manager stops" daemon_stop
done
check "all processors are back" processors 2
for name in guest second third; do guest_stop $name; done
