# SPDX-License-Identifier: GPL-2.0-only
"""A packaged kernel: its image, its modules and their order, and the headers to build more."""

import gzip
import lzma
import re
import shutil
import subprocess
from pathlib import Path

from .errors import LabError
from .ownfiles import tree

DECOMPRESS = {".ko": bytes, ".xz": lzma.decompress, ".gz": gzip.decompress}

# What a kernel's configuration says of the compiler that made it (init/Kconfig), and the option that this is about.  Where
# another compiler lacks it, cold functions of a module are aligned less than the kernel wants, which it does not survive:
# its headers do without such functions if they are told.
OF_THE_COMPILER = {"-fmin-function-alignment=8": ("CC_HAS_MIN_FUNCTION_ALIGNMENT", "CC_HAS_SANE_FUNCTION_ALIGNMENT")}


def only(top, pattern):
    """The one path that matches; packages promise it, so anything else is worth an error."""
    found = sorted(top.glob(pattern))
    if len(found) != 1:
        raise LabError(f"{top}: expected one {pattern}, found {len(found)}; "
                       "try `tools/lab clean` (a half-updated mirror mixes versions)")
    return found[0]


class Kernel:
    """The kernel in a cell's package group."""

    def __init__(self, cell, group):
        self.tree = tree(cell, group)
        self.modules = only(self.tree, "lib/modules/*")
        self.version = self.modules.name
        # in /boot up to Debian 13's own, beside the modules since
        beside = self.modules / "vmlinuz"
        self.image = beside if beside.is_file() else self.tree / "boot" / f"vmlinuz-{self.version}"
        self._files = {}

    def _index(self):
        """Module files by name; names use _ and - as if they were one letter."""
        if not self._files:
            self._files = {_plain(path.name.split(".")[0]): path
                           for path in self.modules.rglob("*.ko*")}
        return self._files

    def _built_in(self, name):
        lines = (self.modules / "modules.builtin").read_text().split()
        return name in {_plain(Path(line).stem) for line in lines}

    def _read(self, name):
        """The content of a module, unpacked (Debian 13 ships .ko.xz)."""
        path = self._index().get(name)
        if path is None:
            raise LabError(f"kernel {self.version} has no module {name}")
        return DECOMPRESS[path.suffix](path.read_bytes())

    def _load(self, name, loaded):
        """Put a module after what it depends on into `loaded` (name -> content)."""
        if name in loaded or self._built_in(name):
            return
        content = self._read(name)
        for other in _depends(content):
            self._load(other, loaded)
        loaded[name] = content

    def install(self, names, directory):
        """Write modules and what they need as NN-name.ko: the order of the names is the load order."""
        loaded = {}
        for name in names:
            self._load(_plain(name), loaded)
        directory.mkdir(parents=True)
        for number, (name, content) in enumerate(loaded.items()):
            (directory / f"{number:02}-{name}.ko").write_bytes(content)


def headers_version(tree):
    """The version of the headers in an unpacked group: those of all flavours have no symbols."""
    return only(tree, "usr/src/linux-headers-*/Module.symvers").parent.name.removeprefix("linux-headers-")


def lay_out_headers(tree, out, final, compiler):
    """Lay the headers packages in `tree` out in `out` so that kbuild works, with that compiler, once it is called `final`.

    The packages expect to be installed in /usr/src and /usr/lib; their Makefile and links say so.
    """
    for path in (tree / "usr").glob("src/linux-headers-*"):
        shutil.copytree(path, out / path.name, symlinks=True)
    kbuild = only(tree, "usr/lib/linux-kbuild-*")
    shutil.copytree(kbuild, out / kbuild.name, symlinks=True)
    for path in out.glob("linux-headers-*/*"):
        if path.is_symlink() and "linux-kbuild" in str(path.readlink()):
            path.unlink()
            path.symlink_to(f"../{kbuild.name}/{path.name}")
    own = out / f"linux-headers-{headers_version(tree)}"
    makefile = own / "Makefile"
    makefile.write_text(makefile.read_text().replace("/usr/src/", f"{final}/"))
    for option, symbols in OF_THE_COMPILER.items():
        if not _knows(compiler, option):
            _unset(own, symbols)
    for loader in tree.glob("usr/lib/*/ld-linux-*.so.*"):
        _own_libc(loader, out, final, kbuild.name)


def _knows(compiler, option):
    asked = subprocess.run([compiler, option, "-E", "-x", "c", "/dev/null"], check=False, capture_output=True)
    return not asked.returncode


def _unset(headers, symbols):
    """As if the kernel had been configured without them: for kbuild, and for the sources."""
    line = re.compile(rf"^(#define )?CONFIG_({'|'.join(symbols)})[= ].*\n", re.MULTILINE)
    for name in ("include/config/auto.conf", "include/generated/autoconf.h"):
        path = headers / name
        path.write_text(line.sub("", path.read_text()))


def _own_libc(loader, out, final, kbuild):
    """Have kbuild's programs, made for a newer libc than this machine's may be, run with their own."""
    (out / "libc").mkdir()
    for path in loader.parent.glob("*.so*"):
        shutil.copy(path, out / "libc", follow_symlinks=False)
    for program in (out / kbuild).rglob("*"):
        if program.is_symlink() or not program.is_file() or program.read_bytes()[:4] != b"\x7fELF":
            continue
        real = program.rename(out / "libc" / program.name)
        # modpost and objtool run another one by a name made of their own
        program.write_text(f"#!/bin/sh\nexec {final}/libc/{loader.name} --library-path {final}/libc "
                           f"--argv0 \"$0\" {final}/libc/{real.name} \"$@\"\n")
        program.chmod(0o755)


def _plain(name):
    return name.replace("-", "_")


def _depends(content):
    """A module's own list of the modules it needs (its .modinfo section)."""
    found = re.search(rb"\0depends=([^\0]*)\0", content)
    return [_plain(name) for name in found.group(1).decode().split(",") if name] if found else []
