# SPDX-License-Identifier: GPL-2.0-only
"""What boots: root filesystems as initramfs, and the disk that keeps dom0's memory small.

A base image changes only with its packages and skeleton, and is cached; what is under test goes into
a small overlay archive behind it: the kernel unpacks one archive after the other.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from .aptdir import merged_usr, packages, unpack, unpacked
from .cache import digest, entry, tree_digest
from .errors import LabError, run
from .kernel import Kernel
from .paths import SKELETONS
from .sysroot import sysroot

# Never read by anything that runs in the lab, and more than half of what packages hold.
STRIP = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian", "usr/share/info",
         "usr/share/bash-completion", "usr/share/common-licenses", "usr/lib/systemd", "usr/lib/*/gconv",
         "usr/lib/xen-*/lib/python", "usr/lib/xen-*/bin/test-*")


def archive(tree, out):
    """Write a directory as a cpio archive, padded so that another may follow."""
    names = sorted(str(path.relative_to(tree)) for path in Path(tree).rglob("*"))
    with open(out, "wb") as file:
        done = subprocess.run(
            ["cpio", "--null", "--create", "--format=newc", "--reproducible", "--owner=0:0", "--quiet"],
            input="\0".join([".", *names]).encode() + b"\0", cwd=tree, stdout=file, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise LabError(f"cpio failed on {tree}: {done.stderr.decode(errors='replace').strip()}")


def copy_tree(source, tree):
    """Copy a directory over another, following the merged /usr links that are there."""
    for path in sorted(Path(source).rglob("*")):
        target = Path(tree) / path.relative_to(source)
        if path.is_symlink() or path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_symlink():
                target.unlink()
            shutil.copy2(path, target, follow_symlinks=False)
        else:
            target.mkdir(parents=True, exist_ok=True)


# Of the lab's own programs (labroot/src): where each goes, and what it is made of.
PROGRAMS = {
    "dom0": ("lab/bin/lab-guest", ("lab-guest.c", "channel.c")),
    "guest": ("lab/agent", ("agent.c", "channel.c", "watch.c")),
}


def program(cell, role):
    """The lab's own program for a role, statically linked; returns its file."""
    sources = SKELETONS / "src"
    target, root = cell.target, sysroot(cell)
    name, files = PROGRAMS[role]

    def build(out):
        run([f"{target['cross_prefix']}gcc", f"--sysroot={root}", f"-B{root}/usr/lib/{target['triplet']}", "-std=gnu11", "-O2",
             "-Wall", "-Wextra", "-Wconversion", "-Werror", "-static", "-s", "-o", str(out / "program"),
             *(str(sources / file) for file in files), "-lxenstore", "-lxentoolcore", "-pthread"],
            f"building {name} for {cell.name}")

    return entry(cell, f"program-{role}", digest(root.name, tree_digest(sources), Path(__file__)), build) / "program"


def base(cell, role):
    """The initramfs of a role (dom0, guest) without anything under test; returns its file."""
    source = packages(cell, role)
    kernel = Kernel(cell, cell["kernels"][role])
    skeleton = SKELETONS / role
    settings = cell[role] | {"xen": cell.target["xen_version"], "guest": cell["guest"]}
    channel = program(cell, role)
    key = digest(source.name, kernel.tree.name, settings, environment(cell), tree_digest(skeleton),
                 channel.parent.name, Path(__file__))

    def build(out):
        tree = out / "tree"
        tree.mkdir()
        merged_usr(tree)
        unpack(source, tree)
        for pattern in STRIP:
            for path in tree.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        # busybox's shell runs its own applets whatever PATH says: where a real one is, that is sh
        shell = "dash" if (tree / "bin" / "dash").exists() else "busybox"
        if not (tree / "bin" / "sh").is_symlink():
            (tree / "bin" / "sh").symlink_to(shell)
        copy_tree(skeleton, tree)
        placed = tree / PROGRAMS[role][0]
        placed.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(channel, placed)
        (tree / "lab" / "env").write_text(environment(cell))
        kernel.install(cell[role]["modules"], tree / "lab" / "modules")
        archive(tree, out / "initramfs")
        shutil.rmtree(tree)

    return entry(cell, f"base-{role}", key, build) / "initramfs"


