# Images loaded by name: found where the kernel finds drivers' firmware, read with the kernel's rights, one file from its
# first byte to its last, and unpacked where the kernel unpacks firmware, without ever holding the image.
# limit: 600
. /lab/lib.sh
. /lab/carveouts.sh

SYS=/sys/class/xen_carveout/modem
PARAMETERS=/sys/module/firmware_class/parameters
digest=$(image_sha256 test/1M.bin)
load() { guest_run guest "echo $1 > $SYS/firmware" 60; }
sealed() { wait_state guest modem SEALED 10 && [ "$(carveout_value guest modem sha256)" = "${1:-$digest}" ]; }
fresh() { hv-mgr reset guest modem > /dev/null; }
logged() { guest_run guest "dmesg | tail -n 5 | grep -q '$1'"; }
# The kernel's own loader unpacks .$1: 6.1 .xz alone.
unpacks() { guest_run guest "grep -q ' fw_decompress_$1\$' /proc/kallsyms"; }
file_digest() { guest_run guest "sha256sum < $1" | cut -d' ' -f1; }

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
guest_run guest "head -c 100000 /run/disk/test/1M.bin > /run/custom/own.bin; echo /run/custom > $PARAMETERS/path"
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
guest_run guest "printf '\\0' > $PARAMETERS/path; mkdir -p /lib/firmware/updates/test/1M.bin"
check "and so is a directory of the image's name" load test/1M.bin
check "to the next one" sealed
fresh
guest_run guest "rmdir /lib/firmware/updates/test/1M.bin; : > /lib/firmware/updates/test/1M.bin"
check "and so is an empty file" load test/1M.bin
check "to the next one" sealed
fresh
job=$(guest_bg guest "cp /run/custom/own.bin /lib/firmware/updates/test/1M.bin && { $LAB_HOLD; } >> /lib/firmware/updates/test/1M.bin")
wait_for 10 guest_run guest "ls -l /proc/*/fd 2> /dev/null | grep -q '> /lib/firmware/updates/test/1M.bin'"
check "and so is one that somebody is writing" load test/1M.bin
check "to the next one" sealed
check "which is said" guest_run guest "dmesg | grep -q 'firmware /lib/firmware/updates/test/1M.bin: error -26'"
guest_go guest
guest_wait guest "$job"
fresh
guest_run guest "rm -r /lib/firmware/updates/test; mkdir /lib/firmware/\$(uname -r); mkdir /lib/firmware/updates/\$(uname -r)"
for dir in . '$(uname -r)' updates 'updates/$(uname -r)'; do
    guest_run guest "cd /lib/firmware/$dir && head -c \$((100000 + \$(pwd | wc -c))) /run/disk/test/2M.bin > order.bin"
    check "$dir comes before what is looked through after it" load order.bin
    check "and its file is sealed" sealed "$(file_digest "/lib/firmware/$dir/order.bin")"
    fresh
done
for name in ../firmware/test/1M.bin test/../test/1M.bin /lib/firmware/test/1M.bin test/.. ..; do
    check_fails "$name is no name" load "$name"
done
check "the reason is EINVAL" [ "$(guest_run guest "cat $SYS/last_error")" = -22 ]
check_fails "an image that is nowhere is not loaded" load none.bin
check "nothing is LOADING for it" state_is guest modem EMPTY
# There is no other way to the parameter than sysfs, which a system may be without.
guest_run guest "echo -n /run/custom > $PARAMETERS/path"
check "without /sys the other directories are left" guest_run guest "mkdir -p /run/sys && mount -t sysfs sysfs /run/sys &&
    umount -l /sys && { echo test/1M.bin > /run$SYS/firmware; status=\$?; mount -t sysfs sysfs /sys; umount /run/sys; exit \$status; }"
check "and hold the image" sealed
check "the log says what is left out" logged 'firmware_class.path is not looked through'
fresh
guest_run guest "printf '\\0' > $PARAMETERS/path"

note "whose rights, and whose root"
guest_run guest "mkdir -p /run/jail/bin /run/jail/sys /run/jail/lib/firmware/test && cp /bin/busybox /run/jail/bin/ &&
    cp /run/custom/own.bin /run/jail/lib/firmware/test/1M.bin && mount --bind /sys /run/jail/sys"
check "from within a chroot an image is loaded" guest_run guest \
    "chroot /run/jail /bin/busybox sh -c 'echo test/1M.bin > $SYS/firmware'"
check "it is init's, not the chroot's" sealed
guest_run guest "umount /run/jail/sys"
fresh
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
fresh

