# The manager stops, is killed, and comes back: sealed content stays, and a load under way goes on.
# limit: 300
. /lab/lib.sh
. /lab/carveouts.sh

IMAGE_16M=test/16M.bin
SOURCE=/lib/firmware/$IMAGE_16M
# The image with a pause in it, until guest_go: meanwhile something happens to the manager.
load_slowly() { guest_bg guest "{ head -c 3000000 $SOURCE; $LAB_HOLD; tail -c +3000001 $SOURCE; } > /dev/xen/carveout/b"; }
connected() { [ "$(carveout_value guest b connected)" = true ]; }
has_the_image() { [ "$(carveout_value guest b sha256)" = "$(image_sha256 "$IMAGE_16M")" ]; }
# The measured log: a copy with one octet of its last entry changed.
head_number() { hv-mgr log --head | cut -d' ' -f1; }
forge() {
    cp /run/hv-mgr.trail /run/forged
    printf X | dd of=/run/forged bs=1 seek=$(($(head_number) % 2048 * 512 + 160)) conv=notrunc 2> /dev/null
}
forgery_shows() { hv-mgr log --check --file /run/forged; [ $? -eq 13 ]; }
dumps_the_image() { hv-mgr dump guest b | sha256sum | grep -q "$(image_sha256 "$IMAGE_16M")"; }

check "the manager starts" daemon_start
check "a guest with two carveouts" carveout_guest guest '"name=a, size=4M", "name=b, size=16M"'
check "the devices appear" wait_for 10 device_ready guest b
check "one is loaded" guest_run guest "cat /lib/firmware/test/1M.bin > /dev/xen/carveout/a"
check "and sealed" wait_state guest a SEALED 20

# log_ends GUEST NAME EVENTS: these are the last.
log_ends() {
    logged=$(log_events "$1" "$2")
    echo "logged: $logged"
    [ "${logged%"$3"}" != "$logged" ]
}

note "killed in the middle of a load"
job=$(load_slowly)
check "the other is being loaded" wait_state guest b LOADING 30
check "the manager is killed" killall -9 hv-mgr
check "a new one starts" daemon_start
check "the sealed one is sealed" state_is guest a SEALED
check "with its digest" [ "$(carveout_value guest a sha256)" = "$(image_sha256 test/1M.bin)" ]
check "the measured log has it from before, and nothing twice" log_is guest a "created opened sealed"
check "with that digest" [ "$(log_values guest a sealed sha256)" = "$(image_sha256 test/1M.bin)" ]
check "and tells of both managers" [ "$(hv-mgr log | awk '$3 == "started"' | wc -l)" -ge 2 ]
check "it holds" hv-mgr log --check
forge
check "one octet that is changed shows" forgery_shows
check "dump gives the image back" sh -c "hv-mgr dump guest a | sha256sum | grep -q $(image_sha256 test/1M.bin)"
address=$(carveout_value guest a address)
check "the other is being loaded still" state_is guest b LOADING
check "the guest's driver is connected, and was not told" connected
guest_go guest
check "the loader ends well" guest_wait guest "$job" 60
check "it is sealed" wait_state guest b SEALED 60
check "with the image's digest" has_the_image
check "and its bytes" dumps_the_image

note "upgraded in the middle of a load"
check "reset" hv-mgr reset guest b
job=$(load_slowly)
check "it is being loaded" wait_state guest b LOADING 30
check "the manager stops in an orderly way" daemon_stop
check "another starts" daemon_start
guest_go guest
check "the loader ends well" guest_wait guest "$job" 60
check "it is sealed" wait_state guest b SEALED 60
check "with the image's digest" has_the_image

note "gone for a while, when the guest wants something"
check "reset" hv-mgr reset guest b
job=$(load_slowly)
check "it is being loaded" wait_state guest b LOADING 30
check "the manager is killed" killall -9 hv-mgr
guest_go guest
sleep 5
check "a new one starts" daemon_start
check "the loader ends well" guest_wait guest "$job" 60
check "it is sealed" wait_state guest b SEALED 60
check "with the image's digest" has_the_image

note "killed while a driver has a window"
check "reset" hv-mgr reset guest b
check "a driver that has windows" user_load guest b
check "opens one" user_does guest hold
check "the manager is killed" killall -9 hv-mgr
check "a new one starts" daemon_start
check "the window is open" window_is_open guest b
check "what was written to it is there, and becomes content" user_does guest kept
check "the driver goes" user_unload guest

note "killed while dom0 loads"
check "reset" hv-mgr reset guest b
{ head -c 3000000 /lab/disk/SHA256SUMS; head -c 3000000 /dev/zero; sleep 20; } | hv-mgr load guest b - > /run/load.log 2>&1 &
check "dom0 is loading it" wait_state guest b LOADING 20
check "the manager is killed" killall -9 hv-mgr
check "a new one starts" daemon_start
check "that load has lost its writer: FAILED" wait_state guest b FAILED 20
check "reset" hv-mgr reset guest b
check "the guest loads" guest_run guest "cat $SOURCE > /dev/xen/carveout/b" 60
check "and seals" wait_state guest b SEALED 20

check "the manager stops in an orderly way" daemon_stop
check "starts" daemon_start
check "and still has both" sh -c '[ "$(hv-mgr list | grep -c SEALED)" -eq 2 ]'
check "the measured log has how the load of dom0's ended, and what came then" log_ends guest b "opened failed reset opened sealed"
domid=$(xl domid guest)
check "the guest's kernel is well" guest_well guest

note "the guest goes meanwhile"
check "the manager is killed" killall -9 hv-mgr
check "and the guest goes" guest_stop guest
check "a new manager starts" daemon_start
check "and clears away what has no owner" wait_for 20 nothing_stored
check "of which the measured log tells" [ "$(hv-mgr log "$domid" | awk '$3 == "detached"' | wc -l)" -eq 2 ]
check "it holds, over all of that" hv-mgr log --check
on pool check "to the last byte, in the memory itself" pool_zero "$address" 1048576
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
