#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The lab's promises to whoever runs it, checked from the build host: what fails must fail, in time,
# and say which log to read. Usage: tests/lab/selftest/host.sh [CELL]
# The scenarios beside this file are the bad examples; guest.sh is the good one.

here=$(cd "$(dirname "$0")" && pwd)
lab=$here/../../../tools/lab
cell=${1:-arm64-4.17}
results=$here/../../../build/lab/$cell
out=$(mktemp)
unset CI
trap 'rm -f "$out"' EXIT
failed=0

ok() { echo "PASS  $1"; }
not_ok() {
    echo "FAIL  $1; the lab said:"
    sed 's/^/  | /' "$out"
    failed=$((failed + 1))
}

# lab_exits STATUS SENTENCE ARGUMENT...: the lab's words go to $out.
lab_exits() {
    wanted=$1 sentence=$2
    shift 2
    status=0
    "$lab" "$@" > "$out" 2>&1 || status=$?
    if [ "$status" -eq "$wanted" ]; then ok "$sentence"; else not_ok "$sentence (exit status $status)"; fi
}

# says SENTENCE PATTERN: what the lab said last has a line like this.
says() { if grep -Eq -e "$2" "$out"; then ok "$1"; else not_ok "$1"; fi; }

run() {
    wanted=$1 sentence=$2
    shift 2
    lab_exits "$wanted" "$sentence" run --cell "$cell" --name selftest "$@"
}

has_pool() { "$lab" get --cell "$cell" pool > /dev/null 2>&1; }

lab_exits 2 "no command is a mistake"
lab_exits 3 "an unknown cell is a mistake" sysroot --cell no-such-cell
says "the cells there are get named" "$cell"
lab_exits 3 "so is an unknown Xen" name --arch arm64 --xen 3.0
says "its error lists what there is" 'there is: .*--arch x86_64 --xen 4.17'
lab_exits 3 "so is a cell named twice" name --cell "$cell" --arch arm64
lab_exits 0 "a cell can be named by what it is" name --arch "$("$lab" get --cell "$cell" target.kernel_arch)" \
    --xen "$("$lab" get --cell "$cell" target.xen_version)"
says "and is the same one" "^$cell\$"
run 3 "a missing scenario is a mistake" /no/such/scenario.sh
run 3 "an unknown backing is a mistake" "$here/fails.sh@disk"
says "the backings there are get named" 'vault, pool'
if has_pool; then
    run 3 "no tool to describe the machine's pool with is a mistake" --host-tool /no/such/hv-mgr "$here/fails.sh"
    says "what to do is said" '/no/such/hv-mgr.*build_host_tools.*--host-tool'
else
    run 3 "a pool where there is none is a mistake" "$here/fails.sh@pool"
    says "which cells have one is said" 'has no pool'
fi
run 3 "a missing overlay is a mistake" --overlay /no/such/directory "$here/fails.sh"

