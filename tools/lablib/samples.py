# SPDX-License-Identifier: GPL-2.0-only
"""What the scenarios of tools/bench said: figures, and samples of which the middle one counts."""

import re
import statistics
from pathlib import Path

from .errors import LabError


class Run:
    """What one boot said."""

    def __init__(self, log):
        text = Path(log).read_text(errors="replace")
        self.figures = {key: int(number) for key, number in re.findall(r"^NOTE FIGURE (\S+) (-?\d+)$", text, re.M)}
        self.samples = {}
        for key, number in re.findall(r"^SAMPLE (\S+) (\d+)$", text, re.M):
            self.samples.setdefault(key, []).append(int(number) / 1e9)
        if not self.samples:
            raise LabError(f"{log} has no samples: did the bench run?")

    def seconds(self, key):
        """The median, or None."""
        return statistics.median(self.samples[key]) if key in self.samples else None

    def ratio(self, key, to):
        """Of two medians, or None."""
        mine, other = self.seconds(key), self.seconds(to)
        return None if mine is None or not other else mine / other

    def below(self, prefix):
        """What comes behind a prefix in the figures: {rest: number}."""
        return {key[len(prefix):]: number for key, number in self.figures.items() if key.startswith(prefix)}

    def parts(self, kind, at):
        """All that the samples of a kind have at that place of their names, in the order of their coming."""
        names = (key.split("/") for key in self.samples)
        return list(dict.fromkeys(parts[at] for parts in names if parts[0] == kind and len(parts) > at))
