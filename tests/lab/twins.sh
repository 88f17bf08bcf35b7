# Two guests of one UUID: xl takes that, and neither loses anything to the other, whenever the manager dies.
# limit: 400
. /lab/lib.sh
. /lab/carveouts.sh

UUID='uuid = "6b1f0d5e-9a1c-4c52-8f57-2d1f7e0a9c11"'
SMALL=test/1M.bin LARGE=test/16M.bin

has_image() { state_is "$1" "$2" SEALED && [ "$(carveout_value "$1" "$2" sha256)" = "$(image_sha256 "$3")" ]; }
dumps_image() { hv-mgr dump "$1" "$2" | sha256sum | grep -q "$(image_sha256 "$3")"; }
killed_and_started() { killall -9 hv-mgr && daemon_start; }
refused() { ! "$@" > /run/refused.log 2>&1; }
nothing_lost() {
    check "the one's content is as it was" has_image one modem "$SMALL"
    check "bit for bit" dumps_image one modem "$SMALL"
    check "and the other's" has_image two modem "$LARGE"
    check "bit for bit" dumps_image two modem "$LARGE"
}

check "the manager starts" daemon_start
ledger_take start
check "a guest with two carveouts" carveout_guest one '"name=modem, size=4M", "name=dsp, size=16M"' "$UUID"
check "another of its UUID" carveout_guest two '"name=modem, size=16M"' "$UUID"
check "the one loads" guest_run one "cat /lib/firmware/$SMALL > /dev/xen/carveout/modem"
check "it is sealed" wait_state one modem SEALED 30
check "the other loads" guest_run two "cat /lib/firmware/$LARGE > /dev/xen/carveout/modem"
check "it is sealed" wait_state two modem SEALED 60

note "the manager is killed"
check "another starts" killed_and_started
nothing_lost

note "an attach that is refused, and a restart"
check "it is refused" refused attach two "name=x,size=4K,gpa=2M"
check "the manager is killed, another starts" killed_and_started
nothing_lost

note "a load is under way, and the other gets what is free"
job=$(guest_bg one "{ head -c 3000000 /lib/firmware/$LARGE; $LAB_HOLD; tail -c +3000001 /lib/firmware/$LARGE; } > /dev/xen/carveout/dsp")
check "the one loads" wait_state one dsp LOADING 30
check "the other gets a carveout" attach two "name=a,size=4M"
check "the manager is killed, another starts" killed_and_started
check "the other gets one more" attach two "name=b,size=16M"
check "dom0 fills it at once" hv-mgr load two b /lab/disk/SHA256SUMS
guest_go one
check "the one's load goes on to its end" guest_wait one "$job" 60
check "it is sealed" wait_state one dsp SEALED 60
check "and has what was loaded" has_image one dsp "$LARGE"
check "as has the other's" sh -c "hv-mgr dump two b | cmp - /lab/disk/SHA256SUMS"
nothing_lost

note "the other goes"
check "it is destroyed" guest_stop two
check "and its carveouts with it" wait_for 20 sh -c '! hv-mgr list | grep -q two'
check "the manager is killed, another starts" killed_and_started
check "the one's content is as it was" has_image one modem "$SMALL"
check "bit for bit" dumps_image one modem "$SMALL"
check "the one is destroyed" guest_stop one
check "nothing is left" wait_for 20 nothing_stored
check "the manager stops" daemon_stop
check "memory, domains and xenstore are as before" ledger_same start
artifact /run/hv-mgr.log
