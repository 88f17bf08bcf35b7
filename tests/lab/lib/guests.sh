# SPDX-License-Identifier: GPL-2.0-only
# Guests of a scenario: starting them and running commands in them.
#
# Commands travel through the guest's xenstore directory (the agent, labroot/guest/lab/agent, has the
# protocol), so they need neither a network nor a console, and exit statuses are exact.

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
END
    shift
    for line in "$@"; do printf '%s\n' "$line" >> "$config"; done
    echo "$config"
}

# guest_start NAME [LINE]...: create it and wait until commands can run in it.
guest_start() {
    xl create "$(guest_config "$@")" && guest_ready "$1"
}

# guest_ready NAME [SECONDS]: for guests made in another way, or that rebooted into a new domain.
guest_ready() {
    guest_deadline=$(($(uptime_ds) + ${2:-$GUEST_TIMEOUT} * 10))
    while [ "$(uptime_ds)" -lt "$guest_deadline" ]; do
        domid=$(xl domid "$1" 2> /dev/null) &&
            xenstore-exists "/local/domain/$domid/data/lab/ready" 2> /dev/null &&
            echo "$domid" > "/run/lab/guests/$1" && return
        sleep 0.2
    done
    echo "guest $1 did not come up; the end of its console:"
    tail -n 30 "/var/log/xen/console/guest-$1.log" 2> /dev/null
    return "$LAB_NO_ANSWER"
}

guest_domid() { cat "/run/lab/guests/$1"; }

# The guest's part of xenstore, into $lab_dir.
find_lab_dir() {
    read -r lab_domid < "/run/lab/guests/$1" && lab_dir=/local/domain/$lab_domid/data/lab
}

# guest_bg NAME SCRIPT: start it there; prints the job's id, for guest_wait and guest_kill.
guest_bg() {
    find_lab_dir "$1" || return
    read -r lab_pid _ < /proc/self/stat       # $$ would be the same in every subshell
    read -r lab_now _ < /proc/uptime
    job=$lab_pid-${lab_now%.*}${lab_now#*.}   # xenstore allows no dots
    text=$(printf '%s\n' "$2" | base64 -w 1900)
    set --
    pieces=0
    for piece in $text; do
        [ "$pieces" -eq 0 ] || set -- "$@" "$lab_dir/text/$job/$pieces" "$piece"
        pieces=$((pieces + 1))
    done
    xenstore-write "$@" "$lab_dir/go/$job" "$pieces ${text%%[!A-Za-z0-9+/=]*}" && echo "$job"
}

# Paths of the pieces of a job's output.
out_paths() {
    i=0
    while [ "$i" -lt "$2" ]; do
        echo "$1/$i"
        i=$((i + 1))
    done
}

# guest_wait NAME JOB [SECONDS]: prints what it printed, returns its exit status (128 + signal if
# killed), or LAB_NO_ANSWER.
guest_wait() {
    find_lab_dir "$1" || return "$LAB_NO_ANSWER"
    job_deadline=$(($(uptime_ds) + ${3:-$GUEST_TIMEOUT} * 10))
    job_pause=0.1 # and longer each time: to look costs a process, and those are dear in an emulated PV dom0
    until ended=$(xenstore-read "$lab_dir/done/$2" 2> /dev/null); do
        if [ "$(uptime_ds)" -ge "$job_deadline" ]; then
            echo "guest $1 gave no answer" >&2
            return "$LAB_NO_ANSWER"
        fi
        sleep $job_pause
        case $job_pause in 0.[1-4]) job_pause=0.$((${job_pause#0.} + 1)) ;; esac
    done
    set -- "$2" "${ended#* }"
    if [ "$2" -gt 0 ]; then
        # shellcheck disable=SC2046  # one path a word
        xenstore-read $(out_paths "$lab_dir/out/$1" "$2") | tr -d '\n' | base64 -d
        xenstore-rm "$lab_dir/done/$1" "$lab_dir/out/$1"
    else
        xenstore-rm "$lab_dir/done/$1"
    fi
    return "${ended% *}"
}

# guest_run NAME SCRIPT [SECONDS]: run it there; its output and its exit status are the function's.
guest_run() {
    run_job=$(guest_bg "$1" "$2") || return "$LAB_NO_ANSWER"
    guest_wait "$1" "$run_job" "${3:-}"
}

# guest_kill NAME JOB [SIGNAL]: signal a background job and all it started.
guest_kill() {
    guest_run "$1" "until [ -s /run/lab/$2/group ]; do sleep 0.1; done
kill -${3:-KILL} -\$(cat /run/lab/$2/group)"
}

# guest_busy NAME: keep two of its processors busy, with nothing; prints the job's id, for guest_kill.
# What such a guest costs others, on a machine of so few cores, is no attack's doing.
guest_busy() { guest_bg "$1" "while :; do :; done & while :; do :; done"; }

# guest_push NAME FILE PATH: copy a file into the guest, with its mode. For small files: big ones
# belong into --guest-overlay or onto the firmware disk.
guest_push() {
    push_size=$(stat -c %s "$2") push_offset=0
    guest_run "$1" "mkdir -p '$(dirname "$3")' && : > '$3' && chmod $(stat -c %a "$2") '$3'" || return
    while [ "$push_offset" -lt "$push_size" ]; do
        push_text=$(dd if="$2" bs=24576 skip=$((push_offset / 24576)) count=1 2> /dev/null | base64)
        guest_run "$1" "base64 -d >> '$3' << 'END'
$push_text
END" || return
        push_offset=$((push_offset + 24576))
    done
}

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
