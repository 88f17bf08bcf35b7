# Images loaded by name: found where the kernel finds drivers' firmware, read with the kernel's rights, and one
# file from its first byte to its last.
# limit: 200
. /lab/lib.sh
. /lab/carveouts.sh

SYS=/sys/class/xen_carveout/modem
PARAMETERS=/sys/module/firmware_class/parameters
digest=$(image_sha256 test/1M.bin)
load() { guest_run guest "echo $1 > $SYS/firmware" 60; }
sealed() { wait_state guest modem SEALED 10 && [ "$(carveout_value guest modem sha256)" = "${1:-$digest}" ]; }
fresh() { hv-mgr reset guest modem > /dev/null; }
logged() { guest_run guest "dmesg | tail -n 5 | grep -q '$1'"; }

check "the manager starts" daemon_start
guest_with /run/with nobody
check "a guest" carveout_guest guest '"name=modem, size=4M, window=64K, guest-reset=1"' "$GUEST_WITH"
# The firmware disk can only be read: a directory that can be written lies over it.
guest_run guest "mkdir -p /run/disk && mount --move /lib/firmware /run/disk && mount -t tmpfs tmpfs /lib/firmware &&
    mkdir -p /lib/firmware/test /run/custom /lib/firmware/updates && cp /run/disk/test/1M.bin /lib/firmware/test/"

note "where it is looked for"
check "an image of /lib/firmware is loaded" load test/1M.bin
check "and sealed" sealed
fresh
guest_run guest "head -c 100000 /run/disk/test/1M.bin > /run/custom/own.bin; echo -n /run/custom > $PARAMETERS/path"
own=$(guest_run guest "sha256sum < /run/custom/own.bin" | cut -d' ' -f1)
check "firmware_class.path is looked through" load own.bin
check "and its file sealed" sealed "$own"
fresh
guest_run guest "mkdir -p /run/custom/test; cp /run/custom/own.bin /run/custom/test/1M.bin"
check "it comes before /lib/firmware" load test/1M.bin
check "as for drivers" sealed "$own"
fresh
guest_run guest "echo -n /dev/null > $PARAMETERS/path"
check "a directory that is none is passed over" load test/1M.bin
check "to the next one" sealed
check "not in silence" guest_run guest "dmesg | grep -q 'firmware /dev/null/test/1M.bin: error -20'"
fresh
guest_run guest "echo -n '' > $PARAMETERS/path; mkdir -p /lib/firmware/updates/test/1M.bin"
check "and so is a directory of the image's name" load test/1M.bin
check "to the next one" sealed
fresh
guest_run guest ": > /lib/firmware/packed.bin.zst; : > /lib/firmware/other.bin.xz"
check_fails "an image that is only there compressed is not loaded" load packed.bin
check "the log says so, and what to do" logged 'packed.bin.zst, .*zstd -dc FILE > /dev/xen/carveout/modem'
check_fails "with xz, too" load other.bin
check "the log says so" logged 'xz -dc FILE > /dev/xen/carveout/modem'
check_fails "an image that is nowhere is not loaded" load none.bin
check "nothing is LOADING for it" state_is guest modem EMPTY

note "whose rights"
guest_run guest "chmod 600 /lib/firmware/test/1M.bin; chmod 222 $SYS/firmware"
check "nobody, who may load but not read the image, has it loaded" guest_run guest \
    "/lab/nobody sh -c '! cat /lib/firmware/test/1M.bin > /dev/null 2>&1 && echo test/1M.bin > $SYS/firmware'"
check "it is sealed" sealed
fresh

note "one file"
job=$(guest_bg guest "{ $LAB_HOLD; } >> /lib/firmware/test/1M.bin")
wait_for 10 guest_run guest "ls -l /proc/*/fd 2> /dev/null | grep -q '> /lib/firmware/test/1M.bin'"
check_fails "an image that somebody has open for writing is refused" load test/1M.bin
guest_go guest
guest_wait guest "$job"
check "afterwards it is loaded" load test/1M.bin
check "and sealed" sealed
fresh
# While it is loaded somebody writes to its head, which has been read, and to its tail.
BIG=/lib/firmware/test/3M.bin
evil() { echo "printf evil | dd of=$BIG conv=notrunc bs=4 seek=$1 2> /dev/null"; }
big_digest() { guest_run guest "sha256sum < $BIG" | cut -d' ' -f1; }
guest_run guest "for n in 1 2 3; do cat /run/disk/test/1M.bin; done > $BIG"
states=$(big_digest)
job=$(guest_bg guest "until grep -q LOADING $SYS/state; do :; done
    for n in \$(seq 50); do $(evil 0) && $(evil 786431) && break; done")
check "an image is loaded while somebody writes to it" load test/3M.bin
guest_wait guest "$job"
check "it is sealed" wait_state guest modem SEALED 10
kept=$(carveout_value guest modem sha256)
guest_run guest "$(evil 0)"
states="$states $(big_digest)"
guest_run guest "$(evil 786431)"
states="$states $(big_digest)"
one_state() { case " $states " in *" $kept "*) ;; *) return 1 ;; esac }
check "what is sealed was the file at some time" one_state
check "the guest's kernel is well" guest_well guest
guest_stop guest
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
