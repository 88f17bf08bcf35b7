# What a stanza's verify= demands: of images that are signed, by whom it says, changed, or not told by their headers, from
# the guest and from dom0; and the process that reads certificates.
# limit: 300
. /lab/lib.sh
. /lab/carveouts.sh

IMAGES=/lab/images                 # made by make_images.py; the guest has the signed ones at the same place
ROOT=$IMAGES/root.pem
# Two readings of it: ours, and openssl's.
DIGEST=$(sha256sum < $IMAGES/root.der | cut -d' ' -f1)
PLACED=$(sha256sum < $IMAGES/signed.placed | cut -d' ' -f1)
load() { guest_run guest "echo $1 > /sys/class/xen_carveout/$2/firmware 2> /run/error" 120; }
refused() { ! load "$1" "$2" && guest_run guest "grep -q 'ejected by service' /run/error"; }
shown() { hv-mgr list | grep " $1 " | grep -q " $2 "; }
reset() { hv-mgr reset guest "$1" > /dev/null; }
node() { xenstore-read "/local/domain/0/backend/carveout/$(xl domid guest)/$1/verdict"; }
log_says() { hv-mgr log guest "$1" | tail -n 1 | grep -q "$2"; }
restart() { daemon_stop && daemon_start; }
reset_all() { for name; do reset "$name" || return; done; }
dies_with() { kill -9 "$1" && wait_for 10 sh -c "! pidof hv-mgr > /dev/null"; }
judge() { pidof hv-mgr-judge; }

mkdir -p /run/with-verify/lab/images
cp -a $IMAGES/signed.* $IMAGES/changed.mbn /run/with-verify/lab/images/
check "the manager starts" daemon_start
guest_with /run/with-verify stopwatch
check "a guest whose image has to end in a root" carveout_guest guest '"name=root, size=1M, verify=mbn, root='$ROOT'"' \
    "$GUEST_WITH"
guest_run guest "echo -n /lab/images > /sys/module/firmware_class/parameters/path"
check_fails "a root is for images with certificates" attach guest "name=digest,size=1M,verify=sha256:$PLACED,root=$ROOT"
check_fails "and a file that is one" attach guest "name=other,size=1M,verify=mbn,root=$IMAGES/signed.mbn"
check "carveouts that demand something else" attach guest \
    "name=other,size=1M,verify=mbn,root=$IMAGES/other.pem" "name=any,size=1M,verify=mbn" \
    "name=digest,size=1M,verify=sha256:$PLACED" "name=long,size=1M,verify=sha384:$(sha384sum < $IMAGES/signed.placed | cut -d' ' -f1)"
for name in other any digest long; do check "$name appears" wait_for 10 device_ready guest $name; done

note "what is signed as it has to be"
check "the guest loads it" load signed.mbn root
check "it is verified" shown root VERIFIED
check "it holds what was signed" [ "$(hv-mgr dump guest root | sha256sum | cut -d' ' -f1)" = "$PLACED" ]
check "the guest can read that" [ "$(node 0)" = verified ]
check "the measured log has it" log_says root "verdict=verified"
check "a manager that comes after has it, too" restart
check "verified still" shown root VERIFIED
reset root
check "so it is in parts" load signed.mdt root
check "verified" hv-mgr status guest root --until VERIFIED
reset root
check "and by dom0" hv-mgr load guest root $IMAGES/signed.mbn
check "verified (dom0)" shown root VERIFIED
reset root
check "where no root is named anybody may have signed it" load signed.mbn any
check "it is verified, by its own words" shown any VERIFIED
check "which shows" sh -c "hv-mgr status guest any | grep -q 'no root: integrity only'"
check "in the measured log, too" log_says any "integrity-only"
check "it may be named by its digest" attach guest "name=named,size=1M,verify=mbn,root=sha256:$DIGEST"
check "named appears" wait_for 10 device_ready guest named
check "the guest loads it there" load signed.mbn named
check "verified (by a digest of the root)" shown named VERIFIED
check "by a digest" load signed.mbn digest
check "it is verified (sha256)" shown digest VERIFIED
check "by a longer one" load signed.mbn long
check "it is verified (sha384)" shown long VERIFIED

note "what is not"
check "a changed image is rejected" refused changed.mbn root
check "it is gone" shown root REJECTED
check "the guest can read why" sh -c "xenstore-read /local/domain/0/backend/carveout/$(xl domid guest)/0/verdict | grep -q 'rejected: segment 2 differs'"
check "dom0, too" sh -c "hv-mgr status guest root | grep -q 'segment 2 differs'"
check "and the measured log" log_says root "rejected"
reset root
hv-mgr load guest root $IMAGES/changed.mbn 2> /run/error
check "dom0's load ends with the status for that" [ $? -eq 12 ]
check "and says why" grep -q "segment 2 differs" /run/error
reset root
guest_run guest "cat /lab/images/signed.mbn > /dev/xen/carveout/root"
check "as a stream it has lost what it is told by" hv-mgr status guest root --until REJECTED
check "that is said" sh -c "hv-mgr status guest root | grep -q 'not as a stream'"
reset root
check "who signed it is not whom the stanza names" refused signed.mbn other
check "that is said, too" sh -c "hv-mgr status guest other | grep -q 'a root that the stanza names'"
reset digest
check "another digest" refused changed.mbn digest
reset long
check "another longer one" refused changed.mbn long
check "what was rejected is loaded after a reset" reset_all other root
check "and is verified" load signed.mbn root

note "who reads certificates"
check "a process of its own" [ "$(judge | wc -w)" -eq 1 ]
check "it has no device" [ -z "$(for fd in /proc/$(judge)/fd/*; do readlink "$fd"; done | grep ^/dev/xen)" ]
check "and no capability" grep -q "^CapEff:.*0000000000000000" "/proc/$(judge)/status"
check "its end is the manager's" dies_with "$(judge)"
check "the next one has another" daemon_start
reset root
check "a load is judged by that" hv-mgr load guest root $IMAGES/signed.mbn
check "verified by it" shown root VERIFIED

check "the guest's kernel is well" guest_well guest
guest_stop guest
check "the manager stops" daemon_stop
check "the judge goes with it" wait_for 10 sh -c "! pidof hv-mgr-judge > /dev/null"
artifact /run/hv-mgr.log
