# SPDX-License-Identifier: GPL-2.0-only
"""What a load costs (docs/figures.md, docs/figures.json and plots), out of what peers.sh, costs.sh and against.sh said.

Usage: python3 -m lablib.speed [--show] [--against REVISION] SCENARIO.log [LOG of a Xen that scrubs nothing]

Samples are nanoseconds of an emulated machine: what is written into the document is their medians' ratios. A table of
which the log has nothing stays as it was.
"""

import argparse
import json
import sys

from . import svg
from .errors import LabError
from .figures import BACKINGS, COLOURS, DOCUMENT, replace, table
from .paths import REPO
from .samples import Run

DOCS = REPO / "docs"
DATA = DOCS / "figures.json"

MIDDLE = 64                     # MiB, where one size only is measured: tests/lab/lib/measure.sh
PEERS = (("copy", "(a) `request_firmware()`, `memcpy()`"), ("into", "(b) `request_firmware_into_buf()`"),
         ("digest", "(c) as (a), then SHA-256"), ("read", "(d) the file is read, to nothing"))
WAYS = (("dd", "`dd conv=fsync`"), ("attribute", "`firmware` in sysfs"), ("api", "`xen_carveout_load_firmware()`"))
COMMANDS = ("attach", "revoke", "reset", "detach")
# Hypercalls of the tool stack's, by number and first argument, and domctls by their command (Xen's public headers).
CALLS = {"12-6": "populate", "12-1": "strip (`decrease_reservation`)", "20-5": "grant copy, without gntdev",
         "domctl-5": "`getdomaininfo`", "domctl-20": "`iomem_permission`", "domctl-39": "`memory_mapping`",
         "domctl-71": "`cacheflush`", "domctl-3": "pause", "domctl-4": "unpause", "domctl-11": "`max_mem`"}
PROBED = {"gnttab_batch_copy": "grant copies by gntdev, 16 pages each",
          "evtchn_ioctl": "notifications by /dev/xen/evtchn",
          "notify_remote_via_irq": "notifications by the kernel",
          "evtchn_fifo_unmask": "event channels unmasked"}


def _number(number, digits=2):
    return "–" if number is None else f"{number:.{digits}f}"


def _pair(numbers):
    """One processor and two."""
    return " / ".join(_number(number) for number in numbers)


# ---- a load beside a driver that has no carveout ----

def beside_c(run, processors, what, mib=MIDDLE):
    """A load's time, that of (c) being 1."""
    return run.ratio(f"time/{processors}/{what}/{mib}", f"time/{processors}/peer/digest/{mib}")


def peers(run):
    """The table of all ways to load, at one size."""
    rows = []
    for what, words in [(f"peer/{method}", words) for method, words in PEERS] + [
            (f"{backing}/{way}", f"{backing}: {words}") for backing in BACKINGS for way, words in WAYS]:
        memory = run.figures.get(f"memory/{what}")
        rows.append([words, *(_number(beside_c(run, n, what)) for n in (1, 2)),
                     "–" if memory is None else f"{memory / 1024:.1f} MiB"])
    return table([f"{MIDDLE} MiB", "one processor", "two processors", "guest's memory at most"], rows)


def sizes(run):
    """By the image's size, one processor / two."""
    rows = [[f"{mib} MiB", *(_pair(beside_c(run, n, f"{backing}/{way}", mib) for n in (1, 2))
                             for backing in BACKINGS for way in ("dd", "attribute"))] for mib in run.parts("time", 4)]
    return table(["size", *(f"{backing}, {words}" for backing in BACKINGS for _, words in WAYS[:2])], rows)


def window_ratio(run, processors, backing, window, at_once):
    """A load's time with such windows, that of (c) being 1."""
    return run.ratio(f"windows/{processors}/{backing}/{window}/{at_once}", f"windows/{processors}/peer/digest")


def _windows_of(run):
    return [part for part in run.parts("windows", 3) if part != "digest"]


def _at_once_of(run):
    return run.parts("windows", 4)


def windows(run):
    """By the windows' size and number, one processor / two."""
    at_once = _at_once_of(run)
    rows = [[window, *(_pair(window_ratio(run, n, backing, window, count) for n in (1, 2))
                       for backing in BACKINGS for count in at_once)] for window in _windows_of(run)]
    return table(["window", *(f"{backing}, {count} at once" for backing in BACKINGS for count in at_once)], rows)


# ---- where the time goes ----

