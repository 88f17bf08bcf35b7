# SPDX-License-Identifier: GPL-2.0-only
"""What the lab tells a person when it cannot go on, and the one way it runs other programs."""

import subprocess


class LabError(Exception):
    """Something a person has to act on; `log` is the file that tells more."""

    def __init__(self, message, log=None):
        super().__init__(message if log is None else f"{message}\n  see {log}")


def run(argv, what, log=None, **kwargs):
    """Run a program to its end; raise LabError naming `what` and the log unless it succeeds."""
    try:
        if log is not None:
            with open(log, "ab") as out:
                done = subprocess.run(argv, stdout=out, stderr=out, **kwargs)
        else:
            done = subprocess.run(argv, capture_output=True, **kwargs)
    except FileNotFoundError as missing:
        raise LabError(f"{what}: {missing.filename} not found; "
                       "run `tools/host-packages`") from None
    if done.returncode != 0:
        raise LabError(f"{what}: {argv[0]} failed ({done.returncode})" + _tail(done), log)
    return done.stdout


def _tail(done):
    """The end of what a failed program said, where no log file has it."""
    text = (done.stderr or done.stdout or b"").decode(errors="replace").strip()
    return "".join(f"\n  | {line}" for line in text.splitlines()[-8:])
