# A hostile guest kernel and what it does to its own memory, with a victim beside it whose loads go on:
# the sealed content, the victim and the manager do not notice. What each attack is after, and what its
# outcomes mean, stands at the head of the files in tests/guest/hostile/.
# limit: 1200
. /lab/lib.sh
. /lab/carveouts.sh

GUEST_TIMEOUT=240                 # three guests on the one processor of an emulated x86 machine
IMAGE=test/1M.bin
VICTIM_IMAGE=test/1M.bin
HOLE=0x1f0000000                  # where the attacks put what they get
BOUND_DS=20                       # tenths of a second: what others may have to wait for an answer, or
BOUND_FACTOR=2                    # ... so many times what they wait beside a guest that only computes
ALONE_SECONDS=15                  # for how long the victim loads beside a guest that only computes

sealed_content() { hv-mgr dump "$1" modem | sha256sum | cut -d' ' -f1; }
digest() { carveout_value "$1" modem sha256; }

# What differs: a vault where Xen scrubs, a vault where windows are pinned, a pool.
# here SCRUBS PINNED POOL: that of this run.
here() {
    case $BACKING in
    pool) echo "$3" ;;
    vault) if grep -q scrub-domheap /run/lab/xl-info; then echo "$1"; else echo "$2"; fi ;;
    esac
}

attacker=evil
turn_hostile() { guest_run "$1" "insmod /lab/hostile.ko base=$LAB_BASE host_base=${address:-0}"; }

# attack NAME...: one after the other; gives NAME OUTCOME: that is what came of it.
attack() {
    guest_run $attacker "cd /sys/module/hostile/parameters
for attack in $*; do echo \$attack > attack && echo \$attack: \$(cat result) || exit; done" > /run/said
    attacked=$?
    cat /run/said
    return $attacked
}
said() { sed -n "s/^$1: //p" /run/said; }
gives() { [ "$(said "$1")" = "$2" ]; }

# content LETTERS: the carveout holds a page of each of them, and the digest is of that.
content() {
    wanted=$(for letter in $1; do head -c 4096 /dev/zero | tr '\0' "$letter"; done | sha256sum | cut -d' ' -f1)
    [ "$(sealed_content evil)" = "$wanted" ] && [ "$(digest evil)" = "$wanted" ]
}
digest_of_content() { [ "$(digest evil)" = "$(sealed_content evil)" ]; }

