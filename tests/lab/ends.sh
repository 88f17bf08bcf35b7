# A guest ends, its driver is taken away, its carveout is detached, revoked or reset, all while somebody is in the
# middle of a copy. The flaw looked for: windows go, and the guest's kernel still touches them, which on arm64 is an
# oops; or what is sealed after all has something missing. Pass means that consoles and logs are clean, that the writer
# hears an error and nothing is sealed, and that the end of a guest costs no more with sixteen carveouts than without.
# limit: 600
. /lab/lib.sh
. /lab/carveouts.sh

STANZA='"name=modem, size=64M, guest-reset=1"'
MANY=16
OFF_MAX_MS=500                    # what MANY carveouts may add to a power-off
RESETS=12
# Bytes one by one: a bracket each. And whole windows, over and over: nearly all of its time it stands in one.
TRICKLE='while printf x; do :; done > /dev/carveout/modem'
FLOOD='while [ ! -e /run/end ]; do dd if=/dev/zero of=/dev/carveout/modem bs=1M; done'
TROUBLE='Oops|BUG:|WARNING:|Unable to handle|Call trace|timeout closing device'

log_well() { guest_run "$1" "! dmesg -c | grep -E '$TROUBLE'"; }
console_of() { echo "/var/log/xen/console/guest-$1.log"; }
console_well() { ! grep -aE "$TROUBLE" "$(console_of "$1")"; }
domain_gone() { ! xl domid "$1" > /dev/null 2>&1; }
writer_starts() {
    job=$(guest_bg "$1" "$2")
    wait_state "$1" modem LOADING 60
}
# writer_failed GUEST: it ended, and not well.
writer_failed() {
    guest_wait "$1" "$job" 60
    case $? in 0 | "$LAB_NO_ANSWER") return 1 ;; esac
}
not_sealed() { ! state_is "$1" modem SEALED; }

# ends GUEST HOW: its kernel is told so, and says on its console when.
ends() {
    guest_bg "$1" "dmesg -n 8; echo 'the end begins' > /dev/kmsg; busybox $2 -f" > /dev/null
    wait_for 60 domain_gone "$1"
}
# From those words to the last ones of device_shutdown(), by the kernel's clock.
end_ms() {
    sed -n 's/^.*\[ *\([0-9.]*\)\] \(the end begins\|reboot: Power down\).*/\1/p' "$(console_of "$1")" |
        awk 'NR == 1 { from = $1 } END { if (NR < 2) exit 1; printf "%d\n", ($1 - from) * 1000 }'
}
many_stanzas() {
    for n in $(seq $MANY); do printf '%s"name=c%d, size=4M, windows=4, window=2M"' "${sep:-}" "$n" && sep=', '; done
}

check "the manager starts" daemon_start

note "power-off, with a writer"
check "a guest" carveout_guest off "$STANZA" 'on_reboot = "destroy"'
check "somebody writes" writer_starts off "$TRICKLE"
check "it powers off" ends off poweroff
check "its kernel was well to the end" console_well off

note "reboot -f, with a writer"
check "a guest" carveout_guest again "$STANZA" 'on_reboot = "destroy"'
check "somebody writes" writer_starts again "$FLOOD"
check "it reboots" ends again reboot
check "its kernel was well to the end" console_well again

note "sixteen carveouts, each with as many and as large windows as there can be"
check "a guest without any" guest_start none
check "a guest with all" carveout_guest many "$(many_stanzas)"
check "its other devices have what they need" xl block-attach "$(guest_domid many)" \
    'format=raw, vdev=xvdb, access=ro, script=block-firmware, target=/dev/loop0'
check "a disk that comes then works" guest_run many "until [ -b /dev/xvdb ]; do sleep 0.1; done
dd if=/dev/xvdb of=/dev/null bs=64k count=64"
check "the last one loads" guest_run many "head -c 4194304 /dev/urandom > /dev/carveout/c$MANY"
check "and is sealed" wait_state many c$MANY SEALED 30
check "the one without powers off" ends none poweroff
check "the one with all does" ends many poweroff
check "its kernel was well to the end" console_well many
without=$(end_ms none) with=$(end_ms many)
note "power-off: $without ms without carveouts, $with ms with $MANY"
check "it takes no longer than $OFF_MAX_MS ms more" [ "$with" -le $((without + OFF_MAX_MS)) ]

