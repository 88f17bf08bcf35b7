# SPDX-License-Identifier: GPL-2.0-only
"""Qualcomm images with a table of digests and a signature, made by openssl: for make_images.py."""
import hashlib
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from elf_image import HASHES, HEADERS, headers, offsets_of, qualcomm  # noqa: E402

SIGNATURE = 104                # octets of the field, which an ECDSA signature of P-384 never fills


def openssl(*arguments, feed=b""):
    return subprocess.run(("openssl",) + arguments, input=feed, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True).stdout


class Signer:
    """A root, and a leaf that it certified."""

    def __init__(self):
        with tempfile.TemporaryDirectory() as directory:
            def path(name):
                return f"{directory}/{name}"
            new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-sha384")
            openssl("req", "-x509", *new, "-keyout", path("root.key"), "-out", path("root.pem"), "-subj", "/CN=root",
                    "-days", "2")
            openssl("req", *new, "-keyout", path("leaf.key"), "-out", path("leaf.csr"), "-subj", "/CN=leaf")
            openssl("x509", "-req", "-in", path("leaf.csr"), "-CA", path("root.pem"), "-CAkey", path("root.key"),
                    "-set_serial", "2", "-sha384", "-days", "2", "-out", path("leaf.pem"))
            self.root_pem = Path(path("root.pem")).read_bytes()
            self.root = openssl("x509", "-in", path("root.pem"), "-outform", "DER")
            self.chain = openssl("x509", "-in", path("leaf.pem"), "-outform", "DER") + self.root
            self.key = Path(path("leaf.key")).read_bytes()

    def sign(self, data):
        with tempfile.NamedTemporaryFile() as key:
            key.write(self.key)
            key.flush()
            return openssl("dgst", "-sha384", "-sign", key.name, feed=data).ljust(SIGNATURE, b"\0")


def digest(segment):
    return hashlib.sha384(segment.content).digest() if segment.content else bytes(48)


def signed(segments, signer, wide=True):
    """As qualcomm() makes it, with a hash segment of version 7 that is right."""
    made = qualcomm(segments, wide)
    own = next(s for s in made if s.flags == HASHES)
    head = struct.pack("<10I", 0, 7, 0, 0, 0, 48 * len(made), 0, 0, SIGNATURE, len(signer.chain))
    own.content = bytes(len(head) + 48 * len(made) + SIGNATURE + len(signer.chain))
    first = next(s for s in made if s.flags == HEADERS)
    first.content = headers(made, offsets_of(made, wide), wide)
    table = b"".join(bytes(48) if s is own else digest(s) for s in made)
    own.content = head + table + signer.sign(head + table) + signer.chain
    return made
