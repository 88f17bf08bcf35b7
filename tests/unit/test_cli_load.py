#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The built hv-mgr: load and dump.

usage: test_cli_load.py HV-MGR [unittest options]
"""
import hashlib
import os
import pty
import resource
import signal
import struct
import subprocess
import sys
import threading
import time
import unittest

from cli_case import HV_MGR, SANITIZED, WithDaemon

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from elf_image import (HASHES, Segment, image, parts, placed,  # noqa: E402
                       qualcomm)

# Not in the order of their addresses, with a gap, and zeros at the end.
SEGMENTS = [Segment(0x80002000, b"second" * 500, 0x3000),
            Segment(0x80000010, b"first" * 700),
            Segment(0x80001900, b"\1" * 5),
            Segment(0, b""), Segment(5, b"a note", kind=4)]


class LoadAndDump(WithDaemon):
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


class LoadByHeaders(WithDaemon):
    """What the daemon is sent is what another reading of the image says."""

    def load(self, path, *options, code=0, segments=None):
        self.daemon.content.clear()
        self.daemon.requests.clear()
        self.hv_mgr("load", "g", "modem", path, *options, code=code)
        if segments:
            self.assertEqual(bytes(self.daemon.content), placed(segments))
            self.assertEqual(self.daemon.requests[-1]["length"],
                             len(placed(segments)))

    def refused(self, path, sentence, *options, code=12):
        self.load(path, *options, code=code)
        self.assertIn(sentence, self.err)
        self.assertNotIn("write", self.asked())

    def split(self, segments):
        for suffix, content in parts(segments).items():
            self.write(f"q.{suffix}", content)
        return self.file("q.mdt")

    def test_segments_go_to_their_addresses(self):
        for kind in range(4):
            self.load(self.write("elf", image(
                SEGMENTS, wide=bool(kind & 1), big=bool(kind & 2),
                entry=0x8000f00f)), segments=SEGMENTS)
            self.assertIn("entry 0x8000f00f", self.err)

    def test_an_image_of_several_pieces(self):
        segments = [Segment(0x1000, os.urandom(1500000), 1700000),
                    Segment(0x200000, os.urandom(70000)),
                    Segment(0x300007, b"", 500000)]
        self.load(self.write("elf", image(segments)), segments=segments)
        self.assertEqual(self.asked().count("write"), 4)

    def test_one_of_zeros_alone(self):
        self.load(self.write("elf", image([Segment(0, b"", 70000)])),
                  segments=[Segment(0, b"", 70000)])

    def test_an_image_in_parts(self):
        segments = qualcomm(SEGMENTS)
        self.load(self.split(segments), segments=segments)
        # A link to a whole image is that, whatever it is called.
        self.write("whole.mbn", image(segments))
        os.symlink("whole.mbn", self.file("link.mdt"))
        self.load(self.file("link.mdt"), segments=segments)

    def test_what_it_is_judged_by_goes_with_the_seal(self):
        made = qualcomm(SEGMENTS)
        data = image(made)
        file = self.write("whole.mbn", data)
        self.hv_mgr("load", "g", "modem", file)
        self.assertEqual(self.daemon.evidence, b"")
        self.daemon.verify = "mbn"
        self.daemon.content.clear()
        self.hv_mgr("load", "g", "modem", file)
        self.assertEqual(
            self.daemon.evidence,
            struct.pack("<II", len(made[0].content), len(made[1].content)) +
            data[:len(made[0].content)] + made[1].content)

    def test_what_cannot_be_judged_is_not_sent(self):
        self.daemon.verify = "mbn"
        for name, data in (("elf", image(SEGMENTS)), ("raw", b"raw" * 100)):
            self.hv_mgr("load", "g", "modem", self.write(name, data), code=12)
            self.assertIn("verify=mbn", self.err)
        file = self.write("whole.mbn", image(qualcomm(SEGMENTS)))
        self.hv_mgr("load", "g", "modem", file, "--no-seal", code=2)
        self.assertIn("goes with the seal", self.err)
        self.assertEqual(bytes(self.daemon.content), b"")

    def test_an_image_lacks_a_part(self):
        path = self.split(qualcomm(SEGMENTS))
        self.write("q.b03", b"short")
        self.refused(path, "q.b03: has not the 3500 octets")
        os.unlink(self.file("q.b03"))
        os.symlink("nowhere", self.file("q.b03"))
        self.refused(path, "q.b03, for segment 3: No such file")

    def test_what_the_stanza_insists_on(self):
        plain, raw = self.write("elf", image(SEGMENTS)), self.write("raw", "x")
        mbn = self.write("mbn", image(qualcomm(SEGMENTS)))
        self.daemon.format = "mbn"
        self.load(mbn, segments=SEGMENTS)
        self.refused(plain, "without a hash segment")
        self.refused(raw, "no ELF image")
        self.load(plain, "--format", "elf", segments=SEGMENTS)
        self.daemon.format = "elf"
        self.load(plain, segments=SEGMENTS)
        self.refused(raw, "no ELF image")
        self.daemon.format = "raw"
        self.load(plain)
        self.assertEqual(bytes(self.daemon.content), self.read("elf"))
        self.refused(raw, "auto, raw, elf or mbn", "--format", "bin", code=2)

    def test_a_pipe_is_raw_and_nothing_else(self):
        self.write("elf", image(SEGMENTS))
        for form, code in ("auto", 0), ("raw", 0), ("elf", 2), ("mbn", 2):
            self.daemon.content.clear()
            self.daemon.format = form
            with open(self.file("elf"), "rb") as file:
                self.hv_mgr("load", "g", "modem", "-", stdin=file, code=code)
            self.assertEqual(bytes(self.daemon.content),
                             b"" if code else self.read("elf"))
        self.assertIn("--format raw", self.err)

    def test_what_its_headers_cannot_place_is_refused_at_once(self):
        def elf(*segments):
            return self.write("elf", image(list(segments)))
        one = Segment(0x1000, b"x" * 4096)
        self.refused(elf(one, Segment(0x1fff, b"y")),
                     "segment 1 overlaps another")
        self.refused(elf(one, Segment(0x3000, b"y", offset=1 << 20)),
                     "segment 1 lies outside the file")
        self.refused(elf(one, Segment(0x3000, b"yyyy", 2)),
                     "segment 1 is larger in the file than in memory")
        self.refused(elf(Segment(0x1000, b"x", kind=4)),
                     "no segment is to be loaded")
        self.refused(elf(one, Segment(flags=HASHES, kind=0),
                         Segment(flags=HASHES, kind=0)),
                     "segment 2 is a second hash segment")
        self.refused(self.write("elf", image([one])[:60]),
                     "the file ends within its headers")
        self.refused(self.write("elf", image([])), "without program headers")
        self.refused(elf(*[Segment()] * 129), "more program headers")
        for at, value, words in ((4, 3, "neither 32 nor 64"),
                                 (5, 3, "neither little"),
                                 (42, 99, "a size that ELF does not have"),
                                 (30, 1, "too far behind its beginning")):
            data = bytearray(image([one]))
            data[at] = value
            self.refused(self.write("elf", bytes(data)), words)
        wraps = image([Segment((1 << 64) - 8, b"", 16)], wide=True)
        self.refused(self.write("elf", wraps), "segment 0 ends behind the end")

    def test_what_is_too_large_for_the_carveout_or_not_expected(self):
        path = self.write("elf", image([
            Segment(0, b"x"), Segment(8, b"y", 5 << 20), Segment(9 << 20, b"z")]))
        self.refused(path, "segment 1 reaches beyond the end of the carveout",
                     code=6)
        self.daemon.expected = len(placed(SEGMENTS))
        self.load(self.write("elf", image(SEGMENTS)), segments=SEGMENTS)
        self.daemon.expected += 1
        self.refused(self.file("elf"), "are not the", code=2)


if __name__ == "__main__":
    unittest.main()