def _count_rows(counts):
    """(words, number for the whole load) of each kind of hypercall in one backing's counts."""
    calls = {key[len("call/"):]: number for key, number in counts.items() if key.startswith("call/")}
    known = {words: calls.pop(kind, 0) for kind, words in CALLS.items()}
    known["other hypercalls of the tool stack's"] = sum(calls.values())
    known["other ioctls of privcmd"] = counts.get("dom0/privcmd_ioctl", 0) - sum(known.values())
    for probe, words in PROBED.items():
        for where in ("dom0", "guest"):
            known[f"{words}, {where}"] = counts.get(f"{where}/{probe}", 0)
    return known


def hypercalls(counts):
    """All of them, dom0's and the guest's."""
    return sum(number for key, number in counts.items() if key.split("/")[0] in ("dom0", "guest"))


def counts(run):
    """What a MiB makes the machine do."""
    of = {backing: run.below(f"counts/{backing}/") for backing in BACKINGS}
    kinds = {backing: _count_rows(of[backing]) for backing in BACKINGS}
    rows = [["hypercalls, dom0 and guest together", *(_number(hypercalls(of[b]) / MIDDLE, 1) for b in BACKINGS)]]
    rows += [[f"&nbsp;&nbsp;{words}", *(_number(kinds[b][words] / MIDDLE, 1) for b in BACKINGS)]
             for words in kinds[BACKINGS[0]] if any(abs(kinds[b][words]) >= MIDDLE / 20 for b in BACKINGS)]
    for key, words in (("xenstore-requests", "requests of the manager to xenstored"),
                       ("manager/waits", "times that the manager waits"),
                       ("manager/preempted", "times that it is preempted")):
        rows.append([words, *(_number(of[b].get(key, 0) / MIDDLE, 1) for b in BACKINGS)])
    peer = run.seconds(f"time/2/peer/digest/{MIDDLE}")
    rows.append(["processor time of the manager, (c)'s being 1",
                 *(_number(of[b].get("manager/ns", 0) / 1e9 / peer if peer else None) for b in BACKINGS)])
    return table(["a MiB", *BACKINGS], rows)


def phases_of(run, backing):
    """{phase: its time, (c)'s for the same image being 1}, of a manager and a driver that count theirs."""
    peer = run.seconds(f"time/2/peer/digest/{MIDDLE}")
    found = {key.split("/")[0]: number / 1e9 for key, number in run.below(f"counts/{backing}/phase/").items()
             if key.endswith("/ns") and number > 0}
    return {name: took / peer for name, took in found.items()} if peer else {}


def phases(run):
    """The same as a table, or nothing."""
    of = {backing: phases_of(run, backing) for backing in BACKINGS}
    names = sorted({name for parts in of.values() for name in parts})
    rows = [[name, *(_number(of[b].get(name), 3) for b in BACKINGS)] for name in names]
    return table([f"{MIDDLE} MiB", *BACKINGS], rows)


# ---- commands, several loads ----

def _command_rows(run, places):
    return [[f"`hv-mgr {command}`", *(_number(run.ratio(f"{place}/{command}", "commands/none"), 1) for place in places)]
            for command in COMMANDS]


def commands(run):
    """By a carveout's size: a command's time, that of a command that does nothing being 1; the seal in percent."""
    at = [(backing, mib) for backing in BACKINGS for mib in run.parts("commands", 2)
          if f"commands/{backing}/{mib}/attach" in run.samples]
    rows = _command_rows(run, [f"commands/{backing}/{mib}" for backing, mib in at])
    rows.append(["seal, after the last byte",
                 *(_percent(run.ratio(f"commands/{b}/{mib}/seal", f"commands/{b}/{mib}/load")) for b, mib in at)])
    return table(["", *(f"{backing}, {mib} MiB" for backing, mib in at)], rows)


def _percent(share):
    return "–" if share is None else f"{share * 100:.1f} %"


def beside(run):
    """The same by how many carveouts there are beside it."""
    at = [(backing, count) for backing in BACKINGS for count in run.parts("beside", 2)]
    rows = _command_rows(run, [f"beside/{backing}/{count}" for backing, count in at])
    return table(["1 MiB", *(f"{backing}, beside {count}" for backing, count in at)], rows)


def several(run):
    """Throughput of six loads at once, one after the other being 1."""
    rows = [[b, *(_number(run.ratio(f"several/{n}/{b}/in-turn", f"several/{n}/{b}/at-once")) for n in (1, 2))]
            for b in BACKINGS]
    return table(["", "one processor", "two processors"], rows)