note "what dom0, and the guest itself, do to a writer"
check "a guest" carveout_guest guest "$STANZA"
check "somebody writes" writer_starts guest "$TRICKLE"
check "it is detached" hv-mgr detach guest modem
check "the writer hears of it" writer_failed guest
check "the guest's kernel is well" log_well guest
check "attached again" attach guest "name=modem,size=64M,guest-reset=1"
check "it is there again" wait_for 20 device_ready guest modem
check "somebody writes" writer_starts guest "$FLOOD"
check "its driver is unbound" guest_run guest "cd /sys/bus/xen/drivers/carveout && ls -d carveout-* > /run/devices &&
for d in \$(cat /run/devices); do echo \$d > unbind; done"
check "the writer stops" guest_run guest ": > /run/end; killall dd; true"
guest_wait guest "$job" 60
check "nothing is sealed" not_sealed guest
check "it is bound again" guest_run guest "rm -f /run/end; cd /sys/bus/xen/drivers/carveout &&
for d in \$(cat /run/devices); do echo \$d > bind; done"
check "it is there again" wait_for 20 device_ready guest modem
check "the guest's kernel is well" log_well guest

note "revoked, while the writer is kept off its processor in the middle of a copy"
check "a group that runs for 1 ms in a second" guest_run guest "mkdir -p /run/cg && mount -t cgroup2 none /run/cg &&
echo +cpu > /run/cg/cgroup.subtree_control && mkdir /run/cg/slow"
check "somebody writes in it" writer_starts guest "echo \$\$ > /run/cg/slow/cgroup.procs; $FLOOD"
check "slowly, from now on" guest_run guest "echo '1000 1000000' > /run/cg/slow/cpu.max"
sleep 3
check "it is revoked" hv-mgr revoke guest modem
sleep 5
check "the guest's kernel is well" log_well guest
check "the writer may run" guest_run guest "echo max > /run/cg/slow/cpu.max; : > /run/end"
guest_wait guest "$job" 60
check "nothing is sealed" not_sealed guest

note "reset by another driver"
check "it is reset" guest_run guest "echo 1 > /sys/class/carveout/modem/reset; rm -f /run/end"
check "the other driver" guest_run guest "insmod /lab/carveout_api_test.ko name=modem"
check "it resets while a third one opens windows" guest_run guest \
    "echo race > /sys/module/carveout_api_test/parameters/step || cat /sys/module/carveout_api_test/parameters/result"
check "the guest's kernel is well" log_well guest
guest_run guest "rmmod carveout_api_test"

# A writer of one small window, the time of each CLOSE of which is one in which none is open.
check "a carveout with one small window" attach guest "name=small,size=16M,window=64K,windows=1,guest-reset=1"
check "is there" wait_for 20 device_ready guest small
check "the other driver" guest_run guest "insmod /lab/carveout_api_test.ko name=small"
whole=$(image_sha256 test/1M.bin)
# Sealed with all of it, or not and the writer was told.
reset_beside_writer() {
    guest_run guest "dd if=/lib/firmware/test/1M.bin of=/dev/carveout/small bs=64k conv=fsync & w=\$!
usleep $1; echo load > /sys/module/carveout_api_test/parameters/step; wait \$w" || return 0
    wait_state guest small SEALED 20 && [ "$(carveout_value guest small sha256)" = "$whole" ]
}
resets_beside_writers() {
    for n in $(seq $RESETS); do
        reset_beside_writer $((n * 25000)) || return
        guest_run guest "echo 1 > /sys/class/carveout/small/reset" || return
    done
}
check "what is sealed is the whole image, however it was reset" resets_beside_writers
check "the guest's kernel is well" log_well guest
guest_stop guest
check "the manager stops" daemon_stop
for g in off again none many; do artifact "$(console_of $g)" "console-$g"; done
artifact /run/hv-mgr.log
