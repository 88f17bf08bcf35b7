# SPDX-License-Identifier: GPL-2.0-only
"""The figures of docs/figures.md and docs/backings.svg, out of what tests/lab/bench.sh noted.

Usage: python3 -m lablib.figures SCENARIO.log. The tables stand in docs/figures.md between two comments;
what is around them is written by people.
"""

import re
import sys
from pathlib import Path
from xml.sax.saxutils import escape

from .errors import LabError
from .paths import REPO

DOCUMENT = REPO / "docs" / "figures.md"
PLOT = REPO / "docs" / "backings.svg"
BACKINGS = ("vault", "pool")
COLOURS = {"vault": "#8a5a00", "pool": "#1f6fb4"}

# What is moved for each MiB streamed, by the code. The driver copies into a buffer of its own (guest-driver/stream.c); Xen
# from there into the manager's, and from that into the vault (hv-mgr/carveout/put.c); into a pool dom0 writes.
GUEST_COPIES = {"vault": 1, "pool": 1}
XEN_COPIES = {"vault": 2, "pool": 1}
DOM0_WRITES = {"vault": 0, "pool": 1}


def read(log):
    """Every figure of a bench run: key -> number."""
    found = re.findall(r"^NOTE FIGURE (\S+) (-?\d+)$", Path(log).read_text(errors="replace"), re.M)
    if not found:
        raise LabError(f"{log} has no figures: did the bench run to its end?")
    return {key: int(number) for key, number in found}


def _of(figures, key):
    if key not in figures:
        raise LabError(f"the bench gave no figure {key}: did it run to its end?")
    return figures[key]


def _both(figures, key):
    return [_of(figures, f"{key}-{backing}") for backing in BACKINGS]


