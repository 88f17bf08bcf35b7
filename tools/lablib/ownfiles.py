# SPDX-License-Identifier: GPL-2.0-only
"""Somebody's own kernel, or Xen, in a cell: files in place of its packages.

They are laid out as the packages would be, so that nobody else needs to know.
"""

import re
import shutil
from pathlib import Path

from .aptdir import unpacked
from .cache import digest, entry
from .errors import LabError

SEARCHED = 64 << 20       # bytes of a kernel's image that may say which version it is
BZIMAGE_VERSION = 0x20e   # Documentation/arch/x86/boot.rst, kernel_version: where its text is, less 0x200


def is_file(xen):
    """Whether --xen names a file, and not a version: by its looks, so that a missing file is an error."""
    return bool(xen) and ("/" in xen or Path(xen).is_file())


def replace(cell, kernel, modules, xen):
    """Put files in the place of a cell's packages: a kernel for dom0 and its guests, and Xen; None: the cell's own."""
    if bool(kernel) != bool(modules):
        raise LabError("--kernel and --modules go together: an image, and the lib/modules/VERSION that was made with it")
    if kernel:
        files = _kernel_files(Path(kernel), Path(modules))
        for group in set(cell["kernels"].values()):
            cell["packages"][group] = {"files": files}
    if xen:
        path = _existing(Path(xen))
        cell["boot"]["xen_image"] = f"boot/{path.name}"
        cell["packages"]["hypervisor"] = {"files": {f"boot/{path.name}": str(path)}}


def _existing(path):
    if not path.is_file():
        raise LabError(f"no file {path}")
    return path.resolve()


def _kernel_files(image, modules):
    """Where the packages have what: of the links out of /lib/modules/VERSION nothing is wanted."""
    _existing(image)
    if not (modules / "modules.builtin").is_file():
        raise LabError(f"{modules} is no lib/modules/VERSION, for it has no modules.builtin; "
                       "`make modules_install INSTALL_MOD_PATH=DIR` makes one below DIR")
    version = modules.resolve().name
    said = _version(image.read_bytes()[:SEARCHED])
    if said and said != version:
        raise LabError(f"{image} is Linux {said}, and its modules are to be in a directory of that name, not {modules}")
    return {f"boot/vmlinuz-{version}": str(image.resolve()), f"lib/modules/{version}": str(modules.resolve())}


def _version(image):
    """The version in a kernel's image: a bzImage's header has it, others do where they are not compressed."""
    if image[0x202:0x206] == b"HdrS":
        at = int.from_bytes(image[BZIMAGE_VERSION:BZIMAGE_VERSION + 2], "little") + 0x200
        return image[at:image.index(b" ", at)].decode(errors="replace")
    found = re.search(rb"Linux version ([0-9]\S+)", image)
    return found.group(1).decode(errors="replace") if found else None


def tree(cell, name):
    """A package group as a directory tree, of its own files or of packages."""
    group = cell["packages"][name]
    if "files" not in group:
        return unpacked(cell, name)

    def build(out):
        for place, source in group["files"].items():
            target = out / place
            target.parent.mkdir(parents=True, exist_ok=True)
            if Path(source).is_dir():
                shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("build", "source", "vmlinuz"))
            else:
                shutil.copy(source, target)

    return entry(cell, f"own-{name}", digest(_stamps(group["files"])), build)


def _stamps(files):
    """What tells these files from their next version."""
    paths = [(place, path) for place, source in files.items()
             for path in [Path(source), *Path(source).rglob("*")] if path.is_file()]
    return [[place, str(path), path.stat().st_size, path.stat().st_mtime_ns] for place, path in sorted(paths)]
