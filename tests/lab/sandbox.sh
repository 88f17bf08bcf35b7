# What the running daemon may still do, and that there is only ever one of it.
# limit: 300
. /lab/lib.sh
. /lab/carveouts.sh

# threads_have KEY VALUE: in /proc/PID/status of every thread of the daemon.
threads_have() {
    for thread in /proc/"$daemon"/task/*/status; do
        grep -q "^$1:[[:space:]]*$2\$" "$thread" && continue
        grep "^$1:" "$thread"
        return 1
    done
}
# twice: sockets of which the daemon has two descriptors.
twice() { for fd in /proc/"$daemon"/fd/*; do readlink "$fd"; done | grep socket: | sort | uniq -d; }
threads() { find /proc/"$daemon"/task -mindepth 1 -maxdepth 1 | wc -l; }
# Its own, libxenstore's, and one that hashes if there is a processor for it.
threads_expected() { [ "$(threads)" -eq $(($(nproc) > 1 ? 3 : 2)) ]; }
# Descriptors that a flaw could be turned to: there are to be no others than these.
expected_files='^(/dev/null|/dev/xen/(privcmd|hypercall|gntdev|gntalloc|evtchn)|/run/hv-mgr\.(log|lock|records)|(socket|pipe):.*|anon_inode:.*)$'
no_other_file() { ! for fd in /proc/"$daemon"/fd/*; do readlink "$fd"; done | grep -vE "$expected_files"; }
same_daemon() { [ "$(pidof hv-mgr)" = "$daemon" ]; }
# A process that was killed takes a moment to die, and has the lock until then.
daemon_kill() { killall -9 hv-mgr && wait_for 10 sh -c "! pidof hv-mgr > /dev/null"; }
serves() { hv-mgr info > /dev/null 2>&1; }

note "1. each call that it must not make, and those that it makes, on this machine"
check "what is forbidden ends a process, the rest goes on" /usr/lib/hv-mgr/tests/sandbox_test
check "the kernel's log tells of it" sh -c 'dmesg | grep -q "type=1326.*sandbox_test"'

note "2. what it kept"
check "the manager starts" daemon_start
daemon=$(pidof hv-mgr)
check "it has the threads that it should have on $(nproc) processors" threads_expected
check "it will hear of the end of libxenstore's connection: it has its socket, too" [ "$(twice | wc -l)" -eq 1 ]
check "the calls of every thread are filtered" threads_have Seccomp 2
check "no thread can gain privileges" threads_have NoNewPrivs 1
check "no thread has a capability but CAP_IPC_LOCK" threads_have CapPrm 0000000000004000
check "in effect, too" threads_have CapEff 0000000000004000
check "what it spools of content stays out of swap: its memory is locked" sh -c 'awk "/^VmLck/ { exit \$2 < 6000 }" "/proc/$1/status"' sh "$daemon"
check "nothing is open but Xen's devices, sockets, its own log and records" no_other_file

note "3. all of a carveout's life goes on under it"
check "a guest with a carveout" carveout_guest guest '"name=modem, size=4M"'
check "its device appears" wait_for 20 device_ready guest modem
check "the guest loads" guest_run guest "cat /lib/firmware/test/1M.bin > /dev/xen/carveout/modem"
check "it is sealed" wait_state guest modem SEALED 30
check "with the file's digest" [ "$(carveout_value guest modem sha256)" = "$(image_sha256 test/1M.bin)" ]
check "dom0 reads it back" sh -c "hv-mgr dump guest modem | sha256sum | grep -q $(image_sha256 test/1M.bin)"
check "resets it" hv-mgr reset guest modem
check "a driver that has windows" user_load guest modem
check "opens one" user_does guest hold
check "dom0 revokes it" hv-mgr revoke guest modem
check "and the driver goes" user_unload guest
check "attaches another" attach guest "name=dsp,size=2M"
check "detaches it" hv-mgr detach guest dsp
kill -STOP "$daemon" && kill -CONT "$daemon"
check "it goes on after being stopped" serves
check "and is the process that it was" same_daemon

note "4. an orderly end"
check "the manager stops" daemon_stop
hv-mgr daemon 2>> /run/hv-mgr.log &
daemon=$!
check "one in the foreground starts" wait_for 10 serves
kill "$daemon"
ended=0
wait "$daemon" || ended=$?
check "SIGTERM ends it with status 0" [ "$ended" -eq 0 ]

note "5. two managers"
check "the manager starts" daemon_start
daemon=$(pidof hv-mgr)
# ends_with STATUS COMMAND...: that is how it exits.
ends_with() {
    wanted=$1 ended=0
    shift
    "$@" > /run/ended.log 2>&1 || ended=$?
    cat /run/ended.log
    [ "$ended" -eq "$wanted" ]
}
check "a second one is refused" ends_with 3 hv-mgr daemon
check "on another socket, too" ends_with 3 hv-mgr --socket /run/other.sock daemon
check "the first one is the process that it was" same_daemon
check "and serves" serves
check "it is killed" daemon_kill
check "and followed by another" daemon_start
check "which is killed" daemon_kill

: > /run/statuses
for i in 1 2 3 4 5 6 7 8 9 10; do
    { ended=0; hv-mgr daemon --detach 2>> /run/hv-mgr.log || ended=$?; echo "$ended" >> /run/statuses; } &
    starters="${starters:-} $!"
done
# shellcheck disable=SC2086  # a list of words
wait $starters
statuses() { sort -n /run/statuses | tr '\n' ' '; }
check "of ten that start at once one is ready and nine are refused" [ "$(statuses)" = "0 3 3 3 3 3 3 3 3 3 " ]
check "one lives" [ "$(pidof hv-mgr | wc -w)" -eq 1 ]
check "and serves" serves
check "the guest still has its carveout" state_is guest modem FAILED
check "it is killed, too" daemon_kill
echo precious > /run/precious
check "a file is not taken for a socket" ends_with 11 hv-mgr --socket /run/precious daemon
check "and stays as it is" grep -q precious /run/precious
check "the manager starts once more" daemon_start
guest_stop guest
check "what the guest had goes with it" wait_for 20 nothing_stored
check "the manager stops" daemon_stop
check "the kernel has seen no call that is not allowed" sh -c '! dmesg | grep -E "type=1326.*comm=.hv-mgr."'
artifact /run/hv-mgr.log
