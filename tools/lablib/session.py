# SPDX-License-Identifier: GPL-2.0-only
"""A boot of the lab: put the images together, run QEMU under time limits, collect what comes out."""

import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

from . import firmware, images, pool, qemu
from .errors import LabError
from .paths import LIBRARY
from .verdict import Verdict

GRACE = 60        # seconds dom0 has to end a scenario itself, and to clean up, before the host does
KEEP_RUNS = 10
BACKINGS = ("vault", "pool")   # where a scenario's carveouts live; the first unless it says another


def results_dir(cell, name):
    """A fresh directory for this run's logs; `latest` leads to it."""
    cell.results.mkdir(parents=True, exist_ok=True)
    runs = sorted(path for path in cell.results.iterdir() if re.match(r"\d{8}-", path.name))
    for old in runs[:-KEEP_RUNS]:
        shutil.rmtree(old, ignore_errors=True)
    if name:
        path = cell.results / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
    else:
        path = Path(tempfile.mkdtemp(prefix=time.strftime("%Y%m%d-%H%M%S-"), dir=cell.results))
        path.chmod(0o755)
    _point_latest(path)
    return path


def _point_latest(path):
    """Make `latest` lead to a run, whatever other runs do to it at the same time."""
    link = path / ".latest"
    link.symlink_to(path.name)
    link.rename(path.parent / "latest")


class Scenario:
    """One scenario of a run, as the command line names it: FILE or FILE@BACKING."""

    def __init__(self, cell, text):
        file, at, backing = text.rpartition("@")
        self.path = Path(file if at else text)
        self.backing = backing if at else BACKINGS[0]
        if not self.path.is_file():
            raise LabError(f"no scenario {self.path}")
        if self.backing not in BACKINGS:
            raise LabError(f"{text}: no backing {self.backing!r}; there is: {', '.join(BACKINGS)}")
        if self.backing == "pool" and not cell.pool:
            raise LabError(f"{text}: cell {cell.name} has no pool; a [pool] in its file gives it one")
        stem = self.path.stem + (f"-{backing}" if at else "")
        self.name = re.sub(r"[^A-Za-z0-9_.-]", "_", stem)

    def wish(self, what, default):
        """A number that it has in its head ("# limit: 60", "# processors: 2"), or the cell's."""
        found = re.search(rf"^# {what}: (\d+)", self.path.read_text()[:4096], re.M)
        return int(found.group(1)) if found else default


def processors(cell, scenarios):
    """As many as the scenario wants that wants the most, and what the cell has beside several."""
    least = cell["boot"]["processors"]
    wanted = max([least, *(scenario.wish("processors", least) for scenario in scenarios)])
    return wanted + (cell["several"]["more"] if wanted > 1 else 0)


def overlay(cell, run_dir, scenarios, options):
    """The archive behind dom0's base: library, scenarios, plan, files under test; returns the initramfs."""
    tree = run_dir / "overlay"
    (tree / "lab" / "scenarios").mkdir(parents=True)
    # merged /usr: a real directory `lib` in this archive would hide the link in the base
    for name in ("bin", "sbin", "lib"):
        (tree / "usr" / name).mkdir(parents=True)
        (tree / name).symlink_to(f"usr/{name}")
    images.copy_tree(LIBRARY, tree / "lab")
    plan = ""
    for number, scenario in enumerate(scenarios, 1):
        name = f"{number:02}-{scenario.name}"
        shutil.copy(scenario.path, tree / "lab" / "scenarios" / f"{name}.sh")
        plan += f"{name} {scenario.wish('limit', cell['limits']['scenario'])} {scenario.backing}\n"
    (tree / "lab" / "plan").write_text(plan)
    settings = cell["several"]["guest_settings"] if processors(cell, scenarios) > 1 else ""
    (tree / "lab" / "guest-settings").write_text(settings + "\n")
    (tree / "lab" / "mode").write_text("shell\n" if options.shell else "run\n")
    for directory in options.overlay:
        images.copy_tree(directory, tree)
    images.archive(guest_overlay(run_dir, options), tree / "lab" / "guest-overlay.cpio")
    images.archive(tree, run_dir / "overlay.cpio")
    whole = run_dir / "dom0.cpio"
    with open(whole, "wb") as out:
        for part in (images.base(cell, "dom0"), run_dir / "overlay.cpio"):
            with open(part, "rb") as file:
                shutil.copyfileobj(file, out)
    return whole


def guest_overlay(run_dir, options):
    """The tree that goes behind every guest's base."""
    tree = run_dir / "guest-overlay"
    (tree / "usr" / "lib").mkdir(parents=True)
    (tree / "usr" / "bin").mkdir()
    (tree / "usr" / "sbin").mkdir()
    for name in ("bin", "sbin", "lib"):
        (tree / name).symlink_to(f"usr/{name}")
    for directory in options.guest_overlay:
        images.copy_tree(directory, tree)
    return tree


