#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Each file of the guest's sysfs is described, with its mode, for the kernel's people and in the manual, and no other.
#
# usage: test_sysfs_abi.sh SOURCE-DIRECTORY
set -eu
source=$1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# One "NAME MODE" a line.
sed -nE -e 's/^static DEVICE_ATTR_ADMIN_RO\((.*)\);/\1 0400/p' -e 's/^static DEVICE_ATTR_RO\((.*)\);/\1 0444/p' \
	-e 's/^static DEVICE_ATTR_RW\((.*)\);/\1 0644/p' -e 's/^static DEVICE_ATTR_WO\((.*)\);/\1 0200/p' \
	"$source/guest-driver/sysfs.c" | sort >"$out/driver"
sed -nE -e 's#^What:\t+/sys/class/xen_carveout/<name>/##p' -e 's/^\t\tAccess: .*\(([0-7]+)\)$/\1/p' \
	"$source/guest-driver/ABI/sysfs-class-xen-carveout" | paste -d ' ' - - | sort >"$out/ABI"
sed -nE '/^\.SH \/SYS/,/^\.SH SEE/s/^\.BR (.*\(0[0-7]+\).*)$/\1/p' "$source/man/xen-carveout.4" | tr ',' '\n' |
	sed -nE 's/^[ "]*([a-z_]+) " \(([0-7]+)\)"?$/\1 \2/p' | sort >"$out/manual"

[ -s "$out/driver" ] || { echo "FAIL: sysfs.c declares no attributes"; exit 1; }
for where in ABI manual; do
	diff "$out/driver" "$out/$where" || { echo "FAIL: above, < is sysfs.c, > is the $where"; exit 1; }
done
# Declared is not yet there.
listed=$(grep -o '&dev_attr_[a-z_]*\.attr,' "$source/guest-driver/sysfs.c" | wc -l)
[ "$listed" -eq "$(wc -l <"$out/driver")" ] || { echo "FAIL: sysfs.c declares others than it lists"; exit 1; }