note "packed"
PACKED=/run/disk/test/packed
image=$(image_sha256 test/2M.bin)
# put COMMAND: nothing but what it makes there is in /lib/firmware/p.
put() { guest_run guest "rm -rf /lib/firmware/p; mkdir /lib/firmware/p; cd /lib/firmware/p; $1"; }
# refused WHAT ERRNO STEP WORDS STATE
refused() {
    check_fails "$1 is not loaded" load p/image
    check "the reason can be read" [ "$(guest_run guest "cat $SYS/last_error $SYS/last_failure" | tr '\n' ' ')" = "-$2 $3 " ]
    [ -z "$4" ] || check "and the log has it in words" logged "$4"
    check "nothing of it is sealed" wait_state guest modem "$5" 10
    check "and it can be written to again" guest_run guest ": >> /lib/firmware/p/image.*"
    fresh
}
# The image's head was written by then, or it was not.
packed() {
    suffix=$1
    put "cp $PACKED/2M.bin.$suffix image.$suffix"
    check ".$suffix is unpacked" load p/image
    check "what is sealed is the image" sealed "$image"
    fresh
    guest_run guest "mkdir -p /lib/firmware/updates/p; mv /lib/firmware/p/image.$suffix /lib/firmware/updates/p/
        cp /run/custom/own.bin /lib/firmware/p/image"
    check "a file that is not packed comes before .$suffix, in whatever directory" load p/image
    check "and is what is sealed" sealed "$own"
    fresh
    guest_run guest "rm -r /lib/firmware/updates/p; echo 2097152 > $SYS/expected_size"
    put "cp $PACKED/2M.bin.$suffix image.$suffix"
    check "an expected size is that of the image, not of the archive" load p/image
    check "and it is sealed" sealed "$image"
    fresh
    guest_run guest "echo 2097153 > $SYS/expected_size"
    check_fails "an image of another size is not loaded" load p/image
    fresh
    guest_run guest "echo 0 > $SYS/expected_size"

    used=$(guest_run guest "sed -n 's/VmallocUsed: *\([0-9]*\) kB/\1/p' /proc/meminfo")
    put "head -c 500000 $PACKED/2M.bin.$suffix > image.$suffix"
    refused "an archive cut short" 61 unpack 'cut short' FAILED
    put "head -c -1 $PACKED/2M.bin.$suffix > image.$suffix"
    refused "an archive without its last byte" 61 unpack 'cut short' FAILED
    put "head -c 5 $PACKED/2M.bin.$suffix > image.$suffix"
    refused "an archive of five bytes" 61 unpack 'cut short' EMPTY
    put "cp $PACKED/2M.bin.$suffix image.$suffix; printf evil | dd of=image.$suffix bs=1 seek=400000 conv=notrunc 2> /dev/null"
    refused "a damaged archive" 74 unpack 'damaged' FAILED
    put "cp $PACKED/2M.bin.$suffix image.$suffix; printf x >> image.$suffix"
    refused "an archive with something behind its end" 74 unpack 'something follows' FAILED
    put "cat $PACKED/2M.bin.$suffix $PACKED/2M.bin.$suffix > image.$suffix"
    refused "two archives in a file" 74 unpack 'something follows' FAILED
    put "cp /run/custom/own.bin image.$suffix"
    refused "what is no archive" 74 unpack 'no such archive' EMPTY
    put "cp $PACKED/empty.bin.$suffix image.$suffix"
    refused "an archive of nothing" 61 unpack 'holds nothing' EMPTY
    put "cp $PACKED/wide.bin.$suffix image.$suffix"
    refused "an archive that wants more than 8 MiB" 27 unpack 'dictionary of more than 8 MiB' EMPTY
    put "cp $PACKED/32M.bin.$suffix image.$suffix"
    refused "an archive of an image longer than the carveout" 28 firmware '' FAILED
    left=$(guest_run guest "sed -n 's/VmallocUsed: *\([0-9]*\) kB/\1/p' /proc/meminfo")
    check "what was refused leaves nothing allocated" [ $((${left:-9999} - ${used:-0})) -lt 512 ]
}
formats=
for format in zstd:zst xz:xz; do
    if unpacks "${format%:*}"; then
        formats="$formats ${format#*:}"
        packed "${format#*:}"
    else
        put "cp $PACKED/2M.bin.${format#*:} image.${format#*:}"
        check_fails ".${format#*:}, which this kernel does not unpack, is not loaded" load p/image
        check "the log says so, and what to do" logged "${format%:*} -dc FILE > /dev/xen/carveout/modem"
        check "nothing is LOADING for it" state_is guest modem EMPTY
    fi
done
put "cp $PACKED/other.bin.xz image.xz"
refused "an archive with a check that the kernel does not know" 95 unpack 'xz --check=crc32' EMPTY
# Whichever is first of those that this kernel unpacks: .zst, or without it .xz.
case $formats in
*zst*) put "cp $PACKED/2M.bin.zst image.zst; cp $PACKED/empty.bin.xz image.xz" ;;
*) put "cp $PACKED/empty.bin.zst image.zst; cp $PACKED/2M.bin.xz image.xz" ;;
esac
check "of two archives the one is taken that the kernel takes" load p/image
check "and sealed" sealed "$image"
fresh

note "the guest's memory while it loads 32 MiB by name (limits: two buffers of a window's size, and 3 MiB; 12 MiB for an archive that wants 8 MiB)"
BUFFERS=2048
check "a carveout for it" attach guest 'name=big,size=32M'
check "its device appears" wait_for 20 device_ready guest big
# costs NAME KIB
costs() {
    took=$(guest_run guest "sync; echo 3 > /proc/sys/vm/drop_caches; start=\$(cut -d' ' -f1 /proc/uptime)
        /lab/memwatch sh -c 'echo $1 > /sys/class/xen_carveout/big/firmware' && echo \$start \$(cut -d' ' -f1 /proc/uptime)" 300)
    note "$1: $(echo "$took" | tr '\n' ' ')"
    drop=$(echo "$took" | sed -n 's/.* drop \([0-9]*\) .*/\1/p')
    check "$1 costs at most $2 KiB" [ "${drop:-999999}" -le "$2" ]
    check "all of it is sealed" [ "$(carveout_value guest big sha256)" = "$(image_sha256 test/32M.bin)" ]
    hv-mgr reset guest big > /dev/null
}
guest_run guest "umount /lib/firmware; mount --move /run/disk /lib/firmware"
costs test/32M.bin $((BUFFERS + 3072))
guest_run guest "echo -n /run/custom > $PARAMETERS/path"
for suffix in $formats; do
    guest_run guest "ln -s /lib/firmware/test/packed/32M.bin.$suffix /run/custom/packed-$suffix.$suffix"
    costs "packed-$suffix" $((BUFFERS + 12288))
done

check "the guest's kernel is well" guest_well guest
guest_stop guest
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