# ---- beside another revision ----

SIDES = ("new", "old")


def new_by_old(run, processors, rest):
    """Of two medians; rest: BACKING/WAY/MIB."""
    return run.ratio(*(f"against/{processors}/{side}/{rest}" for side in SIDES))


def but_the_hash(run, backing):
    """New by old, each without its hashing; with one processor, where nothing is beside it.

    What hashing takes is what the manager's own phase says, or its library alone.
    """
    left = []
    for side in SIDES:
        took = run.seconds(f"against/1/{side}/{backing}/dd/{MIDDLE}")
        own = run.figures.get(f"against/{side}/{backing}/phase/hash/ns")
        hashing = own / 1e9 if own else run.seconds(f"against/1/sha256/{MIDDLE}")
        if took is None or hashing is None or took <= hashing:
            return None
        left.append(took - hashing)
    return left[0] / left[1]


def _count_pair(run, backing, count):
    return ", ".join(_number(count(run.below(f"against/{side}/{backing}/")) / MIDDLE, 1) for side in SIDES)


def against(run):
    """This tree by the other one: ratios of times, one processor / two, and counts of both."""
    rows = [[words, *(_pair(new_by_old(run, n, f"{backing}/{what}") for n in (1, 2)) for backing in BACKINGS)]
            for what, words in [*((f"{way}/{MIDDLE}", words) for way, words in WAYS),
                                (f"attach/{MIDDLE}", f"`hv-mgr attach`, {MIDDLE} MiB"),
                                ("attach/1024", "`hv-mgr attach`, 1 GiB"),
                                (f"reset/{MIDDLE}", "`hv-mgr reset`"), (f"detach/{MIDDLE}", "`hv-mgr detach`")]]
    rows.insert(1, ["the same but for SHA-256, one processor", *(_number(but_the_hash(run, b)) for b in BACKINGS)])
    rows.append(["hypercalls a MiB: new, old", *(_count_pair(run, b, hypercalls) for b in BACKINGS)])
    rows.append(["requests to xenstored a MiB: new, old",
                 *(_count_pair(run, b, lambda of: of.get("xenstore-requests", 0)) for b in BACKINGS)])
    return table(["new by old", *BACKINGS], rows)


# ---- a Xen that scrubs nothing; real hardware ----

def no_scrub(run, other):
    """Both boots, each by its own (c); one processor / two."""
    rows = [[f"{b}, {words}", *(_pair(beside_c(boot, n, f"{b}/{way}") for n in (1, 2)) for boot in (run, other))]
            for b in BACKINGS for way, words in WAYS]
    return table([f"{MIDDLE} MiB", "with `scrub-domheap`", "without"], rows)


# Millions of cycles a MiB; docs/figures.md says where they are from.
SHA_BY_INSTRUCTIONS, SHA_BY_C = 2.31 * 1.048576, 11.6 * 1.048576
HYPERCALL, WAKE_UPS = 376e-6, (16491 + 15650) * 1e-6
COPY, PAGES_OUT = 1.048576 / 4, 256 * 1000e-6
# By the code: copies and scrubs a MiB, pages taken from the guest, and requests of the driver that wait for an answer.
MOVES = {"vault": 6, "pool": 4}


def estimated(run, backing, sha):
    """Millions of cycles a MiB streamed, one thing after the other."""
    calls = hypercalls(run.below(f"counts/{backing}/")) / MIDDLE
    return sha + calls * HYPERCALL + 2 * WAKE_UPS + MOVES[backing] * COPY + PAGES_OUT


def estimate(run):
    """The table of what real hardware may take, (c) being 1: SHA-256, the file's copy and one more."""
    rows = []
    for words, sha in (("with SHA-256 instructions", SHA_BY_INSTRUCTIONS), ("without", SHA_BY_C)):
        peer = sha + 2 * COPY
        ours = [estimated(run, backing, sha) for backing in BACKINGS]
        rows.append([words, f"{peer:.1f}", *(f"{cycles:.1f} ({cycles / peer:.2f})" for cycles in ours)])
    return table(["millions of cycles a MiB, estimated", "(c)", *BACKINGS], rows)


# ---- files ----

DASHES = {1: "", 2: "6 4", 4: "2 3"}


def size_plot(run):
    """Time against the image's size."""
    steps = run.parts("time", 4)
    series = [(f"{b}, {words}", COLOURS[b], DASHES[n], [beside_c(run, n, f"{b}/dd", mib) for mib in steps])
              for b in BACKINGS for n, words in ((1, "one processor"), (2, "two"))]
    return svg.lines("A load's time, that of (c) being 1", "MiB", steps,
                     [*series, ("(c)", "#444", "", [1.0] * len(steps))])


