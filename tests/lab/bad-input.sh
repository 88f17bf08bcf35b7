# Mistakes: each gets a message that says what to do, an exit status of its own, and leaves nothing.
# limit: 500
. /lab/lib.sh
. /lab/carveouts.sh

# refused SENTENCE STATUS PATTERN COMMAND...: fails with that status, and says something like PATTERN.
refused() {
    refused_sentence=$1 refused_status=$2 refused_pattern=$3
    shift 3
    status=0
    "$@" > /run/refused.log 2>&1 || status=$?
    cat /run/refused.log
    if [ "$status" -eq "$refused_status" ] && grep -qiE "$refused_pattern" /run/refused.log; then
        pass "$refused_sentence"
    else
        fail "$refused_sentence" "status $status (not $refused_status) or no '$refused_pattern': $(head -c 200 /run/refused.log)"
    fi
}
attach_refused() {
    sentence=$1 pattern=$2 status_wanted=$3
    shift 3
    refused "$sentence" "$status_wanted" "$pattern" attach guest "$@"
}

refused "no daemon: list says how to start one" 3 "daemon" hv-mgr list
refused "no daemon: create starts nothing" 3 "daemon" hv-mgr create "$(guest_config guest "$(carveout_key '"name=a, size=1M"')")"
check_fails "no domain was made" xl domid guest
check "the manager starts" daemon_start
refused "a second daemon refuses to start" 3 "running already" hv-mgr daemon
check "the first one still serves" hv-mgr list
check "its socket is root's alone" [ "$(stat -c %a /run/hv-mgr.sock)" = 600 ]
check "a guest" guest_start guest
check "it listens" guest_run guest true   # the nodes of that are there before the ledger, and after
ledger_take start

attach_refused "size zero" "size" 2 "name=a,size=0"
attach_refused "size unaligned" "size" 2 "name=a,size=5000"
attach_refused "size overflowing" "size" 2 "name=a,size=99999999999999999999"
attach_refused "size overflowing by its suffix" "size" 2 "name=a,size=99999999999G"
attach_refused "size too large" "size" 2 "name=a,size=64G"
attach_refused "size negative" "size" 2 "name=a,size=-4096"
attach_refused "size no number" "size" 2 "name=a,size=big"
attach_refused "size missing" "size" 2 "name=a"
attach_refused "name missing" "name" 2 "size=1M"
attach_refused "name with a slash" "name" 2 "name=a/b,size=1M"
attach_refused "name too long" "name" 2 "name=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,size=1M"
attach_refused "window zero" "window" 2 "name=a,size=1M,window=0"
attach_refused "window unaligned" "window" 2 "name=a,size=1M,window=5000"
attach_refused "window too large" "window" 2 "name=a,size=16M,window=4M"
attach_refused "window larger than the carveout" "window" 2 "name=a,size=64K,window=1M"
attach_refused "too many windows" "windows" 2 "name=a,size=1M,windows=5"
attach_refused "an unknown key" "colour" 2 "name=a,size=1M,colour=red"
attach_refused "a key twice" "twice|duplicate|already" 2 "name=a,size=1M,size=2M"
attach_refused "no carveout lies in RAM" "gpa" 2 "name=a,size=1M,gpa=0x40000000"
attach_refused "nor where processors have something of their own" "gpa" 2 "name=a,size=1M,gpa=0xfd00000000"
attach_refused "an address that is not aligned" "gpa" 2 "name=a,size=1M,gpa=0x100001000"
attach_refused "two carveouts of one name" "name|a" 2 "name=a,size=1M" "name=a,size=2M"
attach_refused "two carveouts that overlap" "overlap" 2 \
    "name=a,size=4M,gpa=$LAB_BASE" "name=b,size=4M,gpa=$((LAB_BASE + 0x200000))"
