# SPDX-License-Identifier: GPL-2.0-only
"""ELF images made of a few segments, and what a carveout holds of one: for tests, which read nothing of common/'s."""
import struct
from dataclasses import dataclass

LOAD = 1
HASHES = 0x02200000             # the flags of Qualcomm's hash segment, and of the one that has the headers
HEADERS = 0x07000000


@dataclass
class Segment:
    """What a program header says, and the bytes that it is about."""
    address: int = 0
    content: bytes = b""
    memory: int = 0             # bytes; 0: as many as of the content
    kind: int = LOAD
    flags: int = 5
    offset: int = None          # None: where it lies

    def size(self):
        return self.memory or len(self.content)


def headers(segments, offsets, wide=False, big=False, entry=0):
    """The ELF header, and the program headers behind it."""
    order, own, each = "><"[not big], 64 if wide else 52, 56 if wide else 32
    ident = b"\x7fELF" + bytes([1 + wide, 1 + big, 1]).ljust(12, b"\0")
    head = struct.pack(order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH"), 2, 164, 1, entry, own, 0, 0, own, each,
                       len(segments), 0, 0, 0)
    for s, offset in zip(segments, offsets):
        memory = s.size() if s.kind == LOAD else s.memory
        where = offset if s.offset is None else s.offset
        words = (s.kind, s.flags, where, s.address, s.address, len(s.content), memory, 4) if wide else \
            (s.kind, where, s.address, s.address, len(s.content), memory, s.flags, 4)
        head += struct.pack(order + ("IIQQQQQQ" if wide else "8I"), *words)
    return ident + head


def offsets_of(segments, wide):
    """Each begins with 4 KiB, in the order of the headers."""
    at, offsets = 4096, []
    for s in segments:
        offsets.append(0 if s.flags == HEADERS else at)
        at += 0 if s.flags == HEADERS else -(-len(s.content) // 4096) * 4096
    return offsets


def image(segments, wide=False, big=False, entry=0):
    """In one file."""
    offsets = offsets_of(segments, wide)
    data = bytearray(headers(segments, offsets, wide, big, entry))
    for s, offset in zip(segments, offsets):
        if s.content and s.flags != HEADERS:
            data[len(data):] = bytes(max(0, offset - len(data)))
            data[offset:offset + len(s.content)] = s.content
    return bytes(data)


def parts(segments, wide=False):
    """{suffix: bytes}: the headers and the hash segment in .mdt, the others in .bNN, as Qualcomm's tools split."""
    head = headers(segments, offsets_of(segments, wide), wide)
    made = {"mdt": head + b"".join(s.content for s in segments if s.flags == HASHES)}
    return made | {f"b{i:02}": s.content for i, s in enumerate(segments) if s.content and s.flags != HEADERS}


def qualcomm(segments, wide=False):
    """The same with a segment of headers before, and one of hashes (which are none) behind it."""
    count = len(segments) + 2
    size = (64 + 56 * count) if wide else (52 + 32 * count)
    return [Segment(kind=0, flags=HEADERS, content=bytes(size), offset=0),
            Segment(kind=0, flags=HASHES, content=bytes(range(200)))] + segments


def placed(segments):
    """What the carveout holds."""
    loaded = [s for s in segments if s.kind == LOAD and s.size()]
    base = min(s.address for s in loaded)
    memory = bytearray(max(s.address + s.size() for s in loaded) - base)
    for s in loaded:
        memory[s.address - base:s.address - base + len(s.content)] = s.content
    return bytes(memory)
