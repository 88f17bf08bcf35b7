# SPDX-License-Identifier: GPL-2.0-only
# What differs between the backings. BACKING is "vault" or "pool": a run names it, SCENARIO.sh@pool.
# Sourced by carveouts.sh; a cell that has no pool runs nothing on one.

BACKING=${BACKING:-vault}
POOL_PROBE_STEP=16777216          # bytes: what /lab/probe gets through well within its own time limit

# on BACKING COMMAND...: if that is the backing of this run.
on() {
    [ "$1" = "$BACKING" ] || return 0
    shift
    "$@"
}

# backed LIST: a list of quoted stanzas as an xl config has it, each with the backing of this run.
backed() { printf '%s' "$1" | sed "s/\"\([^\"]*\)\"/\"\1, backing=$BACKING\"/g"; }
carveout_key() { printf 'carveout = [ %s ]' "$(backed "$1")"; }

# attach DOMAIN STANZA...: `hv-mgr attach` with the backing of this run.
attach() {
    attach_to=$1
    shift
    for attach_stanza; do
        shift
        set -- "$@" "$attach_stanza,backing=$BACKING"
    done
    hv-mgr attach "$attach_to" "$@"
}

# pool_value KEY: of the only pool, as `hv-mgr pool list --json` has it. Its own address and size
# cannot be told from its carveouts' that way: ask for them while it has none.
pool_value() { hv-mgr pool list --json | json_value "$1"; }
pool_is() { [ "$(pool_value "$1")" = "$2" ]; }
pool_clean() { pool_is dirty 0; }

# Nothing is stored any more: there is neither guest nor vault, and every byte of a pool is free and zero.
nothing_stored() {
    [ -z "$(other_domains)" ] || return
    case $(hv-mgr pool list --json) in
    *'"domid"'*) return 1 ;;
    *'"name"'*) pool_is free "$(pool_value size)" && pool_clean ;;
    *'"pools"'*) ;;
    *) return 1 ;;
    esac
}

# dom0's own look at the pool's memory, past the manager: pool_probe ADDRESS r|w BYTES.
pool_probe() { /lab/probe "$1" "$2" "$3"; }
pool_steps() {
    step_at=$(($1))
    while [ "$step_at" -lt $(($1 + $2)) ]; do
        echo "$step_at"
        step_at=$((step_at + POOL_PROBE_STEP))
    done
}
# pool_fill ADDRESS BYTES: leave a pattern there. BYTES: a multiple of POOL_PROBE_STEP, or less than it.
pool_fill() {
    for fill_at in $(pool_steps "$1" "$2"); do
        pool_probe "$fill_at" w "$(($2 < POOL_PROBE_STEP ? $2 : POOL_PROBE_STEP))" > /dev/null || return
    done
}
pool_zero() {
    for zero_at in $(pool_steps "$1" "$2"); do
        zero_said=$(pool_probe "$zero_at" r "$(($2 < POOL_PROBE_STEP ? $2 : POOL_PROBE_STEP))")
        echo "$zero_at: $zero_said"
        [ "$zero_said" = "value 0x00000000 nonzero 0" ] || return
    done
}

# in_place DOMAIN NAME WORD: what is loaded lies where the backing keeps it: in a domain of its own, or
# in the pool's memory, at the address that the manager names (WORD: the image's first 32 bits).
in_place() {
    case $BACKING in
    vault) xl list | grep -qF "$1/$2" ;;
    pool) pool_probe "$(carveout_value "$1" "$2" address)" r 4 | grep -q "value $3" ;;
    esac
}

# Everything that the backing could give to a carveout now holds somebody's pattern. For a pool, which is
# filled past the manager, as whatever ran before it would have: while nobody has a carveout.
dirty_free_memory() {
    case $BACKING in
    vault) /usr/lib/hv-mgr/tests/dirty-heap 512 ;;
    pool)
        dirty_at=$(pool_value address) dirty_bytes=$(pool_value size)
        daemon_stop && pool_fill "$dirty_at" "$dirty_bytes" && daemon_start
        ;;
    esac
}
