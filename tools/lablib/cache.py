# SPDX-License-Identifier: GPL-2.0-only
"""The cache: directories named after a hash of everything they were made from.

A directory is complete or absent: it is built beside its place and renamed into it. What it was
made from is in its name, so a stale one is never found and needs no invalidation.
"""

import fcntl
import hashlib
import json
import os
import shutil
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from .errors import LabError

KEEP_STALE = 24 * 3600  # seconds: another checkout may share the cache and still use the old one


def digest(*parts):
    """A short name for JSON-able parts and the content of files (given as Path)."""
    total = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else json.dumps(part).encode()
        total.update(hashlib.sha256(data).digest())
    return total.hexdigest()[:16]


def tree_digest(top):
    """A name for the content, modes and layout of a directory."""
    files = sorted(path for path in Path(top).rglob("*") if path.is_file())
    layout = [[str(path.relative_to(top)), path.stat().st_mode & 0o111] for path in files]
    return digest(layout, *files)


_held = set()


@contextmanager
def _locked(root):
    """One builder at a time in a cell's cache; the second waits, then finds the first's work.

    An entry may need others while it is being built, hence the memory of what is held.
    """
    if root in _held:
        yield
        return
    root.mkdir(parents=True, exist_ok=True)
    with open(root / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _held.add(root)
        try:
            yield
        finally:
            _held.discard(root)


def entry(cell, kind, key, build):
    """The directory for (kind, key), calling build(empty directory) if there is none yet."""
    path = cell.cache / f"{kind}-{key}"
    if path.is_dir():
        return path
    with _locked(cell.cache):
        if path.is_dir():
            return path
        print(f"lab: {cell.name}: making {kind}", file=sys.stderr, flush=True)
        unfinished = cell.cache / f".unfinished-{kind}"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        build(unfinished)
        os.utime(unfinished)  # unpacking gave it the time of the package's root directory
        unfinished.rename(path)
        _drop_stale(cell, kind, path)
    return path


def _drop_stale(cell, kind, current):
    """Remove entries of the same kind that nobody has made for a while."""
    for old in cell.cache.glob(f"{kind}-*"):
        same_kind = old.name.rpartition("-")[0] == kind
        if same_kind and old != current and time.time() - old.stat().st_mtime > KEEP_STALE:
            shutil.rmtree(old, ignore_errors=True)


def clean(cell, everything):
    """Forget what was derived; with `everything` the downloads too."""
    if not cell.cache.is_dir():
        return
    with _locked(cell.cache):
        for path in cell.cache.iterdir():
            if path.name == ".lock" or (path.name.partition("-")[0] == "apt" and not everything):
                continue
            try:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            except OSError as bad:
                raise LabError(f"cannot remove {path}: {bad}") from None