def check_inputs(cell, options):
    """Say what is missing before anything is built; returns the scenarios."""
    scenarios = [Scenario(cell, text) for text in options.scenarios]
    for directory in [*options.overlay, *options.guest_overlay]:
        if not Path(directory).is_dir():
            raise LabError(f"no overlay directory {directory}")
    pool.check(cell, options)
    if options.firmware and not cell.pool:
        raise LabError(f"cell {cell.name} has no pool, which is what --firmware is about")
    return scenarios


class Watch:
    """Decides when a run has taken too long, and what to say about it."""

    def __init__(self, limits, verdict, options):
        self.limits = limits
        self.verdict = verdict
        self.start = self.since = time.monotonic()
        self.total = options.timeout or limits["run"]
        self.boot = limits["boot"] * (2 if options.firmware else 1)
        self._scenario = None

    def overdue(self):
        """(what, why) of the limit that has passed, or None."""
        now = time.monotonic()
        if now - self.start > self.total:
            return "the run ends in time", f"stopped after {self.total} s"
        if not self.verdict.hello:
            self.since = now
            if now - self.start > self.boot:
                return "dom0 comes up", f"not within {self.boot} s"
            return None
        if self.verdict.scenario != self._scenario:
            self._scenario, self.since = self.verdict.scenario, now
        limit = (self.verdict.limit if self._scenario else 0) + GRACE
        if now - self.since > limit:
            return f"{self._scenario or 'dom0'} ends in time", f"no answer from dom0 for {int(now - self.since)} s"
        return None


def follow(machine, verdict, watch, channel):
    """Read the verdict channel until all is said, QEMU is gone, or a limit has passed."""
    with open(channel, "rb") as stream:
        while not verdict.done:
            ended = machine.ended()      # before reading: what it wrote last must still be read
            data = stream.read()
            if data:
                verdict.feed(data)
            elif ended:
                return _gone(machine, verdict)
            late = watch.overdue()
            if late:
                return verdict.fail(*late)
            if not data:
                time.sleep(0.05)
    return None


def _gone(machine, verdict):
    """QEMU ended early: say which of the two logs tells why."""
    status = machine.process.returncode
    if status != 0:
        verdict.fail("QEMU keeps running", f"exit status {status}, see {machine.log}")
    elif verdict.hello:
        verdict.fail(f"{verdict.scenario or 'dom0'} keeps running", "dom0 or Xen went down, see console.log")
    else:
        verdict.fail("dom0 comes up", "Xen or dom0 went down while booting, see console.log")


def boot(cell, options):
    """Everything up to the QEMU command line; returns (results directory, command line)."""
    scenarios = check_inputs(cell, options)
    disk = images.disk(cell)
    run_dir = results_dir(cell, options.name)
    initramfs = overlay(cell, run_dir, scenarios, options)
    (run_dir / "verdict.log").touch()
    argv = qemu.command(cell, run_dir, initramfs, disk, processors(cell, scenarios), options)
    if not cell.pool:
        return run_dir, argv
    tree = pool.planned(cell, argv, run_dir, scenarios, options)
    if not options.firmware:
        return run_dir, [*argv, "-dtb", str(tree)]
    files = dict(zip(("xen", "kernel", "initrd"), qemu.modules(cell, initramfs)), **{"tree.dtb": tree})
    firmware.fill(run_dir, cell["boot"], options.firmware, files, qemu.xen_args(cell["boot"], options))
    return run_dir, argv


def run(cell, options):
    """Run scenarios in one boot; true if all is well."""
    why = qemu.unfit(cell)
    if why:
        print(f"SKIP  {why}\n0 passed, 0 failed, 1 skipped", flush=True)
        return os.environ.get("CI") != "true"
    run_dir, argv = boot(cell, options)
    verdict = Verdict(run_dir, lambda line: print(line, flush=True))
    print(f"lab: {cell.name}, logs in {os.path.relpath(run_dir)}", flush=True)
    with qemu.Qemu(argv, run_dir, shell=False) as machine:
        follow(machine, verdict, Watch(cell["limits"], verdict, options), run_dir / "verdict.log")
    _tidy(run_dir)
    if verdict.failed:
        print(f"lab: see {run_dir}/: console.log (Xen, dom0), scenario.log, qemu.log, "
              "and a directory for each failed scenario", flush=True)
    return verdict.finish(os.environ.get("CI") == "true", cell["skips"]["allowed"])


def _tidy(run_dir):
    """Keep the logs, not the images: they can be made again."""
    for name in ("dom0.cpio", "overlay.cpio"):
        (run_dir / name).unlink(missing_ok=True)
    for name in ("overlay", "guest-overlay", "boot"):
        shutil.rmtree(run_dir / name, ignore_errors=True)


def shell(cell, options):
    """Boot with the terminal as dom0's console; true if QEMU ended well."""
    run_dir, argv = boot(cell, options)
    print("lab: dom0's console; Ctrl-A X ends QEMU, Ctrl-A C is its monitor", file=sys.stderr)
    with qemu.Qemu(argv, run_dir, shell=True) as machine:
        status = machine.process.wait()
    _tidy(run_dir)
    return status == 0