def window_plot(run):
    """Time against the windows' size."""
    steps = _windows_of(run)
    series = [(f"{backing}, {count} at once", COLOURS[backing], DASHES[int(count)],
               [window_ratio(run, 1, backing, window, count) for window in steps])
              for backing in BACKINGS for count in _at_once_of(run)]
    return svg.lines(f"{MIDDLE} MiB on one processor, the time of (c) being 1", "largest window", steps, series)


def phase_plot(run):
    """Where the time goes."""
    return svg.stacks(f"Where the time of {MIDDLE} MiB goes", "time of (c) for the same image",
                      [(backing, phases_of(run, backing)) for backing in BACKINGS])


def has(run, prefix):
    """The boot said something of that."""
    return any(key.startswith(prefix) for key in [*run.samples, *run.figures])


def tables(run, other):
    """{marker: table} of all that there is something for."""
    made = {"peers": ("time/", peers), "sizes": ("time/", sizes), "windows": ("windows/", windows),
            "counts": ("counts/", counts), "estimate": ("counts/", estimate), "commands": ("commands/", commands),
            "beside": ("beside/", beside), "several": ("several/", several), "against": ("against/", against)}
    found = {name: make(run) for name, (prefix, make) in made.items() if has(run, prefix)}
    if any(phases_of(run, backing) for backing in BACKINGS):
        found["phases"] = phases(run)
    if other:
        found["no-scrub"] = no_scrub(run, other)
    return found


def plots(run):
    """{marker: SVG}, likewise, of those that a plot stands below."""
    found = {}
    if len(run.parts("time", 4)) > 1:
        found["sizes"] = size_plot(run)
    if has(run, "windows/"):
        found["windows"] = window_plot(run)
    if any(phases_of(run, backing) for backing in BACKINGS):
        found["phases"] = phase_plot(run)
    return found


def _reference(key):
    """What a sample is given as a ratio to, if there is something."""
    parts = key.split("/")
    if parts[0] == "time":
        return f"time/{parts[1]}/peer/digest/{parts[-1]}"
    if parts[0] == "windows":
        return f"windows/{parts[1]}/peer/digest"
    if parts[:1] + parts[2:3] == ["against", "new"]:
        return "/".join([*parts[:2], "old", *parts[3:]])
    return "commands/none" if parts[0] in ("commands", "beside") and parts[-1] in COMMANDS else None


def data(run):
    """A boot's numbers: ratios and counts, and the emulator's seconds."""
    ratios = {key: run.ratio(key, _reference(key)) for key in run.samples if _reference(key)}
    return {"ratios": {key: round(ratio, 4) for key, ratio in ratios.items() if ratio is not None},
            "counts": run.figures,
            "seconds_of_an_emulated_machine": {
                key: {"median": round(run.seconds(key), 6), "least": round(min(values), 6),
                      "most": round(max(values), 6), "samples": len(values)}
                for key, values in run.samples.items()}}


def write(run, other, revision):
    """The document's tables, the plots, and the numbers."""
    drawn = plots(run)
    for name, plot in drawn.items():
        (DOCS / f"{name}.svg").write_text(plot)
    text = DOCUMENT.read_text()
    for name, made in tables(run, other).items():
        text = replace(text, name, f"{made}\n\n![The same as a plot]({name}.svg)" if name in drawn else made)
    DOCUMENT.write_text(text)
    kept = json.loads(DATA.read_text()) if DATA.exists() else {}
    for name, boot in (("scrub-domheap", run), ("no scrub-domheap", other)):
        for part, numbers in data(boot).items() if boot else ():
            kept.setdefault(name, {}).setdefault(part, {}).update(numbers)
    if revision:
        kept["against"] = revision
    DATA.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


def main(argv):
    """Print the tables, and write them."""
    parser = argparse.ArgumentParser(prog="lablib.speed")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--against", metavar="REVISION")
    parser.add_argument("logs", nargs="+")
    options = parser.parse_args(argv)
    run, *others = (Run(log) for log in options.logs)
    other = others[0] if others else None
    for name, made in tables(run, other).items():
        print(f"{name}\n{made}\n")
    if not options.show:
        write(run, other, options.against)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (LabError, OSError) as error:
        sys.exit(f"bench: {error}")
