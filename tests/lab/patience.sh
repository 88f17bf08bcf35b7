# What a guest's loader waits for, and how long; and whom it keeps waiting meanwhile.
# limit: 400
. /lab/lib.sh
. /lab/carveouts.sh

I=/lib/firmware/test/16M.bin
D=/dev/xen/carveout/modem
GROUP=/run/freezer/loader
sealed() { wait_state guest modem SEALED 60 && [ "$(carveout_value guest modem sha256)" = "$(image_sha256 test/16M.bin)" ]; }

check "the manager starts" daemon_start
check "a guest" carveout_guest guest '"name=modem, size=16M, window=2M"'

note "processes are frozen while a loader waits for dom0"
guest_run guest "mkdir -p /run/freezer && mount -t cgroup -o freezer freezer /run/freezer && mkdir $GROUP"
job=$(guest_bg guest "{ head -c 3000000 $I; $LAB_HOLD; tail -c +3000001 $I; } > $D")
check "a load is under way" wait_state guest modem LOADING 30
kill -STOP "$(pidof hv-mgr)"
guest_go guest
sleep 2
frozen() { guest_run guest "grep -q . $GROUP/tasks && grep -qx FROZEN $GROUP/freezer.state"; }
guest_run guest "cat /run/lab/$job/group /dev/null | while read g; do for p in /proc/[0-9]*; do
    [ \"\$(cut -d' ' -f5 \$p/stat 2> /dev/null)\" = \$g ] && echo \${p##*/} > $GROUP/tasks; done; done; echo FROZEN > $GROUP/freezer.state"
check "it is frozen, too" wait_for 5 frozen
guest_run guest "echo THAWED > $GROUP/freezer.state"
kill -CONT "$(pidof hv-mgr)"
check "it comes to its end" guest_wait guest "$job" 60
check "the image is sealed" sealed
hv-mgr reset guest modem > /dev/null

note "dom0 takes more than two minutes to scrub"
check "half an image is there" guest_run guest "sh -c 'head -c 3000000 $I; kill -9 \$\$' > $D; true"
kill -STOP "$(pidof hv-mgr)"
job=$(guest_bg guest "echo 1 > /sys/class/xen_carveout/modem/reset")
sleep 125
kill -CONT "$(pidof hv-mgr)"
check "a reset waits for that" guest_wait guest "$job" 60
check "the guest's log says that it does" guest_run guest "dmesg | grep -q 'not sealed or scrubbed it yet'"
guest_stop guest
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
