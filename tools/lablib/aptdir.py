# SPDX-License-Identifier: GPL-2.0-only
"""A private apt: another distribution's packages, fetched and unpacked without installing any.

The machine's own configuration is read (a proxy set there keeps working) and then everything apt
keeps state in is moved into the cache, with an empty status file: apt resolves as if for an empty
machine of the cell's architecture. APT_CONFIG is read last, so nothing of the machine changes.
"""

import os
import re
from pathlib import Path

from .cache import digest, entry
from .errors import LabError, run

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
DEFAULT_MIRROR = "http://deb.debian.org"
SOURCE_FILES = ("/etc/apt/sources.list", "/etc/apt/sources.list.d")

CONFIG = """\
Dir::State "{top}";
Dir::State::status "{top}/status";
Dir::State::lists "{top}/lists";
Dir::Cache "{top}";
Dir::Cache::archives "{top}/archives";
Dir::Etc::sourcelist "{top}/debian.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Architecture "{arch}";
#clear APT::Architectures;
APT::Architectures {{ "{arch}"; "{host}"; }};
#clear APT::Default-Release;
APT::Default-Release "{release}";
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Post-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""

SOURCE = """\
Types: deb
URIs: {mirror}/{path}
Suites: {suites}
Components: {components}
Signed-By: {keyring}

"""


def host_arch():
    """dpkg's name for the machine the lab runs on."""
    return run(["dpkg", "--print-architecture"], "asking dpkg for the architecture").decode().strip()


def mirror():
    """The host this machine takes Debian from, so that a local mirror is used here too."""
    for name in SOURCE_FILES:
        path = Path(name)
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            if file.suffix not in (".list", ".sources") or not file.is_file():
                continue
            found = re.search(r"^[^#\n]*?(https?://\S+?)/debian/?(\s|$)", file.read_text(), re.M)
            if found:
                return found.group(1)
    return DEFAULT_MIRROR


class AptDir:
    """A private apt directory of a cell: one for its suite, and one for each that a group has beside it."""

    def __init__(self, cell, beside=None):
        self.cell = cell
        self.beside = beside
        self.top = cell.cache / (f"apt-{beside}" if beside else "apt")
        self.log = self.top / "apt.log"
        self.env = dict(os.environ, APT_CONFIG=str(self.top / "apt.conf"), LC_ALL="C")

    def prepare(self):
        """Write the configuration; fetch the package lists if this directory is new."""
        target = self.cell.target
        for name in ("lists/partial", "archives/partial"):
            (self.top / name).mkdir(parents=True, exist_ok=True)
        (self.top / "status").touch()
        config = CONFIG.format(top=self.top, arch=target["debian_arch"], host=host_arch(),
                               release=self.beside or "")
        (self.top / "apt.conf").write_text(config)
        sources = self._sources(target, self.beside)
        current = self.top / "debian.sources"
        if not current.is_file() or current.read_text() != sources:
            current.write_text(sources)
            self.update()

    @staticmethod
    def _sources(target, beside):
        """The suite with its updates and its security fixes, if it has any, and the one beside it."""
        suite, pockets = target["suite"], target["pockets"]
        suites = [suite, *(f"{suite}-{pocket}" for pocket in pockets if pocket != "security"), *filter(None, [beside])]
        common = {"mirror": mirror(), "components": " ".join(target["components"]), "keyring": KEYRING}
        sources = SOURCE.format(path="debian", suites=" ".join(suites), **common)
        if "security" in pockets:
            sources += SOURCE.format(path="debian-security", suites=f"{suite}-security", **common)
        return sources

    def update(self):
        """Fetch the package lists."""
        try:
            self._apt("update")
        except LabError:
            (self.top / "debian.sources").unlink(missing_ok=True)  # so that the next run tries again
            raise

    def _apt(self, *args, cwd=None):
        """Run apt-get here; its words go to the log."""
        run(["apt-get", "-q", *args], "fetching packages", log=self.log, env=self.env, cwd=cwd)

    def _uris(self, *args):
        """What apt-get would fetch: (deb file name, size) of each."""
        argv = ["apt-get", "-qq", "--print-uris", *args]
        text = run(argv, f"resolving {' '.join(args[1:])}", env=self.env).decode()
        fields = [line.split() for line in text.splitlines() if line.startswith("'")]
        return [(deb, int(size)) for _, deb, size, *_ in fields]

    def select(self, group):
        """The packages of a group as name:arch, for `apt-get download`; see the cell's comments."""
        arch = self.cell.target["debian_arch"]
        keep = re.compile(group.get("keep", ".*"))
        drop = re.compile(group.get("drop", "$."))
        native = re.compile(group.get("native", "$."))
        chosen = []
        for deb, _ in self._uris("install", *group["install"]):
            name = deb.split("_")[0]
            if native.fullmatch(name):
                chosen.append(f"{name}:{host_arch()}")
            elif keep.fullmatch(name) and not drop.fullmatch(name):
                chosen.append(name if deb.endswith("_all.deb") else f"{name}:{arch}")
        return sorted(chosen)

    def fetch(self, packages):
        """Download packages; returns their files. Old lists name files that have gone: update, retry."""
        try:
            return self._download(packages)
        except LabError:
            self.update()
            return self._download(packages)

    def _download(self, packages):
        """Fetch what is not there yet: apt checks the signatures' hashes of what it downloads."""
        store = self.top / "debs"  # not apt's own archives: it fails where a file is there already
        store.mkdir(exist_ok=True)
        debs = self._uris("download", *packages)
        for deb, size in debs:
            file = store / deb
            if file.is_file() and file.stat().st_size != size:
                file.unlink()  # an interrupted download
        missing = {deb.split("_")[0] for deb, _ in debs if not (store / deb).is_file()}
        wanted = [name for name in packages if name.split(":")[0] in missing]
        if wanted:
            self._apt("download", *wanted, cwd=store)
        return [store / deb for deb, _ in debs]


def packages(cell, name):
    """The cache entry of a package group: `debs` lists the files, in the order of their names."""
    group = cell["packages"][name]
    target = {key: cell.target.get(key) for key in ("suite", "pockets", "components", "debian_arch")}

    def build(out):
        apt = AptDir(cell, group.get("suite"))
        apt.prepare()
        debs = apt.fetch(apt.select(group))
        (out / "debs").write_text("".join(f"{deb.name}\n" for deb in debs))
        for deb in debs:
            (out / deb.name).hardlink_to(deb)

    return entry(cell, f"packages-{name}", digest(group, target, Path(__file__)), build)


def unpack(source, tree):
    """Unpack every package of a group into a tree, whatever machine it is for."""
    for deb in sorted(source.glob("*.deb")):
        run(["dpkg-deb", "--extract", str(deb), str(tree)], f"unpacking {deb.name}")


def merged_usr(tree):
    """Lay a tree out as Debian does: /bin, /sbin, /lib, /lib64 are links into /usr.

    Packages of one suite use both spellings; without the links a library would exist under one of
    them only. dpkg-deb keeps a link to a directory where a package has the directory itself.
    """
    for name in ("bin", "sbin", "lib", "lib64"):
        (tree / "usr" / name).mkdir(parents=True, exist_ok=True)
        (tree / name).symlink_to(f"usr/{name}")


def unpacked(cell, name):
    """A package group as a directory tree."""
    source = packages(cell, name)

    def build(out):
        merged_usr(out)
        unpack(source, out)

    return entry(cell, f"tree-{name}", digest(source.name, Path(__file__)), build)
