# What a load costs beside what a driver does that has no carveout (tests/guest/peers): time and the guest's memory, by
# size, window and the number of processors. Run by tools/bench, with two vCPUs for dom0; needs 3.5 GiB.
# processors: 2
# pool: 320
# limit: 4800
. /lab/lib.sh
. /lab/carveouts.sh
. /lab/measure.sh

GUEST_MIB=1152                    # the images, the region, and once more the largest of them
largest=${SIZES##* }

both_attached() {
    for BACKING in $BACKINGS; do attach guest "name=$BACKING,size=${largest}M" && attached "$BACKING" || return; done
}

# Memory: of one image, in the guest's.
memory_of_peers() {
    for method in $METHODS; do
        figure "memory/peer/$method" "$(drop "echo $method bench/${MIDDLE}M.bin > $PEERS/load")"
    done
}
memory_of() {
    figure "memory/$1/dd" "$(drop "dd if=$(image "$MIDDLE") of=/dev/xen/carveout/$1 bs=1M conv=fsync 2> /dev/null")"
    afresh "$1" "$MIDDLE" || return
    figure "memory/$1/attribute" "$(drop "echo bench/${MIDDLE}M.bin > /sys/class/xen_carveout/$1/firmware")"
    afresh "$1" "$MIDDLE"
}

# One round: everything once, so that each meets the machine as the others do.
round_of_sizes() {
    for mib in $SIZES; do
        for method in $METHODS; do take "time/$processors/peer/$method/$mib" peer "$method" "$mib" || return; done
        for BACKING in $BACKINGS; do
            for way in $WAYS; do
                loaded "time/$processors/$BACKING/$way/$mib" "$way" "$BACKING" "$mib" || return
            done
        done
    done
}
with_windows() {
    attach guest "name=w,size=${MIDDLE}M,window=$1,windows=$2" && attached w &&
        loaded "windows/$processors/$BACKING/$1/$2" dd w "$MIDDLE" && hv-mgr detach guest w
}
round_of_windows() {
    for window in $WINDOWS; do
        take "windows/$processors/peer/digest" peer digest "$MIDDLE" || return
        for at_once in $AT_ONCE; do
            for BACKING in $BACKINGS; do with_windows "$window" "$at_once" || return; done
        done
    done
}
rounds() {
    for round in $(seq "$ROUNDS"); do
        echo "round $round of $1"
        "$1" || return
    done
}

check "a guest with the images" bench_guest guest $GUEST_MIB "$SIZES"
check "and drivers that have no carveout" peers_ready "$largest" || exit
note "SHA-256 there: $(guest_run guest "cat $PEERS/hash")"
for processors in $PROCESSORS; do
    note "processors: $processors"
    check "so many there are" processors "$processors"
    check "the manager starts" daemon_start
    check "the pool is scrubbed" wait_for 240 pool_clean
    check "carveouts" both_attached
    if [ "$processors" = "${PROCESSORS%% *}" ]; then
        check "memory, without a carveout" memory_of_peers
        for BACKING in $BACKINGS; do check "memory: $BACKING" memory_of "$BACKING"; done
    fi
    check "by size: $SIZES MiB" rounds round_of_sizes
    check "detach" hv-mgr detach guest --all
    [ -z "$WINDOWS" ] || check "by window: $WINDOWS, $AT_ONCE at once" rounds round_of_windows
    check "the manager stops" daemon_stop
done
check "all processors are back" processors 2
guest_stop guest
