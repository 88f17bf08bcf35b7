# SPDX-License-Identifier: GPL-2.0-only
# What the scenarios of tools/bench share: figures and samples, ways to load an image, processors, and counts of what a
# load makes the machine do. Sourced after carveouts.sh; tools/lablib reads what they say.

[ ! -e /lab/bench.conf ] || . /lab/bench.conf      # where tools/bench wants less than this
ROUNDS=${ROUNDS:-5}                                # samples of each
BACKINGS=${BACKINGS-vault pool}
PROCESSORS=${PROCESSORS-1 2}                       # of dom0, and of all
SIZES=${SIZES-1 16 64 256}                         # MiB of the images
WINDOWS=${WINDOWS-64K 256K 1M 2M}
AT_ONCE=${AT_ONCE-1 2 4}
COMMAND_SIZES=${COMMAND_SIZES-1 16 64 256 1024}    # MiB of the carveouts that commands are timed on; a pool ends before the last
OTHERS=${OTHERS-0 7 15}                            # ... and how many there are beside

MIB=1048576
MIDDLE=64                                          # MiB: where only one size is measured
POOL_MIB=320                                       # as the scenarios' heads have it
API_MODULE=/lab/carveout_api_test.ko               # in the guest, like LAB_MODULE
PEERS=/sys/module/carveout_peers/parameters
STOPWATCH=/lab/guest/stopwatch                     # in dom0; guests have it from guest_with

# An earlier build hashed by libgcrypt, which is slower with emulated SHA-256 instructions than with plain C. (OpenSSL is not.)
mkdir -p /etc/gcrypt && echo arm-sha2 > /etc/gcrypt/hwf.deny

figure() { note "FIGURE $1 $2"; }

# take NAME COMMAND...: what it prints, nanoseconds, is a sample of that name; of its samples the middle one counts.
take() {
    taken_as=$1
    shift
    taken=$("$@") && [ "$taken" -gt 0 ] && echo "SAMPLE $taken_as $taken" && return
    echo "no sample of $taken_as: $taken"
    return 1
}
clock() { $STOPWATCH run "$@"; }

# ---- the guest, and what is loaded there ----

# bench_guest NAME MEMORY IMAGES [LINE]...: with the driver, and images of so many MiB each in its memory.
bench_guest() {
    bench_name=$1 bench_memory=$2 bench_images=$3
    shift 3
    guest_with /run/with stopwatch &&
        guest_start "$bench_name" "$GUEST_WITH" "memory = $bench_memory" "$@" &&
        images_ready "$bench_name" "$bench_images" && driver_load "$bench_name"
}
# In memory, because it is no disk that is to be measured, and the driver drops what it has read from the page cache.
# What the disk has no image of is made of several.
images_ready() {
    guest_run "$1" "mkdir -p /run/disk && mount -t ext4 -o ro /dev/xvda /run/disk &&
        mount -t tmpfs -o size=100% images /lib/firmware && mkdir /lib/firmware/bench || exit
        for mib in $2; do
            from=/run/disk/test/\${mib}M.bin to=/lib/firmware/bench/\${mib}M.bin
            [ -e \$from ] || from=/run/disk/test/64M.bin
            : > \$to
            while [ \$(stat -c %s \$to) -lt \$((mib * $MIB)) ]; do cat \$from >> \$to || exit; done
        done
        umount /run/disk; echo 3 > /proc/sys/vm/drop_caches" 300
}

# Each loads bench/$2M.bin, and prints nanoseconds. peer METHOD MIB: as a driver that has no carveout.
# by_WAY CARVEOUT MIB: into one.
WAYS='dd attribute api'
METHODS='copy into digest read'
image() { echo "/lib/firmware/bench/$1M.bin"; }
peer() { guest_run guest "echo '$1 bench/$2M.bin' > $PEERS/load && cat $PEERS/took" 300; }
peers_ready() { guest_run guest "insmod /lab/carveout_peers.ko && echo $(($1 * MIB)) > $PEERS/region"; }
by_dd() {
    guest_run guest "/lab/stopwatch run dd if=$(image "$2") of=/dev/xen/carveout/$1 bs=1M conv=fsync 2> /dev/null" 300
}
by_attribute() { guest_run guest "/lab/stopwatch write /sys/class/xen_carveout/$1/firmware bench/$2M.bin" 300; }
by_api() {
    guest_run guest "insmod $API_MODULE name=$1 image=bench/$2M.bin || exit
        /lab/stopwatch write /sys/module/carveout_api_test/parameters/step firmware
        status=\$?; rmmod carveout_api_test; exit \$status" 300
}

