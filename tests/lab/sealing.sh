# What seals a carveout, and what does not: each row of the table in xen-carveout(4).
# A program writes to /dev/xen/carveout/modem as it does to any file; then the carveout is sealed with all that
# there is of the image, or with the half that was written by who closed it, or not at all.
# limit: 500
. /lab/lib.sh
. /lab/carveouts.sh

D=/dev/xen/carveout/modem
I=/run/image
SIZE=300000
HALF=$((SIZE / 2))

# GNU's programs, dom0's own, for the guest: they end otherwise than busybox'.
GNU='cat cp dd sync tee touch'
gnu() { echo "LD_LIBRARY_PATH=/gnu/lib /gnu/bin/$*"; }
libraries() { LD_TRACE_LOADED_OBJECTS=1 "$1" | grep -o '/[^ ]*'; }
gnu_programs() {
    mkdir -p /run/with/gnu/bin /run/with/gnu/lib
    for program in $GNU; do
        program=$(PATH=/usr/bin:/bin command -v "$program") || return 1
        cp "$program" /run/with/gnu/bin/
        for library in $(libraries "$program"); do cp -L "$library" /run/with/gnu/lib/ || return 1; done
    done
}

# is WHAT: whole, half, both (two halves by two writers), refused (FAILED), untouched (EMPTY), or kept (SEALED as before).
sealed() { wait_state guest modem SEALED && [ "$(carveout_value guest modem length)" = "$1" ]; }
with_digest() { [ "$(carveout_value guest modem sha256)" = "$1" ]; }
is() {
    case $1 in
    whole) sealed $SIZE && with_digest "$digest" ;;
    half) sealed $HALF && with_digest "$half_digest" ;;
    refused) wait_state guest modem FAILED ;;
    untouched) sleep 0.5 && state_is guest modem EMPTY ;;
    kept) sleep 0.5 && sealed $SIZE && with_digest "$digest" ;;
    esac
}
# row PROGRAM WHAT STATUS SCRIPT: on a fresh carveout, SCRIPT ends with STATUS (0, or what it says), and WHAT is sealed.
row() {
    [ "$2" = kept ] || hv-mgr reset guest modem > /dev/null
    printf -- '--- %s: %s\n' "$1" "$4"
    status=0
    guest_run guest "$4" 60 || status=$?
    [ "$status" = "$3" ] || { fail "$1: $2" "exit status $status, not $3"; return; }
    check "$1: $2" is "$2"
}
does() { echo "/lab/sealing $1 $D $I"; }

check "the manager starts" daemon_start
check "GNU's programs for it" gnu_programs
guest_with /run/with sealing
check "a guest" carveout_guest guest '"name=modem, size=1M, window=64K, guest-reset=1"' "$GUEST_WITH"
check "that has them" guest_run guest "$(gnu dd) --version | grep coreutils"
digest=$(guest_run guest "head -c $SIZE /lib/firmware/test/1M.bin > $I; sha256sum < $I" | cut -d' ' -f1)
half_digest=$(guest_run guest "head -c $HALF $I | sha256sum" | cut -d' ' -f1)

note "programs that come to their end"
row "cat (busybox)" whole 0 "cat $I > $D"
row "cat (GNU)" whole 0 "$(gnu cat) $I > $D"
row "cp (busybox)" whole 0 "cp $I $D"
row "cp (GNU)" whole 0 "$(gnu cp) $I $D"
row "tee (GNU)" whole 0 "cat $I | $(gnu tee) $D > /dev/null"
row "dd (busybox)" whole 0 "dd if=$I of=$D bs=10000"
row "dd (GNU)" whole 0 "$(gnu dd) if=$I of=$D bs=10000"
row "python, with open()" whole 0 "$(does python)"
row "sendfile" whole 0 "$(does sendfile)"
row "splice" whole 0 "$(does splice)"
row "io_uring" whole 0 "$(does uring)"
row "io_uring, registered file, unregistered" whole 0 "$(does registered)"
row "io_uring, registered file, the ring closed before it" whole 0 "$(does queue-exit)"
row "two commands" whole 0 "{ head -c $HALF $I; tail -c +$((HALF + 1)) $I; } > $D"
check "two writers of one descriptor" guest_run guest \
    "{ head -c $SIZE /dev/zero & head -c $SIZE /dev/zero & wait; } > $D"
