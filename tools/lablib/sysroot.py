# SPDX-License-Identifier: GPL-2.0-only
"""The sysroot: headers and libraries of the cell's distribution, to build dom0's programs against."""

import os
from pathlib import Path

from .aptdir import merged_usr, packages, unpack
from .cache import digest, entry
from .errors import run
from .paths import REPO, TOOLS

TOOLCHAIN = TOOLS / "cmake" / "cross.cmake"


def sysroot(cell):
    """The directory to give a compiler as --sysroot."""
    source = packages(cell, "sysroot")

    def build(out):
        merged_usr(out)
        unpack(source, out)
        for path in out.rglob("*"):
            if path.is_symlink():
                _make_relative(path, out)

    return entry(cell, "sysroot", digest(source.name, Path(__file__)), build)


def _make_relative(link, top):
    """Absolute links would lead out of the sysroot, into the build machine's own files."""
    target = os.readlink(link)
    if target.startswith("/"):
        link.unlink()
        link.symlink_to(os.path.relpath(top / target.lstrip("/"), link.parent))


def cmake_variables(cell):
    """What tools/cmake/cross.cmake wants to know."""
    target = cell.target
    return {
        "CMAKE_TOOLCHAIN_FILE": TOOLCHAIN,
        "LAB_SYSROOT": sysroot(cell),
        "LAB_PROCESSOR": target["processor"],
        "LAB_TRIPLET": target["triplet"],
        "LAB_CROSS_PREFIX": target["cross_prefix"],
    }


def configure(cell, build_dir, extra):
    """Run CMake for the cell; returns the build directory."""
    settings = [f"-D{name}={value}" for name, value in cmake_variables(cell).items()]
    cached = build_dir / "CMakeCache.txt"
    # what was found in another sysroot is remembered with its paths
    fresh = ["--fresh"] if cached.is_file() and f"={sysroot(cell)}\n" not in cached.read_text() else []
    run(["cmake", *fresh, "-S", str(REPO), "-B", str(build_dir), "-G", "Ninja", *settings, *extra],
        f"configuring {build_dir}")
    return build_dir