def table(head, rows):
    """Of lists of cells, as the document has it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def one_by_one(figures):
    """What has a limit."""
    def kib(backing):
        return " / ".join(str(_of(figures, f"guest-kib-{size}-{backing}")) for size in (16, 64, 128)) + " KiB"

    rows = [["guest memory, 16 / 64 / 128 MiB streamed (two buffers of 1 MiB in it)", kib("vault"), kib("pool"), "2560 KiB"],
            ["64 MiB streamed into a guest with so much available",
             *(f"{number / 1024:.1f} MiB" for number in _both(figures, "tight-kib")), "16 MiB"],
            ["manager, resident", f"{_of(figures, 'manager-rss-kib')} KiB", "the same process", "8 MiB"],
            ["of these its own", f"{_of(figures, 'manager-anon-kib')} KiB", "", ""],
            ["manager, wake-ups in 10 idle seconds", _of(figures, "manager-wakeups"), "", 0],
            ["a file of 128 MiB streamed; the same read to `/dev/null`",
             *(f"{_of(figures, f'file-kib-{b}')}; {_of(figures, f'file-kib-null-{b}')} KiB" for b in BACKINGS), ""]]
    return table(["what", "vault", "pool", "limit"], rows)


def _time(figures):
    vault, pool = _both(figures, "took")
    return [1.0, pool / max(vault, 1)]


def compared(figures):
    """The vault against the pool, a MiB streamed; (what, vault, pool, how it is known)."""
    return [
        ("time, the vault's being 1", *_time(figures), "measured"),
        ("hypercalls, dom0 and guest together", *_both(figures, "calls-per-mib"), "kernel probes"),
        ("of these the manager's own", *_both(figures, "own-calls-per-mib"), "its own count"),
        ("MiB copied by Xen, by grants", *XEN_COPIES.values(), "by the code"),
        ("MiB written by dom0", *DOM0_WRITES.values(), "by the code"),
        ("MiB copied by the guest's driver", *GUEST_COPIES.values(), "by the code"),
        ("hypercalls of a revoke, small carveout (1 MiB)", *_both(figures, "revoke-calls-small"), "the manager's count"),
        ("hypercalls of a revoke, large carveout (1 GiB; 128 MiB)", *_both(figures, "revoke-calls-large"),
         "the manager's count"),
    ]


def _number(number):
    return f"{number:.2f}" if isinstance(number, float) else str(number)


def comparison(figures):
    """The same as a table."""
    rows = [[what, _number(vault), _number(pool), how] for what, vault, pool, how in compared(figures)]
    return table(["a MiB streamed", "vault", "pool", "known by"], rows)


# ---- the plot: bars side by side, each pair on a scale of its own, the larger of the two being 1 ----

LEFT, WIDTH, TOP, BAR, GAP = 250, 400, 64, 18, 22


def _bar(y, share, backing, label):
    wide = round(WIDTH * share, 1)
    return [f'<rect x="{LEFT}" y="{y}" width="{max(wide, 1)}" height="{BAR}" fill="{COLOURS[backing]}"/>',
            f'<text x="{LEFT + wide + 6}" y="{y + BAR - 5}">{escape(label)}</text>']


def _pair(y, what, values):
    largest = max(*values, 1e-9)
    lines = [f'<text x="{LEFT - 10}" y="{y + BAR + 4}" text-anchor="end">{escape(what)}</text>']
    for number, (backing, value) in enumerate(zip(BACKINGS, values)):
        lines += _bar(y + number * BAR, value / largest, backing, _number(value))
    return lines


def _axis(bottom):
    lines = [f'<line x1="{LEFT}" y1="{bottom}" x2="{LEFT + WIDTH}" y2="{bottom}" stroke="#444"/>']
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x = LEFT + WIDTH * tick
        lines += [f'<line x1="{x}" y1="{TOP - 8}" x2="{x}" y2="{bottom + 4}" stroke="#ccc"/>',
                  f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{tick:g}</text>']
    return lines + [f'<text x="{LEFT + WIDTH / 2}" y="{bottom + 38}" text-anchor="middle">'
                    "share of the larger of the two (the number at the bar's end is the value itself)</text>"]


def _legend():
    lines = []
    for number, backing in enumerate(BACKINGS):
        x = LEFT + number * 80
        lines += [f'<rect x="{x}" y="34" width="12" height="12" fill="{COLOURS[backing]}"/>',
                  f'<text x="{x + 18}" y="45">{backing}</text>']
    return lines


def plot(figures):
    """The comparison as an SVG."""
    pairs = [("time (vault = 1)", _time(figures)),
             ("hypercalls", _both(figures, "calls-per-mib")),
             ("MiB copied by Xen or dom0",
              [float(XEN_COPIES[backing] + DOM0_WRITES[backing]) for backing in BACKINGS]),
             ("MiB copied by the guest", [float(n) for n in GUEST_COPIES.values()]),
             ("hypercalls of a revoke", _both(figures, "revoke-calls-large"))]
    bottom = TOP + len(pairs) * (2 * BAR + GAP) - GAP + 8
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 80} {bottom + 52}" '
             'font-family="sans-serif" font-size="13">',
             '<rect width="100%" height="100%" fill="#fff"/>',
             f'<text x="{LEFT}" y="20" font-size="15">What a MiB streamed into a carveout costs</text>',
             *_legend(), *_axis(bottom)]
    for number, (what, values) in enumerate(pairs):
        lines += _pair(TOP + number * (2 * BAR + GAP), what, values)
    return "\n".join([*lines, "</svg>", ""])


def replace(text, name, table):
    """The text with a table between its two comments."""
    pattern = rf"(<!-- {name}: made by tools/bench -->\n).*?(<!-- {name} ends -->)"
    new, count = re.subn(pattern, lambda match: f"{match[1]}{table}\n{match[2]}", text, flags=re.S)
    if count != 1:
        raise LabError(f"{DOCUMENT} has no place for the table {name!r}")
    return new


def main(log):
    """Write both files and print the tables."""
    figures = read(log)
    tables = {"limits": one_by_one(figures), "backings": comparison(figures)}
    text = DOCUMENT.read_text()
    for name, table in tables.items():
        text = replace(text, name, table)
        print(table, end="\n\n")
    DOCUMENT.write_text(text)
    PLOT.write_text(plot(figures))


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except (LabError, OSError) as error:
        sys.exit(f"bench: {error}")
