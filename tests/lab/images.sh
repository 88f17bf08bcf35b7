# Firmware images loaded by their headers, in the guest and in dom0: what the carveout holds is what another reading of the
# image says (make_images.py), byte for byte; what cannot be loaded so leaves the carveout as it was.
# limit: 600
. /lab/lib.sh
. /lab/carveouts.sh

IMAGES=/lab/images                 # made by make_images.py; the guest has them at the same place
SYS=/sys/class/xen_carveout/modem
MIB=$(awk '$3 > most { most = $3 } END { print int(most / 1048576) + 1 }' $IMAGES/good)
load() { guest_run guest "echo $1 > /sys/class/xen_carveout/${2:-modem}/firmware" 120; }
reset() { hv-mgr reset guest "${1:-modem}" > /dev/null; }
logged() { guest_run guest "dmesg | tail -n 3 | grep -q '$1'"; }
# holds SHA256 SIZE
holds() {
    wait_state guest modem SEALED 10 && [ "$(carveout_value guest modem length)" = "$2" ] &&
        [ "$(hv-mgr dump guest modem | sha256sum | cut -d' ' -f1)" = "$1" ]
}

mkdir -p /run/with-images/lab
cp -a $IMAGES /run/with-images/lab/
check "the manager starts" daemon_start
guest_with /run/with-images stopwatch
# They lie in its memory, twice while it boots, and there are 32 MiB more in the end.
MEMORY=$((192 + 3 * $(du -sm $IMAGES | cut -f1)))
check "a guest" carveout_guest guest "\"name=modem, size=${MIB}M, guest-reset=1\"" "$GUEST_WITH" "memory = $MEMORY"
guest_run guest "echo -n /lab/images > /sys/module/firmware_class/parameters/path"

note "what is loaded"
while read -r name digest size entry; do
    check "the guest loads $name" load "$name"
    check "each byte is where it belongs" holds "$digest" "$size"
    check "its entry can be read" [ "$(guest_run guest "cat $SYS/entry")" = "$entry" ]
    reset
    check "dom0 loads $name" hv-mgr load guest modem "$IMAGES/$name"
    check "each byte is where it belongs" holds "$digest" "$size"
    reset
done < $IMAGES/good
check "the entry of what was reset is not told" [ -z "$(guest_run guest "cat $SYS/entry")" ]
while read -r name digest size; do
    guest_run guest "grep -q ' fw_decompress_xz\$' /proc/kallsyms" || break
    check "the guest loads $name, which is packed" load "$name"
    check "each byte is where it belongs" holds "$digest" "$size"
    reset
done < $IMAGES/packed

note "what is not"
load elf32le
kept=$(carveout_value guest modem sha256)
while read -r name words; do
    check_fails "the guest does not load $name" load "$name"
    check "the log says why: $words" logged "$words"
done < $IMAGES/bad
check "what was loaded before is there still" [ "$(carveout_value guest modem sha256)" = "$kept" ]
reset
while read -r name words; do
    check_fails "dom0 does not load $name" sh -c "hv-mgr load guest modem $IMAGES/$name 2> /run/error"
    check "it says why: $words" grep -q "$words" /run/error
done < $IMAGES/bad
check "and begins nothing" state_is guest modem EMPTY

note "what the stanza says"
check "carveouts that insist" attach guest "name=strict,size=1M,format=mbn" "name=raw,size=1M,format=raw"
check "they appear" wait_for 10 device_ready guest strict
check "they appear (raw)" wait_for 10 device_ready guest raw
check_fails "a stream is refused" guest_run guest "cat /lab/images/whole.mbn > /dev/xen/carveout/strict"
check "the log says what to do" logged "echo FILE > /sys/class/xen_carveout/strict/firmware"
check_fails "so is an image without a hash segment" load elf32le strict
check "the log says why" logged "without a hash segment"
check_fails "and dom0's pipe" sh -c "hv-mgr load guest strict - < $IMAGES/whole.mbn"
check "an image that has one is loaded" load whole.mbn strict
check "it is sealed" [ "$(carveout_value guest strict sha256)" = "$(sed -n 's/^whole.mbn \([^ ]*\).*/\1/p' $IMAGES/good)" ]
check "with format=raw the file is loaded as it is" load elf32le raw
check "it is sealed" [ "$(carveout_value guest raw sha256)" = "$(sha256sum < $IMAGES/elf32le | cut -d' ' -f1)" ]

note "how long it takes"
check "a carveout for 16 MiB" attach guest "name=big,size=16M"
check "it appears" wait_for 10 device_ready guest big
guest_run guest "cd /lab/images; cp /lib/firmware/test/16M.bin big.raw; cat big.head big.raw > big.elf"
took() { guest_run guest "/lab/stopwatch write /sys/class/xen_carveout/big/firmware $1" 120; hv-mgr reset guest big > /dev/null; }
# The least of some, in turns.
raw=0 placed=0
least() { [ "$1" = 0 ] || [ "$2" -lt "$1" ] && echo "$2" || echo "$1"; }
for round in 1 2 3 4; do
    raw=$(least $raw "$(took big.raw)")
    placed=$(least $placed "$(took big.elf)")
done
note "16 MiB: $((raw / 1000)) us as a raw file, $((placed / 1000)) us as an ELF image's segment"
check "by its headers an image costs no more than 1.1 times the raw file" [ $((placed * 10)) -le $((raw * 11)) ]

check "the guest's kernel is well" guest_well guest
guest_stop guest
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