attach_refused "an unknown backing" "vault or pool" 2 "name=a,size=1M,backing=disk"
attach_refused_of_pool() {
    pool_end=$(($(pool_value address) + $(pool_value size)))
    attach_refused "a pool that does not exist" "no usable pool" 4 "name=a,size=1M,pool=nowhere"
    attach_refused "an address in no pool" "does not lie in a pool" 2 "name=a,size=1M,at=0x40000000"
    attach_refused "an address beyond the pool's end" "does not lie in a pool" 2 "name=a,size=2M,at=$((pool_end - 1048576))"
    attach_refused "a host address that is not aligned" "at" 2 "name=a,size=1M,at=$((pool_end - 1048575))"
    attach_refused "two carveouts at one host address" "overlap" 2 \
        "name=a,size=4M,at=$((pool_end - 8388608))" "name=b,size=4M,at=$((pool_end - 6291456))"
}
on vault attach_refused "a pool for a vault" "backing=pool" 2 "name=a,size=1M,pool=pool0"
on vault attach_refused "a host address for a vault" "backing=pool" 2 "name=a,size=1M,at=0x40000000"
on pool attach_refused_of_pool
refused "a guest that does not exist" 4 "no domain nobody" attach nobody "name=a,size=1M"
refused "dom0 itself" 2 "dom0" attach 0 "name=a,size=1M"
refused "a carveout that does not exist" 4 "guest" hv-mgr status guest nothing
refused "an unknown command" 2 "frobnicate" hv-mgr frobnicate
refused "a missing argument" 2 "usage" hv-mgr attach
refused "a config that does not exist" 2 "nofile" hv-mgr create /nofile.cfg
printf 'name = "s"\ncarveout = "name=a, size=1M"\n' > /run/string.cfg
refused "a carveout key that is no list" 2 "list" hv-mgr create /run/string.cfg
check "memory, domains and xenstore are as before" ledger_same start

note "a guest of that name runs"
config=$(guest_config guest "$(carveout_key '"name=z, size=1M"')")
domid=$(xl domid guest)
refused "create beside a guest of that name" 5 "stays as it is" hv-mgr create "$config"
refused "an option with which xl makes no guest and is content" 2 "passes on" hv-mgr create "$config" -- -h
refused "an abbreviated one" 2 "passes on" hv-mgr create "$config" -- --dry
check "it is the same guest" [ "$(xl domid guest)" = "$domid" ]
check "and it runs" guest_run guest true
check_fails "without that carveout" hv-mgr status guest z
refused "more carveouts than a guest can have" 2 "at most 16" hv-mgr create -n "$(guest_config other \
    "$(carveout_key "$(seq -s, 17 | sed 's/[0-9][0-9]*/"name=c&, size=1M"/g')")")"
refused "a place in RAM" 2 "gpa" hv-mgr create -n "$(guest_config other "$(carveout_key '"name=a, size=1M, gpa=0x40000000"')")"
refused_of_vault() {
    refused "more than the host has" 6 "MiB free" hv-mgr create -n "$(guest_config other "$(carveout_key '"name=a, size=3G"')")"
}
on vault refused_of_vault
check_fails "no domain was made" xl domid other
check "memory, domains and xenstore are as before" ledger_same start

note "no room"
case $BACKING in
vault) too_large=3G no_room=memory ;;
pool) too_large=512M no_room="largest free range" ;;
esac
refused "a carveout larger than what there is" 6 "$no_room" attach guest "name=big,size=$too_large"
check "nothing half-made stays" ledger_same start
refused "of two carveouts the second does not fit" 6 "$no_room" attach guest "name=a,size=1M" "name=big,size=$too_large"
check "then the first is not there either" ledger_same start

