# A hostile guest kernel, and a victim beside it: what the attacker does reaches only itself.
# limit: 300
. /lab/lib.sh
. /lab/carveouts.sh

digest=$(image_sha256 "$IMAGE")
attack() { guest_run evil "echo $1 > /sys/module/hostile/parameters/attack"; }
outcome() { guest_run evil "cat /sys/module/hostile/parameters/result"; }
sealed_content() { hv-mgr dump "$1" modem | sha256sum | cut -d' ' -f1; }
scrubs() { hv-mgr info | grep -q 'scrubs_freed_pages *: yes'; }

check "the manager starts" daemon_start
check "an attacker" carveout_guest evil '"name=modem, size=16M"'
check "a victim" carveout_guest victim '"name=modem, size=64M, window=256K"'
check "the attacker's image is loaded" guest_run evil "cat /lib/firmware/$IMAGE > /dev/carveout/modem"
check "and sealed" wait_state evil modem SEALED 30
check "its kernel turns hostile" guest_run evil "insmod /lab/hostile.ko"
job=$(guest_bg victim "cat /lib/firmware/test/64M.bin > /dev/carveout/modem")

note "it puts a page of its own where the sealed bytes were"
check "Xen lets it" attack populate
check "it finds nothing of the image there" [ "$(outcome)" = "own page, blank" ]
check "the sealed content is what it was" [ "$(sealed_content evil)" = "$digest" ]

note "it takes a page out of an open window"
check "reset" hv-mgr reset evil modem
check "it does so" attack remove
if scrubs; then
    check "its close is refused" [ "$(outcome)" = "commit -14" ]
    check "its load is FAILED" wait_state evil modem FAILED 10
else
    check "its close takes the pages that it was given" [ "$(outcome)" = "commit 0" ]
fi
check "reset again" hv-mgr reset evil modem

note "it keeps an alias of a window, and goes on writing to it"
check "it does so" attack alias
check "through a grant to itself" [ "$(outcome)" = "wrote through the alias" ]
check "its carveout is sealed" state_is evil modem SEALED
check "with what was there when the window was closed" \
    [ "$(sealed_content evil)" = "$(head -c 16384 /dev/zero | tr '\0' A | sha256sum | cut -d' ' -f1)" ]
check "the digest is of that content" [ "$(carveout_value evil modem sha256)" = "$(sealed_content evil)" ]

note "meanwhile"
check "the victim's load went on" guest_wait victim "$job" 200
check "it is sealed" wait_state victim modem SEALED 60
check "to the byte" [ "$(sealed_content victim)" = "$(image_sha256 test/64M.bin)" ]
guest_stop evil
check "the victim's content outlives the attacker" [ "$(sealed_content victim)" = "$(image_sha256 test/64M.bin)" ]
guest_stop victim
check "the manager stops" daemon_stop
artifact /run/hv-mgr.log
