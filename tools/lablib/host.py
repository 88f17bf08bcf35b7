# SPDX-License-Identifier: GPL-2.0-only
"""Packages of the build host."""

import os
import subprocess

from .errors import LabError
from .paths import TOOLS

LIST = TOOLS / "packages.txt"


def wanted():
    """The packages in the list, without comments."""
    lines = (line.partition("#")[0].strip() for line in LIST.read_text().splitlines())
    return [line for line in lines if line]


def _installed(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", package], capture_output=True)
    return done.stdout == b"installed"


def install_missing():
    """Install what is missing, and do nothing at all if nothing is."""
    missing = [package for package in wanted() if not _installed(package)]
    if not missing:
        print("lab: every package is installed")
        return
    print(f"lab: installing {' '.join(missing)}", flush=True)
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for argv in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *missing]):
        if subprocess.run(["apt-get", *argv], env=env).returncode != 0:
            raise LabError(f"apt-get {argv[0]} failed; as root? Its words are above.")
