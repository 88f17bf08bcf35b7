# SPDX-License-Identifier: GPL-2.0-only
"""Building a Linux module for the kernel of the cell's guests."""

import os
import re
import shutil
import sys
from pathlib import Path

from .aptdir import host_arch, unpacked
from .cache import digest, entry
from .errors import LabError, run
from .kernel import headers_version, lay_out_headers
from .paths import BUILD, REPO

SIBLINGS = ("include", "common")  # what a module's sources reach as ../include, ../common


def headers(cell, group):
    """The kernel headers in a package group, ready for kbuild."""
    tree = unpacked(cell, group)
    compiler = f"{cell.target['cross_prefix']}gcc"
    # The paths inside are absolute and must be those of the finished entry: one that was moved is another. And the
    # configuration is that of a compiler.
    version = run([compiler, "-dumpfullversion"], "asking the compiler").decode()
    key = digest(tree.name, host_arch(), str(cell.cache), version, Path(__file__), Path(__file__).with_name("kernel.py"))
    kind = f"headers-{group}"
    final = cell.cache / f"{kind}-{key}"
    out = entry(cell, kind, key, lambda new: lay_out_headers(tree, new, final, compiler))
    return out / f"linux-headers-{headers_version(tree)}"


def add_group(cell, package):
    """A package group of SUITE/PACKAGE, headers of another kernel than the guests'; returns its name."""
    suite, slash, name = package.partition("/")
    if not (suite and slash and name):
        raise LabError(f"--headers wants SUITE/PACKAGE, for example sid/linux-headers-arm64, and not {package!r}")
    # programs of kbuild want a newer libc than this machine may have
    cell["packages"][group := f"{suite}-{name}"] = {
        "suite": suite, "install": [name], "keep": "linux-headers-[0-9].*|libc6", "native": "linux-kbuild-.*|libc6"}
    return group


def copy_sources(source, work):
    """Mirror the sources and what they include: kbuild of 6.1 writes beside the sources.

    Files that have not changed keep their time, so that a rebuild compiles what changed only.
    """
    for directory in (source, *(REPO / name for name in SIBLINGS)):
        target = work / directory.name
        target.mkdir(parents=True, exist_ok=True)
        if not directory.is_dir():
            continue
        for path in directory.rglob("*"):
            copy = target / path.relative_to(directory)
            if path.is_dir():
                copy.mkdir(exist_ok=True)
            elif not copy.is_file() or copy.read_bytes() != path.read_bytes():
                shutil.copy(path, copy)


def build(cell, source, sparse=False, package=None):
    """Build the module in `source`; returns its .ko files. Warnings go to the terminal.

    For the guests' kernel, or for that of a headers package, which add_group() explains.
    """
    source = Path(source).resolve()
    if not (source / "Kbuild").is_file() and not (source / "Makefile").is_file():
        raise LabError(f"{source} has neither Kbuild nor Makefile")
    group = add_group(cell, package) if package else cell["kernels"]["guest"]
    kernel = headers(cell, group)
    work = BUILD / cell.name / (f"modules-{group}" if package else "modules")
    if package:
        print(f"lab: {package} is {kernel.name.removeprefix('linux-headers-')}", file=sys.stderr, flush=True)
    copy_sources(source, work)
    target = cell.target
    argv = ["make", "-C", str(kernel), f"M={work / source.name}", f"ARCH={target['kernel_arch']}",
            f"CROSS_COMPILE={target['cross_prefix']}",
            # the packages ask for the gcc that built the kernel
            f"CC={target['cross_prefix']}gcc", "W=1", f"-j{os.cpu_count()}",
            # headers that come with a vmlinux would ask for pahole, for type data that nothing here reads
            "CONFIG_DEBUG_INFO_BTF_MODULES=", "PAHOLE_VERSION=", "CONFIG_PAHOLE_VERSION=", "modules"]
    # Symbols of the modules that were built before this one, which it may use.
    others = sorted(path for path in work.glob("*/Module.symvers") if path.parent.name != source.name)
    argv.append(f"KBUILD_EXTRA_SYMBOLS={' '.join(map(str, others))}")
    _forget_older(work / source.name / "Module.symvers", others)
    if sparse:
        argv += ["C=2"]
    _make(argv, work / f"{source.name}.log", kernel.parent)
    built = sorted((work / source.name).glob("*.ko"))
    if not built:
        raise LabError(f"{source} built no module", work / f"{source.name}.log")
    for module in built:
        _check_alignment(module, kernel, target["cross_prefix"])
    return built


def _check_alignment(module, kernel, cross_prefix):
    """A kernel may patch what stands before a function, and expects it where it says; else it dies as it loads a module, or
    does not, by where its sections come to lie.
    """
    wanted = re.search(r"^CONFIG_FUNCTION_ALIGNMENT=(\d+)$", (kernel / "include/config/auto.conf").read_text(), re.MULTILINE)
    if not wanted:
        return
    sections = run([f"{cross_prefix}readelf", "-SW", str(module)], "reading the module").decode()
    line = r"\] (\.\S*text) +PROGBITS +\S+ +\S+ +(\S+) .* AX .* (\d+)$"
    for name, size, align in re.findall(line, sections, re.MULTILINE):
        if int(size, 16) and int(align) < int(wanted.group(1)):
            raise LabError(f"{module.name}: {name} is aligned by {align}, and this kernel wants {wanted.group(1)}")


def _forget_older(own, others):
    """Kbuild does not look again at the symbols of others that it has looked up: a module would be refused by the guest
    beside one that was changed. Without its own list it looks again.
    """
    if own.exists() and any(own.stat().st_mtime < other.stat().st_mtime for other in others):
        own.unlink()


def _make(argv, log, kernel):
    """Run make; a warning is an error, for warnings are what W=1 and sparse are for.

    Not where the kernel's own headers use an attribute that this machine's compiler is too old for.
    """
    log.unlink(missing_ok=True)
    try:
        run(argv, "building the module", log=log)
    finally:
        text = log.read_text(errors="replace") if log.exists() else ""
        too_old = re.compile(rf"{re.escape(str(kernel))}.*\[-Wattributes\]$")
        complaints = [line for line in text.splitlines()
                      if re.search(r"warning:|error:|^ERROR:", line) and not too_old.match(line)]
        print(*complaints, sep="\n", end="\n" if complaints else "", file=sys.stderr)
    if complaints:
        # else the next build would find these files made, and say nothing
        shutil.rmtree(log.with_suffix(""), ignore_errors=True)
        raise LabError("the module was built with warnings", log)
