# SPDX-License-Identifier: GPL-2.0-only
# The lab itself: guests start, run commands exactly, see the firmware disk, and leave nothing behind.
# limit: 240
. /lab/lib.sh

output_is() { [ "$(guest_run "$1" "$2")" = "$3" ]; }
status_is() {
    actual=0
    guest_run "$1" "$2" > /dev/null || actual=$?
    [ "$actual" -eq "$3" ]
}

# LAB_XENSTORED: the first that exists is started; a cell is there to test the one that it names first.
xenstored_runs() { [ -n "$1" ] && [ "$(cat /run/xenstored.pid)" = "$(pidof "$1")" ]; }

# shellcheck disable=SC2086  # a list of words
check "the xenstored that the cell is for runs" xenstored_runs $LAB_XENSTORED
started=$(uptime_ds)
check "a guest is created" xl create "$(guest_config one)"
note "it took $(($(uptime_ds) - started)) tenths of a second"
check "it answers" guest_ready one
note "it took $(($(uptime_ds) - started)) tenths of a second"
check "its console is logged" test -s /var/log/xen/console/guest-one.log

started=$(uptime_ds)
check "a command's output comes back unchanged" output_is one 'printf "a  b\n\n\tc"' "$(printf 'a  b\n\n\tc')"
note "it took $(($(uptime_ds) - started)) tenths of a second"
check "its exit status too" status_is one 'exit 42' 42
check "a command that is killed says so" status_is one 'kill -9 $$' 137
status=0
guest_run one 'sleep 3' 1 || status=$?
check "a command that does not end is given up" test "$status" -eq "$LAB_NO_ANSWER"
check "long output comes in one piece" output_is one 'seq 1 8000 | sha256sum' "$(seq 1 8000 | sha256sum)"
check "the middle of long output as well" output_is one 'seq 1 5000' "$(seq 1 5000)"
check "a long script runs" output_is one "$(seq -f 'x=%.0f' 1 2000)
echo \$x" 2000

job=$(guest_bg one 'sleep 1; echo late')
check "meanwhile others run" output_is one 'echo early' early
check "a background job's output comes later" sh -c '[ "$1" = late ]' - "$(guest_wait one "$job")"
job=$(guest_bg one 'sleep 600')
check "a background job can be killed" guest_kill one "$job"
status=0
guest_wait one "$job" || status=$?
check "and says so" test "$status" -eq 137

image=qcom/sdm845/adsp.mbn
check "the firmware on the guest's disk is the host's" \
    output_is one "cd /lib/firmware && sha256sum $image" "$(grep "$image" /lab/disk/SHA256SUMS)"
check "so is a large generated image" \
    output_is one "cd /lib/firmware && sha256sum test/64M.bin" "$(grep test/64M.bin /lab/disk/SHA256SUMS)"
check_fails "the guest cannot write to that disk" guest_run one 'mount -o remount,rw /lib/firmware'

check "a second guest with less memory starts" guest_start two 'memory = 96'
check "each answers for itself" output_is two 'hostname two; hostname' two
check "the first still does" status_is one 'test "$(hostname)" != two' 0
check "a guest's reboot makes a new domain" xl reboot two
old=$(guest_domid two)
rebooted() { new=$(xl domid two) && [ "$new" != "$old" ]; }
check "of another number" wait_for 30 rebooted
check "that answers too" guest_ready two
check "a guest can be stopped" guest_stop two
check_fails "and is gone then" xl domid two
