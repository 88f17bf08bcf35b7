# The story: a carveout's whole life, from the domain config to the last page given back.
# limit: 400
. /lab/lib.sh
. /lab/carveouts.sh

BASE=$LAB_BASE
digest=$(image_sha256 "$IMAGE")

status_shows() { hv-mgr status guest modem | grep -q "$1"; }
logged_digest() { [ "$(log_values guest modem sealed sha256 | tail -n 1)" = "$digest" ]; }
log_holds() { hv-mgr log --check; }
guest_sees() { [ "$(guest_run guest "cat /sys/class/xen_carveout/modem/$1")" = "$2" ]; }

check "the manager starts" daemon_start
ledger_take start

note "1. dom0: hv-mgr create starts a guest with a carveout declared in its config"
config=$(guest_config guest "$(carveout_key '"name=modem, size=64M, window=1M"')")
grep carveout "$config"
check "hv-mgr create starts the guest" hv-mgr create "$config"
check "the guest comes up" guest_ready guest
check "its driver loads" driver_load guest
check "the device appears" wait_for 10 device_ready guest modem
check "the carveout is EMPTY" state_is guest modem EMPTY
check "hv-mgr list shows it" sh -c 'hv-mgr list | grep -q modem'
check "the guest sees where it is" guest_sees base "$BASE"

note "2. guest: there is nothing at the carveout's address"
check "at its first byte" hole_is guest "$BASE"
check "at its last" hole_is guest $((BASE + 0x3fffffc))

note "3. guest: a real firmware image ($IMAGE) is streamed in, 1 MiB at a time"
hv-mgr status guest modem --watch --until SEALED > /run/watch.log 2>&1 &
watcher=$!
# With a rest, so that somebody who looks four times a second sees it on its way.
check "cat > /dev/xen/carveout/modem succeeds" guest_run guest \
    "{ dd bs=1M count=4 2> /dev/null; sleep 1; cat; } < /lib/firmware/$IMAGE > /dev/xen/carveout/modem" 120
check "the carveout is sealed by the last close" wait_state guest modem SEALED 30
wait "$watcher"
check "progress was visible in dom0 meanwhile" grep -q LOADING /run/watch.log
artifact /run/watch.log

note "4. dom0: what is sealed is the file, to the byte"
check "the digest is the file's" [ "$(carveout_value guest modem sha256)" = "$digest" ]
check "the guest is told the same digest" guest_sees digest "$digest"
check "the measured log has what happened to it" log_is guest modem "created opened sealed"
check "and the digest" logged_digest
check "hv-mgr dump writes the content" hv-mgr dump guest modem /run/dump
check "the dump is the file" [ "$(sha256sum < /run/dump | cut -d' ' -f1)" = "$digest" ]
rm -f /run/dump
check "it lies where the $BACKING keeps it" in_place guest modem "$IMAGE_WORD"

note "5. guest: the sealed range is out of reach"
check "nothing is at its first byte" hole_is guest "$BASE"
check "nor in its middle" hole_is guest $((BASE + 0x400000))
check_fails "it cannot be written again" guest_run guest "echo evil > /dev/xen/carveout/modem"
check_fails "the guest cannot reset it" guest_run guest "echo 1 > /sys/class/xen_carveout/modem/reset"
check "dom0 still has the same bytes" sh -c "hv-mgr dump guest modem | sha256sum | grep -q $digest"

note "6. guest: a driver writes at the carveout's own address, through a window; dom0: hv-mgr revoke takes it"
check "reset makes room for it" hv-mgr reset guest modem
check "another driver finds the carveout" user_load guest modem
check "it opens a window and writes to it" user_does guest hold
check "there is memory at that address now" probe_is guest "$BASE" r "value 0x77777777"
check "and nothing beyond the window" hole_is guest $((BASE + 0x100000))
check "hv-mgr revoke" hv-mgr revoke guest modem
check "the address is a hole again" hole_is guest "$BASE"
check "the driver hears that its window is gone, and can begin anew" user_does guest revoked
check "it goes" user_unload guest

note "7. dom0: hv-mgr revoke in the middle of another load"
check "reset" hv-mgr reset guest modem
slow='i=0; while [ $i -lt 64 ]; do head -c 262144 /dev/zero || exit 9; i=$((i + 1)); sleep 0.2; done'
job=$(guest_bg guest "{ $slow; } > /dev/xen/carveout/modem")
check "a slow load is under way" wait_state guest modem LOADING 30
check "hv-mgr revoke" hv-mgr revoke guest modem
check "the carveout is FAILED" state_is guest modem FAILED
status=0
guest_wait guest "$job" 60 > /run/loader.log 2>&1 || status=$?
cat /run/loader.log
check "the loader ended with an error of its own" [ "$status" -ne 0 ]
check "it was not killed: it got a clean error" [ "$status" -lt 128 ]
check "the guest's kernel is well" guest_well guest

note "8. dom0: reset scrubs, and the guest loads again"
check "hv-mgr reset" hv-mgr reset guest modem
check "the carveout is EMPTY" state_is guest modem EMPTY
check "the guest loads the image again" guest_run guest "cat /lib/firmware/$IMAGE > /dev/xen/carveout/modem" 120
check "it is sealed again, with the same digest" wait_state guest modem SEALED 30
check "the digest is the file's" [ "$(carveout_value guest modem sha256)" = "$digest" ]
check "the measured log has each step, once and in order" log_begins guest modem "created opened sealed reset opened revoked"
check "and both seals" [ "$(log_values guest modem sealed sha256 | grep -c "$digest")" -eq 2 ]
check "the guest shuts down" xl shutdown -w guest
rm -f /run/lab/guests/guest
check "its content goes with it" wait_for 20 nothing_stored
check "memory, domains and xenstore are as before" ledger_same start
check "and the measured log holds" log_holds
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