def environment(cell):
    """What the scripts in dom0 know of the cell, as shell assignments."""
    guest = cell["guest"]
    tools = f"/usr/lib/xen-{cell.target['xen_version']}/bin"
    values = {
        "LAB_CELL": cell.name,
        "LAB_ARCH": cell.target["kernel_arch"],
        "LAB_HOLE": cell.target["hole"],
        # before /usr/sbin, where xl is a shell script that looks for the right version of itself
        "LAB_PATH": f"{tools}:/usr/sbin:/usr/bin:/sbin:/bin:/lab/bin:/lab/busybox",
        "LAB_XENSTORED": " ".join(cell["dom0"]["xenstored"]),
        "LAB_GUEST_TYPE": guest["type"],
        "LAB_GUEST_MEMORY": guest["memory_mb"],
        "LAB_GUEST_VCPUS": guest["vcpus"],
        "LAB_BASE": guest["first_carveout"],
        "LAB_GUEST_KERNEL_ARGS": guest["kernel_args"],
        "LAB_GUEST_SETTINGS": guest["settings"],
    }
    return "".join(f"{name}='{value}'\n" for name, value in values.items())


def _filesystem(tree, image):
    """Make an ext4 image of a directory, without a journal: it is only ever read."""
    used = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file())
    blocks = used * 105 // 100 // 4096 + 2048
    run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-m", "0", "-b", "4096",
         "-E", "root_owner=0:0,lazy_itable_init=0", "-d", str(tree), str(image), str(blocks)],
        f"making {image.name}", env=dict(os.environ, PATH=f"{os.environ['PATH']}:/sbin:/usr/sbin"))


def generate(megabytes):
    """Incompressible bytes that depend on nothing but how many they are."""
    return hashlib.shake_128(f"hv-mgr lab {megabytes}".encode()).digest(megabytes << 20)


def generate_packable(megabytes):
    """Bytes of which two thirds are a copy of something up to 7 MiB before them: they pack to less than half."""
    fresh, out, step = generate(megabytes), bytearray(), 4096
    for start in range(0, len(fresh), step):
        piece = fresh[start:start + step]
        if start and piece[2] % 3:
            back = (1 + int.from_bytes(piece[:2], "big") % min(start // step, (7 << 20) // step)) * step
            piece = out[start - back:start - back + step]
        out += piece
    return bytes(out)


def firmware_files(cell, out):
    """Lay out the firmware disk's content and SHA256SUMS of it."""
    for item in cell["disk"]["firmware"]:
        source = unpacked(cell, item["group"]) / item["file"]
        target = out / item["as"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    for item in cell["disk"]["generated"]:
        target = out / item["as"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((generate_packable if item.get("packable") else generate)(item["mb"]))
    for item in cell["disk"]["packed"]:
        target = out / item["as"]
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(out / item["of"] if item["of"] else os.devnull, "rb") as source, open(target, "wb") as packed:
            if subprocess.run(item["with"], stdin=source, stdout=packed).returncode != 0:
                raise LabError(f"{item['with'][0]} failed on {item['of']}")
    names = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    sums = [f"{hashlib.sha256((out / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (out / "SHA256SUMS").write_text("".join(sums))


def firmware(cell):
    """The firmware disk: `image` for the guest, SHA256SUMS for whoever compares."""
    groups = sorted({item["group"] for item in cell["disk"]["firmware"]})
    key = digest(cell["disk"], [packages(cell, group).name for group in groups], Path(__file__))

    def build(out):
        tree = out / "tree"
        tree.mkdir()
        firmware_files(cell, tree)
        _filesystem(tree, out / "firmware.img")
        shutil.move(tree / "SHA256SUMS", out / "SHA256SUMS")
        shutil.rmtree(tree)

    return entry(cell, "firmware", key, build)


def disk(cell):
    """dom0's only disk, read-only: the guest's kernel and base initramfs, and the firmware disk."""
    guest_base = base(cell, "guest")
    images = firmware(cell)
    kernel = Kernel(cell, cell["kernels"]["guest"])
    key = digest(guest_base.parent.name, images.name, kernel.tree.name, Path(__file__))

    def build(out):
        tree = out / "tree"
        tree.mkdir()
        (tree / "guest-kernel").hardlink_to(kernel.image)
        (tree / "guest-initramfs").hardlink_to(guest_base)
        for name in ("firmware.img", "SHA256SUMS"):
            (tree / name).hardlink_to(images / name)
        _filesystem(tree, out / "lab.img")
        shutil.rmtree(tree)

    return entry(cell, "disk", key, build) / "lab.img"