# No scrub is going on, nor a measuring.
idle() { [ "$(carveout_value guest "$1" work)" = null ]; }
attached() { wait_for 20 device_ready guest "$1" && wait_for 120 idle "$1"; }
# afresh CARVEOUT MIB: all of it was sealed; then it is empty, and nothing is to be done to it.
afresh() {
    [ "$(carveout_value guest "$1" length)" = $(($2 * MIB)) ] || { echo "$1 is not sealed whole"; return 1; }
    hv-mgr reset guest "$1" > /dev/null && wait_for 120 idle "$1"
}
# loaded NAME WAY CARVEOUT MIB: a sample of that name.
loaded() { take "$1" "by_$2" "$3" "$4" && afresh "$3" "$4"; }

# drop COMMAND: by how many KiB MemAvailable falls at most while it runs in the guest.
drop() {
    guest_run guest "sync; echo 3 > /proc/sys/vm/drop_caches; /lab/memwatch sh -c '$1'" 300 |
        sed -n 's/.* drop \([0-9]*\) .*/\1/p'
}

# ---- processors ----

# processors N: so many, 1 or 2, for dom0 and for the whole machine: with one, dom0's second vCPU is offline, and what
# there is of vCPUs is pinned to the first processor. The manager is to be started behind it, guests before it.
processors() {
    echo $(($1 - 1)) > /sys/devices/system/cpu/cpu1/online || return
    case $1 in 1) pinned=0 ;; *) pinned=all ;; esac
    for domid in 0 $(other_domains); do xl vcpu-pin "$domid" all $pinned || return; done
    [ "$(nproc)" -eq "$1" ]
}

# ---- counts ----
#
# The hypercall stubs themselves cannot be probed (assembler), so their callers are: each call of one of
# these makes one hypercall at most. privcmd_ioctl: the tool stack's; gnttab_batch_copy: grant copies, 16
# pages each; evtchn_ioctl, notify_remote_via_irq: notifications; evtchn_fifo_unmask: event channels.
PROBED='privcmd_ioctl gnttab_batch_copy evtchn_ioctl notify_remote_via_irq evtchn_fifo_unmask'
TRACING=/sys/kernel/tracing

# For dom0 and for the guest, where not all of them are.
probes_on="mount -t tracefs tracefs $TRACING 2> /dev/null; cd $TRACING &&
    for f in $PROBED; do echo p:lab/\$f \$f >> kprobe_events; done;
    echo 1 > events/lab/enable && cat kprobe_events"
probes_off="echo 0 > $TRACING/events/lab/enable; for f in $PROBED; do echo -:lab/\$f >> $TRACING/kprobe_events; done"
probes_show="grep -wE '$(echo "$PROBED" | tr ' ' '|')' $TRACING/kprobe_profile"

