#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The built hv-mgr: its command line, replies, refusals, status --watch.

usage: test_cli_binary.py HV-MGR [unittest options]
"""
import hashlib
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
import unittest

from cli_case import Case, Daemon, HV_MGR, STANZA, WithDaemon

TESTS = os.path.join(os.path.dirname(__file__), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "lab")]
from elf_image import Segment, image  # noqa: E402
from sign_image import Signer, signed  # noqa: E402


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

    def test_an_image_that_cannot_be_read_hides_no_other(self):
        good, bad = self.write("good", b"x" * 99), self.write("bad", b"\x7fELF\x01")
        missing = self.file("missing")
        self.hv_mgr("image", "--json", good, missing, bad, good, code=1)
        said = json.loads(self.out)
        self.assertFalse(said["ok"])
        self.assertEqual([image["file"] for image in said["images"]],
                         [good, missing, bad, good])
        self.assertEqual(said["images"][1], {
            "file": missing, "errno": 2,
            "error": f"{missing}: No such file or directory"})
        self.assertEqual([image.get("verdict") for image in said["images"]],
                         ["plain", None, "bad", "plain"])
        self.hv_mgr("image", missing, good, code=1)
        self.assertIn(f"{good}: raw", self.out)
        self.assertIn("No such file", self.err)

    def test_an_image_ends_in_the_root_that_is_named(self):
        signer = Signer()
        segments = [Segment(0x1000, b"content" * 1000)]
        self.write("image", image(signed(segments, signer), wide=True))
        self.write("plain", image(segments))
        self.write("root", signer.root_pem)
        self.write("other", Signer().root)
        digest = "sha256:" + hashlib.sha256(signer.root).hexdigest()
        for root in (self.file("root"), digest):
            self.hv_mgr("image", "--root", root, self.file("image"))
            self.assertIn("verified", self.out)
        for root in (self.file("other"), "sha256:" + 64 * "0"):
            self.hv_mgr("image", "--root", root, self.file("image"), code=12)
            self.assertIn("the root that was named", self.out)
        self.hv_mgr("image", "--root", digest, self.file("plain"), code=12)
        self.assertIn("nobody signed it", self.out)
        self.hv_mgr("image", "--root", "sha256:12", self.file("image"), code=2)

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

    def test_doctor_needs_no_daemon(self):
        done = subprocess.run([HV_MGR, "doctor", "--json"], timeout=30,
                              env=self.environment, stdout=subprocess.PIPE)
        report = json.loads(done.stdout)
        results = {c["check"]: c["result"] for c in report["checks"]}
        self.assertEqual(results["xl"], "ok")
        self.assertEqual(results["daemon"], "warn")
        self.assertEqual(report["ok"], "fail" not in results.values())
        self.assertEqual(report["ok"], done.returncode == 0)


class Replies(WithDaemon):
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

    def test_a_root_is_named_to_the_daemon_by_its_digest(self):
        new = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
               "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=root",
               "-keyout", "/dev/null", "-out", self.file("root.pem"))
        subprocess.run(new, check=True, stderr=subprocess.DEVNULL)
        der = subprocess.run(
            ("openssl", "x509", "-in", self.file("root.pem"), "-outform",
             "DER"), check=True, stdout=subprocess.PIPE).stdout
        self.write("root.der", der)
        digest = hashlib.sha256(der).hexdigest()
        for name in ("root.pem", "root.der"):
            self.hv_mgr("attach", "g",
                        f"name=a,size=4K,verify=mbn,root={self.file(name)}")
            self.assertEqual(
                self.daemon.requests[-1]["specs"],
                [f"name=a,size=4K,verify=mbn,root=sha256:{digest}"])
        self.write("none", b"no certificate")
        for name in ("none", "missing"):
            self.hv_mgr("attach", "g",
                        f"name=a,size=4K,verify=mbn,root={self.file(name)}",
                        code=2)
            self.assertIn(self.file(name), self.err)

    def test_what_was_verified_is_called_so(self):
        self.daemon.state, self.daemon.verdict = "SEALED", "verified"
        self.daemon.verify = "mbn"
        self.hv_mgr("list")
        self.assertIn(" VERIFIED ", self.out)
        self.hv_mgr("status", "g", "modem")
        self.assertIn("no root: integrity only", self.out)
        for state in ("VERIFIED", "sealed"):
            self.hv_mgr("status", "g", "modem", "--until", state)
        self.daemon.state, self.daemon.verdict = "FAILED", "rejected"
        self.daemon.roots = 2
        self.hv_mgr("status", "g", "modem", "--until", "rejected")
        self.assertIn("REJECTED", self.out)
        self.hv_mgr("status", "g", "modem")
        self.assertIn("mbn, 2 roots", self.out)

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


class Watch(WithDaemon):
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
