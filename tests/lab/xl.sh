# xl and xendomains with carveouts present: people's habits keep working.
# limit: 900
. /lab/lib.sh
. /lab/carveouts.sh

ledger_take start
check "the manager starts" daemon_start
check "a guest with a carveout" carveout_guest one '"name=modem, size=16M"'
check "a guest without" guest_start two
on vault check "xl list shows the vault by name" sh -c 'xl list | grep -q "one/modem"'
on pool check "xl list shows guests only" [ "$(xl list | wc -l)" -eq 4 ]
check "xl list -l lists the guests" sh -c 'xl list -l | grep -q "\"name\": \"two\""'
check "xl list -l is not disturbed" xl list -l
check "and shows guests only" sh -c '! xl list -l | grep -q "one/modem"'
check "xl list -v works" xl list -v
check "xl vcpu-list works" sh -c 'xl vcpu-list | grep -q "^two "'
on vault check "xl vcpu-list shows every domain" sh -c 'xl vcpu-list | grep -q "one/modem"'
check "xl info works" xl info
on vault check "xl domname knows the vault" sh -c 'xl domname "$(xl domid one/modem)" | grep -q "one/modem"'
check "the guest loads" guest_run one "cat /lib/firmware/test/1M.bin > /dev/xen/carveout/modem"
check "it is sealed" wait_state one modem SEALED 30
check "xl pause and unpause work" sh -c 'xl pause one && xl unpause one'
on vault check "xl shutdown of a vault alone is harmless" xl shutdown one/modem
check "the content is still there" state_is one modem SEALED
check "xl shutdown -a -w shuts everything down" timeout 120 xl shutdown -a -w
rm -f /run/lab/guests/*
check "nothing is left" wait_for 20 nothing_stored
check "memory, domains and xenstore are as before" ledger_same start

check "a guest with a carveout, again" carveout_guest one '"name=modem, size=16M"'
check "it is destroyed the hard way" xl destroy one
rm -f /run/lab/guests/*
check "its content goes with it" wait_for 20 nothing_stored
check "memory, domains and xenstore are as before" ledger_same start

# Debian's xendomains asks xen-init-list, a Python script, for what `xl list -l` says; dom0 has no Python
# here, so this says the same.
cat > /usr/lib/xen-common/bin/xen-init-list << 'END'
#!/bin/sh
xl list -l | awk -F'[":, ]+' '/"domid":/ { id = $3 } /"name":/ { if (id) print id, $3; id = 0 }'
END
echo 'XENDOMAINS_SAVE="" XENDOMAINS_STOP_MAXWAIT=60' > /etc/default/xendomains
check "guests for xendomains" carveout_guest one '"name=modem, size=16M"'
check "guests for xendomains (without a carveout)" guest_start two
/usr/lib/xen-common/bin/xen-init-list
check "xendomains sees the guests and no vault" [ "$(/usr/lib/xen-common/bin/xen-init-list | cut -d' ' -f2 | tr '\n' ' ')" = "one two " ]
check "xendomains stop shuts them down" timeout 100 /etc/init.d/xendomains stop
rm -f /run/lab/guests/*
check "nothing is left" wait_for 20 nothing_stored
check "memory, domains and xenstore are as before" ledger_same start

check "a guest to rename" carveout_guest one '"name=modem, size=16M"'
check "the guest loads" guest_run one "cat /lib/firmware/test/1M.bin > /dev/xen/carveout/modem"
check "it is sealed" wait_state one modem SEALED 30
renamed=$(xl domid one)
check "xl rename" xl rename one old
check "another guest gets its name" guest_start one
check_fails "which has no carveout to reset" hv-mgr reset one modem
check "the renamed guest's is still sealed" state_is old modem SEALED
check "it is listed by its new name" sh -c 'hv-mgr list | grep -q "^old "'
check "and known by its domid, as ever" state_is "$renamed" modem SEALED
check "reset by its new name" hv-mgr reset old modem
check "both guests go" sh -c 'xl destroy old && xl destroy one'
rm -f /run/lab/guests/*
check "nothing is left" wait_for 20 nothing_stored
check "memory, domains and xenstore are as before" ledger_same start

check "a guest to reboot" carveout_guest one '"name=modem, size=16M"'
old=$(xl domid one)
check "xl reboot" xl reboot one
rebooted() { new=$(xl domid one 2> /dev/null) && [ "$new" != "$old" ]; }
check "it comes back as a new domain" wait_for 60 rebooted
check "that is up" guest_ready one
check "with no carveout until one is attached" sh -c '! hv-mgr list | grep -q modem'
check "it can be attached again" attach one "name=modem,size=16M"
check "xl destroy" xl destroy one
rm -f /run/lab/guests/*
check "nothing is left" wait_for 20 nothing_stored
check "the manager stops" daemon_stop
check "memory, domains and xenstore are as before" ledger_same start
artifact /run/hv-mgr.log
