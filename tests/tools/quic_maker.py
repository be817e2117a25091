#!/usr/bin/env python3
"""Initial packets of QUIC, made with python3-cryptography alone: an implementation beside the daemon's own.

usage: quic_maker.py HEADER        writes tests/unit/app/quic_packets.h

The hello is that of RFC 9001, appendix A.2; its packet of version 1 must be the RFC's own, and that of version 2
the one of RFC 9369, appendix A.2: their beginnings and their tags are compared here.
"""
import hashlib
import hmac
import struct
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

V1, V2, DRAFT_22, DRAFT_23, DRAFT_29 = 1, 0x6b3343cf, 0xff000016, 0xff000017, 0xff00001d
V2_DRAFT_00, V2_DRAFT_01, RESERVED = 0xff020000, 0x709a50c4, 0x1a2a3a4a
Q050, T050, T051 = 0x51303530, 0x54303530, 0x54303531
SALTS = {V1: "38762cf7f55934b34d179ae6a4c80cadccbb7f0a", V2: "0dede3def700a6db819381be6e269dcbf9bd2ed9",
         DRAFT_22: "7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a", DRAFT_23: "c3eef712c72ebb5a11a7d2432bb46365bef9f502",
         DRAFT_29: "afbfec289993d24c9e9786f19c6111e04390a899", V2_DRAFT_00: "a707c203a59b47184a1d62ca570406ea7ae3e5d3",
         V2_DRAFT_01: "a707c203a59b47184a1d62ca570406ea7ae3e5d3", T050: "7ff579e5acd072915580304c43a2367c60488310",
         Q050: "504574efd066fe2f9d945cfcdbd3a7f0d3b56b45", T051: "7a4edef4e7ccee5fa4506c19124fc8ccda6e033d"}
LABELS_2 = {V2, V2_DRAFT_00, V2_DRAFT_01}
TYPES_2 = {V2, V2_DRAFT_01}
# Versions with another's salt: later drafts, and Facebook's.
DRAFT_32, DRAFT_34, MVFST_22, MVFST_27 = 0xff000020, 0xff000022, 0xfaceb001, 0xfaceb002
SALTS.update({DRAFT_32: SALTS[DRAFT_29], DRAFT_34: SALTS[V1], MVFST_22: SALTS[DRAFT_22], MVFST_27: SALTS[DRAFT_23]})
# Google's own hello: two entries, "PAD" of three bytes and the name.
GOOGLE_HELLO = (b"CHLO" + struct.pack("<HH", 2, 0) + b"PAD\0" + struct.pack("<I", 3) + b"SNI\0" + struct.pack("<I", 14) +
                b"---example.com")
ID = bytes.fromhex("8394c8f03e515708")
CLIENT = bytes.fromhex("c1c2c3c4")
HELLO = bytes.fromhex(
    "010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c000000010000e00"
    "000b6578616d706c652e636f6dff01000100000a00080006001d0017001800100007000504616c706e000500050100000000003300260024"
    "001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e04030503060302"
    "03080408050806002d00020101001c00024001003900320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901"
    "100f088394c8f03e51570806048000ffff")


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def expand(secret, label, size):
    label = b"tls13 " + label
    return mac(secret, struct.pack(">H", size) + bytes([len(label)]) + label + b"\0\1")[:size]


def keys(version, identity):
    client = expand(mac(bytes.fromhex(SALTS[version]), identity), b"client in", 32)
    prefix = b"quicv2 " if version in LABELS_2 else b"quic "
    return [expand(client, prefix + name, size) for name, size in ((b"key", 16), (b"iv", 12), (b"hp", 16))]


def number(value):
    return bytes([value]) if value < 64 else struct.pack(">H", 0x4000 | value)


def crypto(offset, data, frame=b"\x06"):
    return frame + number(offset) + number(len(data)) + data


