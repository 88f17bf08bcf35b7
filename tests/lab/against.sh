# This build beside another one, in turns on one machine: manager, tool and the guest's driver are changed between two
# turns, and nothing else. Run by tools/bench --against, which puts the other's files into /lab/against.
# processors: 2
# pool: 320
# limit: 3600
. /lab/lib.sh
. /lab/carveouts.sh
. /lab/measure.sh

LARGE=1024                        # MiB: of a vault that is only attached
own_path=$PATH

# side new|old: its manager runs, and its driver is in the guest.
side() {
    case $1 in
    new) PATH=$own_path LAB_MODULE=/lab/xen-carveout.ko API_MODULE=/lab/carveout_api_test.ko ;;
    old) PATH=/lab/against:$own_path LAB_MODULE=/lab/against/xen-carveout.ko API_MODULE=/lab/against/carveout_api_test.ko ;;
    esac
    daemon_start && wait_for 240 pool_clean && driver_load guest
}
# Nothing is left for the next manager to read: it may know another format of it.
side_ends() {
    guest_run guest "rmmod xen_carveout" && wait_for 20 nothing_stored_but_the_guest && daemon_stop &&
        [ -z "$(xenstore-list /hv-mgr 2> /dev/null)" ]
}
nothing_stored_but_the_guest() { [ "$(other_domains | wc -l)" -eq 1 ] && pool_clean; }

# turn SIDE: each command and each way to load, once, on each backing.
turn() {
    side "$1" || return
    take "against/$processors/$1/peer/digest/$MIDDLE" peer digest "$MIDDLE" || return
    for BACKING in $BACKINGS; do turn_on "against/$processors/$1/$BACKING" || return; done
    attach_large "against/$processors/$1/vault" && side_ends
}
turn_on() {
    take "$1/attach/$MIDDLE" clock hv-mgr attach guest "name=m,size=${MIDDLE}M,backing=$BACKING" && attached m || return
    for way in $WAYS; do loaded "$1/$way/$MIDDLE" "$way" m "$MIDDLE" || return; done
    take "$1/dd/$MIDDLE" by_dd m "$MIDDLE" && take "$1/reset/$MIDDLE" clock hv-mgr reset guest m &&
        wait_for 120 idle m && take "$1/detach/$MIDDLE" clock hv-mgr detach guest m
}
attach_large() {
    BACKING=vault
    take "$1/attach/$LARGE" clock hv-mgr attach guest "name=l,size=${LARGE}M" && attached l && hv-mgr detach guest l
}
# Each is the first as often as the other: what one leaves behind, such as freed memory that Xen has to scrub before it
# gives it out again, is the next one's to bear.
turns() {
    for round in $(seq "$ROUNDS"); do
        case $((round % 2)) in 1) order='new old' ;; *) order='old new' ;; esac
        for side in $order; do
            echo "round $round: $side"
            turn $side || return
        done
    done
}

# What one load makes the machine do, by kinds.
counts_of() {
    side "$1" && counting_starts || return
    for BACKING in $BACKINGS; do
        attach guest "name=m,size=${MIDDLE}M" && attached m &&
            counted "against/$1/$BACKING" by_dd m "$MIDDLE" && hv-mgr detach guest m || return
    done
    counting_ends
    side_ends
}

check "a guest with an image" bench_guest guest 448 "$MIDDLE"
check "its driver goes" guest_run guest "rmmod xen_carveout"
check "drivers that have no carveout" peers_ready "$MIDDLE" || exit
for processors in $PROCESSORS; do
    note "processors: $processors"
    check "so many there are" processors "$processors"
    for round in $(seq "$ROUNDS"); do
        take "against/$processors/sha256/$MIDDLE" /usr/lib/hv-mgr/tests/sha256-pace "$MIDDLE"
    done
    check "in turns" turns
done
check "all processors are back" processors 2
for side in new old; do check "counts: $side" counts_of $side; done
guest_stop guest
