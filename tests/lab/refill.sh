# A guest one of whose processors does nothing but put a page of its own at one frame of a window, at any
# moment: whatever dom0 asks for is done in its time, and what lies behind that frame goes.
# processors: 2
# limit: 500
. /lab/lib.sh
. /lab/carveouts.sh

BASE=$LAB_BASE
BOUND_DS=100                      # tenths of seconds: the grace, and what an emulated machine with two busy processors needs

attack() { guest_run evil "echo $1 > /sys/module/hostile/parameters/attack"; }
said() { guest_run evil "cat /sys/module/hostile/parameters/result"; }
# in_time COMMAND...
in_time() {
    begun=$(uptime_ds)
    "$@" || return
    took=$(($(uptime_ds) - begun))
    note "$*: $took tenths of a second"
    [ $took -le "$BOUND_DS" ]
}
# The window's other frames; of the one that it refills it may have a page of its own.
others_are_holes() {
    for page in 0 2 3; do hole_is evil $((BASE + page * 4096)) || return; done
}
no_window() { [ "$(carveout_value evil modem windows_open)" = 0 ]; }
it_won() { said | grep -qE 'refilled [1-9]'; }

# under WHAT COMMAND...: that, while it refills.
under() {
    what=$1
    shift
    note "it refills a frame, and dom0 says $what"
    check "a window is opened, and its second frame refilled without end" attack refill
    check "$what is done in its time" in_time "$@"
    check "the window's other frames are holes" others_are_holes
}
ends() {
    check "it stops" attack refill-end
    note "$(said)"
    check "it had won the frame" it_won
}

# Each of its populates over a page costs it that page until it dies, so that it has few tries.
hostile_guest() {
    check "a guest with two processors" carveout_guest evil '"name=modem, size=4M, guest-reset=1"' 'vcpus = 2'
    check "its kernel turns hostile" guest_run evil "insmod /lab/hostile.ko base=$LAB_BASE"
}
guest_ends() {
    check "the guest runs" guest_run evil "true"
    check "its kernel is well" guest_lives evil
    guest_stop evil
}

check "the manager starts" daemon_start
ledger_take start
hostile_guest
under "revoke --now" hv-mgr revoke --now evil modem
check "there is no window" no_window
ends
under "revoke" hv-mgr revoke evil modem
check "there is no window" no_window
ends
guest_ends
hostile_guest
under "reset" hv-mgr reset evil modem
check "there is no window" no_window
note "it goes on, and dom0 loads an image of its own"
check "load is done in its time" in_time hv-mgr load evil modem /lab/disk/SHA256SUMS
check "it is sealed" state_is evil modem SEALED
check "and is the image" [ "$(carveout_value evil modem sha256)" = "$(sha256sum < /lab/disk/SHA256SUMS | cut -d" " -f1)" ]
ends
under "detach" hv-mgr detach evil modem
ends
guest_ends
check "memory, domains, xenstore and pool are as before" ledger_same start
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
