# Device trees: what a guest finds of its carveouts in its own, and what a broken one of the host's does.
# limit: 300
. /lab/lib.sh
. /lab/carveouts.sh

TREE=/run/lab/guest.dtb
NODE=/passthrough/carveout@100000000
CONSUMER=/passthrough/carveout-consumer

said() { grep -qiE "$1" /run/said.log; }
guest_tree_has() { guest_run guest "tr -d '\\0' < /proc/device-tree$1" | grep -q "$2"; }

note "1. the guest's"
check "the manager starts" daemon_start
config=$(guest_config guest "$(carveout_key '"name=modem, size=8M", "name=dsp, size=4M"')" "device_tree = \"$TREE\"")
check "hv-mgr dt guest makes a tree of its config" hv-mgr dt guest "$config" -o "$TREE"
check "dtc can read it" sh -c "dtc -q -I dtb -O dts $TREE"
# A driver that uses the carveout would have a node like this one. Its second reference is to no
# carveout, its third to one that nobody attached.
ABSENT=/passthrough/carveout@1f0000000
fdtput -p -t s "$TREE" "$ABSENT" compatible hv-mgr,carveout
fdtput -t s "$TREE" "$ABSENT" label absent
fdtput -t x "$TREE" "$ABSENT" reg 1 f0000000 0 1000
fdtput -t x "$TREE" "$ABSENT" phandle 501
fdtput -p -t s "$TREE" "$CONSUMER" compatible hv-mgr,test-consumer
fdtput -t x "$TREE" "$CONSUMER" phandle 502
check "another node refers to a carveout" \
    fdtput -t x "$TREE" "$CONSUMER" carveouts "$(fdtget -t x "$TREE" "$NODE" phandle)" 502 501
check "hv-mgr create starts the guest" hv-mgr create "$config"
check "it comes up" guest_ready guest
check "its tree has the carveout" guest_tree_has "$NODE/label" '^modem$'
check "at the place where the manager put it" \
    [ "$(guest_run guest "xxd -p /proc/device-tree$NODE/reg" | tr -d '\n')" = "$(printf %016x%016x "$(carveout_value guest modem base)" "$(carveout_value guest modem size)")" ]
check "its driver loads" driver_load guest
check "the device appears" wait_for 10 device_ready guest dsp
of_node() { guest_run guest "readlink -f /sys/class/xen_carveout/$1/of_node"; }
check "the carveout leads to its node" sh -c 'case $1 in */base/passthrough/carveout@100000000) ;; *) false ;; esac' - "$(of_node modem)"
check "the second to its own" sh -c 'case $1 in */base/passthrough/carveout@100800000) ;; *) false ;; esac' - "$(of_node dsp)"
check "another driver is loaded" guest_run guest "insmod /lab/carveout_api_test.ko name=modem consumer=$CONSUMER"
check "and resolves that reference" guest_run guest "echo tree > /sys/module/carveout_api_test/parameters/step"
guest_run guest "cat /sys/module/carveout_api_test/parameters/result; rmmod carveout_api_test"
check "what it refers to is detached" hv-mgr detach guest modem
gone() { ! device_ready guest modem; }
check "its device goes" wait_for 10 gone
check "a driver that waits for it is loaded" guest_run guest "insmod /lab/carveout_api_test.ko name=dsp consumer=$CONSUMER"
has_it() { guest_run guest "dmesg | grep -c 'has a carveout of'" | grep -qx "$1"; }
check "and has not got it" has_it 1
check "it is attached at its place" attach guest "name=modem,size=8M,gpa=0x100000000"
check "and the driver gets it" wait_for 10 has_it 2
guest_run guest "rmmod carveout_api_test"
check "the guest's kernel is well" guest_well guest
check "the guest goes" guest_stop guest

note "2. a tree that is not the carveout's"
fdtput -t x "$TREE" "$NODE" reg 1 0 0 1000
check "a guest with a tree of another size" hv-mgr create "$config"
check "comes up" guest_ready guest
check "its driver loads" driver_load guest
check "the device appears" wait_for 10 device_ready guest modem
check "the driver says what differs" guest_run guest "dmesg | grep -E 'carveout.*(size|reg)'"
check "and does not use the node" guest_run guest "[ ! -e /sys/class/xen_carveout/modem/of_node ]"
check "the carveout works all the same" guest_run guest "printf x > /dev/xen/carveout/modem"
check "and is sealed" wait_state guest modem SEALED 20
check "the guest goes" guest_stop guest
check "the manager stops" daemon_stop

note "3. the host's"
pool=$(fdtget -l /sys/firmware/fdt / | grep '^carveout-pool')
fixed=$(fdtget -t x /sys/firmware/fdt "/$pool" reg)
check "dom0's tree has a pool" [ -n "$pool" ]
# The manager reads the tree once, when it starts: a file over the kernel's shows it another.
broken() {
    tree=$1 pattern=$2
    shift 2
    cat /sys/firmware/fdt > /run/host.dtb
    "$@"
    mount --bind /run/host.dtb /sys/firmware/fdt
    status=0
    hv-mgr doctor > /run/said.log 2>&1 || status=$?
    cat /run/said.log
    check "$tree: doctor fails" [ "$status" -ne 0 ]
    check "$tree: and says why" said "$pattern"
    check "$tree: the manager starts all the same" daemon_start
    hv-mgr pool list > /run/said.log 2>&1
    cat /run/said.log
    check "$tree: pool list shows it" said "$pattern"
    check_fails "$tree: nothing is put there" hv-mgr attach guest "name=a,size=1M,backing=pool"
    daemon_stop
    umount /sys/firmware/fdt
}
check "a guest" guest_start guest
broken "no-map is missing" "no-map" fdtput -d /run/host.dtb "/reserved-memory/$pool" no-map
broken "memory that nobody reserved" "reserved" fdtput -r /run/host.dtb "/reserved-memory/$pool"
broken "no node for dom0's right to it" "right|device|node" fdtput -r /run/host.dtb "/$pool"
broken "another address" "reg" fdtput -t x /run/host.dtb "/$pool" reg 0 60000000 0 1000000
broken "a name that is none" "label|name" fdtput -t s /run/host.dtb "/$pool" label "Pool Zero"
broken "switched off" "status|disabled" fdtput -t s /run/host.dtb "/$pool" status disabled
truncate_tree() { head -c 3000 /sys/firmware/fdt > /run/host.dtb; }
broken "a tree that is cut" "tree" truncate_tree
check "with the kernel's own tree doctor is content" hv-mgr doctor
check "the pool's place is what it was" [ "$(fdtget -t x /sys/firmware/fdt "/$pool" reg)" = "$fixed" ]
check "the manager starts" daemon_start
check "and the pool is there" pool_is ranges 1
check "the guest goes" guest_stop guest
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
