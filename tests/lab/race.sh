# A guest with two processors: one writes to windows while they are closed and sealed, or looks at them as
# they come up. What is measured is what is kept, and nobody's old bytes are seen.
# processors: 2
# limit: 900
. /lab/lib.sh
. /lab/carveouts.sh

BASE=$LAB_BASE
RACE_SECONDS=60
BATCH=128                         # windows of one page in one load
[ "$LAB_ARCH" = arm64 ] || BATCH=32  # as many as an emulated x86 machine ends in the time of a command
LEAST=500                         # rounds, however long they take

attack() { guest_run guest "echo $1 > /sys/module/hostile/parameters/attack"; }

# What the poller has seen until now: $seen.
poller_ends() {
    guest_run guest "killall poller"
    seen=$(guest_wait guest "$job")
}

# polled SENTENCE ATTACK WORD: nothing but zeros and WORD is seen in the windows that ATTACK opens.
polled() {
    job=$(guest_bg guest "/lab/poller $BASE 1048576 60 $3")
    sleep 1
    check "windows come and go" attack "$2"
    poller_ends
    note "$seen"
    case $seen in
    "looks 0 "*) false ;;
    *" other 0") ;;
    *) false ;;
    esac
    check "$1" [ $? -eq 0 ]
}

# One load, each of whose windows was written while it was closed.
race_batch() {
    raced=$(guest_run guest "/lab/racer $BASE $BATCH" 120) || { echo "$raced"; return 1; }
    raced=${raced#rounds }
    rounds=$((rounds + ${raced%% *})) passes=$((passes + ${raced##* }))
    kept=$(hv-mgr dump guest modem | sha256sum | cut -d' ' -f1)
    [ "$(carveout_value guest modem sha256)" = "$kept" ]
}
race_on() {
    rounds=0 passes=0
    race_end=$(($(uptime_ds) + RACE_SECONDS * 10))
    while [ "$(uptime_ds)" -lt $race_end ] || [ $rounds -lt $LEAST ]; do race_batch || return; done
}

check "the manager starts" daemon_start
check "free memory is filled with a pattern" dirty_free_memory
check "a guest with two processors" carveout_guest guest '"name=modem, size=4M, guest-reset=1"' 'vcpus = 2'
# On x86 each alias of a window leaves it with that window's page until it dies: Xen undoes a mapping of a grant where that
# was made (replace_grant_p2m_mapping()), and there is a hole. What it may own is to have room for all of them.
[ "$LAB_ARCH" = arm64 ] || check "it may own more" xl mem-max guest $((LAB_GUEST_MEMORY + 32))
check "its kernel turns hostile" guest_run guest "insmod /lab/hostile.ko base=$LAB_BASE"

note "it looks at fresh windows from its second processor"
polled "it sees zeros alone" blank-windows 0
on vault check "free memory is filled with a pattern again" dirty_free_memory
polled "of windows that show content it sees that, or zeros" shown-windows 0x43434343
case $seen in *" word 0 "*) false ;; esac
check "and that it does see" [ $? -eq 0 ]

note "it writes to windows while they are closed and sealed"
check "each digest is of what is kept" race_on
note "$rounds rounds, $passes passes over a page, in $((($(uptime_ds) - race_end) / 10 + RACE_SECONDS)) s"
note "it goes on looking through a mapping that it keeps when its window is revoked"
check "a window is opened" attack race-open
job=$(guest_bg guest "/lab/poller $BASE 4096 60 0x41414141")
sleep 3
check "and revoked at once" hv-mgr revoke --now guest modem
sleep 5
poller_ends
note "$seen"
# Zeros, too, where a page is wiped before it is taken (without scrub-domheap).
case $seen in
*" word 0 "*) false ;;
"looks 1 zero "*" end hole other 0") ;;
*) false ;;
esac
check "it saw its own bytes, and then nothing any more" [ $? -eq 0 ]
check "the guest's kernel is well" guest_lives guest
guest_stop guest
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