check "are sealed with what both wrote" sealed $((2 * SIZE))
row "handed to another process over a socket" whole 0 "$(does handed)"

note "fsync"
row "dd conv=fsync (busybox)" whole 0 "dd if=$I of=$D bs=10000 conv=fsync"
row "dd conv=fsync (GNU)" whole 0 "$(gnu dd) if=$I of=$D bs=10000 conv=fsync"
row "dd oflag=dsync (GNU)" whole 0 "$(gnu dd) if=$I of=$D bs=10000 oflag=dsync"
row "fsync after each 64 KiB" whole 0 "$(does syncs)"
row "sync FILE (busybox) beside a load" whole 0 "{ head -c $HALF $I; sync $D; tail -c +$((HALF + 1)) $I; } > $D"
row "sync FILE (GNU) beside a load" whole 0 "{ head -c $HALF $I; $(gnu sync) $D; tail -c +$((HALF + 1)) $I; } > $D"
expect() { guest_run guest "echo $1 > /sys/class/xen_carveout/modem/expected_size"; }
expect $SIZE
row "fsync after each 64 KiB, the size is known" whole 0 "$(does syncs)"
row "fsync after the last byte, the size is known; then SIGKILL" whole 137 "$(does late)"
expect $((SIZE + 1))
row "dd conv=fsync (busybox) of less than the known size" refused 1 "dd if=$I of=$D bs=10000 conv=fsync"
row "dd conv=fsync (GNU) of less than the known size" refused 1 "$(gnu dd) if=$I of=$D bs=10000 conv=fsync"
row "an exception in python's with open(), the size is known" refused 1 "$(does raises)"
expect 0

note "programs that fail"
row "exit 1 with the file open" refused 1 "$(does exits)"
row "a shell's exit 1" refused 1 "sh -c 'exec 3> $D; head -c $HALF $I >&3; exit 1'"
row "SIGKILL" refused 137 "$(does killed)"
row "SIGSEGV" refused 139 "$(does crashes)"
row "io_uring, registered file, descriptor closed first" refused 0 "$(does early)"
row "io_uring, registered file, descriptor closed first, SIGKILL" refused 137 "$(does worker)"
row "handed over a socket, and the receiver dies before" refused 0 "$(does lost)"
row "a child that wrote ends with 1" refused 1 "$(does forks)"
row "a command that wrote ends with 1" refused 0 "{ head -c $HALF $I; sh -c 'printf x; exit 1'; } > $D; :"
row "a child that wrote nothing ends with 1" whole 0 "$(does others)"
row "an exception in python's with open()" half 1 "$(does raises)"
row "a command that wrote nothing ends with 1, and the shell closes" half 0 "{ head -c $HALF $I; false; } > $D; :"
row "a pipe whose producer is killed" half 0 "{ head -c $HALF $I; sh -c 'kill -9 \$\$'; } | cat > $D"

note "what writes nothing"
row "touch (GNU)" untouched 0 "$(gnu touch) $D"
row "write() of no bytes, fsync()" untouched 0 "$(does truncates)"
row "sync FILE (GNU)" untouched 0 "$(gnu sync) $D"
row ">>" untouched 1 "cat $I >> $D"
row "O_APPEND" untouched 0 "$(does appends)"
row "O_NONBLOCK" untouched 0 "$(does nonblocking)"
row "dd oflag=nonblock (GNU)" untouched 1 "$(gnu dd) if=$I of=$D bs=10000 oflag=nonblock"
check "then it is loaded and sealed" guest_run guest "cat $I > $D"
row "on what is sealed: touch (GNU)" kept 0 "$(gnu touch) $D"
row "on what is sealed: >" kept 0 ": > $D"
row "on what is sealed: O_TRUNC, fsync()" kept 0 "$(does truncates)"
row "on what is sealed: >>" kept 1 "cat $I >> $D"
check "the log says what is wrong with >>" guest_run guest "dmesg | grep -q 'with > and not >>'"
row "on what is sealed: the first byte of another" refused 137 "$(does killed)"
check "the guest's kernel is well" guest_well guest
guest_stop guest
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
