# SPDX-License-Identifier: GPL-2.0-only
"""The lab's command line, made from one table of commands."""

import argparse
import signal
import sys
from pathlib import Path

from . import aptdir, cache, cell as cells, firmware, images, kmodule, matrix, ownfiles, session, sysroot
from .errors import LabError
from .paths import BUILD, HOST_TOOL, REPO


def _cell_option(parser, default=argparse.SUPPRESS):
    """Before the command or behind it; what stands behind it counts."""
    parser.add_argument("--cell", metavar="NAME", default=default,
                        help=f"one of `lab cells` (default: {cells.default()})")
    parser.add_argument("--arch", default=default,
                        help="instead of --cell: the one of this architecture (kbuild's name for it)")
    parser.add_argument("--xen", metavar="VERSION", default=default,
                        help="instead of --cell: the one with this Xen; of run and shell also a file, to boot that one")


def _cell(options):
    """The cell that the options of _cell_option() name."""
    return cells.load(cells.pick(options.cell, options.arch, options.xen))


def _boot_options(parser):
    _cell_option(parser)
    parser.add_argument("--kernel", metavar="FILE", help="a kernel of your own, for dom0 and its guests; with --modules")
    parser.add_argument("--modules", metavar="DIR", help="its modules: the lib/modules/VERSION of that kernel")
    parser.add_argument("--overlay", action="append", default=[], metavar="DIR",
                        help="files to put into dom0, laid out as from `make install DESTDIR=DIR`")
    parser.add_argument("--guest-overlay", action="append", default=[], metavar="DIR",
                        help="files to put into every guest")
    parser.add_argument("--xen-args", default="", metavar="WORDS", help="words to add to Xen's command line")
    parser.add_argument("--without-xen-arg", action="append", default=[], metavar="WORD",
                        help="a word to leave out of it, for example scrub-domheap")
    parser.add_argument("--host-tool", metavar="HV-MGR",
                        help="an hv-mgr that runs here, to plan the pool of a cell that has one "
                             f"(default: {HOST_TOOL.relative_to(REPO)})")
    parser.add_argument("--firmware", choices=sorted(firmware.IMAGES),
                        help="what loads Xen, instead of QEMU (arm64): the pool must be clear of it")
    parser.add_argument("--mem", type=int, metavar="MB", help="memory of the whole machine")
    parser.add_argument("--name", help="name of the results directory (default: the time)")
    parser.set_defaults(scenarios=[], shell=False, timeout=None)


def _run_options(parser):
    _boot_options(parser)
    parser.add_argument("--timeout", type=int, metavar="S", help="limit of the whole run in seconds")
    parser.add_argument("scenarios", nargs="+", metavar="SCENARIO.sh[@BACKING]",
                        help=f"shell scripts; see tests/lab/lib/lib.sh. BACKING: {' or '.join(session.BACKINGS)} "
                             "(default: %s)" % session.BACKINGS[0])


def _module_options(parser):
    _cell_option(parser)
    parser.add_argument("--sparse", action="store_true", help="let sparse look at every file")
    parser.add_argument("--headers", metavar="SUITE/PACKAGE",
                        help="for the kernel of this headers package, for example sid/linux-headers-arm64")
    parser.add_argument("directory", help="the module's sources, with a Kbuild")


def _configure_options(parser):
    _cell_option(parser)
    parser.add_argument("build", nargs="?", metavar="BUILD_DIR", help="default: build/CELL")
    parser.add_argument("settings", nargs="*", metavar="-- CMAKE_OPTION", help="passed to CMake")


def _get_options(parser):
    _cell_option(parser)
    parser.add_argument("key", metavar="TABLE.KEY", help="for example target.cross_prefix")


def _clean_options(parser):
    _cell_option(parser)
    parser.add_argument("--all", action="store_true", help="the downloaded packages too")


def _boot_cell(options):
    """The cell of a boot, with somebody's own files in it."""
    own_xen = options.xen if ownfiles.is_file(options.xen) else None
    if own_xen:
        options.xen = None
    cell = _cell(options)
    ownfiles.replace(cell, options.kernel, options.modules, own_xen)
    return cell