# Somebody's own kernel and Xen: the cell's, as files from elsewhere.
own=$here/../../../build/lab-own-files
rm -rf "$own"
mkdir -p "$own"
tree() { ls -td "$cache/$cell/tree-$1"-????????????????/ | head -n 1; }
cache=${HV_MGR_CACHE:-$here/../../../.cache}
"$lab" fetch --cell "$cell" 2> /dev/null
kernels=$(tree "$("$lab" get --cell "$cell" kernels.dom0)")
version=$(basename "$kernels"/lib/modules/*)
cp -a "$kernels/lib/modules/$version" "$own/"
cp -a "$(ls "$kernels/boot/vmlinuz-$version" "$kernels/lib/modules/$version/vmlinuz" 2> /dev/null | head -n 1)" "$own/my-kernel"
cp -a "$(tree hypervisor)/$("$lab" get --cell "$cell" boot.xen_image)" "$own/"
own_xen=$own/$(basename "$("$lab" get --cell "$cell" boot.xen_image)")
cp -a "$own/$version" "$own/5.0.0-mine"
run 3 "a kernel without its modules is a mistake" --kernel "$own/my-kernel" "$here/fails.sh"
says "what is missing is said" '--kernel and --modules go together'
run 3 "a kernel that is not there is a mistake" --kernel /no/such/image --modules "$own/$version" "$here/fails.sh"
says "and named" 'no file /no/such/image'
run 3 "so are modules that are none" --kernel "$own/my-kernel" --modules "$here" "$here/fails.sh"
says "and how to make some is said" 'has no modules.builtin.*make modules_install'
run 3 "so are another kernel's" --kernel "$own/my-kernel" --modules "$own/5.0.0-mine" "$here/fails.sh"
says "and whose kernel it is is said" "is Linux $version"
run 3 "so is a Xen that is not there" --xen /no/such/xen "$here/fails.sh"
says "and it is named" 'no file /no/such/xen'
run 0 "one's own kernel and Xen run a scenario" --kernel "$own/my-kernel" --modules "$own/$version" --xen "$own_xen" \
    "$here/skips.sh"
says "which says what it ran on" "dom0 $version on Xen"

run 1 "bad scenarios make a bad run" "$here/fails.sh" "$here/hangs.sh" "$here/breaks.sh" "$here/crashes.sh"
says "a true check passes" '^PASS  a true sentence'
says "a false check fails, with its reason" '^FAIL  a false sentence: exit status 1'
says "what must fail and succeeds is a failure" '^FAIL  something that must fail succeeds'
says "what must fail and cannot be run is one too" '^FAIL  something that must fail is not there: could not be run'
says "a skip is told with its reason" '^SKIP  a skipped check: to see it counted'
says "fewer results than planned is a failure" '^FAIL  01-fails keeps to its plan: planned 7, gave 5'
says "a leak is found and named" '^FAIL  01-fails leaves nothing behind: .*/lab-leak'
says "a scenario that hangs is killed" '^FAIL  02-hangs ends in time'
says "the next one runs" '^lab: 03-breaks'
says "a script that breaks is a failure" '^FAIL  03-breaks runs to its end: exit status 9'
says "dom0 going down is a failure and names a log" '^FAIL  04-crashes keeps running: .*console.log'
says "the last line counts" '^[0-9]+ passed, [0-9]+ failed, 1 skipped$'
[ "$(cat "$results/selftest/01-fails/artifact" 2> /dev/null)" = kept ] &&
    ok "artifacts come back" || not_ok "artifacts come back"

run 0 "a skip is no failure at home" "$here/skips.sh"
CI=true && export CI
run 1 "in CI it is" "$here/skips.sh"
says "and told" '^lab: not allowed to be skipped here: something was not'
unset CI

run 1 "the limit of a run is kept" --timeout 3 "$here/breaks.sh"
says "and told" '^FAIL  the run ends in time'
# where there is a pool QEMU runs once before, to write its device tree, and fails then
if has_pool; then
    run 3 "QEMU that cannot start is a failure" --mem 1 "$here/breaks.sh"
    says "and its words are told" 'qemu-system.*too large'
else
    run 1 "QEMU that cannot start is a failure" --mem 999999999 "$here/breaks.sh"
    says "and its log is named" '^FAIL  QEMU keeps running: exit status 1, see .*qemu.log'
fi
# The run's own QEMU is the one that has its log open.
kill_qemu() {
    until grep -qs . "$results/selftest/console.log"; do sleep 0.2; done
    pkill -KILL -f -- "logfile=$results/selftest/console.log|logfile=$(realpath "$results")/selftest/console.log"
}
rm -rf "$results/selftest"
kill_qemu &
run 1 "QEMU that dies is a failure" "$here/breaks.sh"
says "and its log is named" '^FAIL  QEMU keeps running: .*qemu.log'
run 1 "Xen that cannot boot is a failure" --without-xen-arg dom0_mem=768M --xen-args dom0_mem=1M "$here/breaks.sh"
says "and the console's log is named" 'see console.log'

echo "$failed failed"
[ "$failed" -eq 0 ]
