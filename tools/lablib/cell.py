# SPDX-License-Identifier: GPL-2.0-only
"""A cell: one Xen on one architecture, described by a file in tools/cells."""

import functools
import platform
import tomllib

from .errors import LabError
from .paths import BUILD, CELLS, cache_root

FIRST = "arm64-4.17"  # the default, where this machine's distribution brings no Xen that a cell is of


class Cell:
    """The data of a cell, and where what is made for it goes."""

    def __init__(self, name, data):
        self.name = name
        self.data = data
        self.target = data["target"]
        self.cache = cache_root() / name
        self.results = BUILD / "lab" / name

    @property
    def pool(self):
        """The pool that its machine has, or None."""
        return self.data.get("pool")

    def __getitem__(self, key):
        return self.data[key]


def names():
    """Every cell there is a description of."""
    return sorted(path.stem for path in CELLS.glob("*.toml"))


@functools.cache
def default():
    """The first cell like FIRST that takes its packages from this machine's own release."""
    try:
        suite = platform.freedesktop_os_release().get("VERSION_CODENAME")
    except OSError:
        return FIRST
    arch = load(FIRST).target["kernel_arch"]
    targets = {name: load(name).target for name in names()}
    return next((name for name, target in targets.items()
                 if (target["suite"], target["kernel_arch"]) == (suite, arch)), FIRST)


def pick(name, arch, xen):
    """The name of the cell that a person means: by its name, or by its architecture and its Xen."""
    if name and (arch or xen):
        raise LabError("give either --cell, or --arch and --xen")
    if name or not (arch or xen):
        return name or default()
    usual = load(default()).target
    wanted = (arch or usual["kernel_arch"], xen or usual["xen_version"])
    # the first by name, of two that differ in their kernel only
    there = {_machine(load(each)): each for each in reversed(names())}
    if wanted not in there:
        listed = ", ".join(f"--arch {a} --xen {x}" for a, x in there)
        raise LabError(f"no cell for --arch {wanted[0]} --xen {wanted[1]}; there is: {listed}")
    return there[wanted]


def _machine(cell):
    return cell.target["kernel_arch"], cell.target["xen_version"]


def load(name):
    """The cell called `name`, or an error that lists the ones there are."""
    return Cell(name, _read(name, ()))


def _read(name, on_the_way):
    """The data of a cell: its file's, over those that it is `like`, the later ones over the earlier."""
    path = CELLS / f"{name}.toml"
    if not path.is_file():
        raise LabError(f"no cell {name!r}; there is: {', '.join(names())}")
    if name in on_the_way:
        raise LabError(f"{path}: is like itself, by way of {', '.join(on_the_way)}")
    try:
        data = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as bad:
        raise LabError(f"{path}: {bad}") from None
    whole = {}
    for like in data.pop("like", []):
        whole = _over(whole, _read(like, (*on_the_way, name)))
    return _over(whole, data)


def _over(base, data):
    """Tables are merged; anything else replaces what is there, and an empty table removes one."""
    merged = dict(base)
    for key, value in data.items():
        if isinstance(value, dict) and value and isinstance(base.get(key), dict):
            merged[key] = _over(base[key], value)
        elif value == {}:
            merged.pop(key, None)
        else:
            merged[key] = value
    return merged
