#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The built hv-mgr against a daemon and an xl that are played here.

usage: test_cli_binary.py HV-MGR [unittest options]
"""
import hashlib
import json
import os
import pty
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
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
            "name": "modem", "state": self.state, "connected": False,
            "writer": None, "base": 1 << 32, "size": 4 << 20,
            "window": 1 << 20, "windows": 2, "windows_open": 0,
            "written": len(self.content), "length": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest() if sealed
            else None, "expected_size": self.expected, "work": None, "position": 0,
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


class WithoutDaemon(Case):
    def test_that_no_daemon_runs_is_told_with_what_to_do(self):
        self.hv_mgr("list", code=3)
        self.assertEqual(
            self.err, f"hv-mgr list: no daemon is running on {self.socket} "
            "(start it: systemctl start hv-mgr, or hv-mgr daemon)\n")

    def test_a_socket_that_nobody_serves_is_no_daemon(self):
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(self.socket)
        self.hv_mgr("list", code=3)

    def test_an_error_is_json_where_json_is_asked_for(self):
        for line in (["--json", "list"], ["list", "--json"],
                     ["--json", "nonsense"], ["load", "-x", "--json"],
                     ["--json"], ["load", "--json"]):
            self.hv_mgr(*line, code=3 if "list" in line else 2)
            error = json.loads(self.out)
            self.assertFalse(error["ok"])
            self.assertGreater(error["errno"], 0)
            self.assertTrue(error["error"])
            self.assertEqual(self.err, "")

    def test_mistakes_on_the_command_line_are_2(self):
        for line in ([], ["nonsense"], ["load", "g"], ["list", "x"],
                     ["list", "--nonsense"], ["help", "nonsense"],
                     ["load", "g", "n", "f", "--sha256", "12"],
                     ["seal", "g", "n", "0"], ["seal", "g", "n", "-1"],
                     ["status", "--until", "SAD"],
                     ["attach", "g", "size=4K"],
                     ["detach", "g"], ["detach", "g", "n", "--all"],
                     ["detach", "g", ""], ["detach", "", "--all"],
                     ["reset", "g", ""], ["revoke", "", "n"],
                     ["load", "g", "", "f"], ["load", "g", "n", ""],
                     ["status", ""], ["dump", "g", "n", ""],
                     ["seal", "g", "n", ""], ["create", ""],
                     ["status", "--until", ""], ["--socket", "", "list"],
                     ["load", "g", "n", "f", "--sha256", ""],
                     ["attach", "g", STANZA, STANZA],
                     ["load", "g", "n", "f", "--no-seal", "--sha256",
                      "a" * 64]):
            self.hv_mgr(*line, code=2)
            self.assertRegex(self.err, "^hv-mgr.*: .+\n$")

    def test_what_is_no_utf_8_does_not_break_the_json_of_an_error(self):
        done = subprocess.run([HV_MGR, "--json", "create", b"caf\xe9.cfg"],
                              env=self.environment, stdout=subprocess.PIPE)
        self.assertIn("caf\ufffd.cfg", json.loads(done.stdout)["error"])

    def test_help_goes_to_stdout(self):
        self.assertIn("create", self.hv_mgr("--help"))
        self.assertEqual(self.hv_mgr("help", "load"),
                         self.hv_mgr("load", "--help"))
        self.assertIn("hv-mgr", self.hv_mgr("--version"))
        self.assertTrue(json.loads(self.hv_mgr("version", "--json"))["ok"])

    def test_a_full_disk_under_stdout_is_noticed(self):
        with open("/dev/full", "wb") as full:
            self.hv_mgr("--help", stdout=full, code=6)

    def test_create_starts_nothing_without_a_daemon(self):
        self.hv_mgr("create", self.write("g.cfg", "name='g'\n"
                                         f"carveout=['{STANZA}']"), code=3)
        self.assertEqual(self.log(), [])

    def test_create_without_carveouts_is_xl_create(self):
        config = self.write("g.cfg", "name='g'")
        self.hv_mgr("create", config, "memory=64", "-q")
        self.assertEqual(self.log(), [f"create -q {config} memory=64"])
        self.assertIn("nothing to attach", self.err)

    def test_create_dryrun_asks_xl_and_nobody_else(self):
        config = self.write("g.cfg", f"name='g'\ncarveout=['{STANZA}']")
        self.hv_mgr("create", "-n", config)
        self.assertEqual(self.log(), [f"create -n {config}"])
        self.assertIn("not checked", self.err)

    def test_create_dryrun_says_that_there_is_nothing_to_attach(self):
        self.hv_mgr("create", "-n", self.write("g.cfg", "name='g'"))
        self.assertIn("nothing to attach", self.err)

    def test_create_dryrun_with_json_says_one_object(self):
        for text in ("name='g'", f"name='g'\ncarveout=['{STANZA}']"):
            self.hv_mgr("create", "-n", "--json", self.write("g.cfg", text))
            self.assertTrue(json.loads(self.out)["ok"])

    def test_a_key_that_is_meant_for_carveout_is_a_mistake(self):
        self.hv_mgr("create", "-n", self.write(
            "g.cfg", f"name='g'\ncarveouts=['{STANZA}']"), code=2)
        self.assertIn("the key is carveout", self.err)

    def test_lines_that_end_in_crlf_are_told_without_a_cr(self):
        self.hv_mgr("create", self.write(
            "g.cfg", b"name = 'g'\r\nmemory = 5\r\n"), code=2)
        self.assertNotIn("\r", self.err)
        self.assertIn("CR LF", self.err)

    def test_create_checks_how_many_before_anything_else(self):
        stanzas = ",".join(f"'name=c{i}, size=1M'" for i in range(17))
        self.hv_mgr("create", "-n", self.write(
            "g.cfg", f"name='g'\ncarveout=[{stanzas}]"), code=2)
        self.assertIn("at most 16", self.err)
        self.assertEqual(self.log(), [])

    def test_create_passes_on_only_what_changes_nothing_of_it(self):
        config = self.write("g.cfg", "name='g'")
        for extra in ("-h", "--help", "--dryrun", "--dry", "-n", "-p", "-c",
                      "--paused", "-F", "-fother", "--def=x", "--defconfig=x",
                      "-qh", "--", "-", "--foreground", "--console=1"):
            self.hv_mgr("create", config, "--", extra, code=2)
        self.assertEqual(self.log(), [])
        self.hv_mgr("create", config, "--", "-q", "--quiet", "-e", "memory=1")
        self.assertEqual(self.log(), [
            f"create {config} -q --quiet -e memory=1"])

    def test_create_starts_nothing_with_a_wrong_config(self):
        for text in ("carveout='x'\nname='g'", "carveout=['size=4K']\nname='g'",
                     "name='g", f"carveout=['{STANZA}','{STANZA}']\nname='g'"):
            self.hv_mgr("create", self.write("g.cfg", text), code=2)
        self.hv_mgr("create", self.file("absent"), code=2)
        self.hv_mgr("create", self.directory, code=2)
        for extra in (["-F"], ["--", "-F"], ["--", "-fother"], ["x"]):
            self.hv_mgr("create", self.write("g.cfg", "name='g'"), *extra,
                        code=2)
        self.assertEqual(self.log(), [])

    def test_xl_that_is_not_there_is_told(self):
        self.environment["XL"] = self.file("absent")
        self.hv_mgr("create", self.write("g.cfg", "name='g'"), code=8)

    def test_doctor_needs_no_daemon(self):
        done = subprocess.run([HV_MGR, "doctor", "--json"], timeout=30,
                              env=self.environment, stdout=subprocess.PIPE)
        report = json.loads(done.stdout)
        results = {c["check"]: c["result"] for c in report["checks"]}
        self.assertEqual(results["xl"], "ok")
        self.assertEqual(results["daemon"], "warn")
        self.assertEqual(report["ok"], "fail" not in results.values())
        self.assertEqual(report["ok"], done.returncode == 0)


class WithDaemon(Case):
    def setUp(self):
        super().setUp()
        self.daemon = Daemon(self.socket)

    def asked(self):
        return [request["command"] for request in self.daemon.requests]

    def config(self, more=""):
        return self.write("g.cfg", f"name='g'\ncarveout=['{STANZA}']\n{more}")

    def test_create_attaches_before_the_guest_runs(self):
        config = self.config()
        self.hv_mgr("create", config, "-q", "memory=64")
        self.assertEqual(self.log(), [
            "domid g", f"create -p -q {config} memory=64", "domid g",
            "unpause 5"])
        self.assertEqual(self.asked(), ["info", "info", "attach"])
        self.assertEqual(self.daemon.requests[2],
                         {"command": "attach", "domain": "5",
                          "specs": [STANZA]})

    def test_create_takes_the_name_that_the_command_line_gives(self):
        self.hv_mgr("create", self.config(), "name='other'")
        self.assertIn("domid other", self.log())

    def test_create_paused_leaves_it_paused(self):
        self.hv_mgr("create", "-p", self.config())
        self.assertEqual(self.log()[-1], "domid g")
        self.assertIn("xl unpause 5", self.err)

    def test_create_destroys_the_guest_when_attaching_fails(self):
        self.daemon.refuse["attach"] = (12, "no memory")
        self.hv_mgr("create", self.config(), code=6)
        self.assertEqual(self.log()[-1], "destroy 5")
        self.assertNotIn("unpause 5", self.log())
        self.assertIn("no memory", self.err)
        self.assertIn("destroyed again", self.err)

    def test_create_leaves_a_domain_of_that_name_alone(self):
        self.write("state", "-b----\n")
        self.hv_mgr("create", self.config(), code=5)
        self.assertEqual(self.log(), ["domid g"])
        self.assertIn("stays as it is", self.err)

    def test_create_destroys_no_guest_that_somebody_lets_run(self):
        self.daemon.refuse["attach"] = (12, "no memory")
        self.write("xl", XL.replace("--p---", "-b----"))
        self.hv_mgr("create", self.config(), code=6)
        self.assertNotIn("destroy 5", self.log())
        self.assertIn("left alone", self.err)

    def test_create_checks_places_before_xl_runs(self):
        for more in ("gpa=0x40000000", "size=4000M, gpa=0x140000000"):
            stanza = f"name=b, size=64M, {more}".replace(
                "size=64M, size", "size")
            for option in (["-n"], []):
                self.hv_mgr("create", *option, self.write(
                    "g.cfg", f"name='g'\ncarveout=['{stanza}']"), code=2)
                self.assertIn("gpa=", self.err)
        self.hv_mgr("create", "-n", self.write(
            "g.cfg", "name='g'\ncarveout=['name=a, size=4000M', "
            "'name=b, size=4000M']"), code=6)
        self.assertIn("no room", self.err)
        self.assertEqual(self.log(), [])

    def test_create_says_before_xl_runs_that_memory_is_short(self):
        self.daemon.free_bytes = lambda: 515 << 20
        for option in (["-n"], []):
            self.hv_mgr("create", *option, self.config("memory=512"), code=6)
            self.assertIn("515 MiB free", self.err)
            self.assertNotIn("create", " ".join(self.log()))
        self.daemon.free_bytes = lambda: 523 << 20
        self.hv_mgr("create", self.config("memory=512"))

    def balloon(self):
        """What dom0 gave and xl did not take is free."""
        taken = 512 if os.path.exists(self.file("state")) else 0
        return (100 + 1024 + 412 - taken - int(self.read("dom0"))) << 20

    def test_create_takes_from_dom0_what_xl_does_not(self):
        self.daemon.free_bytes = self.balloon
        config = self.write("g.cfg", "name='g'\nmemory=512\n"
                            "carveout=['name=modem, size=64M']")
        self.hv_mgr("create", config, code=6)
        self.write("xl.conf", "autoballoon=\"on\"\n")
        self.hv_mgr("create", config)
        self.assertEqual(self.log()[-2:], ["mem-set 0 957m", "unpause 5"])
        self.assertIn("dom0's memory was lowered", self.err)

    def test_create_goes_by_xens_command_line_as_xl_does(self):
        self.daemon.free_bytes = self.balloon
        self.write("xen", "placeholder console=dtuart\n")
        self.hv_mgr("create", self.write(
            "g.cfg", "name='g'\nmemory=512\n"
            "carveout=['name=modem, size=64M']"))
        self.assertIn("mem-set 0 957m", self.log())

    def test_create_puts_the_guest_away_if_dom0_gives_nothing(self):
        self.daemon.free_bytes = self.balloon
        self.write("xl.conf", "autoballoon=1\n")
        self.write("fail-mem-set", "")
        self.hv_mgr("create", self.write(
            "g.cfg", "name='g'\nmemory=512\n"
            "carveout=['name=modem, size=64M']"), code=6)
        self.assertEqual(self.log()[-1], "destroy 5")
        self.assertNotIn("attach", self.asked())

    def test_create_says_so_when_it_cannot_put_things_right(self):
        self.daemon.refuse["attach"] = (12, "no memory")
        self.write("fail-destroy", "")
        self.hv_mgr("create", self.config(), code=6)
        self.assertIn("still there, paused", self.err)

    def test_create_that_is_interrupted_destroys_the_guest(self):
        self.write("xl", XL.replace("case", "[ $1 != create ] || sleep 1\ncase"))
        with subprocess.Popen([HV_MGR, "create", self.config()],
                              env=self.environment,
                              stderr=subprocess.DEVNULL) as process:
            while len(self.log()) < 2:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(10), 1)
        self.assertEqual(self.log()[-1], "destroy 5")
        self.assertNotIn("attach", self.asked())

    def test_create_does_not_go_on_when_xl_fails(self):
        self.write("fail-create", "")
        self.hv_mgr("create", self.config(), code=1)
        self.assertEqual(len(self.log()), 2)
        self.assertEqual(self.asked(), ["info"])

    def test_create_with_json_says_one_object_on_stdout(self):
        self.write("xl", XL.replace("case", "[ $1 = domid ] || echo said\ncase"))
        self.hv_mgr("create", "--json", self.config())
        self.assertTrue(json.loads(self.out)["ok"])
        self.assertIn("said", self.err)

    def test_a_refusal_has_its_exit_code_and_the_daemons_words(self):
        for error, code in ((1, 5), (16, 5), (3, 4), (12, 6), (28, 6),
                            (74, 7), (5, 1), (22, 2)):
            self.daemon.refuse["reset"] = (error, "because of that")
            self.hv_mgr("reset", "g", "modem", code=code)
            self.assertEqual(self.err, "hv-mgr reset: because of that\n")
            self.hv_mgr("--json", "reset", "g", "modem", code=code)
            self.assertEqual(json.loads(self.out),
                             {"ok": False, "errno": error,
                              "error": "because of that"})

    def test_a_daemon_that_goes_away_is_told(self):
        self.daemon.hang_up.add("reset")
        self.hv_mgr("reset", "g", "modem", code=3)
        self.assertIn("went away", self.err)

    def test_what_a_daemon_that_went_away_may_have_done_is_told(self):
        self.daemon.hang_up |= {"attach", "detach", "seal", "status", "write"}
        for args in (("attach", "g", STANZA), ("detach", "g", "modem"),
                     ("seal", "g", "modem")):
            self.hv_mgr(*args, code=3)
            self.assertIn("may have been done", self.err)
            self.assertIn("hv-mgr list tells", self.err)
        self.hv_mgr("status", "g", "modem", code=3)
        self.assertNotIn("done", self.err)
        self.daemon.hang_up.remove("status")
        self.hv_mgr("load", "g", "modem", self.write("image", b"x" * 5000),
                    code=3)
        self.assertIn("nothing of the load stays", self.err)
        self.assertIn("hv-mgr reset", self.err)

    def test_json_is_the_reply_as_it_was(self):
        reply = json.loads(self.hv_mgr("list", "--json"))
        self.assertEqual(reply["carveouts"], [self.daemon.carveout()])
        self.assertEqual(self.out.count("\n"), 1)

    def test_requests_carry_what_was_asked_for(self):
        self.hv_mgr("revoke", "g", "modem", "--now")
        self.hv_mgr("detach", "g", "--all")
        self.hv_mgr("detach", "g", "modem", "--now")
        self.hv_mgr("seal", "g", "modem", "1K", "--sha256", "a" * 64)
        self.assertEqual(self.daemon.requests, [
            {"command": "revoke", "domain": "g", "name": "modem", "now": True},
            {"command": "detach", "domain": "g", "all": True},
            {"command": "detach", "domain": "g", "name": "modem",
             "now": True},
            {"command": "seal", "domain": "g", "name": "modem", "length": 1024,
             "sha256": "a" * 64}])

    def test_load_streams_in_pieces_and_seals(self):
        content = os.urandom((2 << 20) + 12345)
        self.hv_mgr("load", "g", "modem", self.write("image", content))
        self.assertEqual(bytes(self.daemon.content), content)
        self.assertEqual(self.asked(),
                         ["status", "write", "write", "write", "seal"])
        self.assertEqual(self.daemon.requests[-1]["length"], len(content))
        self.assertIn(hashlib.sha256(content).hexdigest(), self.out)

    def test_load_from_a_slow_pipe_sends_whole_pieces(self):
        reader, writer = os.pipe()
        content = os.urandom((1 << 20) + 77)

        def feed():
            for i in range(0, len(content), 50000):
                os.write(writer, content[i:i + 50000])
            os.close(writer)
        threading.Thread(target=feed).start()
        self.hv_mgr("load", "g", "modem", "-", stdin=reader)
        os.close(reader)
        self.assertEqual(bytes(self.daemon.content), content)
        self.assertEqual(self.asked().count("write"), 2)

    def while_it_loads(self, look):
        """What `look` finds in a load that waits for its pipe."""
        reader, writer = os.pipe()
        with subprocess.Popen([HV_MGR, "load", "g", "modem", "-"],
                              env=self.environment, cwd=self.directory,
                              stdin=reader, stderr=subprocess.DEVNULL,
                              preexec_fn=lambda: resource.setrlimit(
                                  resource.RLIMIT_CORE, (1 << 20, 1 << 20))
                              ) as process:
            os.write(writer, b"x" * 5000)
            while "status" not in self.asked():
                time.sleep(0.01)
            time.sleep(0.2)
            try:
                return look(process)
            finally:
                process.kill()
                os.close(reader)
                os.close(writer)

    @unittest.skipIf(SANITIZED, "sanitizers make nothing of mlockall()")
    def test_load_keeps_what_it_has_of_the_content_out_of_swap(self):
        def locked(process):
            with open(f"/proc/{process.pid}/status") as status:
                fields = dict(line.split(":", 1) for line in status)
            return (int(fields["CapEff"], 16) >> 14 & 1,
                    int(fields["VmLck"].split()[0]))
        may_lock, kilobytes = self.while_it_loads(locked)
        if not may_lock:
            self.skipTest("without CAP_IPC_LOCK nothing is locked")
        self.assertGreater(kilobytes, 1000)

    @unittest.skipIf(SANITIZED, "sanitizers forbid core dumps themselves")
    def test_load_keeps_what_it_has_of_the_content_out_of_core_dumps(self):
        def dumps(process):
            process.send_signal(signal.SIGQUIT)
            return os.WCOREDUMP(os.waitpid(process.pid, 0)[1])
        self.assertFalse(self.while_it_loads(dumps))

    def test_load_without_seal_asks_to_keep_it(self):
        image = self.write("image", b"x" * 5000)
        self.hv_mgr("load", "g", "modem", image, "--no-seal")
        self.assertTrue(self.daemon.kept)
        self.assertEqual(self.daemon.state, "LOADING")
        self.assertNotIn("seal", self.asked())

    def test_load_sends_nothing_that_cannot_fit(self):
        image = self.write("image", b"")
        os.truncate(image, (4 << 20) + 1)
        self.hv_mgr("load", "g", "modem", image, code=6)
        self.assertEqual(self.asked(), ["status"])

    def test_load_does_not_seal_what_a_broken_pipe_gave(self):
        self.daemon.expected = 5000
        for length, code in (4999, 9), (5001, 9), (5000, 0):
            self.daemon.content.clear()
            self.daemon.requests.clear()
            with open(self.write("image", b"x" * length), "rb") as image:
                with subprocess.Popen(["cat"], stdin=image,
                                      stdout=subprocess.PIPE) as pipe:
                    self.hv_mgr("load", "g", "modem", "-", stdin=pipe.stdout,
                                code=code)
            self.assertEqual("seal" in self.asked(), not code)
            self.assertTrue(not code or "expects 5000" in self.err)

    def test_load_of_a_part_is_kept_whatever_is_expected(self):
        self.daemon.expected = 5000
        with open(self.write("image", b"x" * 99), "rb") as image:
            with subprocess.Popen(["cat"], stdin=image,
                                  stdout=subprocess.PIPE) as pipe:
                self.hv_mgr("load", "g", "modem", "-", "--no-seal",
                            stdin=pipe.stdout)
        self.assertTrue(self.daemon.kept)

    def test_load_seals_only_what_it_has_loaded(self):
        self.hv_mgr("load", "g", "modem", self.write("image", b"x"))
        self.assertTrue(self.daemon.requests[-1]["mine"])

    def test_revoke_that_left_windows_has_a_code_of_its_own(self):
        self.daemon.refuse["revoke"] = (110, "not yet")
        self.hv_mgr("revoke", "g", "modem", code=10)

    def test_a_daemon_that_says_nothing_is_not_waited_for_for_ever(self):
        self.daemon.silent.add("status")
        self.environment["HV_MGR_SILENCE_MS"] = "300"
        self.hv_mgr("list", code=3)
        self.assertIn("said nothing", self.err)

    def test_a_list_of_any_length_is_shown(self):
        self.daemon.many = 10000
        self.hv_mgr("list")
        self.assertEqual(self.out.count("\n"), 1 + 10000)

    def test_load_of_nothing_is_a_mistake(self):
        self.hv_mgr("load", "g", "modem", self.write("image", b""), code=2)
        self.hv_mgr("load", "g", "modem", "-", code=2)
        self.hv_mgr("load", "g", "modem", self.file("absent"), code=2)
        self.hv_mgr("load", "g", "modem", self.directory, code=2)
        self.assertNotIn("seal", self.asked())

    def test_load_stops_at_a_refusal(self):
        self.daemon.refuse["write"] = (16, "the guest loads it")
        self.hv_mgr("load", "g", "modem", self.write("image", b"x"), code=5)
        self.assertEqual(self.asked(), ["status", "write"])

    def seal(self, content):
        self.daemon.content[:] = content
        self.daemon.state = "SEALED"
        return content

    def test_dump_writes_all_of_it(self):
        content = self.seal(os.urandom((1 << 20) + 333))
        self.hv_mgr("dump", "g", "modem", self.file("out"))
        self.assertEqual(self.read("out"), content)
        self.assertEqual(os.stat(self.file("out")).st_mode & 0o777, 0o600)
        with open(self.file("out2"), "wb") as out:
            self.hv_mgr("dump", "g", "modem", stdout=out)
        self.assertEqual(self.read("out2"), content)

    def test_dump_that_fails_leaves_what_was_there(self):
        self.seal(b"x" * (3 << 20))
        self.write("out", "old")
        self.daemon.refuse["read"] = (5, "no")
        self.hv_mgr("dump", "g", "modem", self.file("out"), code=1)
        self.assertEqual(self.read("out"), b"old")
        self.assertEqual(self.made(), ["out"])

    def test_dump_that_cannot_grow_its_file_leaves_nothing(self):
        self.seal(b"x" * (3 << 20))

        def limit():
            import resource
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        self.hv_mgr("dump", "g", "modem", self.file("out"), code=1,
                    preexec_fn=limit)
        self.assertEqual(self.made(), [])

    def test_dump_writes_to_a_device_as_it_is(self):
        # By a link: an hv-mgr that replaces what it should write to must not
        # do that to the machine's own /dev/full.
        self.seal(b"x" * (3 << 20))
        os.symlink("/dev/full", self.file("full"))
        self.hv_mgr("dump", "g", "modem", self.file("full"), code=6)
        self.assertTrue(os.path.islink(self.file("full")))
        self.assertEqual(self.made(), ["full"])

    def test_dump_of_what_is_not_sealed_is_refused(self):
        self.hv_mgr("dump", "g", "modem", self.file("out"), code=5)
        self.assertFalse(os.path.exists(self.file("out")))

    def test_dump_does_not_spill_onto_a_terminal(self):
        self.seal(b"x")
        leader, terminal = pty.openpty()
        self.hv_mgr("dump", "g", "modem", stdout=terminal, code=2)
        self.hv_mgr("dump", "g", "modem", "--json", code=2)
        os.close(leader)
        os.close(terminal)

    def test_watch_prints_a_line_a_change_and_ends_at_the_state(self):
        self.daemon.states = ["EMPTY", "EMPTY", "LOADING", "LOADING", "SEALED"]
        self.hv_mgr("status", "g", "modem", "--until", "sealed")
        lines = self.out.splitlines()
        self.assertEqual(len(lines), 3, lines)
        self.assertIn("SEALED", lines[2])

    def test_watch_with_json_prints_an_object_a_change(self):
        self.daemon.states = ["EMPTY", "EMPTY", "SEALED"]
        self.hv_mgr("status", "--json", "--until", "SEALED")
        states = [json.loads(line)["carveouts"][0]["state"]
                  for line in self.out.splitlines()]
        self.assertEqual(states, ["EMPTY", "SEALED"])

    def test_watch_does_not_wait_for_a_load_that_failed(self):
        self.daemon.states = ["LOADING", "FAILED"]
        self.hv_mgr("status", "--until", "SEALED", code=1)
        self.daemon.states = ["FAILED", "LOADING", "SEALED"]
        self.hv_mgr("status", "--until", "SEALED")

    def test_watch_goes_on_with_the_next_daemon(self):
        self.daemon.states = ["LOADING"] * 4
        with subprocess.Popen([HV_MGR, "status", "--until", "SEALED"],
                              env=self.environment,
                              stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            self.daemon.hang_up.add("status")
            self.daemon.listener.close()
            os.unlink(self.socket)
            time.sleep(1)
            self.assertIsNone(process.poll())
            self.daemon = Daemon(self.socket)
            self.daemon.state = "SEALED"
            self.assertEqual(process.wait(10), 0)

    def test_watch_ends_on_an_interrupt_with_0(self):
        with subprocess.Popen([HV_MGR, "status", "--watch"],
                              env=self.environment,
                              stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(10), 0)

    def test_watch_redraws_on_a_terminal(self):
        self.daemon.states = ["EMPTY", "EMPTY", "SEALED"]
        leader, terminal = pty.openpty()
        self.hv_mgr("status", "--until", "SEALED", stdout=terminal)
        os.close(terminal)
        shown = os.read(leader, 65536)
        os.close(leader)
        self.assertEqual(shown.count(b"\033[1A"), 2)


if __name__ == "__main__":
    unittest.main()
