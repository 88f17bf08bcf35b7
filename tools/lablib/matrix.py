# SPDX-License-Identifier: GPL-2.0-only
"""What was tested where: the table in README.md, made from the verdicts of tools/check's boots.

A boot's verdict.log says what passed, its xen.args how Xen was booted. The table stands between two
comments; what is around them is written by people.
"""

import re

from . import cell as cells
from .errors import LabError
from .paths import REPO

DOCUMENT = REPO / "README.md"
BOOTS = "check-*"              # the results directories that tools/check makes
PLACE = r"(<!-- matrix: made by tools/lab matrix --write -->\n).*?(<!-- matrix ends -->)"
WORLDS = ("vault", "pool", "vault°", "pool°")   # °: Xen was booted without scrub-domheap
NOWHERE = "–"


class Boot:
    """One boot of a cell, as its results directory has it."""

    def __init__(self, directory):
        self.mark = "" if "scrub-domheap" in (directory / "xen.args").read_text() else "°"
        text = (directory / "verdict.log").read_text(errors="replace")
        self.hello = re.search(r"^HELLO dom0 (\d+\.\d+)\S* on Xen (\d+\.\d+)\S*, (\S+)$", text, re.M)
        self.scenarios = {}    # (scenario, world): whether all is well with it
        for number, body in re.findall(r"^BEGIN \d+-(\S+) \d+$(.*?)(?=^BEGIN|\Z)", text, re.M | re.S):
            name, pool = re.fullmatch(r"(.*?)(-pool)?", number).groups()
            ended = re.search(r"^END ", body, re.M) is not None
            self.scenarios[name, ("pool" if pool else "vault") + self.mark] = ended and "\nFAIL " not in body


def _boots(cell):
    """The latest last: what it says of a scenario counts."""
    verdicts = sorted(cell.results.glob(f"{BOOTS}/verdict.log"), key=lambda path: path.stat().st_mtime)
    return [Boot(path.parent) for path in verdicts]


def _machine(boots):
    """What the boots of a cell said of themselves: dom0's kernel, Xen, its xenstored."""
    said = {boot.hello.groups() for boot in boots if boot.hello}
    if len(said) != 1:
        raise LabError(f"the boots of one cell do not agree on what they are: {sorted(said)}")
    return said.pop()


def _entry(boots, name):
    """Where a scenario ran in a cell, with all well at its end."""
    ran = {}
    for boot in boots:
        ran |= {world: good for (scenario, world), good in boot.scenarios.items() if scenario == name}
    return ", ".join(world for world in WORLDS if ran.get(world)) or NOWHERE


def table():
    """The whole table, a column a cell."""
    columns = [(cell, _boots(cell)) for cell in map(cells.load, cells.names())]
    columns = [(cell, boots) for cell, boots in columns if boots]
    if not columns:
        raise LabError("no boot of tools/check has left its results here: run it first")
    machines = [_machine(boots) for _, boots in columns]
    names = sorted({name for _, boots in columns for boot in boots for name, _ in boot.scenarios})
    rows = [["", *(cell.name for cell, _ in columns)],
            ["---"] * (len(columns) + 1),
            ["Xen", *(xen for _, xen, _ in machines)],
            ["Linux", *(linux for linux, _, _ in machines)],
            ["xenstored", *(store for _, _, store in machines)],
            *([f"`{name}`", *(_entry(boots, name) for _, boots in columns)] for name in names)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _with(text, new):
    text, count = re.subn(PLACE, lambda match: f"{match[1]}{new}\n{match[2]}", text, flags=re.S)
    if count != 1:
        raise LabError(f"{DOCUMENT} has no place for the matrix")
    return text


def write():
    """Put the table into README.md."""
    DOCUMENT.write_text(_with(DOCUMENT.read_text(), table()))


def _entries(text):
    """What a table says: (row, column) -> the set of words between the commas."""
    lines = [[part.strip() for part in line.strip("|").split("|")] for line in text.splitlines() if "|" in line]
    head = lines[0][1:] if lines else []
    return {(row, column): set(entry.split(", ")) - {NOWHERE}
            for row, *entries in lines[2:] for column, entry in zip(head, entries)}


def untrue():
    """What README.md claims and the results do not show: "row, column: entry" each."""
    found = re.search(PLACE, DOCUMENT.read_text(), re.S)
    if not found:
        raise LabError(f"{DOCUMENT} has no place for the matrix")
    shown = _entries(table())
    return [f"{row}, {column}: {word}" for (row, column), words in _entries(found[0]).items()
            for word in sorted(words - shown.get((row, column), set()))]
