# A guest on x86 starts another kernel by kexec, or panics with one loaded for that, while somebody is in the middle of a
# copy. Both end in SHUTDOWN_soft_reset (Linux, arch/x86/xen/enlighten_hvm.c), at which the guest stands still with all
# that it has until xl has decided: of a PVH guest, as the lab's are, libxl_domain_soft_reset() returns ERROR_INVAL, and
# xl destroys it. The flaws looked for: the kernel that goes touches a window that the manager has taken, or waits for
# the manager in vain; a guest that stands still loses what is sealed, or what was written to it is sealed; or something
# of it is left for good. Pass means that consoles are clean to the last line, that the carveouts are as they should be
# as long as the guest is there, and that the next guest loads.
# limit: 500
. /lab/lib.sh
. /lab/carveouts.sh

STANZAS='"name=modem, size=64M, guest-reset=1", "name=dsp, size=16M"'
NEXT='/boot/kernel /boot/initramfs "$(cat /proc/cmdline)"'
KEXEC="/lab/kexec $NEXT"
PANIC="/lab/kexec -p $NEXT && echo c > /proc/sysrq-trigger"
STARTS='kexec_core: Starting new kernel'

console_of() { echo "/var/log/xen/console/guest-$1.log"; }
# A kernel that is made to panic shows its call trace.
console_well() { [ -s "$(console_of "$1")" ] && ! grep -aE "${TROUBLE%|Call*}" "$(console_of "$1")"; }
console_says() { grep -aF "$2" "$(console_of "$1")"; }
with_kernels() {
    mkdir -p /run/with/boot
    cp /lab/disk/guest-kernel /run/with/boot/kernel
    cp /run/lab/guest-initramfs /run/with/boot/initramfs
    guest_with /run/with kexec
}
none_open() { [ "$(carveout_value "$1" modem windows_open)" = 0 ]; }
not_sealed() { ! state_is "$1" modem SEALED; }
dsp_as_it_was() { state_is "$1" dsp SEALED && [ "$(carveout_value "$1" dsp sha256)" = "$(image_sha256 test/1M.bin)" ]; }
stands_still() { xl list "$1" | awk 'NR == 2 { print $5 }' | grep -i s; }

# GUEST WHAT-XL-DOES COMMAND: one carveout is sealed, somebody writes to the other, and the kernel ends by COMMAND.
ends() {
    check "a guest" carveout_guest "$1" "$STANZAS" "$GUEST_WITH" 'memory = 448' "on_soft_reset = \"$2\"" \
        "extra = \"$LAB_GUEST_KERNEL_ARGS crashkernel=128M\""
    check "one carveout is loaded" guest_run "$1" "cat /lib/firmware/test/1M.bin > /dev/xen/carveout/dsp"
    check "and sealed" wait_state "$1" dsp SEALED 30
    check "a driver writes to the other, through windows" user_works "$1" modem
    guest_bg "$1" "dmesg -n 8; $3" > /dev/null
}
gone() {
    check "$2" wait_for 60 domain_gone "$1"
    rm -f "/run/lab/guests/$1"
    check "and all of its own with it" wait_for 20 nothing_stored
}
stays() {
    ends "$1" preserve "$2"
    check "it stands still, as xl leaves it" wait_for 60 stands_still "$1"
    check "what was sealed is as it was" dsp_as_it_was "$1"
    check "what was written is not sealed" not_sealed "$1"
}

check "the manager starts" daemon_start
check "kernels for guests" with_kernels

note "kexec"
stays kexec "$KEXEC"
check "its kernel had let go of the window" wait_for 20 none_open kexec
check "and got to its end" console_says kexec "$STARTS"
check "its console is clean" console_well kexec
xl destroy kexec
gone kexec "it is destroyed"

note "a panic, with a kernel loaded for that"
stays panic "$PANIC"
xl destroy panic
gone panic "it is destroyed"

note "kexec, and xl is to reset the guest"
ends reset soft-reset "$KEXEC"
gone reset "xl destroys it"
check "its console is clean" console_well reset

check "the manager serves the next guest" carveout_guest next "$STANZAS"
check "which loads" guest_run next "cat /lib/firmware/test/1M.bin > /dev/xen/carveout/dsp"
check "and what is sealed is the image" wait_for 30 dsp_as_it_was next
check "it is destroyed" guest_stop next
check "nothing is left" wait_for 20 nothing_stored
check "the manager stops" daemon_stop
for g in kexec panic reset; do artifact "$(console_of $g)" "console-$g"; done
artifact /run/hv-mgr.log
