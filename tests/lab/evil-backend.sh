# A manager that is out to harm its guest: the guest's kernel lives, and serves an honest one after it.
# The flaw looked for: the driver believes something that a back end said. The method: evil-backend plays
# rounds of nonsense while the guest reads, writes and gives up. Pass means that the kernel's log is clean,
# that the module can go, and that a carveout loads as ever; and that rounds got as far as open windows.
# processors: 2
# limit: 300
. /lab/lib.sh
. /lab/carveouts.sh

ROUNDS=${ROUNDS:-18}
TRIES=5                           # so many times the rounds: chance, and a slow machine, may open no window
seed=${SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}

# Loaders that are killed, that wait, and readers of every attribute, as long as there is /run/go.
WRITER='head -c 262144 /dev/urandom > /run/image; n=0
while [ -e /run/go ]; do
    n=$(((n + 1) % 7))
    [ -c /dev/xen/carveout/evil ] && dd if=/run/image of=/dev/xen/carveout/evil conv=notrunc bs=30000 &
    sleep 0.$n
    kill -9 $!
done'
# A driver that has windows, by the name that was there first.
WINDOWS='until insmod /lab/carveout_api_test.ko name=evil; do sleep 0.1; done; echo work > /sys/module/carveout_api_test/parameters/step'
READER='while [ -e /run/go ]; do cat /sys/class/xen_carveout/*/*; echo 1 > /sys/class/xen_carveout/evil/reset; done'
count() { sed "s/.*$1 \([0-9]*\).*/\1/" /run/evil.log | awk '{ sum += $1 } END { print sum + 0 }'; }
# play: rounds of nonsense, each time from another seed, until windows were open.
play() {
    : > /run/evil.log
    for try in $(seq $TRIES); do
        note "$ROUNDS rounds from seed $((seed + try))"
        /usr/lib/hv-mgr/tests/evil-backend "$(guest_domid guest)" "$ROUNDS" $((seed + try)) >> /run/evil.log || return
        [ "$(count opened)" -lt "$ROUNDS" ] || return 0
    done
}

check "a guest" guest_start guest
check "its driver loads" driver_load guest
guest_run guest ": > /run/go"
writer=$(guest_bg guest "{ $WRITER; } > /dev/null 2>&1")
writer2=$(guest_bg guest "{ $WRITER; } > /dev/null 2>&1")
reader=$(guest_bg guest "{ $READER; } > /dev/null 2>&1")
user=$(guest_bg guest "{ $WINDOWS; } > /dev/null 2>&1")
check "a back end of nonsense comes to its end" play
cat /run/evil.log
note "$(cat /run/evil.log)"
check "it was connected" [ "$(count connections)" -ge $((ROUNDS / 4)) ]
check "windows were open" [ "$(count opened)" -ge "$ROUNDS" ]
check "it lied" [ "$(count lies)" -ge "$ROUNDS" ]
guest_run guest "rm /run/go"
for job in "$writer" "$writer2" "$reader" "$user"; do
    guest_wait guest "$job" 40
done
check "the driver with the windows stops" user_does guest rest
check "and goes" user_unload guest
guest_run guest "dmesg | tail -n 20"
check "the guest's kernel is well" guest_well guest
check "the module can go" guest_run guest "rmmod xen_carveout"
check "and come back" driver_load guest
check "an honest manager starts" daemon_start
check "it attaches a carveout" attach guest "name=good,size=4M"
check "its device appears" wait_for 20 device_ready guest good
check "it loads" guest_run guest "cat /lib/firmware/test/1M.bin > /dev/xen/carveout/good"
check "it is sealed" wait_state guest good SEALED 30
check "to the byte" [ "$(carveout_value guest good sha256)" = "$(image_sha256 test/1M.bin)" ]
check "the guest's kernel is still well" guest_well guest
guest_stop guest
check "the manager stops" daemon_stop
artifact /run/evil.log
