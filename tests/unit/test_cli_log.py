#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""hv-mgr log, on files that are made here by what its manual page says.

usage: test_cli_log.py HV-MGR [unittest options]
"""
import hashlib
import json
import unittest

from cli_case import Case

LINE, LINES = 512, 512
KEY = "01234567-89ab-cdef-0123-456789abcdef/5/0"
DIGEST = "ab" * 32


def sha256(data):
    return hashlib.sha256(data).digest()


class Log(Case):
    def setUp(self):
        super().setUp()
        self.lines = [bytes(LINE)] * LINES
        self.head, self.last = bytes(32), 0

    def add(self, rest, before=None):
        self.last += 1
        before = self.head if before is None else before
        text = f"{self.last} {1764554108123 + self.last} {rest}".encode()
        self.head = sha256(before + sha256(text))
        line = b" ".join([self.head.hex().encode(), before.hex().encode(), text])
        self.lines[self.last % LINES] = line.ljust(LINE - 1) + b"\n"

    def some(self):
        self.add("started - - - - version=1 boot=x")
        self.add(f"created EMPTY {KEY} modem my%20guest size=1048576 gpa=0x100000000 backing=vault")
        self.add(f"opened LOADING {KEY} modem my%20guest writer=guest")
        self.add(f"sealed SEALED {KEY} modem my%20guest length=5 sha256={DIGEST} writer=guest")
        self.add(f"created EMPTY {KEY[:-3]}6/0 dsp other size=4096 gpa=0x100000000 backing=vault")
        self.add(f"failed FAILED {KEY[:-3]}6/0 dsp other why=two words = one")

    def change(self, number, at, octet):
        line = bytearray(self.lines[number % LINES])
        line[at:at + 1] = octet
        self.lines[number % LINES] = bytes(line)

    def log(self, *args, code=0):
        return self.hv_mgr("log", "--file", self.write("log", b"".join(self.lines)), *args, code=code)

    def numbers(self, *args):
        return [int(line.split()[0]) for line in self.log(*args).splitlines()[1:]]

    def test_people_get_a_line_for_each_entry(self):
        self.some()
        lines = self.log().splitlines()
        self.assertEqual(len(lines), 7)
        self.assertRegex(lines[4], r"^ +4 2025-12-01T01:55:08.127Z +sealed +my guest +5 +modem +SEALED +"
                                   f"length=5 sha256={DIGEST} writer=guest$")
        columns = [line.index(word) for line, word in zip(lines[2:], ("EMPTY", "LOADING", "SEALED", "EMPTY", "FAILED"))]
        self.assertEqual(columns, [lines[0].index("State")] * 5)

    def test_a_terminal_is_told_nothing_but_text(self):
        self.add(f"created EMPTY {KEY} modem my%1B%5B31m%C3%A4 size=4096")
        self.assertIn(" my?[31mä ", self.log())
        self.assertEqual(json.loads(self.log("--json"))["entries"][0]["domain"], "my\x1b[31mä")

    def test_a_guest_and_a_carveout_can_be_asked_for(self):
        self.some()
        self.assertEqual(self.numbers(), [1, 2, 3, 4, 5, 6])
        self.assertEqual(self.numbers("5"), [2, 3, 4])
        self.assertEqual(self.numbers("my guest"), [2, 3, 4])
        self.assertEqual(self.numbers("other", "dsp"), [5, 6])
        self.assertEqual(self.numbers(KEY[:36]), [2, 3, 4, 5, 6])
        self.assertEqual(self.numbers("other", "modem"), [])
        self.assertEqual(self.numbers("nobody"), [])

    def test_json_has_all_of_it(self):
        self.some()
        said = json.loads(self.log("--json"))
        self.assertTrue(said["ok"])
        self.assertEqual((said["first"], said["last"], said["head"]), (1, 6, self.head.hex()))
        self.assertEqual([entry["number"] for entry in said["entries"]], [1, 2, 3, 4, 5, 6])
        sealed = said["entries"][3]
        text = sealed.pop("text")
        self.assertEqual(sha256(bytes.fromhex(said["entries"][2]["hash"]) + sha256(text.encode())).hex(),
                         sealed.pop("hash"))
        self.assertEqual(sealed, {
            "number": 4, "time": "2025-12-01T01:55:08.127Z", "event": "sealed", "state": "SEALED", "uuid": KEY[:36],
            "domid": 5, "device": 0, "domain": "my guest", "name": "modem",
            "details": {"length": 5, "sha256": DIGEST, "writer": "guest"}})
        self.assertEqual(said["entries"][5]["details"], {"why": "two words = one"})
        self.assertIsNone(said["entries"][0]["domid"])
        self.assertNotIn("entries", json.loads(self.log("--json", "--check")))
        self.assertEqual(len(json.loads(self.log("--json", "other"))["entries"]), 2)

    def test_the_head_is_printed(self):
        self.log("--head")
        self.assertEqual(self.out, f"0 {'0' * 64}\n")
        self.some()
        self.log("--head")
        self.assertEqual(self.out, f"6 {self.head.hex()}\n")

    def test_a_good_log_is_good(self):
        self.assertEqual(self.log("--check"), "good: there is no entry\n")
        self.some()
        self.assertEqual(self.log("--check"), "good: 6 entries, 1 to 6\n")
        for _ in range(3 * LINES):
            self.add("started - - - - version=1 boot=x")
        self.assertEqual(self.log("--check"), f"good: {LINES} entries, {2 * LINES + 7} to {3 * LINES + 6}\n")
        self.assertEqual(self.numbers()[0], 2 * LINES + 7)

    def test_a_changed_octet_shows_in_any_form(self):
        self.some()
        self.change(4, 2 * 65 + 60, b"X")
        problem = "entry 4 is not what was written"
        self.assertEqual(self.log("--check", code=13), f"BROKEN: {problem}\n")
        self.log(code=13)
        self.assertIn(problem, self.err)
        self.assertEqual(len(self.out.splitlines()), 7)
        self.log("--head", code=13)
        said = json.loads(self.log("--json", code=13))
        self.assertFalse(said["ok"])
        self.assertEqual(said["error"], problem)

    def test_what_was_made_anew_taken_out_or_cut_shows(self):
        self.some()
        self.add("started - - - - version=1 boot=x", before=bytes(32))
        self.assertIn("entry 7 does not go on", self.log("--check", code=13))
        self.change(5, 0, b"\0")
        self.assertIn("entry 5 is missing", self.log("--check", code=13))
        self.lines = self.lines[:7]
        self.assertIn("BROKEN", self.log("--check", code=13))

    def test_what_is_no_log_is_none(self):
        garbage = self.write("garbage", b"x" * 3000)
        self.hv_mgr("log", "--check", "--file", garbage, code=13)
        self.hv_mgr("log", "--file", self.file("missing"), code=4)
        self.assertIn("no daemon has run", self.err)
        self.hv_mgr("log", "--file", self.directory, code=1)

    def test_check_and_head_are_of_all(self):
        for option in ("--check", "--head"):
            self.log(option, "g", code=2)


if __name__ == "__main__":
    unittest.main()
