# The figures: memory in the guest, the manager's own, and the vault against the pool: hypercalls, bytes
# copied, time, what a revoke costs. Run by tools/bench, with @pool for a pool of full size; needs 3.5 GiB.
# Each "FIGURE key number" is what tools/lablib/figures.py makes the tables of.
# processors: 2
# limit: 1500
. /lab/lib.sh
. /lab/carveouts.sh
. /lab/measure.sh

STREAM_MIB=64
ROUNDS=3

# ---- hypercalls, counted by kernel probes in dom0 and in the guest ----
probes_sum="awk '{ sum += \$2 } END { print sum + 0 }' $TRACING/kprobe_profile"
dom0_calls() { sh -c "$probes_sum"; }
guest_calls() { guest_run guest "$probes_sum"; }
own_calls() { hv-mgr info --json | json_value hypercalls; }

check "the manager starts" daemon_start
check "the pool is scrubbed" wait_for 60 pool_clean
check "a guest" guest_start guest 'memory = 160' 'vcpus = 2'
check "its driver loads" driver_load guest

note "1. the guest's memory while it loads (limit: 512 KiB beyond two buffers of a window's size)"
BUFFERS=2048
streams() {
    for size in 16 64 128; do
        kib=$(drop "head -c $((size * MIB)) /dev/zero > /dev/xen/carveout/m")
        figure "guest-kib-$size-$BACKING" "$kib"
        check "$BACKING: streaming $size MiB costs at most 512 KiB beyond them" [ "${kib:-999999}" -le $((BUFFERS + 512)) ]
        check "all of it is sealed" [ "$(carveout_value guest m length)" = $((size * MIB)) ]
        hv-mgr reset guest m
    done
}
# Reading the file fills the page cache, whatever becomes of the bytes: the same with and without.
file() {
    plain=$(drop "cat /lib/firmware/test/128M.bin > /dev/null")
    kib=$(drop "cat /lib/firmware/test/128M.bin > /dev/xen/carveout/m")
    figure "file-kib-$BACKING" "$kib"
    figure "file-kib-null-$BACKING" "$plain"
    check "$BACKING: a file is sealed" wait_state guest m SEALED 60
    check "with the file's digest" [ "$(carveout_value guest m sha256)" = "$(image_sha256 test/128M.bin)" ]
    hv-mgr reset guest m
}
# A hog in a tmpfs leaves less than 16 MiB.
tight() {
    guest_run guest 'free=$(sed -n "s/MemAvailable: *\([0-9]*\) kB/\1/p" /proc/meminfo); mkdir -p /tmp; mount -t tmpfs -o size=100% hog /tmp;
        head -c $(((free - 12288) * 1024)) /dev/zero > /tmp/hog; grep MemAvailable /proc/meminfo'
    left=$(guest_run guest 'sed -n "s/MemAvailable: *\([0-9]*\) kB/\1/p" /proc/meminfo')
    check "$BACKING: less than 16 MiB is available in the guest" [ "$left" -lt 16384 ]
    check "64 MiB stream into it all the same" guest_run guest "cat /lib/firmware/test/64M.bin > /dev/xen/carveout/m" 300
    check "and are sealed" wait_state guest m SEALED 60
    check "with the file's digest" [ "$(carveout_value guest m sha256)" = "$(image_sha256 test/64M.bin)" ]
    figure "tight-kib-$BACKING" "$left"
    guest_run guest 'rm /tmp/hog; umount /tmp'
}
for BACKING in vault pool; do
    check "$BACKING: a carveout of 128 MiB, 1 MiB windows, two at once" attach guest "name=m,size=128M"
    check "its device appears" wait_for 20 device_ready guest m
    guest_run guest "cat /lib/firmware/test/16M.bin > /dev/xen/carveout/m" && hv-mgr reset guest m   # warm up
    streams
    file
    tight
    check "detach" hv-mgr detach guest m
done

