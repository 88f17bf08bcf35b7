# SPDX-License-Identifier: GPL-2.0-only
# Guests of a scenario: starting them and running commands in them.
#
# Commands travel through the guest's xenstore directory: lab-guest (labroot/src/lab-guest.c) is dom0's end
# of that, and channel.h beside it has the protocol.

LAB_NO_ANSWER=250        # what guest_run returns if the guest did not answer in time
GUEST_TIMEOUT=${GUEST_TIMEOUT:-120}  # seconds: two emulated machines on two cores are slow

# Time in tenths of seconds that no clock adjustment moves.
uptime_ds() {
    IFS='. ' read -r whole part _ < /proc/uptime
    echo "$whole${part%?}"
}

# wait_for SECONDS COMMAND...: until it succeeds; fails when the time is over.
wait_for() {
    deadline=$(($(uptime_ds) + $1 * 10))
    shift
    until "$@"; do
        [ "$(uptime_ds)" -lt "$deadline" ] || return 1
        sleep 0.2
    done
}

# guest_config NAME [LINE]...: write an xl config, lines last (a later setting wins); print its path.
guest_config() {
    config=/run/lab/$1.cfg
    cat > "$config" << END
name = "$1"
type = "$LAB_GUEST_TYPE"
kernel = "/lab/disk/guest-kernel"
ramdisk = "/run/lab/guest-initramfs"
extra = "$LAB_GUEST_KERNEL_ARGS"
memory = $LAB_GUEST_MEMORY
vcpus = $LAB_GUEST_VCPUS
disk = [ "format=raw, vdev=xvda, access=ro, script=block-firmware, target=/dev/loop0" ]
on_crash = "destroy"
$LAB_GUEST_SETTINGS
$(cat /lab/guest-settings)
END
    shift
    for line in "$@"; do printf '%s\n' "$line" >> "$config"; done
    echo "$config"
}

# guest_with DIRECTORY PROGRAM...: an initramfs with what is in dom0's DIRECTORY, as the guest's root, and these of
# /lab/guest in its /lab. $GUEST_WITH is the line of a config that has it; the guest needs some more memory.
GUEST_WITH='ramdisk = "/run/lab/guest-initramfs-with"
memory = 192'
guest_with() {
    with=$1
    shift
    mkdir -p "$with/lab"
    for program; do cp "/lab/guest/$program" "$with/lab/" || return; done
    (cat /run/lab/guest-initramfs && cd "$with" && find . | busybox cpio -o -H newc) > /run/lab/guest-initramfs-with
}

# guest_start NAME [LINE]...: create it and wait until commands can run in it.
guest_start() {
    xl create "$(guest_config "$@")" && guest_ready "$1"
}

# guest_ready NAME [SECONDS]: for guests made in another way, or that rebooted into a new domain.
guest_ready() {
    if domid=$(lab-guest ready "$1" "${2:-$GUEST_TIMEOUT}"); then
        # It runs all the same, without what comes last.
        if grep -a 'Initramfs unpacking failed' "/var/log/xen/console/guest-$1.log"; then
            echo "the initramfs is too large for the memory of guest $1"
            return 1
        fi
        echo "$domid" > "/run/lab/guests/$1"
        return
    fi
    echo "guest $1 did not come up; the end of its console:"
    tail -n 30 "/var/log/xen/console/guest-$1.log" 2> /dev/null
    return "$LAB_NO_ANSWER"
}

guest_domid() { cat "/run/lab/guests/$1"; }

# guest_bg NAME SCRIPT: start it there; prints the job's id, for guest_wait and guest_kill.
guest_bg() { lab-guest bg "$1" "$2"; }

# In a script that runs in a guest: wait there for guest_go NAME. What a scenario does meanwhile is done by then,
# however slow the machine.
LAB_HOLD='until [ -e /run/go ]; do sleep 0.1; done; rm /run/go'
guest_go() { guest_run "$1" ": > /run/go"; }

# guest_wait NAME JOB [SECONDS]: prints what it printed, returns its exit status (128 + signal if
# killed), or LAB_NO_ANSWER.
guest_wait() { lab-guest wait "$1" "$2" "${3:-$GUEST_TIMEOUT}"; }

# guest_run NAME SCRIPT [SECONDS]: run it there; its output and its exit status are the function's.
guest_run() { lab-guest run "$1" "$2" "${3:-$GUEST_TIMEOUT}"; }

# guest_kill NAME JOB [SIGNAL]: signal a background job and all it started.
guest_kill() {
    guest_run "$1" "until [ -s /run/lab/$2/group ]; do sleep 0.1; done
kill -${3:-KILL} -\$(cat /run/lab/$2/group)"
}

# guest_busy NAME: keep two of its processors busy, with nothing; prints the job's id, for guest_kill.
# What such a guest costs others, on a machine of so few cores, is no attack's doing.
guest_busy() { guest_bg "$1" "while :; do :; done & while :; do :; done"; }

domain_gone() { ! xl domid "$1" > /dev/null 2>&1; }

# guest_stop NAME: destroy it, whatever it is doing, and wait until it has gone.
guest_stop() {
    xl destroy "$1"
    wait_for "$GUEST_TIMEOUT" domain_gone "$1" || return
    rm -f "/run/lab/guests/$1"
}

# Names of all domains but dom0, by domid.
other_domains() { xl list | awk 'NR > 1 && $2 != 0 { print $2 }'; }

# Destroy every domain there is but dom0: the end of a scenario.
destroy_guests() {
    for domid in $(other_domains); do
        echo "left over: domain $domid"
        xl destroy "$domid"
    done
    rm -f /run/lab/guests/*
}

# What a kernel says that dies of something; and one in which something of ours has gone wrong, or will with the next Linux.
DEADLY='Oops|BUG:|kernel BUG|Unable to handle'
TROUBLE="$DEADLY|WARNING:|general protection|invalid opcode|timeout closing device|on deprecated workqueue|state reset occurred|Call [Tt]race"

# guest_well NAME: the guest's kernel has not said such a thing. guest_stays_well NAME: nor since it was asked last.
guest_well() { guest_run "$1" "! dmesg | grep -E '$TROUBLE'"; }
guest_stays_well() { guest_run "$1" "! dmesg -c | grep -E '$TROUBLE'"; }

# guest_lives NAME: one that may have been warned of what it does has not died of it.
guest_lives() { guest_run "$1" "! dmesg | grep -E '$DEADLY'"; }
