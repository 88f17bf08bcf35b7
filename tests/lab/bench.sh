# The figures: memory in the guest, the manager's own, hypercalls, and what a revoke costs.
# Run by tools/bench; needs a machine with 3.5 GiB.
# limit: 900
. /lab/lib.sh
. /lab/carveouts.sh

MIB=1048576
figure() { note "FIGURE $*"; }

# ---- hypercalls, counted by kernel probes in dom0 and in the guest ----
#
# The hypercall stubs themselves cannot be probed (assembler), so their callers are: each call of one of
# these makes one hypercall at most. privcmd_ioctl: the tool stack's; gnttab_batch_copy: grant copies, 16
# pages each; evtchn_ioctl, notify_remote_via_irq: notifications; evtchn_fifo_unmask: event channels.
PROBED='privcmd_ioctl gnttab_batch_copy evtchn_ioctl notify_remote_via_irq evtchn_fifo_unmask'
probes_on="mount -t tracefs tracefs /sys/kernel/tracing 2> /dev/null; cd /sys/kernel/tracing &&
    for f in $PROBED; do echo p:lab/\$f \$f >> kprobe_events; done;
    echo 1 > events/lab/enable && cat kprobe_events"
probes_sum="awk '{ sum += \$2 } END { print sum + 0 }' /sys/kernel/tracing/kprobe_profile"
probes_show="cat /sys/kernel/tracing/kprobe_profile"
dom0_calls() { sh -c "$probes_sum"; }
guest_calls() { guest_run guest "$probes_sum"; }
own_calls() { hv-mgr info --json | json_value hypercalls; }

check "the manager starts" daemon_start
check "a guest" guest_start guest 'memory = 160' 'vcpus = 2'
check "its driver loads" driver_load guest

note "1. the guest's memory while it loads (limit: 512 KiB beyond the open windows)"
check "a carveout of 128 MiB, 1 MiB windows, two at once" hv-mgr attach guest "name=m,size=128M"
check "its device appears" wait_for 10 device_ready guest m
guest_run guest "cat /lib/firmware/test/16M.bin > /dev/carveout/m" && hv-mgr reset guest m   # warm up
# drop COMMAND: by how many KiB MemAvailable falls at most while it runs in the guest.
drop() {
    guest_run guest "sync; echo 3 > /proc/sys/vm/drop_caches; /lab/memwatch sh -c '$1'" 300 |
        sed -n 's/.* drop \([0-9]*\) .*/\1/p'
}
for size in 16 64 128; do
    kib=$(drop "head -c $((size * MIB)) /dev/zero > /dev/carveout/m")
    figure "guest memory: $size MiB streamed: MemAvailable fell by $kib KiB at most, beyond 2 windows of 1 MiB"
    check "streaming $size MiB costs at most 512 KiB beyond the windows" [ "${kib:-999999}" -le 512 ]
    check "all of it is sealed" [ "$(carveout_value guest m length)" = $((size * MIB)) ]
    hv-mgr reset guest m
    # Reading the file fills the page cache, whatever becomes of the bytes: the same with and without.
    plain=$(drop "cat /lib/firmware/test/${size}M.bin > /dev/null")
    kib=$(drop "cat /lib/firmware/test/${size}M.bin > /dev/carveout/m")
    figure "guest memory: a file of $size MiB on disk: $kib KiB, where reading it to /dev/null takes $plain KiB"
    check "it is sealed" wait_state guest m SEALED 60
    check "with the file's digest" [ "$(carveout_value guest m sha256)" = "$(image_sha256 "test/${size}M.bin")" ]
    hv-mgr reset guest m
done
# A hog in a tmpfs leaves less than 16 MiB.
guest_run guest 'free=$(sed -n "s/MemAvailable: *\([0-9]*\) kB/\1/p" /proc/meminfo); mount -t tmpfs -o size=100% hog /tmp;
    head -c $(((free - 12288) * 1024)) /dev/zero > /tmp/hog; grep MemAvailable /proc/meminfo'
