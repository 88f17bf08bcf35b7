# SPDX-License-Identifier: GPL-2.0-only
"""QEMU: the command line for a cell, and a process that never outlives the lab."""

import gzip
import re
import shutil
import subprocess
from pathlib import Path

from . import firmware
from .cache import digest, entry
from .errors import LabError, run
from .kernel import Kernel
from .ownfiles import tree


def _guest_loader(boot, xen, kernel, initramfs, xen_args, dom0_args):
    """arm64: QEMU puts Xen's modules into memory and describes them in the device tree."""
    return ["-kernel", xen, "-append", xen_args,
            "-device", f"guest-loader,addr={boot['kernel_address']},kernel={kernel},bootargs={_comma(dom0_args)}",
            "-device", f"guest-loader,addr={boot['initramfs_address']},initrd={initramfs}"]


def _multiboot(_boot, xen, kernel, initramfs, xen_args, dom0_args):
    """x86: QEMU's own multiboot loader; Xen's first module is the kernel, with its words, the next its initramfs."""
    return ["-kernel", xen, "-append", xen_args,
            "-initrd", f"{_comma(kernel)} {_comma(dom0_args)},{_comma(initramfs)}"]


METHODS = {"guest-loader": _guest_loader, "multiboot": _multiboot}


def _comma(text):
    """QEMU splits device options at commas; a doubled one is a comma."""
    return str(text).replace(",", ",,")


def _virtio(boot, disk, ports):
    """One read-only disk and one virtio port a file."""
    suffix = boot["virtio"]
    argv = ["-drive", f"file={_comma(disk)},format=raw,if=none,id=lab,readonly=on",
            "-device", f"virtio-blk-{suffix},drive=lab",
            "-device", f"virtio-serial-{suffix},id=ports"]
    for name, file in ports.items():
        argv += ["-chardev", f"file,id={name},path={_comma(file)}",
                 "-device", f"virtserialport,bus=ports.0,chardev={name},name=lab.{name}"]
    return argv


def _xen_image(cell):
    """Xen as QEMU takes it: x86's is packed in its package, and the multiboot loader unpacks nothing."""
    image = tree(cell, "hypervisor") / cell["boot"]["xen_image"]
    if image.suffix != ".gz":
        return image

    def build(out):
        (out / image.stem).write_bytes(gzip.decompress(image.read_bytes()))

    return entry(cell, "xen", digest(image, Path(__file__)), build) / image.stem


def modules(cell, initramfs):
    """What is loaded: Xen, dom0's kernel and its initramfs."""
    return _xen_image(cell), Kernel(cell, cell["kernels"]["dom0"]).image, initramfs


def unfit(cell):
    """Why this machine's QEMU cannot run the cell, in words; None: it can."""
    boot = cell["boot"]
    too_new = boot.get("qemu_too_new")
    if not too_new or not shutil.which(boot["qemu"]):
        return None
    version = re.search(rb"version (\d+)\.(\S+)", run([boot["qemu"], "--version"], "asking QEMU")).group(0).decode()
    if int(version.split()[1].split(".")[0]) < too_new:
        return None
    return f"{cell.name} wants a QEMU before {too_new}, and this is {version}: no guest comes up there"


def command(cell, run_dir, initramfs, disk, processors, options):
    """The QEMU command line; `options` are xen_args, mem, firmware and shell of the lab's command."""
    boot = cell["boot"]
    if boot["method"] not in METHODS:
        raise LabError(f"{cell.name}: boot method {boot['method']!r} is none of {sorted(METHODS)}")
    if not shutil.which(boot["qemu"]):
        raise LabError(f"{boot['qemu']} not found; run `tools/host-packages`")
    ports = {"verdict": run_dir / "verdict.log", "log": run_dir / "scenario.log"}
    console = run_dir / "console.log"
    chardev = "stdio,mux=on,signal=off" if options.shell else "null"
    # for people, and for the table in README.md: who boots Xen decides where else it stands
    (run_dir / "xen.args").write_text(xen_args(boot, options) + "\n")
    return [boot["qemu"], *boot["machine"], "-smp", str(processors), "-m", str(options.mem or boot["memory_mb"]),
            "-display", "none", "-nodefaults", "-no-reboot",
            "-chardev", f"{chardev},id=console,logfile={_comma(console)}", "-serial", "chardev:console",
            *(["-mon", "chardev=console,mode=readline"] if options.shell else []),
            *_virtio(boot, disk, ports),
            *_loading(cell, run_dir, initramfs, options)]


def _loading(cell, run_dir, initramfs, options):
    """What gets Xen and its modules into memory: QEMU itself, or firmware."""
    boot = cell["boot"]
    if options.firmware:
        return firmware.command(cell, run_dir, options.firmware)
    return METHODS[boot["method"]](boot, *modules(cell, initramfs), xen_args(boot, options), boot["dom0_args"])


def xen_args(boot, options):
    """Xen's command line: the cell's, without what `--without-xen-arg` names, and what is added."""
    kept = [word for word in boot["xen_args"].split() if word not in options.without_xen_arg]
    return " ".join([*kept, *options.xen_args.split()])


class Qemu:
    """A running QEMU; leaving the `with` block ends it."""

    def __init__(self, argv, run_dir, shell):
        self.log = run_dir / "qemu.log"
        (run_dir / "qemu.args").write_text("\n".join(map(str, argv)) + "\n")
        with open(self.log, "wb") as log:
            stdin = None if shell else subprocess.DEVNULL
            stdout = None if shell else log
            # the kernel ends it with us, even where we are killed and cannot
            self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *map(str, argv)],
                                            stdin=stdin, stdout=stdout, stderr=log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def ended(self):
        """Whether it has ended by itself."""
        return self.process.poll() is not None
