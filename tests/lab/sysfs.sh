# /sys/class/xen_carveout/NAME, as anybody reads it: at once, whatever dom0 does, and in nobody's way.
# The flaw looked for: a reader that asks dom0, and so waits for it, or takes a place that a loader needs.
# limit: 300
. /lab/lib.sh
. /lab/carveouts.sh

SYS=/sys/class/xen_carveout/modem
FILES="$SYS/state $SYS/digest $SYS/length $SYS/size $SYS/expected_size $SYS/last_error $SYS/last_failure"
READERS=200
STANDSTILL=8                      # s: so long waits who asks a manager that stands still
AT_ONCE=5000                      # ms: 200 threads share an emulated processor
BESIDE_A_LOAD=10000               # ms: and get what a load leaves, as they are nice; who asks dom0 waits for up to 30 s
shows() { [ "$(guest_run guest "cat $SYS/$1")" = "$2" ]; }

# readers_start: $READERS threads of nobody's. readers_stop: they end; $slowest and $errors are what they met.
readers_start() {
    guest_run guest "rm -f /run/stop"
    job=$(guest_bg guest "/lab/nobody /lab/readers $READERS /run/stop $FILES")
}
readers_stop() {
    guest_run guest ": > /run/stop"
    met=$(guest_wait guest "$job" 60)
    note "$met"
    slowest=${met#*slowest } slowest=${slowest%% *}
    errors=${met##* }
}

check "the manager starts" daemon_start
guest_with /run/with nobody readers states
check "a guest" carveout_guest guest '"name=modem, size=1M, window=64K, guest-reset=1"' "$GUEST_WITH"

note "200 readers, while root loads"
digest=$(image_sha256 test/1M.bin)
load() { guest_run guest "dd if=/lib/firmware/test/1M.bin of=/dev/xen/carveout/modem bs=64k conv=fsync 2>&1"; }
readers_start
sleep 2
for n in 1 2 3 4 5 6; do check "load $n comes to its end" load; done
check "it is sealed" wait_state guest modem SEALED 10
readers_stop
check "no reader met an error" [ "$errors" = 0 ]
check "each was answered as soon as it had the processor" [ "${slowest:-999999}" -le $BESIDE_A_LOAD ]
check "the guest knows the digest" shows digest "$digest"
check "and the length" shows length 1048576

note "while the manager stands still"
kill -STOP "$(pidof hv-mgr)"
readers_start
sleep $STANDSTILL
readers_stop
check "no reader met an error" [ "$errors" = 0 ]
check "each was answered at once" [ "${slowest:-999999}" -le $AT_ONCE ]
check "the state is the last one known" shows state SEALED
kill -CONT "$(pidof hv-mgr)"

note "who waits for a state is told"
told() { guest_run guest "grep -qx '$1 $2' /run/states"; }
tells() {
    check "poll() wakes at $1" wait_for 10 told polled "$1"
    check "udev hears of $1" wait_for 10 told uevent "$1"
    guest_run guest ": > /run/states"
}
job=$(guest_bg guest "rm -f /run/stop; /lab/states modem /run/stop >> /run/states")
wait_for 10 told "at first" SEALED
hv-mgr reset guest modem > /dev/null
tells EMPTY
loader=$(guest_bg guest "{ head -c 200000 /dev/zero; $LAB_HOLD; } > /dev/xen/carveout/modem")
tells LOADING
guest_go guest
guest_wait guest "$loader"
tells SEALED
guest_run guest "{ head -c 200000 /dev/zero; kill -9 \$\$; } > /dev/xen/carveout/modem"
tells FAILED
check "the file for a failure's number has a number" shows last_error -125
check "and the one for what failed has words" shows last_failure write
guest_run guest "echo 1 > $SYS/reset"
tells EMPTY
hv-mgr load guest modem /run/hv-mgr.log > /dev/null
tells SEALED
check "dom0's digest is the guest's" shows digest "$(carveout_value guest modem sha256)"
check "the manager stops" daemon_stop
check "the last state stays while nobody serves" shows state SEALED
check "the manager is back" daemon_start
guest_run guest ": > /run/stop"
guest_wait guest "$job"

note "who may see what"
version() { guest_run guest "cat /sys/module/xen_carveout/version"; }
check "the module says its version, which is the manager's" [ "hv-mgr $(version)" = "$(hv-mgr version | head -n 1)" ]
check "one value a file" guest_run guest 'for f in '"$SYS"'/*; do
    [ ! -f $f ] || case ${f##*/} in uevent | firmware | reset) ;; last_failure) ;; *) [ $(cat $f | wc -w) -le 1 ] || exit 1 ;; esac
done'
check "where it lies is for root alone" guest_run guest "[ \$(stat -c %a $SYS/base) = 400 ]"
check "counters are debugfs'" guest_run guest "mount -t debugfs debugfs /sys/kernel/debug && cd /sys/kernel/debug/xen-carveout/modem &&
    [ \$(cat bytes_written) -ge 6291456 ] && [ \$(cat windows) = 0 ] && [ \$(cat requests) -ge 96 ] && [ \$(cat notifies) -ge 1 ] &&
    [ \$(cat wait_ns) -gt 0 ] && [ \$(cat stream_ns) -gt \$(cat wait_ns) ]"
check "the driver stays while somebody holds a file of its" guest_run guest "exec 3> /dev/xen/carveout/modem; ! rmmod xen_carveout 2> /dev/null"
check "it goes when nobody does" guest_run guest "rmmod xen_carveout"
check "and its counters with it" guest_run guest "[ ! -e /sys/kernel/debug/xen-carveout ]"
check "the guest's kernel is well" guest_well guest
guest_stop guest
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
