# A dirty host: what others left in Xen's free memory, or in the pool, is seen in no window and in no
# carveout. On vaults this runs on a Xen with scrub-domheap and on one without.
# limit: 300
. /lab/lib.sh
. /lab/carveouts.sh

fresh_carveout() {
    check "free memory is filled with a pattern" dirty_free_memory
    check "a carveout is attached" attach guest "name=a,size=4M,window=1M"
    check "its device appears" wait_for 20 device_ready guest a
}
scrubs() { grep -q scrub-domheap /run/lab/xl-info; }

check "the manager starts" daemon_start
check "doctor is content with this host" hv-mgr doctor
if scrubs; then
    check "doctor says that Xen scrubs freed pages" sh -c 'hv-mgr info | grep -q "scrubs_freed_pages *: yes"'
else
    check "doctor says what scrub-domheap would bring" sh -c 'hv-mgr doctor | grep -q scrub-domheap'
    check "the manager knows that Xen does not scrub" sh -c 'hv-mgr info | grep -q "scrubs_freed_pages *: no"'
fi
check "a guest with no carveout yet" guest_start guest
check "its driver loads" driver_load guest

note "what a carveout holds"
fresh_carveout
printf x > /run/one
check "dom0 loads one byte" hv-mgr load guest a /run/one --no-seal
check "and seals the whole carveout" hv-mgr seal guest a 4M
hv-mgr dump guest a /run/dump
only_zeros() { [ "$(tail -c +2 /run/dump | tr -d '\0' | wc -c)" -eq 0 ]; }
check "the rest of it is zeros" only_zeros
check "it is detached" hv-mgr detach guest --all

note "a window"
fresh_carveout
check "a driver that has windows" user_load guest a
check "opens one" user_does guest hold
for offset in 1000 40000 80000 ff000; do
    check "it shows zeros at 0x$offset" probe_is guest $((LAB_BASE + 0x$offset)) r "value 0x00000000 nonzero 0"
done
check "and commits it" user_does guest kept
check "the driver goes" user_unload guest
check "the guest's kernel is well" guest_well guest

note "what another guest gave back"
hv-mgr reset guest a
check "the guest loads a pattern of its own" guest_run guest \
    "head -c 4194304 /dev/zero | tr '\\0' Z > /dev/xen/carveout/a"
check "it is sealed" wait_state guest a SEALED 30
address=$(carveout_value guest a address)
check "a second guest gets memory" guest_start other
on pool check "the first guest's carveout is detached" hv-mgr detach guest --all
check "the second guest has a carveout" attach other "name=b,size=4M,window=1M"
on pool check "of the same frames" [ "$(carveout_value other b address)" = "$address" ]
check "its driver loads" driver_load other
check "its device appears" wait_for 20 device_ready other b
check "a driver that has windows" user_load other b
check "opens one" user_does other hold
check "the first guest's bytes are not in it" probe_is other $((LAB_BASE + 4096)) r "value 0x00000000 nonzero 0"
check "and commits it" user_does other kept
guest_stop other
guest_stop guest
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
