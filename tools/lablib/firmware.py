# SPDX-License-Identifier: GPL-2.0-only
"""Booting as boards do: U-Boot or EDK2 loads Xen, its modules and the tree with the pool from a disk.

Neither is told of the pool before: it lies where hv-mgr puts it in a tree that says nothing of them.
"""

import shutil
import struct
import zlib
from pathlib import Path

from .aptdir import unpacked
from .errors import run

# in the cell's group "firmware"
IMAGES = {"u-boot": "usr/lib/u-boot/qemu_arm64/u-boot.bin", "edk2": "usr/share/qemu-efi-aarch64/QEMU_EFI.fd"}

U_BOOT_XEN, U_BOOT_TREE = 0x44000000, 0x48000000
U_BOOT_SCRIPT = """\
load ${{devtype}} ${{devnum}}:${{distro_bootpart}} {tree:#x} tree.dtb
load ${{devtype}} ${{devnum}}:${{distro_bootpart}} {kernel} kernel
load ${{devtype}} ${{devnum}}:${{distro_bootpart}} {initramfs} initrd
load ${{devtype}} ${{devnum}}:${{distro_bootpart}} {xen:#x} xen
booti {xen:#x} - {tree:#x}
"""

EDK2_CONFIG = """\
[global]
default=xen
[xen]
options={xen_args}
kernel=kernel {dom0_args}
ramdisk=initrd
dtb=tree.dtb
"""


def command(cell, run_dir, firmware):
    """What QEMU is given instead of Xen and its modules; the disk is filled later, by fill()."""
    disk = run_dir / "boot"
    disk.mkdir()
    # as virtio's first disk: U-Boot looks at no other
    return ["-bios", unpacked(cell, "firmware") / IMAGES[firmware],
            "-drive", f"file=fat:{disk},format=raw,if=none,id=boot,readonly=on",
            "-device", "virtio-blk-device,drive=boot"]


def _script(text):
    """U-Boot's image of a script: a header with checksums, the script's length, a zero."""
    data = struct.pack(">II", len(text), 0) + text.encode()

    def header(checksum):
        return struct.pack(">7I4B32s", 0x27051956, checksum, 0, len(data), 0, 0, zlib.crc32(data), 5, 22, 6, 0, b"lab")

    return header(zlib.crc32(header(0))) + data


def _name_modules(tree, boot, files, xen_args):
    """What QEMU's guest-loader writes into the tree, and here nobody else does."""
    run(["fdtput", "-t", "s", tree, "/chosen", "xen,xen-bootargs", xen_args], "naming Xen's words")
    for name, address, kind in (("kernel", boot["kernel_address"], "multiboot,kernel"),
                                ("initrd", boot["initramfs_address"], "multiboot,ramdisk")):
        node = f"/chosen/module@{address[2:]}"
        run(["fdtput", "-c", tree, node], "naming a module")
        run(["fdtput", "-t", "s", tree, node, "compatible", kind, "multiboot,module"], "naming a module")
        run(["fdtput", "-t", "x", tree, node, "reg", "0", address, "0", f"{files[name].stat().st_size:x}"],
            "naming a module")
    run(["fdtput", "-t", "s", tree, f"/chosen/module@{boot['kernel_address'][2:]}", "bootargs", boot["dom0_args"]],
        "naming dom0's words")


def fill(run_dir, boot, firmware, files, xen_args):
    """Put onto the disk what the firmware loads: `files` are xen, kernel, initrd and tree.dtb."""
    disk = run_dir / "boot"
    for name, file in files.items():
        shutil.copyfile(file, disk / name)
    if firmware == "u-boot":
        _name_modules(disk / "tree.dtb", boot, files, xen_args)
        script = U_BOOT_SCRIPT.format(tree=U_BOOT_TREE, xen=U_BOOT_XEN, kernel=boot["kernel_address"],
                                      initramfs=boot["initramfs_address"])
        (disk / "boot.scr").write_bytes(_script(script))
        return
    config = EDK2_CONFIG.format(xen_args=xen_args, dom0_args=boot["dom0_args"])
    start = disk / "EFI" / "BOOT"
    start.mkdir(parents=True)
    for name in files:
        shutil.move(disk / name, start / name)
    (start / "xen").rename(start / "BOOTAA64.EFI")
    (start / "BOOTAA64.cfg").write_text(config)
