# SPDX-License-Identifier: GPL-2.0-only
"""The built hv-mgr against a daemon and an xl that are played here: what the test_cli_*.py share."""
import hashlib
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

HV_MGR = os.path.abspath(sys.argv.pop(1))
STANZA = "name=modem,size=4M"
with open(HV_MGR, "rb") as program:
    SANITIZED = b"__asan_init" in program.read()


class Daemon(threading.Thread):
    """One carveout, `modem` of domain `g`, and what was asked of it."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.requests = []
        self.content = bytearray()
        self.state = "EMPTY"
        self.refuse = {}  # command: (errno, sentence)
        self.hang_up = set()
        self.states = []  # for status: one after the other
        self.silent = set()  # commands that are never answered
        self.expected = None
        self.format = "auto"
        self.verify, self.roots, self.verdict = "none", 0, None
        self.evidence = None  # what came with the last seal
        self.many = 1
        self.free_bytes = lambda: 1 << 40
        self.kept = False
        self.start()

    def run(self):
        while True:
            peer, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(peer,),
                             daemon=True).start()

    def serve(self, peer):
        with peer, peer.makefile("rb") as stream:
            while header := stream.read(8):
                json_length, data_length = struct.unpack("=II", header)
                request = json.loads(stream.read(json_length))
                data = stream.read(data_length)
                self.requests.append(request)
                if request["command"] in self.hang_up:
                    return
                if request["command"] in self.silent:
                    continue
                self.answer(peer, request, data)

    @staticmethod
    def send(peer, reply, data=b""):
        text = json.dumps(reply).encode()
        peer.sendall(struct.pack("=II", len(text), len(data)) + text + data)

    def carveout(self):
        sealed = self.state == "SEALED"
        return {
            "domid": 5, "domain": "g", "uuid": "u", "device": 0,
            "name": "modem", "state": self.state,
            "verdict": self.verdict, "verify": self.verify,
            "roots": self.roots, "connected": False,
            "writer": None, "base": 1 << 32, "size": 4 << 20,
            "window": 1 << 20, "windows": 2, "windows_open": 0,
            "written": len(self.content), "length": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest() if sealed
            else None, "expected_size": self.expected,
            "format": self.format, "work": None, "position": 0,
            "end": 0, "errno": 0, "error": None, "counters": {}}

    def answer(self, peer, request, data):
        command = request["command"]
        reply, out = {"ok": True}, b""
        if command in self.refuse:
            error, text = self.refuse[command]
            self.send(peer, {"ok": False, "errno": error, "error": text})
            return
        if command == "info":
            reply |= {"version": "?", "pid": 1, "address_bits": 0,
                      "free_bytes": self.free_bytes()}
        elif command == "write":
            assert request["offset"] == len(self.content)
            self.content += data
            self.state = "LOADING"
        elif command == "keep":
            self.kept = True
        elif command == "seal":
            self.evidence = data
            for i in range(3):
                self.send(peer, {"progress": {"work": "measure",
                                              "position": i, "end": 3}})
            self.state = "SEALED"
        elif command == "read":
            out = bytes(self.content[request["offset"]:][:request["length"]])
        elif command == "status" and self.states:
            self.state = self.states.pop(0)
        if command in ("status", "attach", "seal", "revoke", "reset"):
            reply["carveouts"] = [self.carveout()] * self.many
        self.send(peer, reply, out)


# A domain g is there once it was created, or if the file `running` is.  dom0 has
# 1024 MiB, or what it was set to.
XL = """#!/bin/sh
cd "$(dirname "$0")" || exit
echo "$*" >> xl.log
case $1 in
create) [ "$2" != -p ] || echo --p--- > state ;;
domid) [ -e state ] || { echo "no domain $2" >&2; exit 1; }; echo 5 ;;
list)
    echo "Name                          ID   Mem VCPUs      State   Time(s)"
    [ "$2" != 0 ] || { echo "Domain-0 0 $(cat dom0) 2 r----- 7.5"; exit; }
    echo "a b     5   512   1   $(cat state)   0.0" ;;
mem-set) echo "${3%m}" > dom0 ;;
info) cat xen ;;
esac
[ ! -e "fail-$1" ]
"""


class Case(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.socket = self.file("socket")
        self.environment = dict(os.environ, HV_MGR_SOCKET=self.socket,
                                XL=self.file("xl"))
        self.write("xl", XL)
        os.chmod(self.file("xl"), 0o755)
        self.write("dom0", "1024\n")
        self.write("xen", "placeholder dom0_mem=1024M,max:1024M console=x\n")
        self.environment["XL_CONF"] = self.file("xl.conf")

    def file(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, content):
        mode = "wb" if isinstance(content, bytes) else "w"
        with open(self.file(name), mode) as file:
            file.write(content)
        return self.file(name)

    def read(self, name):
        with open(self.file(name), "rb") as file:
            return file.read()

    def made(self):
        """The files that were not there before."""
        return sorted(set(os.listdir(self.directory)) -
                      {"socket", "xl", "dom0", "xen"})

    def log(self):
        if not os.path.exists(self.file("xl.log")):
            return []
        return self.read("xl.log").decode().splitlines()

    def hv_mgr(self, *args, code=0, **options):
        done = subprocess.run([HV_MGR, *args], env=self.environment,
                              stdin=options.pop("stdin", subprocess.DEVNULL),
                              stdout=options.pop("stdout", subprocess.PIPE),
                              stderr=subprocess.PIPE, timeout=30, **options)
        self.assertEqual(done.returncode, code, done)
        self.out = (done.stdout or b"").decode(errors="replace")
        self.err = done.stderr.decode()
        return self.out


class WithDaemon(Case):
    def setUp(self):
        super().setUp()
        self.daemon = Daemon(self.socket)

    def asked(self):
        return [request["command"] for request in self.daemon.requests]

    def config(self, more=""):
        return self.write("g.cfg", f"name='g'\ncarveout=['{STANZA}']\n{more}")

    def seal(self, content):
        self.daemon.content[:] = content
        self.daemon.state = "SEALED"
        return content
