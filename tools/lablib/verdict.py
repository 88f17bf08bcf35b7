# SPDX-License-Identifier: GPL-2.0-only
"""What the scenarios found out, as it arrives from dom0.

dom0 writes lines to a virtio port of its own, so that no console noise can be taken for a result:

    HELLO text               dom0 is up
    BROKEN text              dom0 gives up before running anything
    BEGIN scenario limit     a scenario starts; `limit` is in seconds
    PLAN n                   the scenario will give n results
    PASS sentence
    FAIL sentence: why
    SKIP sentence: why
    NOTE text
    FILE name base64         a piece of an artifact
    END scenario status      the scenario is over
    DONE                     so are all of them

A scenario without END, a run without DONE, a result outside a scenario: all are failures.
"""

import base64
import binascii
import re
import time


class Verdict:
    """Counts results, prints them, keeps artifacts; feed() it bytes."""

    def __init__(self, results, show):
        self.results = results
        self.show = show
        self.hello = self.done = False
        self.scenario = None
        self.limit = 0
        self.passed, self.failed, self.skipped = [], [], []
        self._pending = b""
        self._since = time.monotonic()
        self._planned = None
        self._seen = 0

    def feed(self, data):
        """Take what has arrived; incomplete lines wait for their end."""
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            word, _, rest = line.decode(errors="replace").rstrip("\r").partition(" ")
            handler = getattr(self, "_on_" + word.lower(), None)
            if handler:
                handler(rest)
            elif word:
                self.fail("verdict channel", f"unknown line {word[:20]!r}")

    def fail(self, what, why):
        """Count and show a failure; the host reports its own findings with this too."""
        self.failed.append(what)
        self.show(f"FAIL  {what}: {why}" if why else f"FAIL  {what}")

    def _count(self, into, text):
        self._seen += 1
        into.append(text)
        if self.scenario is None:
            self.fail("verdict channel", f"result outside any scenario: {text}")

    def _on_hello(self, rest):
        self.hello = True
        self.show(f"lab: {rest}, {self._lap():.1f} s")

    def _lap(self):
        """Seconds since the last thing whose time is told."""
        before, self._since = self._since, time.monotonic()
        return self._since - before

    def _on_broken(self, rest):
        self.fail("dom0 comes up", rest)
        self.hello = self.done = True

    def _on_begin(self, rest):
        name, _, limit = rest.partition(" ")
        self.scenario, self.limit = name, int(limit)
        self._planned, self._seen = None, 0
        self.show(f"lab: {name}")

    def _on_plan(self, rest):
        self._planned = int(rest)

    def _on_pass(self, rest):
        self._count(self.passed, rest)
        self.show(f"PASS  {rest}")

    def _on_fail(self, rest):
        self._count(self.failed, rest)
        self.show(f"FAIL  {rest}")

    def _on_skip(self, rest):
        self._count(self.skipped, rest)
        self.show(f"SKIP  {rest}")

    def _on_note(self, rest):
        self.show(f"      {rest}")

    def _on_file(self, rest):
        """Append a piece to an artifact; the name came from the machine under test, so clean it."""
        name, _, text = rest.partition(" ")
        try:
            data = base64.b64decode(text, validate=True)
        except binascii.Error:
            self.fail("verdict channel", f"artifact {name} is damaged")
            return
        directory = self.results / (self.scenario or "boot")
        directory.mkdir(exist_ok=True)
        with open(directory / re.sub(r"[^\w.-]|^\.", "_", name), "ab") as out:
            out.write(data)

    def _on_end(self, rest):
        name = rest.partition(" ")[0]
        # leaving nothing behind is the runner's own result, not one of the scenario's
        if self._planned not in (None, self._seen - 1):
            self.fail(f"{name} keeps to its plan", f"planned {self._planned}, gave {self._seen - 1}")
        elif self._seen < 2:
            self.fail(f"{name} checks something", "no result at all")
        self.show(f"lab: {name} took {self._lap():.1f} s")
        self.scenario = None

    def _on_done(self, _rest):
        self.done = True

    def finish(self, strict, allowed):
        """Print the totals; true if the run was good. With `strict` a skip has to be an allowed one."""
        if strict:
            for text in self.skipped:
                if not any(re.search(pattern, text) for pattern in allowed):
                    self.show(f"lab: not allowed to be skipped here: {text}")
                    self.failed.append(text)
        self.show(f"{len(self.passed)} passed, {len(self.failed)} failed, {len(self.skipped)} skipped")
        return not self.failed
