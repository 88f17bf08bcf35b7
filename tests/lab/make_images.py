#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Images for tests/lab/images.sh, and what a carveout shall hold of each.

usage: make_images.py DIRECTORY [IMAGE...]
  IMAGE     a real one, to be loaded beside those that are made here: whole, and in parts if it is Qualcomm's

signed.mbn, and signed.mdt in parts, is for verify.sh, signed by the root in root.pem; changed.mbn is not what was signed any
more; other.pem is another root. `good`, and `packed`, has a line "FILE SHA256 SIZE ENTRY" for each that is to be loaded, and `bad` one "FILE WORDS", of what is said of it.
"""
import hashlib
import lzma
import random
import shutil
import struct
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from elf_image import HASHES, LOAD, Segment, image, parts, placed, qualcomm  # noqa: E402
from sign_image import Signer, signed  # noqa: E402

ENTRY = 0x8a00f00c


def chance(size):
    return random.Random(size).randbytes(size)


# With gaps of a byte and of pages, zeros behind, one over zeros of another, and none in the order of addresses.
SEGMENTS = [Segment(0x8a012345, chance(70001), 90000), Segment(0x8a000010, chance(4097)), Segment(0x8a001011 + 1, b"\1"),
            Segment(0x8a030000, b"", 300000), Segment(0x8a040000, b"", 5), Segment(0, b""), Segment(7, b"a note", kind=4)]
PLAIN = [Segment(0x1000, chance(5000)), Segment(0x4000, chance(300))]


def read(data):
    """The segments of a real image: another reading than common/'s."""
    wide, order = data[4] == 2, "<>"[data[5] == 2]
    head = struct.unpack_from(order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH"), data, 16)
    segments = []
    for i in range(head[9]):
        words = struct.unpack_from(order + ("IIQQQQQQ" if wide else "8I"), data, head[4] + i * head[8])
        kind, flags, offset, _, address, size, memory, _ = words if wide else (words[0], words[6], *words[1:6], words[7])
        segments.append(Segment(address, data[offset:offset + size], memory, kind, flags, offset))
    return segments, head[3]


class Maker:
    """A directory that fills."""

    def __init__(self, out):
        self.out, self.lines, self.archives, self.wrong = out, [], [], []
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)

    def good(self, name, segments, entry=ENTRY):
        content = placed(segments)
        self.lines.append(f"{name} {hashlib.sha256(content).hexdigest()} {len(content)} {entry:#x}\n")

    def whole(self, name, segments, data, entry=ENTRY):
        (self.out / name).write_bytes(data)
        self.good(name, segments, entry)

    def split(self, name, segments, made, entry=ENTRY):
        for suffix, content in made.items():
            (self.out / f"{name}.{suffix}").write_bytes(content)
        self.good(f"{name}.mdt", segments, entry)

    def bad(self, name, data, words):
        (self.out / name).write_bytes(data)
        self.wrong.append(f"{name} {words}\n")

    def packed(self, name, segments, files):
        """For the guest alone, whose kernel unpacks them: in pieces, and forwards only."""
        for suffix, content in files.items():
            (self.out / f"{name}{suffix}.xz").write_bytes(lzma.compress(content, check=lzma.CHECK_CRC32, preset=1))
        content = placed(segments)
        which = f"{name}.mdt" if ".mdt" in files else name
        self.archives.append(f"{which} {hashlib.sha256(content).hexdigest()} {len(content)}\n")

    def real(self, path):
        data = path.read_bytes()
        segments, entry = read(data)
        name = "-".join(path.parts[-2:])
        if path.with_suffix(".b00").exists():
            for part in path.parent.glob(f"{path.stem}.[bm]*"):
                shutil.copy(part, self.out / f"{'-'.join(path.parts[-2:-1])}-{part.name}")
            for i, s in enumerate(segments):
                part = path.with_suffix(f".b{i:02}")
                s.content = part.read_bytes() if s.kind == LOAD and part.exists() else b""
            self.good(name, segments, entry)
            return
        self.whole(name, segments, data, entry)
        hashes = [s for s in segments if s.kind == 0 and s.flags >> 24 & 7 == 2]
        if hashes:
            made = {"mdt": segments[0].content + hashes[0].content}
            made |= {f"b{i:02}": s.content for i, s in enumerate(segments) if s.content and s.kind == LOAD}
            self.split(f"{name}-split", segments, made, entry)

    def end(self):
        (self.out / "good").write_text("".join(self.lines))
        (self.out / "packed").write_text("".join(self.archives))
        (self.out / "bad").write_text("".join(self.wrong))


def sign(out):
    """For verify.sh."""
    signer = Signer()
    (out / "root.pem").write_bytes(signer.root_pem)
    (out / "root.der").write_bytes(signer.root)
    (out / "other.pem").write_bytes(Signer().root_pem)
    made = signed(SEGMENTS, signer)
    data = bytearray(image(made, wide=True))
    (out / "signed.mbn").write_bytes(data)
    (out / "signed.placed").write_bytes(placed(made))
    data[0x2000 + 100] ^= 1    # of the first segment that is loaded
    (out / "changed.mbn").write_bytes(data)
    for suffix, content in parts(made, wide=True).items():
        (out / f"signed.{suffix}").write_bytes(content)


def main():
    """All of it."""
    maker = Maker(Path(sys.argv[1]))
    for wide in (False, True):
        for big in (False, True):
            name = f"elf{64 if wide else 32}{'be' if big else 'le'}"
            maker.whole(name, SEGMENTS, image(SEGMENTS, wide, big, ENTRY))
    mbn = qualcomm(SEGMENTS)
    maker.whole("whole.mbn", SEGMENTS, image(mbn, entry=ENTRY))
    (maker.out / "link.mdt").symlink_to("whole.mbn")
    maker.good("link.mdt", SEGMENTS)
    made = parts(mbn)
    maker.split("split", SEGMENTS, made, 0)
    maker.packed("packed-whole", SEGMENTS, {"": image(mbn)})
    maker.packed("packed-link.mdt", SEGMENTS, {"": image(mbn)})
    maker.packed("packed-split", SEGMENTS, {f".{suffix}": content for suffix, content in made.items()})
    one = PLAIN[0]
    maker.bad("overlap", image([one, Segment(0x1fff, b"y")]), "segment 1 overlaps another")
    maker.bad("outside", image([one, Segment(0x4000, b"y", offset=1 << 20)]), "segment 1 lies outside the file")
    maker.bad("large", image([one, Segment(0x4000, b"", 1 << 30)]), "segment 1 reaches beyond")
    maker.bad("cut", image(PLAIN)[:80], "ends within its headers")
    maker.bad("two", image([one, Segment(flags=HASHES, kind=0), Segment(flags=HASHES, kind=0)]), "second hash segment")
    for suffix, content in made.items():
        (maker.out / f"lacks.{suffix}").write_bytes(content)
    (maker.out / "lacks.b03").unlink()
    (maker.out / "lacks.b03").symlink_to("nowhere")
    maker.wrong.append("lacks.mdt lacks.b03, for segment 3\n")
    maker.bad("short.mdt", made["mdt"], "short.b03")
    # A whole one's, which the guest puts together.
    (maker.out / "big.head").write_bytes(image([Segment(0, bytes(16 << 20))])[:4096])
    sign(maker.out)
    for path in sys.argv[2:]:
        maker.real(Path(path))
    maker.end()


if __name__ == "__main__":
    main()
