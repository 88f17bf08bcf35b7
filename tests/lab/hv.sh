# hv.h's promises, kept by Xen itself: the same suite that the in-memory model passes on the host.
# limit: 300
. /lab/lib.sh

/usr/lib/hv-mgr/tests/hv_suite_xen > /run/hv_suite.log 2>&1
status=$?
artifact /run/hv_suite.log
sed -n 's/^\[       OK \] //p' /run/hv_suite.log | while read -r name; do pass "$name"; done
sed -n 's/^\[  FAILED  \] \([a-z].*\)/\1/p' /run/hv_suite.log | sort -u | while read -r name; do
    fail "$name" "see hv_suite.log"
done
check "the suite ran to its end" [ "$status" -eq 0 ]
