# 50 loads and resets, one after the other: nothing grows, in Xen, in xenstore or in the manager.
# processors: 2
# limit: 240
. /lab/lib.sh
. /lab/carveouts.sh

CYCLES=50
IMAGE_1M=test/1M.bin

# soak CYCLES: each load is measured, so that the last digest says that none was skipped.
soak() {
    guest_run guest "for i in \$(seq $1); do
cat /lib/firmware/$IMAGE_1M > /dev/xen/carveout/a || exit 3
[ \"\$(cat /sys/class/xen_carveout/a/digest)\" = $(image_sha256 "$IMAGE_1M") ] || exit 4
echo 1 > /sys/class/xen_carveout/a/reset || exit 5
done" 180
}
resident() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$(pidof hv-mgr)/status"; }

check "the manager starts" daemon_start
check "a guest with a carveout that it may reset" carveout_guest guest '"name=a, size=4M, window=256K, guest-reset=1"'
check "the device appears" wait_for 10 device_ready guest a
check "a few loads, after which everything has been used once" soak 3
on pool check "the pool is clean" wait_for 20 pool_clean
ledger_take soaked
before=$(resident)
check "$CYCLES loads and resets" soak "$CYCLES"
sealed=$(carveout_value guest a loads_sealed)
check "all of them were sealed" [ "$sealed" -eq $((CYCLES + 3)) ]
check "memory, domains, xenstore, pools and the manager's descriptors are as before" ledger_same soaked
check "the manager's memory has not grown by more than 256 KiB" [ $(($(resident) - before)) -le 256 ]
check "the guest's kernel is well" guest_well guest
check "the guest goes" guest_stop guest
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
