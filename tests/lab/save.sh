# xl save and restore of a guest with carveouts (x86): they cost what they cost without, and the guest gets
# carveouts again where it is restored. (xl dump-core goes through the same frames, one hypercall each: minutes
# here, with carveouts or without.)
# limit: 600
. /lab/lib.sh
. /lab/carveouts.sh

# timed COMMAND...: prints the tenths of a second that it took; fails if it did.
timed() {
    timed_from=$(uptime_ds)
    "$@" > /run/save.log 2>&1 || { cat /run/save.log; return 1; }
    echo $(($(uptime_ds) - timed_from))
}
# saved WHAT: the guest is saved twice and goes on; the shorter time and the size go to /run/WHAT.*.
saved() {
    best=
    for _ in 1 2; do
        rm -f /run/stream
        took=$(timed xl save -c one /run/stream) || { echo "$took"; return 1; }
        [ -n "$best" ] && [ "$best" -le "$took" ] || best=$took
    done
    echo "$best" > "/run/$1.time"
    stat -c %s /run/stream > "/run/$1.size"
    rm -f /run/stream
    note "$1: $best ds, $(cat "/run/$1.size") bytes"
}
# no_more WHAT PERCENT: the later one of a pair, of the earlier.
no_more() { [ $(($(cat "/run/with.$1") * 100)) -le $(($(cat "/run/without.$1") * $2)) ]; }

check "the manager starts" daemon_start
check "a guest without carveouts" guest_start one
check "it is saved" saved without
check "it is well" guest_run one true

check "it gets two" attach one "name=a,size=64M" "name=b,size=16M"
check "the driver is loaded" driver_load one
check "the devices appear" devices_ready one 2
for name in a b; do
    check "$name is loaded" guest_run one "cat /lib/firmware/test/1M.bin > /dev/carveout/$name"
    check "and sealed" wait_state one $name SEALED 30
done
check "it is saved again" saved with
check "which takes no longer than 1.2 times as long" no_more time 120
check "nor writes more than a tenth more" no_more size 110
check "it goes on, and its carveouts are as they were" guest_run one true
check "sealed" state_is one a SEALED

check "it is saved, and gone" xl save one /run/stream
rm -f /run/lab/guests/*
check "nothing is stored any more" wait_for 20 nothing_stored
check "it is restored" xl restore /run/stream
rm -f /run/stream
check "it is up" guest_ready one
check "with no carveout" sh -c '! hv-mgr list | grep -q one'
check "it gets one again" attach one "name=a,size=64M"
check "which is empty" state_is one a EMPTY
check "its driver connects, without being loaded again" wait_for 30 device_ready one a
check "it loads" guest_run one "cat /lib/firmware/test/1M.bin > /dev/carveout/a"
check "and it is sealed" wait_state one a SEALED 30
check "it is destroyed" guest_stop one
check "nothing is left" wait_for 20 nothing_stored
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