def initial(version, frames, packet=0, identity=ID, key_identity=None, key_version=None, source=b"", token=b"", number_len=4,
            size=1200):
    key, iv, mask_key = keys(key_version or version, key_identity or identity)
    first = (0xd0 if version in TYPES_2 else 0xc0) | (number_len - 1)
    head = (bytes([first]) + struct.pack(">I", version) + bytes([len(identity)]) + identity + bytes([len(source)]) + source +
            number(len(token)) + token)
    frames += bytes(max(0, size - len(head) - 2 - number_len - 16 - len(frames)))
    head += struct.pack(">H", 0x4000 | number_len + len(frames) + 16) + packet.to_bytes(4, "big")[4 - number_len:]
    nonce = bytes(a ^ b for a, b in zip(iv, packet.to_bytes(12, "big")))
    whole = bytearray(head + AESGCM(key).encrypt(nonce, frames, head))
    at = len(head) - number_len
    mask = Cipher(algorithms.AES(mask_key), modes.ECB()).encryptor().update(bytes(whole[at + 4:at + 20]))
    whole[0] ^= mask[0] & 0x0f
    for i in range(number_len):
        whole[at + i] ^= mask[1 + i]
    return bytes(whole)


def packets():
    half = len(HELLO) // 2
    v1 = initial(V1, crypto(0, HELLO), packet=2)
    v2 = initial(V2, crypto(0, HELLO), packet=2)
    assert v1[:24].hex() == "c000000001088394c8f03e5157080000449e7b9aec34d1b1" and v1[-16:].hex() == "e221af44860018ab0856972e194cd934"
    assert v2[:24].hex() == "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe6"
    retried = bytes.fromhex("f067a5502a4262b5")
    return {
        "v1": v1,
        "v2": v2,
        "draft_29": initial(DRAFT_29, crypto(0, HELLO), packet=2),
        "first_half": initial(V1, crypto(0, HELLO[:half]), packet=0, number_len=1, source=CLIENT),
        # Behind, with the first half's last bytes once more and otherwise: the first ones count.
        "second_half": initial(V1, b"\x01\x02\0\0\0\0" + crypto(half, HELLO[half:]) + crypto(half - 4, b"zzzz"), packet=1, number_len=2,
                               source=CLIENT),
        # The server's id is taken up, and the keys stay.
        "second_half_new_id": initial(V1, crypto(half, HELLO[half:]), packet=1, identity=b"server's", key_identity=ID,
                                      source=CLIENT),
        "after_retry": initial(V1, crypto(0, HELLO), packet=3, identity=retried, token=b"token", source=CLIENT),
        "draft_23": initial(DRAFT_23, crypto(0, HELLO), packet=2),
        "t051": initial(T051, b"\x07" + crypto(0, HELLO, b"\x08"), packet=2),
        # No client's whole datagrams: what other versions change is in them.
        "draft_22": initial(DRAFT_22, crypto(0, HELLO), packet=2, size=0),
        "v2_draft_00": initial(V2_DRAFT_00, crypto(0, HELLO), packet=2, size=0),
        "v2_draft_01": initial(V2_DRAFT_01, crypto(0, HELLO), packet=2, size=0),
        "t050": initial(T050, crypto(0, HELLO, b"\x08"), packet=2, size=0),
        "q050": initial(Q050, crypto(0, GOOGLE_HELLO, b"\x08"), packet=1),
        "no_hello": initial(V1, crypto(0, b"\x02" + HELLO[1:]), packet=0),
    }


def reserved_tag(packet, version):
    """A client that tries its server writes the packet of a version that it speaks: the version is another, and so the tag."""
    made = initial(RESERVED, crypto(0, HELLO), packet=2, key_version=version)
    assert made[:-16] == packet[:1] + struct.pack(">I", RESERVED) + packet[5:-16]
    return made[-16:]


def arrays():
    made = {f"packet_{name}": data for name, data in packets().items()}
    return made | {f"tag_reserved_{name}": reserved_tag(made[f"packet_{name}"], version)
                   for name, version in (("v1", V1), ("draft_29", DRAFT_29))}


def main():
    with open(sys.argv[1], "w", encoding="ascii") as out:
        out.write("/* Made by tests/tools/quic_maker.py, which tells what they are. */\n#pragma once\n\n#include <stdint.h>\n")
        for name, data in arrays().items():
            rows = [", ".join(f"0x{byte:02x}" for byte in data[at:at + 16]) for at in range(0, len(data), 16)]
            out.write(f"\nstatic const uint8_t {name}[{len(data)}] = {{\n    " + ",\n    ".join(rows) + ",\n};\n")


if __name__ == "__main__":
    main()