# The victim loads its image again and again, each time comparing the digest, until /run/stop is there.
victim_loads="loads=0
until [ -e /run/stop ]; do
    [ \$loads -eq 0 ] || echo 1 > /sys/class/xen_carveout/modem/reset || exit 2
    cat /lib/firmware/$VICTIM_IMAGE > /dev/xen/carveout/modem || exit 3
    [ \"\$(cat /sys/class/xen_carveout/modem/digest)\" = $(image_sha256 "$VICTIM_IMAGE") ] || exit 4
    loads=\$((loads + 1))
    sleep 1
done
echo \$loads"

# Ask the manager after the victim all the time. /run/slowest: the longest that it took, in tenths of a
# second, or that there was no answer.
ask_on_and_on() {
    while :; do
        asked=$(uptime_ds)
        hv-mgr status victim modem > /dev/null || { echo "no answer" > /run/slowest; return; }
        took=$(($(uptime_ds) - asked))
        [ "$took" -le "$(cat /run/slowest)" ] || echo "$took" > /run/slowest
        sleep 0.5
    done
}
# A machine that is short of processors answers slowly with no attacker, too: it is that which an attacker is
# held against then.
answered_in_time() {
    note "slowest answer: $(cat /run/slowest) tenths of a second, and $alone beside a guest that computes"
    [ "$(cat /run/slowest)" -le $BOUND_DS ] || [ "$(cat /run/slowest)" -le $((BOUND_FACTOR * alone)) ]
}

victim_begins() {
    check "a victim" carveout_guest victim '"name=modem, size=4M, window=64K, guest-reset=1"'
    job=$(guest_bg victim "$victim_loads")
    echo 0 > /run/slowest
    ask_on_and_on &
    asking=$!
    busy=$(guest_busy evil)
    sleep $ALONE_SECONDS
    guest_kill evil "$busy"
    alone=$(cat /run/slowest)
    echo 0 > /run/slowest
}
victim_ends() {
    note "meanwhile"
    guest_run victim "touch /run/stop"
    loads=$(guest_wait victim "$job" 120)
    check "the victim loaded, to the byte, again and again" [ "${loads:-0}" -gt 1 ]
    note "$loads loads of $VICTIM_IMAGE"
    kill $asking
    check "the manager answered others within its bound" answered_in_time
    check "the victim's content outlives it" [ "$(sealed_content victim)" = "$(image_sha256 "$VICTIM_IMAGE")" ]
    guest_stop victim
}

# hold REF [BYTE]: a back end in dom0 maps what the attacker granted, and keeps it.
hold() { /usr/lib/hv-mgr/tests/hold-grant "$(guest_domid evil)" "$@" > /run/held 2>&1 & holder=$!; }
held() { wait_for 5 grep -q "^mapped" /run/held; }
not_held() { wait_for 5 grep -q "not mapped" /run/held; }
let_go() { kill $holder; wait $holder; }

check "the manager starts" daemon_start
ledger_take start
# one vCPU more than Linux is told of; more event channels than fit in one page of the event array
check "an attacker" carveout_guest evil '"name=modem, size=16M, guest-reset=1"' \
    'vcpus = 3' "extra = \"$LAB_GUEST_KERNEL_ARGS maxcpus=2\"" 'max_event_channels = 2047'
check "the attacker's image is loaded" guest_run evil "cat /lib/firmware/$IMAGE > /dev/xen/carveout/modem"
check "and sealed" wait_state evil modem SEALED 30
address=$(carveout_value evil modem address)      # a pool's: where it lies in the host
check "its kernel turns hostile" turn_hostile evil
victim_begins

note "it puts what it has where the sealed bytes were"
check "Xen lets it" attack sealed-frame
check "it finds nothing there" gives sealed-frame \
    "exchange -22, own page blank, unmap 0, grant frame blank, unmap 0, remove 0, host frame -13"
check "the sealed content is what it was" [ "$(sealed_content evil)" = "$(image_sha256 "$IMAGE")" ]
check "and so is its digest" [ "$(digest evil)" = "$(image_sha256 "$IMAGE")" ]

note "it changes the frames of an open window"
# "commit 0": the close got what it could; "commit -14": it failed the load.
check "Xen lets it, or refuses" attack remove unmap replace grant-frame grant-over exchange
check "it takes a page out" gives remove "$(here 'remove 1, commit -14, left 0' 'remove 1, commit 0, left 0' 'remove 0, commit 0, left 0')"
check "it unmaps one" gives unmap "$(here 'unmap 0, commit -14, left 0' 'unmap 0, commit 0, left 0' 'unmap -2, commit 0, left 0')"
check "it puts a page of its own over one" gives replace \
    "$(here 'replace 1, commit 0, left 0' 'replace 1, commit 0, left 0' 'replace 1, commit -14, left 0')"
check "it puts a frame of its grant table over one" gives grant-frame \
    "$(here 'grant frame 0, commit 0, left 0' 'grant frame 0, commit 0, left 0' 'grant frame 0, commit -14, left 0')"
# On x86, Xen 4.20 finds no page behind a mapping of a grant (p2m_get_page_from_gfn()).
hidden=0
[ "$LAB_CELL" != x86_64-4.20 ] || hidden=1
over="grant 0, commit $((hidden * -14)), left 0"
check "it puts a mapping of a grant over one" gives grant-over \
    "$(here "$over" "$over" 'grant 0, commit -14, left 0')"
check "it exchanges one" gives exchange "exchange -95, commit 0, left 0"
check "what could not be taken failed its load, and no other" [ "$(carveout_value evil modem loads_failed)" -eq "$(here $((2 + hidden)) $hidden 3)" ]
check "it asks for the host's frame elsewhere" attack host-frame
check "and is refused, with a window and without" gives host-frame "-13, commit 0, -13"
check "nothing is there" hole_is evil $HOLE
check "the content is what was in the window" content "H H H H"

note "it has other ways to a window's page"
check "an alias of it" attack alias
alias='commit 0, wrote through the alias' no_alias='alias refused: -9, commit 0'
[ $hidden -eq 0 ] || alias=$no_alias
check "through which it writes after the close" gives alias "$(here "$alias" "$alias" "$no_alias")"
check "the content is what was there at the close" content "A A A A"
check "it copies from and to it" attack copy
check "while it has it" gives copy \
    "$(here '0, commit 0, -9 -9, -9 -9' '0, commit 0, -9 -9, -9 -9' '-9, commit 0, -9 -9, -9 -9')"
check "the content is what it copied in time" content "$(here 'A C A A' 'A C A A' 'A A A A')"
check "it grants one to dom0" attack held
hold "$(said held | tr -dc 0-9)" 98
on vault check "where a back end maps it, and writes to it for ever" held
on pool check "which cannot map it" not_held
check "it commits and seals" attack let-go
check "without an error" gives let-go "commit 0"
check "the digest is of what is kept" digest_of_content
kept=$(sealed_content evil)
sleep 1
check "which changes no more" [ "$(sealed_content evil)" = "$kept" ]
let_go
check "it lets a back end keep what its driver will grant" attack divert
diverts() {
    hold "$(said divert | tr -dc 0-9)"
    check "the back end maps that" held
    check "it loads a window" attack let-go
    check "which is taken, and its own page not cleared" gives let-go "commit 0, own page kept"
    check "the content is what it granted" content "$(here 'P A A A' 'A A A A' '')"
    let_go
}
on vault diverts
on pool check "no grants are used here" gives divert "no grants"

note "it has Xen write to a window"
check "by areas that it registers there" attack areas
check "which outlive the window" gives areas \
    "$(here '0 0 0, 3 written, commit 0' '0 0 0, 3 written, commit 0' '-22 -22 -22, 0 written, commit 0')"
two=$(printf '\002')
check "the content is what the guest had written last" content "$two $two $two $two"
check "by hypercalls that return something there" attack buffer
check "while there is something" gives buffer \
    "$(here '0, commit 0, run state 0, -14' '0, commit 0, run state 0, -14' '-14, commit 0, run state 0, -14')"
check "the content is what was in the window" content "A A A A"

note "it uses up what windows need"
check "all that there is" attack headroom exhaust
check "the pages that its windows may take" gives headroom \
    "$(here 'open -12, open 0, commit 0' 'open -12, open 0, commit 0' 'open 0, commit 0, open 0, commit 0')"
check "its page tables" gives exhaust "commit 0, open -12, open 0, commit 0"

note "it moves the page that it shares with Xen"
check "Xen lets it" attack shared-info
check "over a window's, over sealed bytes, and home" gives shared-info \
    "$(here 'shared info 0, commit 0, seal 0, sealed frame 0, home 0' \
        'shared info 0, commit 0, seal 0, sealed frame 0, home 0' 'shared info 0, commit -14, home 0')"
on vault check "the digest is of what is kept" digest_of_content
check "its kernel has lived through all of it" guest_lives evil

check "the attacker is destroyed" guest_stop evil

note "another one maps a grant where a window is to be"
attacker=other
check "it comes up" carveout_guest other '"name=modem, size=1M, guest-reset=1"'
check "its device appears" wait_for 20 device_ready other modem
check "its kernel turns hostile" turn_hostile other
if [ "$LAB_ARCH" = arm64 ]; then
    check "Xen lets it" attack grant-under
    check "which the window replaces" gives grant-under "grant 0, open 0, commit 0"
    check "it is destroyed" guest_stop other
else
    guest_bg other "echo grant-under > /sys/module/hostile/parameters/attack" > /dev/null
    check "Xen destroys it for that" wait_for 60 domain_gone other
fi

victim_ends
check "memory, domains, xenstore and pool are as before" ledger_same start
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
