# SPDX-License-Identifier: GPL-2.0-only
# What scenarios of hv-mgr itself share: the daemon, guests with carveouts, and what their states are.
# Sourced after lib.sh.

. /lab/backings.sh

LAB_MODULE=/lab/xen-carveout.ko   # in the guest, from --guest-overlay
LAB_PROBE=/lab/probe
IMAGE=qcom/sdm845/adsp.mbn        # on the guest's firmware disk
IMAGE_WORD=0x464c457f             # how it begins: it is an ELF file

image_sha256() { sed -n "s|^\([0-9a-f]*\) .*$1\$|\1|p" /lab/disk/SHA256SUMS; }

# daemon_start: in the background, logging to /run/hv-mgr.log; returns once it serves.
daemon_start() { hv-mgr daemon --detach 2>> /run/hv-mgr.log; }
daemon_stop() {
    pid=$(pidof hv-mgr) || return 0
    kill "$pid"
    wait_for 10 sh -c "! kill -0 $pid 2> /dev/null"
}

# Values out of one JSON object on one or many lines; enough for keys that are unique in it.
json_value() { tr -d '\n' | sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*[^\",} ]\).*/\1/p"; }

# carveout_value DOMAIN NAME KEY: of `hv-mgr status --json`.
carveout_value() { hv-mgr status "$1" "$2" --json | json_value "$3"; }
state_is() { [ "$(carveout_value "$1" "$2" state)" = "$3" ]; }
wait_state() { timeout "${4:-60}" hv-mgr status "$1" "$2" --until "$3" > /dev/null; }

# carveout_guest NAME STANZAS [CFG LINE]...: `hv-mgr create`, wait, load the driver, wait for the devices.
# STANZAS is the list as the config has it, without the backing: '"name=a, size=1M", "name=b, size=2M"'.
carveout_guest() {
    guest_name=$1 stanzas=$2
    shift 2
    hv-mgr create "$(guest_config "$guest_name" "$(carveout_key "$stanzas")" "$@")" &&
        guest_ready "$guest_name" && driver_load "$guest_name" &&
        devices_ready "$guest_name" "$(echo "$stanzas" | grep -o 'name=' | wc -l)"
}
# devices_ready NAME COUNT: so many carveouts have a device there.
devices_ready() {
    guest_run "$1" "tries=0
until [ \$(ls /dev/xen/carveout 2> /dev/null | wc -l) -eq $2 ]; do
    [ \$((tries += 1)) -lt 200 ] || exit 1
    sleep 0.1
done"
}

# What the measured log has of a carveout: its events in one line; all that they say by this key.
log_events() { hv-mgr log "$(xl domid "$1")" "$2" | awk 'NR > 1 { printf "%s%s", blank, $3; blank = " " }'; }
log_values() { hv-mgr log "$(xl domid "$1")" "$2" | awk -v event="$3" '$3 == event' | sed -n "s/.* $4=\([^ ]*\).*/\1/p"; }
# log_is GUEST NAME EVENTS: these, and no others; log_begins: or more behind them.
log_is() { log_begins "$1" "$2" "$3" && [ "$logged" = "$3" ]; }
log_begins() {
    logged=$(log_events "$1" "$2")
    echo "logged: $logged"
    case $logged in
    "$3"*) ;;
    *) return 1 ;;
    esac
}

driver_load() { guest_run "$1" "insmod $LAB_MODULE"; }
# Another driver in the guest, which has windows: tests/guest/api-test says what its steps are.
user_load() { guest_run "$1" "insmod /lab/carveout_api_test.ko name=$2"; }
user_unload() { guest_run "$1" "rmmod carveout_api_test"; }
user_does() { guest_run "$1" "cd /sys/module/carveout_api_test/parameters; echo $2 > step; s=\$?; cat result; exit \$s"; }
device_ready() { guest_run "$1" "test -c /dev/xen/carveout/$2"; }

# user_works GUEST NAME: it copies through windows, over and over, whatever becomes of them, until user_does GUEST rest.
user_works() { user_load "$1" "$2" && user_does "$1" work && wait_for 60 window_is_open "$1" "$2"; }
window_is_open() { [ "$(carveout_value "$1" "$2" windows_open)" -gt 0 ]; }

# probe_is GUEST ADDRESS MODE RESULT: what becomes of a process in the guest that touches ADDRESS.
probe_is() {
    probed=$(guest_run "$1" "$LAB_PROBE $2 $3") || :
    echo "probe $2 $3: $probed"
    case $probed in
    "$4"*) ;;
    *) return 1 ;;
    esac
}

# hole_is GUEST ADDRESS: there is nothing for a process in the guest, whether it reads or writes. What that
# means is the architecture's, and the cell says it: arm64 kills who touches it; on x86 reads give ones,
# writes vanish, and the process goes on.
hole_is() {
    case $LAB_HOLE in
    kills) probe_is "$1" "$2" r "killed SIGKILL" && probe_is "$1" "$2" w "killed SIGKILL" ;;
    ones) probe_is "$1" "$2" w "wrote 0xffffffff" && probe_is "$1" "$2" r "value 0xffffffff nonzero 1" ;;
    *) echo "no such meaning of a hole: $LAB_HOLE"; return 1 ;;
    esac
}