note "2. the manager"
check "the pool is clean again" wait_for 60 pool_clean
pid=$(pidof hv-mgr)
rss=$(awk '$1 == "VmRSS:" { print $2 }' "/proc/$pid/status")
figure manager-rss-kib "$rss"
figure manager-anon-kib "$(awk '$1 == "RssAnon:" { print $2 }' "/proc/$pid/status")"
check "the manager is at most 8 MiB resident" [ "$rss" -le 8192 ]
switches() { cat /proc/"$pid"/task/*/status | awk '/^voluntary/ { sum += $2; n++ } END { print n ? sum : "?" }'; }
before=$(switches)
sleep 10
woken=$(($(switches) - before))
figure manager-wakeups "$woken"
check "an idle manager does not wake up" [ "$woken" -eq 0 ]

note "3. the vault against the pool: $STREAM_MIB MiB streamed $ROUNDS times each (disk left out: zeros)"
sh -c "$probes_on"
check "kernel probes in dom0" [ "$(grep -c . "$TRACING/kprobe_events")" -eq 5 ]
guest_run guest "$probes_on"
check "kernel probes in the guest" guest_run guest "[ \$(grep -c . $TRACING/kprobe_events) -ge 3 ]"
for BACKING in vault pool; do
    check "a carveout in the $BACKING" attach guest "name=$BACKING,size=${STREAM_MIB}M"
    check "its device appears" wait_for 20 device_ready guest $BACKING
    check "it has been scrubbed" wait_for 30 idle $BACKING
done
# One stream, sealed at its end: how long it took in the guest, in hundredths of seconds.
timed() {
    guest_run guest "read -r from _ < /proc/uptime
        dd if=/dev/zero of=/dev/xen/carveout/$1 bs=1M count=$STREAM_MIB conv=fsync 2> /dev/null || exit 9
        read -r to _ < /proc/uptime
        echo \$from \$to" 300 | awk '{ printf "%d\n", ($2 - $1) * 100 + 0.5 }'
}
# Adds up, in variables with the backing's name at their end.
add() { eval "$1_$BACKING=\$((\${$1_$BACKING:-0} + $2))"; }
total() { eval "echo \$$1_$BACKING"; }
stream_counted() {
    d0=$(dom0_calls) g0=$(guest_calls) own0=$(own_calls)
    took=$(timed $BACKING)
    own1=$(own_calls) d1=$(dom0_calls) g1=$(guest_calls)
    add took "${took:-0}"
    add calls $((d1 - d0 + g1 - g0))
    add own $((own1 - own0))
    check "$BACKING: it is sealed whole" [ "$(carveout_value guest $BACKING length)" = $((STREAM_MIB * MIB)) ]
    hv-mgr reset guest $BACKING
    wait_for 30 idle $BACKING
}
round=0
while [ $round -lt $ROUNDS ]; do
    for BACKING in vault pool; do stream_counted; done
    round=$((round + 1))
done
streamed=$((ROUNDS * STREAM_MIB))
for BACKING in vault pool; do
    note "$BACKING: $(total took) hundredths of a second, $(total calls) hypercalls for $streamed MiB"
    check "$BACKING: at most 64 hypercalls a MiB" [ $(($(total calls) / streamed)) -le 64 ]
    figure "calls-per-mib-$BACKING" $(($(total calls) / streamed))
    figure "own-calls-per-mib-$BACKING" $(($(total own) / streamed))
    figure "took-$BACKING" "$(total took)"
done
sh -c "$probes_show" > /run/probes-dom0
guest_run guest "$probes_show" > /run/probes-guest
artifact /run/probes-dom0
artifact /run/probes-guest
sh -c "$probes_off"
guest_run guest "$probes_off"
check "detach" hv-mgr detach guest --all

note "4. revoking costs the same whatever the carveout's size"
revoked() {
    check "$BACKING: a carveout of $1" attach guest "name=r,size=$1,window=256K,windows=1"
    check "its device appears" wait_for 20 device_ready guest r
    check "it has been scrubbed" wait_for 30 idle r
    check "a driver that has windows" user_load guest r
    check "opens one" user_does guest hold
    calls=$(own_calls)
    check "revoke" hv-mgr revoke guest r --now
    figure "revoke-calls-$2-$BACKING" $(($(own_calls) - calls))
    user_unload guest
    hv-mgr detach guest r
}
BACKING=vault
revoked 1M small
revoked 1G large
BACKING=pool
revoked 1M small
revoked 128M large
guest_stop guest
check "the manager stops" daemon_stop
