# The manager is killed at numbered points (each hypercall, each record, each answer sent) of a load, from its
# first to its last, and started again: the guest notices a delay, and nothing else.
# limit: 400
. /lab/lib.sh
. /lab/carveouts.sh

IMAGE_1M=test/1M.bin
STEP=6                            # tests/world has every point, on the model
LEAST=10                          # so many deaths, or there was no load to die in

alive() { pidof hv-mgr > /dev/null; }
# start_to_die POINT: it may die while it recovers, before it serves.
start_to_die() {
    HV_MGR_CRASH_POINT=$1 hv-mgr daemon --detach 2>> /run/hv-mgr.log || [ $? -eq 137 ] || alive || return 0
}
ended() { xenstore-exists "/local/domain/$(guest_domid guest)/data/lab/done/$1"; }
# Whatever dies is started again, until the loader has ended.
supervise() {
    supervised=$(($(uptime_ds) + 600))
    until ended "$1"; do
        alive || { died=1; daemon_start; }
        [ "$(uptime_ds)" -lt "$supervised" ] || return
        sleep 0.1
    done
    alive || { died=1; daemon_start; }
}
# One that is still to die must not do so over what comes now.
next_manager() { daemon_stop && daemon_start; }
killed_at() {
    died=
    daemon_stop
    start_to_die "$1"
    alive || { died=1; daemon_start; }
    job=$(guest_bg guest "cat /lib/firmware/$IMAGE_1M > /dev/xen/carveout/a")
    supervise "$job" && next_manager && guest_wait guest "$job" 60 && wait_state guest a SEALED 30 &&
        [ "$(carveout_value guest a sha256)" = "$(image_sha256 "$IMAGE_1M")" ] &&
        [ "$(hv-mgr dump guest a | sha256sum | cut -d' ' -f1)" = "$(image_sha256 "$IMAGE_1M")" ] &&
        hv-mgr reset guest a && [ "$(carveout_value guest a windows_open)" = 0 ]
}

check "the manager starts" daemon_start
check "a guest with a carveout" carveout_guest guest '"name=a, size=2M, window=256K"'
check "the device appears" wait_for 10 device_ready guest a
check "a first load, with no harm done" killed_at 1000000
# How many points a load has depends on the backing: the first that none dies at lies behind its end.
point=1 deaths=0 died=1
while [ -n "$died" ]; do
    check "killed at point $point: the load goes on, and its content is right" killed_at "$point"
    [ -z "$died" ] || deaths=$((deaths + 1))
    point=$((point + STEP))
done
note "$deaths managers were killed"
check "they were killed all along it" [ "$deaths" -ge "$LEAST" ]
check "the guest's kernel is well" guest_well guest
check "the address is a hole" hole_is guest "$LAB_BASE"
check "the guest goes" guest_stop guest
check "nothing is left" wait_for 20 nothing_stored
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
