# A carveout is detached, revoked or reset, or its driver taken away, all while a driver is in the middle of a copy through
# a window, or somebody writes a stream. The flaw looked for: windows go, and the guest's kernel still touches them, which
# on arm64 is an oops; or what is sealed after all has something missing. Pass means that the kernel's log is clean, and
# that the writer hears of it, or all of its image is sealed.
# limit: 480
. /lab/lib.sh
. /lab/carveouts.sh

STANZA='"name=modem, size=64M, guest-reset=1"'
RESETS=10
# Bytes one by one. And whole images, over and over.
TRICKLE='while printf x; do :; done > /dev/xen/carveout/modem'
# Where the device is gone dd would make a file in its place, and the kernel no device any more.
FLOOD='while [ ! -e /run/end ]; do [ -c /dev/xen/carveout/modem ] && dd if=/dev/zero of=/dev/xen/carveout/modem bs=1M; done'

writer_starts() {
    job=$(guest_bg "$1" "$2")
    wait_state "$1" modem LOADING 60
}
# It goes on until a write fails.
writer_ended() {
    guest_wait "$1" "$job" 60
    [ $? -ne "$LAB_NO_ANSWER" ]
}
not_sealed() { ! state_is "$1" modem SEALED; }

attached_again() {
    check "attached again" attach guest "name=modem,size=64M,guest-reset=1"
    check "it is there again" wait_for 20 device_ready guest modem
}
# That it got anywhere, and that its windows have gone without harm.
user_goes() {
    check "the driver stops" user_does guest rest
    check "and goes" user_unload guest
    check "the guest's kernel is well" guest_stays_well guest
}

check "the manager starts" daemon_start

note "what dom0, and the guest itself, do to a writer"
check "a guest" carveout_guest guest "$STANZA"
check "somebody writes" writer_starts guest "$TRICKLE"
check "it is detached" hv-mgr detach guest modem
check "the writer hears of it" writer_ended guest
attached_again
check "a driver writes through windows" user_works guest modem
check "it is detached" hv-mgr detach guest modem
user_goes
attached_again
check "a driver writes through windows" user_works guest modem
check "the carveout's own driver is unbound" guest_run guest "cd /sys/bus/xen/drivers/carveout && ls -d carveout-* > /run/devices &&
for d in \$(cat /run/devices); do echo \$d > unbind; done"
user_goes
check "nothing is sealed" not_sealed guest
check "it is bound again" guest_run guest "cd /sys/bus/xen/drivers/carveout &&
for d in \$(cat /run/devices); do echo \$d > bind; done"
check "it is there again" wait_for 20 device_ready guest modem
check "the guest's kernel is well" guest_stays_well guest

note "revoked"
check "a driver writes through windows" user_works guest modem
check "it is revoked" hv-mgr revoke guest modem
user_goes
check "nothing is sealed" not_sealed guest
check "it is reset" hv-mgr reset guest modem
check "somebody writes" writer_starts guest "$FLOOD"
check "it is revoked" hv-mgr revoke guest modem
check "the writer stops" guest_run guest ": > /run/end"
guest_wait guest "$job" 60
check "nothing is sealed" not_sealed guest
check "the guest's kernel is well" guest_stays_well guest

note "reset by another driver"
check "it is reset" guest_run guest "echo 1 > /sys/class/xen_carveout/modem/reset; rm -f /run/end"
check "the other driver" user_load guest modem
check "it resets while a third one opens windows" user_does guest race
check "the guest's kernel is well" guest_stays_well guest

note "a task that dies in the middle of a copy does not keep the carveout from others"
dies() { guest_run guest "! dd if=/dev/zero of=/dev/xen/carveout/modem bs=1M count=8; dmesg | grep 'kernel BUG'"; }
loads() { guest_run guest "dd if=/lib/firmware/test/1M.bin of=/dev/xen/carveout/modem bs=64k conv=fsync"; }
check "the next one is to die" user_does guest die
check "a writer does" dies
check "nothing is sealed" not_sealed guest
check "the next writer loads" wait_for 40 loads
check "and its image is sealed" wait_state guest modem SEALED 20
guest_run guest "dmesg -c > /dev/null"
user_unload guest

# A writer of small pieces, between any two of which it may happen.
check "a carveout with one small window" attach guest "name=small,size=16M,window=64K,windows=1,guest-reset=1"
check "is there" wait_for 20 device_ready guest small
check "the other driver" user_load guest small
whole=$(image_sha256 test/1M.bin)
# Sealed with all of it, or not and the writer was told; or the reset came when that was over, and nothing of it is left.
reset_beside_writer() {
    guest_run guest "dd if=/lib/firmware/test/1M.bin of=/dev/xen/carveout/small bs=64k conv=fsync & w=\$!
usleep $1; echo load > /sys/module/carveout_api_test/parameters/step; was_reset=\$?; wait \$w || exit 1; [ \$was_reset -ne 0 ] || exit 2"
    case $? in
    0) wait_state guest small SEALED 20 && [ "$(carveout_value guest small sha256)" = "$whole" ] ;;
    1) ;;
    2) state_is guest small LOADING ;;
    *) return 1 ;;
    esac
}
resets_beside_writers() {
    for n in $(seq $RESETS); do
        reset_beside_writer $((n * 8000)) || return
        guest_run guest "echo 1 > /sys/class/xen_carveout/small/reset" || return
    done
}
check "what is sealed is the whole image, however it was reset" resets_beside_writers
check "the guest's kernel is well" guest_stays_well guest
guest_stop guest
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
