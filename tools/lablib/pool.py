# SPDX-License-Identifier: GPL-2.0-only
"""A machine with a pool: host memory that the device tree sets aside, in the cells that ask for it.

QEMU writes the tree that it would boot with, hv-mgr plans a pool in it, and QEMU gets the result by
-dtb. That is done for each boot, because the tree names the size of dom0's initramfs.
"""

import os

from .errors import LabError, run
from .paths import HOST_TOOL


def check(cell, options):
    """Say what is missing to make the pool that the cell asks for."""
    tool = options.host_tool or HOST_TOOL
    if cell.pool and not os.access(tool, os.X_OK):
        raise LabError(f"cell {cell.name} has a pool of {cell.pool['size_mb']} MiB, and describing it to QEMU takes "
                       f"an hv-mgr that runs on this machine: there is none at {tool}; build it "
                       "(build_host_tools in tools/build-lib.sh) or say where it is with --host-tool")


def _size_mb(cell, scenarios):
    """Each start of the manager scrubs a pool: a large one is for runs that use it, and for people."""
    used = not scenarios or any(scenario.backing == "pool" for scenario in scenarios)
    usual = cell.pool["size_mb" if used else "idle_mb"]
    return max([usual, *(scenario.wish("pool", usual) for scenario in scenarios)])


def planned(cell, argv, run_dir, scenarios, options):
    """The device tree of the machine that `argv` starts, with a pool in it."""
    tool = options.host_tool or HOST_TOOL
    before, after = run_dir / "host.dtb", run_dir / "host-pool.dtb"
    # a second -machine adds to the first
    run([*argv, "-machine", f"dumpdtb={before}"], "writing the machine's device tree")
    run([str(tool), "dt", "host", "--tree", str(before), "--size", f"{_size_mb(cell, scenarios)}M",
         "--merged", "-o", str(after)], "planning the machine's pool")
    return after
