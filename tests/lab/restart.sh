# The manager stops, is killed, and comes back: sealed content stays, half a load does not.
# limit: 300
. /lab/lib.sh
. /lab/carveouts.sh

check "the manager starts" daemon_start
check "a guest with two carveouts" carveout_guest guest '"name=a, size=4M", "name=b, size=4M"'
check "the devices appear" wait_for 10 device_ready guest b
check "one is loaded" guest_run guest "cat /lib/firmware/test/1M.bin > /dev/carveout/a"
check "and sealed" wait_state guest a SEALED 20
job=$(guest_bg guest "{ head -c 3000000 /dev/zero; sleep 10; dd if=/dev/zero bs=1000 count=1 || exit 9; } > /dev/carveout/b")
window_open() { [ "$(carveout_value guest b windows_open)" -gt 0 ]; }
check "the other is being loaded" wait_for 30 window_open
check "the manager is killed" killall -9 hv-mgr
check "a new one starts" daemon_start
check "the sealed one is sealed" state_is guest a SEALED
check "with its digest" [ "$(carveout_value guest a sha256)" = "$(image_sha256 test/1M.bin)" ]
address=$(carveout_value guest a address)
check "dump gives the image back" sh -c "hv-mgr dump guest a | sha256sum | grep -q $(image_sha256 test/1M.bin)"
check "the half-loaded one is FAILED" wait_state guest b FAILED 20
check "no window of it is left" probe_is guest 0x100400000 r "killed SIGKILL"
status=0
guest_wait guest "$job" 60 || status=$?
guest_run guest "cat /sys/class/carveout/b/last_error; dmesg | tail -n 12"
check "its loader ended with an error of its own" [ "$status" -eq 9 ]
connected() { [ "$(carveout_value guest b connected)" = true ]; }
check "the guest's driver connects again" wait_for 20 connected
check "reset" hv-mgr reset guest b
check "and loads" guest_run guest "cat /lib/firmware/test/1M.bin > /dev/carveout/b"
check "and seals" wait_state guest b SEALED 20
check "the manager stops in an orderly way" daemon_stop
check "starts" daemon_start
check "and still has both" sh -c '[ "$(hv-mgr list | grep -c SEALED)" -eq 2 ]'
check "the guest's kernel is well" guest_run guest "! dmesg | grep -E 'Oops|BUG:|WARNING:|Unable to handle'"

check "the manager is killed" killall -9 hv-mgr
check "and the guest goes meanwhile" guest_stop guest
check "a new manager starts" daemon_start
check "and clears away what has no owner" wait_for 20 nothing_stored
on pool check "to the last byte, in the memory itself" pool_zero "$address" 1048576
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
