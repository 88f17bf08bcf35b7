# SPDX-License-Identifier: GPL-2.0-only
# A ledger of what Xen, xenstore, records, the pools, dom0 and the manager hold, so that a leak shows wherever it
# happens.

LEDGER_SLACK_MB=${LEDGER_SLACK_MB:-1}   # dom0's own page tables may grow once and for all
LEDGER_WAIT=${LEDGER_WAIT:-10}          # seconds: Xen frees and scrubs dead domains in the background

ledger_memory() { xl info | awk '$1 == "free_memory" { print $3 }'; }
ledger_domains() { xl list | awk 'NR > 1 { print $1, $2 }' | sort; }

# The tool stack's own empty directories and the manager's, and what xl notes of dom0's memory, stay once
# made; whether they are there says nothing.
ledger_paths() {
    xenstore-ls -f / | sed 's/ = ".*//' | grep -vE '^/(vm|libxl|hv-mgr|local/domain/0/backend(/[a-z0-9]+)?|local/domain/0/memory(/.*)?)$' | sort
}

# The names of what is recorded; one that is free has none (hv-mgr/daemon/record_file.c).
ledger_records() { grep -aoE '[0-9a-f]{8}-[0-9a-f-]{27}/[0-9/]+' /run/hv-mgr.records 2> /dev/null | sort; }

# While the manager runs: who has what of the pools, how much is free, and how much of that is dirty. Else
# nothing. (To ask a manager that is not there would take a process that links with all of Xen's libraries.)
ledger_pools() {
    pidof hv-mgr > /dev/null || return
    hv-mgr pool list --json 2> /dev/null | tr '{},' '\n\n\n' | sed -n 's/^ *"\(name\|free\|dirty\|domain\)": */\1 /p'
}

# dom0's bound event channels, by who has them. (Xen's own list, debug key e, goes to its console.)
ledger_channels() { awk '/xen-dyn/ { print $NF }' /proc/interrupts | sort | uniq -c; }

# What the manager's process holds: descriptors, and pages of guests that it has mapped, by grant
# (gntdev) or without (privcmd). The first line says which process that is.
ledger_manager() {
    manager=$(pidof hv-mgr) && [ -e "/proc/$manager/maps" ] || return 0
    echo "pid $manager"
    find "/proc/$manager/fd" -type l | sed 's/.*/descriptor/' | uniq -c
    grep -oE 'xen[/-](gntdev|privcmd)$' "/proc/$manager/maps" | sort | uniq -c
}

# ledger_take NAME: remember how things are. The manager comes last: by then it has hung up on who asked.
ledger_take() {
    mkdir -p "/run/lab/ledger/$1"
    ledger_pools > "/run/lab/ledger/$1/pools-dirty"
    grep -v '^dirty' "/run/lab/ledger/$1/pools-dirty" > "/run/lab/ledger/$1/pools"
    ledger_domains > "/run/lab/ledger/$1/domains"
    ledger_paths > "/run/lab/ledger/$1/paths"
    ledger_records > "/run/lab/ledger/$1/records"
    ledger_memory > "/run/lab/ledger/$1/memory"
    ledger_channels > "/run/lab/ledger/$1/channels"
    ledger_manager > "/run/lab/ledger/$1/manager"
}

# A manager that runs at one of the two times only can be asked once only; and another process may
# hold other things.
ledger_comparable() {
    case $2 in
    pools) [ -s "/run/lab/ledger/$1/pools" ] && [ -s /run/lab/ledger/now/pools ] ;;
    manager) [ "$(head -n 1 "/run/lab/ledger/$1/manager")" = "$(head -n 1 /run/lab/ledger/now/manager)" ] ;;
    esac
}

ledger_compare() {
    ledger_take now
    before=$(cat "/run/lab/ledger/$1/memory") now=$(cat /run/lab/ledger/now/memory)
    if [ $((before - now)) -gt "$LEDGER_SLACK_MB" ]; then
        echo "free memory was $before MiB, is $now MiB"
        return 1
    fi
    if grep -q '^dirty [1-9]' /run/lab/ledger/now/pools-dirty; then
        echo "a pool has free memory that is not scrubbed"
        return 1
    fi
    for what in domains paths records pools channels manager; do
        ledger_comparable "$1" "$what" || continue
        diff "/run/lab/ledger/$1/$what" "/run/lab/ledger/now/$what" > /run/lab/ledger/difference && continue
        echo "$what differ: $(grep '^[-+][^-+]' /run/lab/ledger/difference | head -n 8)"
        return 1
    done
}

# ledger_same NAME: succeeds if all is as it was then (it may take a moment); else says what is not.
ledger_same() {
    tries=0
    until difference=$(ledger_compare "$1"); do
        tries=$((tries + 1))
        [ "$tries" -lt "$LEDGER_WAIT" ] || { echo "$difference"; return 1; }
        sleep 1
    done
}

# ledger_keep NAME: the last comparison's look is remembered by this name.
ledger_keep() { rm -rf "/run/lab/ledger/$1" && mv /run/lab/ledger/now "/run/lab/ledger/$1"; }