note "dom0 loads"
check "a carveout for a slow load" attach guest "name=l,size=4M"
dd if=/dev/zero of=/run/mib bs=1M count=1 2> /dev/null
slow_load() { { cat /run/mib /run/mib; sleep 20; cat /run/mib; } | hv-mgr load guest l - > /run/slow.log 2>&1; }
slow_load &
slow=$!
check "the load is under way" wait_state guest l LOADING 10
check "somebody resets it" hv-mgr reset guest l
slow_status=0
wait "$slow" || slow_status=$?
check "then the load ends" [ "$slow_status" -eq 5 ]
check "and says why" grep -q "ended by somebody else" /run/slow.log
check "nothing of it is there" state_is guest l EMPTY
refused "detach without a name" 2 "all" hv-mgr detach guest
refused "detach of a name that is empty" 2 "empty" hv-mgr detach guest ""
check "detach" hv-mgr detach guest --all
check "a carveout that expects its image's size" attach guest "name=e,size=1M,expected-size=100001"
head -c 5000 /run/mib > /run/part
broken_pipe() { head -c 5000 /run/mib | hv-mgr load guest e -; }
refused "a pipe that ends early" 9 "expects 100001" broken_pipe
check_fails "seals nothing" state_is guest e SEALED
check "reset" hv-mgr reset guest e
check "a part of it is kept" hv-mgr load guest e /run/part --no-seal
refused "and not sealed by hand either" 9 "expected-size" hv-mgr seal guest e
check "reset" hv-mgr reset guest e
check "detach" hv-mgr detach guest e
check "memory, domains and xenstore are as before" ledger_same start
check "a carveout" attach guest "name=a,size=1M,window=64K"
refused "the same name again" 5 "already" attach guest "name=a,size=1M"
refused "dump of what is EMPTY" 5 "SEALED" hv-mgr dump guest a /run/bad-dump
check "leaves no file" [ ! -e /run/bad-dump ]
refused "seal of nothing" 5 "nothing" hv-mgr seal guest a
head -c 2000000 /dev/zero > /run/large
refused "an image larger than the carveout" 6 "fit|space|large" hv-mgr load guest a /run/large
check_fails "is not sealed" state_is guest a SEALED
check "reset" hv-mgr reset guest a
head -c 100001 /dev/urandom > /run/image
refused "a wrong digest" 7 "digest" hv-mgr load guest a /run/image --sha256 "$(printf '%064d' 0)"
check "is FAILED" state_is guest a FAILED
check "reset again" hv-mgr reset guest a
check "the right digest" hv-mgr load guest a /run/image --sha256 "$(sha256sum < /run/image | cut -d' ' -f1)"
check "is SEALED" state_is guest a SEALED
refused "a second load" 5 "sealed" hv-mgr load guest a /run/image
check "dump gives the image back" hv-mgr dump guest a /run/dump
check "to the byte" cmp /run/image /run/dump
refused "dump into a full device" 6 "space" hv-mgr dump guest a /dev/full
check "detach" hv-mgr detach guest --all
check "memory, domains and xenstore are as before" ledger_same start

note "an address that something else in the guest has"
squatter_has() { guest_run guest "insmod /lab/squatter.ko base=$LAB_BASE size=4096"; }
check "another driver has its first page" squatter_has
check "a carveout is attached" attach guest "name=c,size=1M"
check "the driver loads" driver_load guest
collision() { xenstore-read "/local/domain/$(guest_domid guest)/error/device/carveout/0/error" | grep -q "in use.*another base"; }
check "xenstore has what is wrong, and what to do" wait_for 20 collision
check "so has the guest's log" guest_run guest "dmesg | grep 'carveout c: guest addresses.*in use'"
check_fails "there is no device" device_ready guest c
check_fails "dom0 sees no driver" [ "$(carveout_value guest c connected)" = true ]
# Linux waits half a minute for a device that still tries to connect, and who unloads its driver waits with it.
check "this one goes at once" guest_run guest "rmmod xen_carveout" 15
check "the other driver goes" guest_run guest "rmmod squatter"
check "then this one has it" driver_load guest
check "and its device" wait_for 20 device_ready guest c
check "another driver cannot" guest_run guest "! insmod /lab/squatter.ko base=$LAB_BASE size=4096"
check "the driver goes" guest_run guest "rmmod xen_carveout"
check "detach" hv-mgr detach guest --all

note "a front end that speaks another version"
check "a carveout without a driver" attach guest "name=v,size=1M"
front=/local/domain/$(guest_domid guest)/device/carveout/0
back=/local/domain/0/backend/carveout/$(guest_domid guest)/0
xenstore-write "$front/version" 2 "$front/ring-ref" 8 "$front/event-channel" 1 "$front/state" 3
says_version() { xenstore-read "$back/error" | grep -q version; }
check "is told which one to speak" wait_for 10 says_version
xenstore-write "$front/version" 1 "$front/ring-ref" 99999 "$front/event-channel" 1 "$front/slot-ref-0" 5 "$front/slot-ref-1" 5 "$front/state" 1
ready_again() { [ "$(xenstore-read "$back/state")" = 2 ]; }
check "may try again" wait_for 10 ready_again
xenstore-write "$front/state" 3
refused_again() { [ "$(xenstore-read "$back/state")" = 6 ]; }
check "and is refused with forged references" wait_for 10 refused_again
check "the manager lives on" hv-mgr list
check "a guest that never connects can be shut down" guest_stop guest
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
