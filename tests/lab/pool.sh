# A pool as who runs the host meets it: where carveouts lie, what is free, and what one guest's doings
# mean to another. For BACKING=pool.
# limit: 400
. /lab/lib.sh
. /lab/carveouts.sh

MIB=1048576
digest=$(image_sha256 "$IMAGE")

# The pool as people see it, into the run's own log.
show_pool() { hv-mgr pool list | while IFS= read -r line; do note "$line"; done; }
address_of() { carveout_value guest "$1" address; }
lies_at() { [ "$(address_of "$1")" -eq $(($2)) ]; }
# refused PATTERN COMMAND...: fails, and says why in such words.
refused() {
    pattern=$1
    shift
    if "$@" > /run/refused.log 2>&1; then return 1; fi
    cat /run/refused.log
    grep -qiE "$pattern" /run/refused.log
}

check "the manager starts" daemon_start
check "the pool is scrubbed without being asked" wait_for 30 pool_clean
start=$(pool_value address) size=$(pool_value size)
check "all of it is free" pool_is free "$size"
check "in one range" pool_is ranges 1
check "doctor is content" hv-mgr doctor
ledger_take start

note "1. a firmware image is loaded into the pool"
check "hv-mgr create starts a guest" carveout_guest guest '"name=modem, size=32M"'
check "its carveout lies at the pool's start" lies_at modem "$start"
check "the guest streams the image" guest_run guest "cat /lib/firmware/$IMAGE > /dev/xen/carveout/modem" 120
check "it is sealed" wait_state guest modem SEALED 30
check "with the file's digest" [ "$(carveout_value guest modem sha256)" = "$digest" ]
check "its bytes lie where the manager says" in_place guest modem "$IMAGE_WORD"
check "no domain holds them" [ "$(xl list | wc -l)" -eq 3 ]
show_pool

note "2. placement"
check "three more" attach guest "name=a,size=4M" "name=b,size=4M" "name=c,size=4M"
check "lie one behind the other" lies_at c "$start + 40 * $MIB"
check "the middle one goes" hv-mgr detach guest b
check "that is seen: two free ranges" pool_is ranges 2
largest=$((size - 44 * MIB))
check "the larger is what is left behind the last" pool_is largest "$largest"
show_pool
check "what fits in neither is refused, and the largest is named" \
    refused "largest free range.* $largest " attach guest "name=big,size=$((largest + 4096))"
check "what just fits is not" attach guest "name=big,size=$largest"
check "the lowest hole is used" attach guest "name=d,size=1M"
check "it is where the detached one was" lies_at d "$start + 36 * $MIB"
hv-mgr detach guest big

note "3. a fixed place"
fixed=$((start + 128 * MIB))
check "a carveout at an address" attach guest "name=fixed,size=8M,at=$fixed"
check "lies there" lies_at fixed "$fixed"
check "a second guest" guest_start other
check "cannot have the same" refused "taken" attach other "name=mine,size=8M,at=$fixed"
check "nor a part of it" refused "taken" attach other "name=mine,size=4K,at=$((fixed + 8 * MIB - 4096))"
check "what begins behind it, it can" attach other "name=mine,size=4K,at=$((fixed + 8 * MIB))"
check "the second guest cannot see the first one's" hole_is other "$fixed"
check "dom0 loads the first one's" hv-mgr load guest fixed /lab/disk/SHA256SUMS
check "it is kept" [ "$(hv-mgr dump guest fixed | sha256sum)" = "$(sha256sum < /lab/disk/SHA256SUMS)" ]

note "4. a guest dies"
check "the second goes" guest_stop other
check "a driver in the first, that has windows" user_load guest a
check "has one open" user_does guest hold
check "and is destroyed" guest_stop guest
check "all is free and zero again" wait_for 30 nothing_stored
check "so says the memory itself" pool_zero "$start" "$size"
check "in one range" pool_is ranges 1
check "memory, domains, xenstore and pool are as before" ledger_same start
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
