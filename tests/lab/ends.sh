# The ordinary ends of a guest, and of what it has: power-off, with carveouts and without.
# limit: 400
. /lab/lib.sh
. /lab/carveouts.sh

MORE_MS=500                       # that 16 carveouts may cost at power-off

console() { cat "/var/log/xen/console/guest-$1.log"; }
# stamp NAME TEXT: when its kernel said that, in microseconds of its clock.
stamp() { console "$1" | sed -n "s/^\[ *\([0-9]*\)\.\([0-9]*\)\].*$2.*/\1\2/p" | tail -n 1; }
# goes_down NAME: it powers off; sets $took, the milliseconds that its kernel needed for that.
goes_down() {
    guest_bg "$1" "dmesg -n 8; echo going down > /dev/kmsg; poweroff -f" > /dev/null
    wait_for "$GUEST_TIMEOUT" domain_gone "$1" || return
    rm -f "/run/lab/guests/$1"
    took=$((($(stamp "$1" "Power down") - $(stamp "$1" "going down")) / 1000))
    note "$1: $took ms"
}
stanzas=$(for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do printf '"name=c%d, size=2M", ' "$n"; done)

check "the manager starts" daemon_start
check "a guest without carveouts" guest_start plain
check "it powers off" goes_down plain
alone=$took
check "a guest with 16" carveout_guest full "${stanzas%, }"
check "it powers off" goes_down full
check "that takes no more than $MORE_MS ms longer" [ "$took" -le $((alone + MORE_MS)) ]
check_fails "its kernel waited for nobody in vain" sh -c "grep 'timeout closing' /var/log/xen/console/guest-full.log"
check "its content goes with it" wait_for 20 nothing_stored