def _run(options):
    return session.run(_boot_cell(options), options)


def _shell(options):
    options.shell = True
    return session.shell(_boot_cell(options), options)


def _module(options):
    for path in kmodule.build(_cell(options), options.directory, options.sparse, options.headers):
        print(path)
    return True


def _sysroot(options):
    print(sysroot.sysroot(_cell(options)))
    return True


def _configure(options):
    print(sysroot.configure(_cell(options), Path(options.build or BUILD / options.cell), options.settings))
    return True


def _firmware(options):
    print(images.firmware(_cell(options)))
    return True


def _get(options):
    value = _cell(options).data
    for key in options.key.split("."):
        if not isinstance(value, dict) or key not in value:
            raise LabError(f"{options.key} is not in the cell's description")
        value = value[key]
    print(value)
    return True


def _fetch(options):
    cell = _cell(options)
    for group in cell["packages"]:
        aptdir.unpacked(cell, group) if group in ("hypervisor", *cell["kernels"].values()) else aptdir.packages(cell, group)
    kmodule.headers(cell, cell["kernels"]["guest"])
    for make in (sysroot.sysroot, images.disk):
        make(cell)
    images.base(cell, "dom0")
    return True


def _clean(options):
    cache.clean(_cell(options), options.all)
    return True


def _name(options):
    print(_cell(options).name)
    return True


def _cells(_options):
    for name in cells.names():
        print(f"{name:22} {cells.load(name)['description']}")
    return True


def _matrix_options(parser):
    parser.add_argument("--write", action="store_true", help="put it into README.md")
    parser.add_argument("--check", action="store_true", help="fail if README.md claims what it does not show")


def _matrix(options):
    if options.write:
        matrix.write()
    print(matrix.table())
    untrue = matrix.untrue() if options.check else []
    for claim in untrue:
        print(f"lab: README.md claims, and it is not so here: {claim}", file=sys.stderr)
    return not untrue


# name, what it does, its options, its function: usage, help and dispatch all come from here
COMMANDS = (
    ("run", "boot once, run scenarios in dom0, give a verdict", _run_options, _run),
    ("shell", "boot and give the terminal to dom0", _boot_options, _shell),
    ("module", "build a Linux module for the guests' kernel; prints the .ko", _module_options, _module),
    ("configure", "configure a CMake build of the programs for dom0", _configure_options, _configure),
    ("sysroot", "print the directory with dom0's headers and libraries", _cell_option, _sysroot),
    ("firmware", "print the directory with the firmware disk and its SHA256SUMS", _cell_option, _firmware),
    ("fetch", "download and prepare everything, without booting", _cell_option, _fetch),
    ("clean", "forget what was prepared", _clean_options, _clean),
    ("get", "print a value of a cell's description", _get_options, _get),
    ("name", "print a cell's name", _cell_option, _name),
    ("cells", "list the cells", lambda parser: None, _cells),
    ("matrix", "print what tools/check tested where", _matrix_options, _matrix),
)

EPILOG = """\
environment: HV_MGR_CACHE (default .cache) holds what is fetched and prepared;
CI=true makes a skipped check a failure unless the cell allows it.
exit status: 0 all well, 1 something failed, 2 wrong usage, 3 the lab itself could not go on.
"""


def parse(argv):
    """The options of one command."""
    parser = argparse.ArgumentParser(prog="lab", epilog=EPILOG,
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description="Real Xen, dom0 and guests under QEMU, on any Linux machine.")
    _cell_option(parser, None)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, text, add_options, function in COMMANDS:
        command = commands.add_parser(name, help=text, description=text)
        add_options(command)
        command.set_defaults(function=function)
    return parser.parse_args(argv)


def _terminated(*_):
    """A polite end is like Ctrl-C: unwinding ends QEMU and removes what is half made."""
    raise KeyboardInterrupt


def main(argv):
    """Run a command; returns the exit status."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        options = parse(argv)
        return 0 if options.function(options) else 1
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 3
    except OSError as error:  # a full disk, a directory of somebody else's
        print(f"lab: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130
