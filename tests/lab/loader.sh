# The guest's side: what a shell user, a script and a driver author meet at /dev/xen/carveout/NAME.
# limit: 400
. /lab/lib.sh
. /lab/carveouts.sh

sys() { guest_run guest "cat /sys/class/xen_carveout/$1/$2"; }
guest_fails() { check_fails "$1" guest_run guest "$2"; }
# A fresh start for each behaviour.
fresh() { hv-mgr reset guest "$1" > /dev/null && state_is guest "$1" EMPTY; }
sha() { printf '%s' "$1" | sha256sum | cut -d' ' -f1; }
sealed_as() { wait_state guest "$1" SEALED 20 && [ "$(carveout_value guest "$1" sha256)" = "$2" ]; }
not_sealed() { sleep 1; ! state_is guest "$1" SEALED; }

check "the guest boots with no manager running" guest_start guest
check "the driver loads at once with no manager" \
    sh -c '. /lab/lib.sh; before=$(uptime_ds); guest_run guest "insmod /lab/xen-carveout.ko" && [ $(($(uptime_ds) - before)) -lt 100 ]'
check "the manager starts" daemon_start
check "two carveouts are attached to the running guest" attach guest \
    "name=modem,size=8M,window=256K" "name=dsp,size=1M,window=64K,windows=4,expected-size=1M"
check "both appear" wait_for 10 device_ready guest modem
check "both appear (dsp)" wait_for 10 device_ready guest dsp

note "streams"
check "two programs write one stream" guest_run guest "{ printf aaa; printf bbb; } > /dev/xen/carveout/modem"
check "it is sealed as one" sealed_as modem "$(sha aaabbb)"
fresh modem
guest_run guest "cat /nonexistent > /dev/xen/carveout/modem" || :
check "a program that writes nothing seals nothing" not_sealed modem
check "an empty open and close leaves it EMPTY" state_is guest modem EMPTY

job=$(guest_bg guest "{ head -c 300000 /dev/zero; sleep 600; } | cat > /dev/xen/carveout/modem")
check "a load is under way" wait_state guest modem LOADING 30
check "its writer is killed" guest_kill guest "$job" KILL
guest_wait guest "$job" || :
check "a killed writer seals nothing" not_sealed modem
check "and its windows are gone" [ "$(carveout_value guest modem windows_open)" = 0 ]
fresh modem

check "a pipe whose producer dies" guest_run guest "sh -c 'head -c 4096 /dev/zero; kill -9 \$\$' | cat > /dev/xen/carveout/dsp || true"
check "seals nothing when the size is known" not_sealed dsp
fresh dsp
check "a stream of the expected size" guest_run guest "cat /lib/firmware/test/1M.bin > /dev/xen/carveout/dsp"
check "is sealed" sealed_as dsp "$(image_sha256 test/1M.bin)"

note "fsync"
fresh modem
check "dd conv=fsync seals and succeeds" guest_run guest \
    "dd if=/lib/firmware/test/1M.bin of=/dev/xen/carveout/modem bs=64k conv=fsync 2>&1"
check "at once, with the file's digest" sealed_as modem "$(image_sha256 test/1M.bin)"
guest_fails "what is sealed cannot be written" "echo x > /dev/xen/carveout/modem"
check "and stays what it is" sealed_as modem "$(image_sha256 test/1M.bin)"
fresh modem
check "an expected size can be set in sysfs" guest_run guest "echo 5000 > /sys/class/xen_carveout/modem/expected_size"
guest_fails "dd conv=fsync of a short stream says so" \
    "dd if=/dev/zero of=/dev/xen/carveout/modem bs=1000 count=4 conv=fsync 2>&1"
check "and nothing is sealed" not_sealed modem
guest_run guest "echo 0 > /sys/class/xen_carveout/modem/expected_size"
fresh modem

note "limits"
guest_fails "an image larger than the carveout" "cat /lib/firmware/test/16M.bin > /dev/xen/carveout/modem"
check "ends with ENOSPC" sh -c '. /lab/lib.sh; . /lab/carveouts.sh
    guest_run guest "cat /lib/firmware/test/16M.bin 2>&1 > /dev/xen/carveout/modem" | grep -i "no space"'
check "and seals nothing" not_sealed modem
fresh modem
guest_fails "reading is refused" "cat /dev/xen/carveout/modem"
job=$(guest_bg guest "{ printf x; $LAB_HOLD; } > /dev/xen/carveout/modem")
wait_state guest modem LOADING 20
guest_fails "a second writer is refused" "echo y > /dev/xen/carveout/modem"
guest_go guest
guest_wait guest "$job"
check "the first is not disturbed" sealed_as modem "$(sha x)"
fresh modem

note "firmware by name, and the in-kernel interface"
check "an image is loaded from the firmware path" guest_run guest \
    "echo test/1M.bin > /sys/class/xen_carveout/modem/firmware" 120
check "and sealed" sealed_as modem "$(image_sha256 test/1M.bin)"
guest_fails "a missing image is an error" "echo test/none.bin > /sys/class/xen_carveout/dsp/firmware"
fresh modem
api() { user_does guest "$1"; }
check "another driver finds the carveout" user_load guest modem
check "the exported functions refuse nonsense" api arguments
check "another driver loads through windows" api load
check "it writes, reads and zeroes at any alignment" api access
check "it suballocates an unsealed region" api allocate
check "it is told the address that root reads" [ "$(api base)" = "$(sys modem base)" ]
check "it reserves the carveout" api reserve
guest_fails "between its windows nobody writes to /dev" "echo x > /dev/xen/carveout/modem"
guest_fails "nor resets it" "echo 1 > /sys/class/xen_carveout/modem/reset"
check "it loads" api load
check "it lets go" api unreserve
check "and others write again" guest_run guest "printf x > /dev/xen/carveout/modem"
check "and seal" sealed_as modem "$(sha x)"
fresh modem
check "it holds a window" api hold
check "dom0 revokes it" hv-mgr revoke guest modem
check "its window says so and a reset heals" api revoked
check "it holds another" api hold
check "which is what it was, and becomes content" api kept
check "it loads again" api load
check "a wrong digest is refused" api seal
check "a right seal is final" api sealed
fresh modem
check "after dom0's reset it suballocates again" wait_for 10 api allocate
printf dom0 > /run/image
check "dom0 loads and seals it" hv-mgr load guest modem /run/image
shows() { [ "$(sys modem state)" = "$1" ]; }
check "the guest is told" wait_for 10 shows SEALED
check_fails "of what dom0 sealed it gets no part" api allocate
check "its test module is unloaded" user_unload guest
fresh modem

note "unload and reload"
check "dom0 sees the driver go" guest_run guest "rmmod xen_carveout"
gone() { [ "$(carveout_value guest modem connected)" = false ]; }
check "the device is not connected" wait_for 10 gone
check "it is loaded again" driver_load guest
check "and connects" wait_for 10 device_ready guest modem
check "both do" wait_for 10 device_ready guest dsp
check "and works" guest_run guest "printf again > /dev/xen/carveout/modem"
check "and seals" sealed_as modem "$(sha again)"
check "the guest's kernel is well" guest_well guest

check "a carveout is detached while the guest runs" hv-mgr detach guest modem
gone_device() { ! device_ready guest modem; }
check "its device goes" wait_for 10 gone_device
check "the other stays" device_ready guest dsp
guest_stop guest
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
