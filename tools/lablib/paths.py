# SPDX-License-Identifier: GPL-2.0-only
"""Where things are: the repository, its cache, and the files that boot along."""

import os
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
TOOLS = REPO / "tools"
CELLS = TOOLS / "cells"
SKELETONS = TOOLS / "labroot"            # files every dom0 and every guest starts from
LIBRARY = REPO / "tests" / "lab" / "lib"  # the shell library scenarios source
BUILD = REPO / "build"
HOST_TOOL = BUILD / "host-tools" / "hv-mgr" / "hv-mgr"  # made by build_host_tools of tools/build-lib.sh


def cache_root():
    """Everything fetched or derived; HV_MGR_CACHE moves it, so that checkouts can share one."""
    return Path(os.environ.get("HV_MGR_CACHE") or REPO / ".cache").resolve()
