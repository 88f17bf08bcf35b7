#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""No circle of calls among the C files of a folder, and none of includes; and in daemon/ no call up (docs/architecture.md).

A file is tied to another of its folder if it names a function that is defined there.  Read from the sources, so
that the driver, which needs a kernel to be built, is looked at in the same way.

usage: test_arrows.py SOURCE-DIRECTORY          or --self-test
"""
import glob
import os
import re
import sys

FOLDERS = ("common", "guest-driver", "hv-mgr/base", "hv-mgr/backing", "hv-mgr/carveout", "hv-mgr/cli",
           "hv-mgr/config", "hv-mgr/control", "hv-mgr/daemon", "hv-mgr/hv")

# One thing in several files, which call each other both ways: as few as can be, each with its reason.
UNITS = {
    # a carveout's state, its windows and its slow work; internal.h is what they know of each other
    "hv-mgr/carveout": [{"carveout.c", "windows.c", "work.c"}],
    # the table names every command's function, and each of those works by cli.c, which looks up the table
    "hv-mgr/cli": [{"cli.c", "commands.c", "specs.c", "create_check.c", "create_memory.c", "output.c", "watch.c",
                    "doctor_cpu.c", "doctor_daemon.c", "doctor_host.c", "doctor_pool.c", "doctor_store.c",
                    "doctor_xen.c"}],
    # one model of one host, whose parts are its state
    "hv-mgr/hv": [{"hv_model.c", "hv_model_frames.c", "hv_model_guest.c", "hv_model_host.c", "hv_model_iomem.c",
                   "hv_model_p2m.c", "hv_model_pool.c", "hv_model_vault.c"}],
}

NOT_CODE = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", re.S)
DEFINITION = re.compile(r"^(?!static\b|typedef\b|#)[A-Za-z_][\w \t*\n]*?\b(\w+)\([^;{}]*\)\n\{", re.M)
USE = re.compile(r"(?<![\w.>])[A-Za-z_]\w*")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def calls(texts):
    """{file: {other: names}} of {file: source}.  A name that is defined twice (two builds of one interface) ties nobody."""
    owners = {}
    code = {name: NOT_CODE.sub(" ", text) for name, text in texts.items()}
    for name, text in code.items():
        for function in DEFINITION.findall(text):
            owners.setdefault(function, set()).add(name)
    ties = {}
    for name, text in code.items():
        ties[name] = {}
        for word in set(USE.findall(text)):
            owner = owners.get(word, ())
            if len(owner) == 1 and name not in owner:
                ties[name].setdefault(next(iter(owner)), set()).add(word)
    return ties


def includes(folder, texts):
    """The same of the headers that files name, which are of one folder or named from the root of includes."""
    prefix = folder.split("/", 1)[1] + "/" if folder.startswith("hv-mgr/") else ""
    ties = {}
    for name, text in texts.items():
        named = re.findall(r'^#include "([^"]+)"', text, re.M)
        near = [n[len(prefix):] if prefix and n.startswith(prefix) else n for n in named]
        ties[name] = {n: {"include"} for n in near if n in texts and n != name}
    return ties


def circles(ties):
    """The knots: sets of files each of which leads to each other one."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in ties[node]:
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            at = stack.index(node)
            knot = set(stack[at:])
            del stack[at:]
            if len(knot) > 1:
                found.append(knot)

    for node in ties:
        if node not in index:
            visit(node)
    return found


def layers(document):
    """{file: layer} of the numbered list behind "Inside `daemon/`", in whose items each file is in backquotes, once."""
    items = re.split(r"^\d\. ", document.split("Inside `daemon/`", 1)[1].split("\n\n")[1], flags=re.M)[1:]
    return {f"{name}.c": i for i, item in enumerate(items) for name in re.findall(r"`(\w+)`", item)}


def calls_up(ties, layer):
    """Sentences about what is in no layer, and what calls somebody above."""
    wrong = [f"{name} is in no layer" for name in ties if name not in layer]
    return wrong + [f"{name} calls up to {other}: {', '.join(sorted(ties[name][other]))}" for name in ties
                    for other in ties[name] if layer.get(other, 0) > layer.get(name, 0)]


def look_at_layers(root):
    texts = {os.path.basename(path): read(path) for path in glob.glob(os.path.join(root, "hv-mgr/daemon/*.c"))}
    wrong = calls_up(calls(texts), layers(read(os.path.join(root, "docs/architecture.md"))))
    for sentence in sorted(wrong):
        print(f"FAIL: hv-mgr/daemon: {sentence}")
    return len(wrong)


def may_be(folder, knot):
    """cmd_*.c are in the table, and so in its knot."""
    named = {f for f in knot if not f.startswith("cmd_")}
    return any(named <= unit for unit in UNITS.get(folder, ()))


def look_at(root, folder):
    paths = glob.glob(os.path.join(root, folder, "*.[ch]"))
    texts = {os.path.basename(path): read(path) for path in sorted(paths)}
    sources = {name: text for name, text in texts.items() if name.endswith(".c")}
    if not sources:
        print(f"FAIL: there is no C file in {folder}")
        return 1
    bad = 0
    for kind, ties in (("calls", calls(sources)), ("includes", includes(folder, texts))):
        for knot in circles(ties):
            if may_be(folder, knot):
                continue
            bad += 1
            print(f"FAIL: a circle of {kind} in {folder}:")
            for name in sorted(knot):
                for other in sorted(set(ties[name]) & knot):
                    print(f"    {name} -> {other}: {', '.join(sorted(ties[name][other]))}")
    return bad


def self_test():
    down = {"a.c": "int a(void)\n{\n\treturn b(1);\n}\n", "b.c": "/* a() */\nint b(int n)\n{\n\treturn x.a + n;\n}\n"}
    assert circles(calls(down)) == []
    back = dict(down, **{"b.c": "int\nb(int n,\n  int m)\n{\n\treturn n ? m : a();\n}\n"})
    assert circles(calls(back)) == [{"a.c", "b.c"}]
    own = dict(back, **{"b.c": back["b.c"] + "static int a(void)\n{\n\treturn 0;\n}\n"})
    assert circles(calls(own)) == [{"a.c", "b.c"}]
    headers = {"a.h": '#include "x/b.h"\n', "b.h": '#include "x/a.h"\n', "c.c": '#include "x/a.h"\n'}
    assert circles(includes("hv-mgr/x", headers)) == [{"a.h", "b.h"}]
    assert circles(includes("hv-mgr/x", {"a.h": "", "c.c": '#include "x/a.h"\n'})) == []
    layer = layers("Inside `daemon/`, so:\n\n1. low: `b`;\n2. `a` (high)\n\nMore `c`.\n")
    assert layer == {"b.c": 0, "a.c": 1}
    assert calls_up(calls(down), layer) == [] and calls_up(calls(back), layer) == ["b.c calls up to a.c: a"]
    assert calls_up(calls(down), {"a.c": 1}) == ["b.c is in no layer"]
    assert not may_be("hv-mgr/daemon", {"a.c", "b.c"}) and may_be("hv-mgr/cli", {"cli.c", "commands.c", "cmd_x.c"})


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if sys.argv[1] == "--self-test":
        self_test()
        sys.exit(0)
    sys.exit(sum(look_at(sys.argv[1], folder) for folder in FOLDERS) + look_at_layers(sys.argv[1]) != 0)