# In dom0 also: which hypercalls the tool stack's are, by number and first argument, also inside a multicall (13), a domctl
# (36) by its command, and no sysctl (35), whose argument is an address; and the manager's requests to xenstored: each begins
# with a header of 16 octets, which libxenstore sends by itself.
KINDS='call multicall domctl request'
HYPERCALL_IOCTL=$((0x305000))
kinds_on() {
    {
        echo 'p:kinds/call privcmd_ioctl ioctl=$arg2:u32 op=+u0($arg3):u64 first=+u8($arg3):u64'
        echo 'p:kinds/multicall privcmd_ioctl ioctl=$arg2:u32 outer=+u0($arg3):u64 op=+u0(+u8($arg3)):u64 first=+u16(+u8($arg3)):u64'
        echo 'p:kinds/domctl privcmd_ioctl ioctl=$arg2:u32 op=+u0($arg3):u64 command=+u0(+u8($arg3)):u32'
        echo 'p:kinds/request unix_stream_sendmsg bytes=$arg3:u64'
    } | while read -r probe; do echo "$probe" >> $TRACING/kprobe_events || exit; done && kinds_counted ''
}
# kinds_counted '': begin; '!': end.
kinds_counted() {
    ours="ioctl == $HYPERCALL_IOCTL"
    echo "$1hist:keys=op,first if $ours && op != 13 && op != 35 && op != 36" > $TRACING/events/kinds/call/trigger &&
        echo "$1hist:keys=op,first if $ours && outer == 13" > $TRACING/events/kinds/multicall/trigger &&
        echo "$1hist:keys=command if $ours && op == 36" > $TRACING/events/kinds/domctl/trigger &&
        echo "$1hist:keys=bytes if bytes == 16 && comm == \"hv-mgr\"" > $TRACING/events/kinds/request/trigger
}
kinds_off() {
    kinds_counted '!'
    for event in $KINDS; do echo "-:kinds/$event" >> $TRACING/kprobe_events; done
}
kinds_show() {
    cat $TRACING/events/kinds/*/hist | sed -n \
        -e 's/^{ op: *\([0-9]*\), first: *\([0-9]*\) } hitcount: *\([0-9]*\).*/call\/\1-\2 \3/p' \
        -e 's/^{ command: *\([0-9]*\) } hitcount: *\([0-9]*\).*/call\/domctl-\1 \2/p' \
        -e 's/^{ bytes: *16 } hitcount: *\([0-9]*\).*/xenstore-requests \1/p'
}
counting_starts() {
    sh -c "$probes_on" && guest_run guest "$probes_on" && kinds_on
}
counting_ends() {
    kinds_off
    sh -c "$probes_off"
    guest_run guest "$probes_off"
}

# The manager's process, its own count, and its phases, if it has any.
manager_show() {
    manager=$(pidof hv-mgr)
    cat /proc/"$manager"/task/*/status | awk '/^voluntary/ { v += $2 } /^nonvoluntary/ { n += $2 }
        END { print "manager/waits", v; print "manager/preempted", n }'
    cat /proc/"$manager"/task/*/schedstat | awk '{ ns += $1 } END { printf "manager/ns %.0f\n", ns }'
    hv-mgr info --json > /run/info
    echo "manager/hypercalls $(json_value hypercalls < /run/info)"
    tr -d ' \n' < /run/info | grep -o '"[a-z_-]*":{"ns":[0-9]*,"count":[0-9]*}' | tr -c 'a-z0-9_\n-' ' ' |
        awk '{ print "phase/" $1 "/ns", $3; print "phase/" $1 "/count", $5 }'
}
# The driver's own two, of all carveouts, if it has any: by wall clock, with dom0 beside it.
driver_show="mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
    cd /sys/kernel/debug/xen-carveout && for c in *; do [ ! -e \$c/wait_ns ] || echo \$(cat \$c/wait_ns \$c/stream_ns); done"
look() {
    guest_run guest "$driver_show" | awk '{ waits += $1; all += $2 }
        END { if (NR) printf "phase/driver-waits/ns %.0f\nphase/driver-works/ns %.0f\n", waits, all - waits }'
    guest_run guest "$probes_show" | awk '{ print "guest/" $1, $2 }'
    sh -c "$probes_show" | awk '{ print "dom0/" $1, $2 }'
    kinds_show
    manager_show
}
# counted NAME COMMAND...: a figure of each kind that there is, below that name: what it took more than a command that
# does nothing.
counted() {
    counted_as=$1
    shift
    look > /run/look-0
    "$@" || return
    look > /run/look-1
    guest_run guest true
    look > /run/look-2
    awk 'FNR == 1 { at++ } { count[at, $1] += $2; names[$1] }
        END {
            for (name in names) {
                took = 2 * count[2, name] - count[1, name] - count[3, name]
                if (took) printf "%s %.0f\n", name, took
            }
        }' \
        /run/look-0 /run/look-1 /run/look-2 | sort > /run/counted
    while read -r kind number; do figure "$counted_as/$kind" "$number"; done < /run/counted
}