left=$(guest_run guest 'sed -n "s/MemAvailable: *\([0-9]*\) kB/\1/p" /proc/meminfo')
check "less than 16 MiB is available in the guest" [ "$left" -lt 16384 ]
check "64 MiB stream into it all the same" guest_run guest "cat /lib/firmware/test/64M.bin > /dev/carveout/m" 300
check "and are sealed" wait_state guest m SEALED 60
check "with the file's digest" [ "$(carveout_value guest m sha256)" = "$(image_sha256 test/64M.bin)" ]
figure "guest memory: 64 MiB streamed into a guest with $left KiB available"
guest_run guest 'rm /tmp/hog'
hv-mgr reset guest m

note "2. the manager"
pid=$(pidof hv-mgr)
rss=$(awk '$1 == "VmRSS:" { print $2 }' "/proc/$pid/status")
anon=$(awk '$1 == "RssAnon:" { print $2 }' "/proc/$pid/status")
figure "manager: $rss KiB resident, $anon KiB of it its own (anonymous)"
check "the manager is at most 8 MiB resident" [ "$rss" -le 8192 ]
switches() { cat /proc/"$pid"/task/*/status | awk '/^voluntary/ { sum += $2; n++ } END { print n ? sum : "?" }'; }
before=$(switches)
sleep 10
woken=$(($(switches) - before))
figure "manager: $woken wake-ups in 10 idle seconds"
check "an idle manager does not wake up" [ "$woken" -eq 0 ]

note "3. hypercalls a MiB streamed (limit: 64; disk left out: the stream is made of zeros)"
sh -c "$probes_on"
check "kernel probes in dom0" [ "$(grep -c . /sys/kernel/tracing/kprobe_events)" -eq 5 ]
guest_run guest "$probes_on"
check "kernel probes in the guest" guest_run guest "[ \$(grep -c . /sys/kernel/tracing/kprobe_events) -ge 3 ]"
d0=$(dom0_calls) g0=$(guest_calls) own0=$(own_calls)
idle_d=$(dom0_calls) idle_g=$(guest_calls)
check "64 MiB are streamed" guest_run guest "head -c $((64 * MIB)) /dev/zero > /dev/carveout/m" 300
own1=$(own_calls)
check "and sealed" wait_state guest m SEALED 60
d1=$(dom0_calls) g1=$(guest_calls)
per_mib=$(((d1 - d0 + g1 - g0) / 64))
figure "hypercalls: dom0 $((d1 - d0)), guest $((g1 - g0)) for 64 MiB: $per_mib a MiB by kernel probes"
figure "hypercalls: $((own1 - own0)) by the manager's own count"
figure "hypercalls: of which the test's own commands made about $((idle_d - d0)) + $((idle_g - g0)) a look"
check "at most 64 hypercalls a MiB" [ "$per_mib" -le 64 ]
sh -c "$probes_show" > /run/probes-dom0
guest_run guest "$probes_show" > /run/probes-guest
artifact /run/probes-dom0
artifact /run/probes-guest
hv-mgr reset guest m
check "detach" hv-mgr detach guest

note "4. revoking: the same for 1 MiB and for 1 GiB"
for size in 1M 1G; do
    check "a carveout of $size" hv-mgr attach guest "name=r,size=$size,window=256K,windows=1"
    check "its device appears" wait_for 10 device_ready guest r
    job=$(guest_bg guest "{ head -c 300000 /dev/zero; sleep 20; } > /dev/carveout/r")
    window_open() { [ "$(carveout_value guest r windows_open)" = 1 ]; }
    check "a window is open" wait_for 20 window_open
    calls=$(own_calls)
    start=$(cut -d' ' -f1 /proc/uptime | tr -d .)
    check "revoke" hv-mgr revoke guest r --now
    end=$(cut -d' ' -f1 /proc/uptime | tr -d .)
    figure "revoke of one 256 KiB window of a $size carveout: $(($(own_calls) - calls)) hypercalls, $(((end - start) * 10)) ms with the command's own start"
    guest_kill guest "$job" KILL
    hv-mgr detach guest r
done
guest_stop guest
check "the manager stops" daemon_stop
