# A guest powers off, or reboots, while a driver is in the middle of a copy through a window, or somebody writes; and with sixteen carveouts. The flaw looked
# for: the manager takes windows away when the guest's kernel says that it goes, and the kernel still touches them, which
# on arm64 is an oops; and each device waits for its back end for seconds. Pass means that consoles are clean, that
# sixteen carveouts add next to nothing to a power-off, and that they leave the guest's other devices their grants.
# limit: 480
. /lab/lib.sh
. /lab/carveouts.sh

STANZA='"name=modem, size=64M, guest-reset=1"'
MANY=16
OFF_MAX_MS=500                    # what MANY carveouts may add to a power-off
FLOOD='while :; do [ -c /dev/xen/carveout/modem ] && dd if=/dev/zero of=/dev/xen/carveout/modem bs=1M; done'

console_of() { echo "/var/log/xen/console/guest-$1.log"; }
console_well() { [ -s "$(console_of "$1")" ] && ! grep -aE "$TROUBLE" "$(console_of "$1")"; }
domain_gone() { ! xl domid "$1" > /dev/null 2>&1; }
writer_starts() {
    guest_bg "$1" "$2" > /dev/null
    wait_state "$1" modem LOADING 60
}

# ends GUEST HOW: its kernel is told so, and says on its console when.
ends() {
    guest_bg "$1" "dmesg -n 8; echo 'the end begins' > /dev/kmsg; busybox $2 -f" > /dev/null
    wait_for 60 domain_gone "$1"
}
# From those words to what is said after device_shutdown(), by the kernel's clock. (PVH Linux on x86 knows no power-off; 6.12
# says so in other words than 6.1.)
OFF='\(Power down\|Power off not available\|System halted\)'
end_ms() {
    sed -n "s/^.*\[ *\([0-9.]*\)\] \(the end begins\|reboot: $OFF\).*/\1/p" "$(console_of "$1")" |
        awk 'NR == 1 { from = $1 } END { if (NR < 2) exit 1; printf "%d\n", ($1 - from) * 1000 }'
}
many_stanzas() {
    for n in $(seq $MANY); do printf '%s"name=c%d, size=4M, windows=4, window=2M"' "${sep:-}" "$n" && sep=', '; done
}

check "the manager starts" daemon_start

note "power-off, with a driver that has windows"
check "a guest" carveout_guest off "$STANZA" 'on_reboot = "destroy"'
check "it writes through them" user_works off modem
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
check "the last one loads" guest_run many "head -c 4194304 /dev/urandom > /dev/xen/carveout/c$MANY"
check "and is sealed" wait_state many c$MANY SEALED 30
check "the one without powers off" ends none poweroff
check "the one with all does" ends many poweroff
check "its kernel was well to the end" console_well many
without=$(end_ms none) with=$(end_ms many)
note "power-off: $without ms without carveouts, $with ms with $MANY"
check "it takes no longer than $OFF_MAX_MS ms more" [ "$with" -le $((without + OFF_MAX_MS)) ]

check "the manager stops" daemon_stop
for g in off again none many; do artifact "$(console_of $g)" "console-$g"; done
artifact /run/hv-mgr.log
