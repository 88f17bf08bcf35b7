# SPDX-License-Identifier: GPL-2.0-only
# The verdict channel, seen from dom0: a virtio port on descriptor 5 that everything started by init
# inherits (a port can be opened once only). tools/lablib/verdict.py describes the protocol.
# Each line is one write, so lines of several processes do not mix.

port_called() {
    for port in /sys/class/virtio-ports/*; do
        [ "$(cat "$port/name")" = "$1" ] && echo "/dev/${port##*/}" && return
    done
    return 1
}

open_report() {
    verdict_port=$(port_called lab.verdict) && log_port=$(port_called lab.log) || return 1
    exec 5> "$verdict_port" 6> "$log_port"
}

# One line to the host; newlines would end it early.
say() {
    printf '%s\n' "$(printf %s "$*" | tr '\n' ' ')" 2> /dev/null >&5
}

# report_file FILE [NAME]: the end of a file becomes an artifact beside the logs on the host.
report_file() {
    report_name=$(basename "${2:-$1}" | tr -c 'A-Za-z0-9._\n-' _)
    tail -c 262144 "$1" | base64 -w 3000 | while read -r chunk; do
        say "FILE $report_name $chunk"
    done
}
