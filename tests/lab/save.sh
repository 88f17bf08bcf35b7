# xl save and restore of a guest with carveouts (x86): they cost what they cost without, and the guest gets
# carveouts again where it is restored. (xl dump-core goes through the same frames, one hypercall each: minutes
# here, with carveouts or without.)
# limit: 600
. /lab/lib.sh
. /lab/carveouts.sh

# What else the machine does meanwhile only ever adds to a time: the least counts. Of six rounds it was once 45 and 57
# tenths of a second by chance alone.
ROUNDS=12

# saved GUEST: it is saved and goes on; the least time and the size are in /run/GUEST.*.
saved() {
    from=$(uptime_ds)
    xl save -c "$1" /run/stream > /run/save.log 2>&1 || { cat /run/save.log; return 1; }
    took=$(($(uptime_ds) - from))
    [ "$took" -ge "$(cat "/run/$1.time")" ] || echo "$took" > "/run/$1.time"
    stat -c %s /run/stream > "/run/$1.size"
    rm -f /run/stream
    note "$1: $took ds, $(cat "/run/$1.size") bytes"
}
# In turns, so that both meet the same machine.
saved_in_turns() {
    echo 100000 | tee /run/one.time > /run/none.time
    for _ in $(seq $ROUNDS); do saved none && saved one || return; done
}
# no_more WHAT PERCENT: of the guest with carveouts, beside the one without.
no_more() { [ $(($(cat "/run/one.$1") * 100)) -le $(($(cat "/run/none.$1") * $2)) ]; }

check "the manager starts" daemon_start
check "a guest without carveouts" guest_start none
check "a guest with two" carveout_guest one '"name=a, size=64M", "name=b, size=16M"'
for name in a b; do
    check "$name is loaded" guest_run one "cat /lib/firmware/test/1M.bin > /dev/xen/carveout/$name"
    check "and sealed" wait_state one $name SEALED 30
done
check "both are saved, in turns" saved_in_turns
check "the one with carveouts takes no longer than 1.2 times as long" no_more time 120
check "nor is more than a tenth more written" no_more size 110
check "the one without is well" guest_run none true
check "and goes" guest_stop none
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
check "it loads" guest_run one "cat /lib/firmware/test/1M.bin > /dev/xen/carveout/a"
check "and it is sealed" wait_state one a SEALED 30
check "it is destroyed" guest_stop one
check "nothing is left" wait_for 20 nothing_stored
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
