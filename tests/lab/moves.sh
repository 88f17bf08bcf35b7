# A guest on x86 is saved and goes on, saved and restored, migrated, all while somebody writes a stream, and a driver is in
# the middle of a copy through a window. The
# flaw looked for: windows go with the guest's memory, and its kernel still touches them; or what is sealed has a part
# missing that was copied into a window which no manager has heard of. Pass means that the kernel's log is clean, that
# the writer hears of it, or all of its image is sealed, and that the guest loads again.
# limit: 600
. /lab/lib.sh
. /lab/carveouts.sh

IMAGE=test/64M.bin
WINDOW='window=256K,guest-reset=1'
# In small pieces. And again and again, however long xl takes to stop the guest.
ONCE="dd if=/lib/firmware/$IMAGE of=/dev/xen/carveout/modem bs=4k conv=fsync"
ALWAYS="while $ONCE; do echo 1 > /sys/class/xen_carveout/modem/reset; done"

whole=$(image_sha256 $IMAGE)
is_whole() { [ "$(carveout_value guest modem sha256)" = "$whole" ]; }
# writer_starts SCRIPT: on a carveout that is empty.
writer_starts() {
    guest_run guest "echo 1 > /sys/class/xen_carveout/modem/reset" && wait_state guest modem EMPTY 20 &&
        job=$(guest_bg guest "$1") && wait_state guest modem LOADING 60
}
# Its exit status and what is sealed go together: either all of it, or it was told.
whole_or_told() {
    if guest_wait guest "$job" 300; then
        note "the writer was not disturbed"
        wait_state guest modem SEALED 60 && is_whole
    else
        [ $? -ne "$LAB_NO_ANSWER" ] && note "the writer was told" &&
            { ! state_is guest modem SEALED || is_whole; }
    fi
}
# The guest is another domain, and has no carveout: its writer hears of that without anybody's help.
writer_ended() {
    guest_wait guest "$job" 60
    [ $? -ne "$LAB_NO_ANSWER" ]
}
has_none() { ! hv-mgr list | grep -q guest; }
# Not before the device is there: the shell would make a file in its place, and the kernel no device then.
loads() { guest_run guest "[ -c /dev/xen/carveout/modem ] && cat /lib/firmware/test/1M.bin > /dev/xen/carveout/modem"; }
sealed() {
    wait_state guest modem SEALED 30 && [ "$(carveout_value guest modem sha256)" = "$(image_sha256 test/1M.bin)" ]
}
is_well() {
    check "the guest's kernel is well" guest_stays_well guest
    check "it loads" loads
    check "and what is sealed is the image" sealed
}
# In its new domain.
comes_back() {
    check "the guest is there" guest_ready guest
    check "the writer was told that its carveout is gone" writer_ended
    check "it has none" has_none
    check "who writes now hears that at once" guest_run guest "[ -c /dev/xen/carveout/modem ] && ! timeout 5 dd if=/dev/zero of=/dev/xen/carveout/modem bs=1 count=1"
    check "it gets one again" attach guest "name=modem,size=64M,$WINDOW"
    check "which is empty" state_is guest modem EMPTY
    check "the device connects, without the driver's being loaded again" wait_for 30 loads
    check "and what is sealed is the image" sealed
    check "the guest's kernel is well" guest_stays_well guest
}

check "the manager starts" daemon_start
check "a guest" carveout_guest guest "\"name=modem,size=64M,$WINDOW\", \"name=dsp,size=4M,$WINDOW\""
check "a driver writes through windows" user_works guest dsp

note "saved, and it goes on"
check "somebody writes" writer_starts "$ONCE"
check "it is saved" xl save -c guest /run/stream
rm -f /run/stream
check "what is sealed is whole, or the writer was told" whole_or_told
check "it is reset" guest_run guest "echo 1 > /sys/class/xen_carveout/modem/reset"
is_well

note "saved, and restored"
check "somebody writes" writer_starts "$ALWAYS"
check "it is saved, and gone" xl save guest /run/stream
rm -f /run/lab/guests/*
check "nothing is stored any more" wait_for 20 nothing_stored
check "it is restored" xl restore /run/stream
rm -f /run/stream
comes_back

note "migrated, to this host"
check "somebody writes" writer_starts "$ALWAYS"
check "it is migrated" xl migrate -s '' guest 'xl migrate-receive'
rm -f /run/lab/guests/*
comes_back

check "the driver stops" user_does guest rest
check "it is destroyed" guest_stop guest
check "nothing is left" wait_for 20 nothing_stored
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
