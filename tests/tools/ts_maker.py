"""Transport streams for made captures: PAT, PMT, SDT, a clock and film, byte for byte the same each time.

Names are bytes, as DVB has them (ETSI EN 300 468, annex A), or text, which is sent as UTF-8.
"""
import hashlib
import struct

from capture_maker import crc_mpeg

PAT, CAT, SDT, PMT, VIDEO = 0x0000, 0x0001, 0x0011, 0x0100, 0x0101
PACKET, PAYLOAD = 188, 184
TABLES_EACH = 0.2  # seconds between tables
CLOCK_EACH = 0.04


def name_bytes(name):
    return name if isinstance(name, bytes) else b"\x15" + name.encode()


class Stream:
    """`scrambled` film, and `ca`, a descriptor of conditional access, in the PMT."""

    def __init__(self, service="Channel", provider="Provider", program=1, kilobits=400, scrambled=False, ca=False,
                 described=True):
        self.service, self.provider, self.program = name_bytes(service), name_bytes(provider), program
        self.kilobits, self.scrambled, self.ca, self.described = kilobits, scrambled, ca, described
        self.counters = {}

    def packet(self, pid, payload=b"", start=False, clock=None):
        count = self.counters.get(pid, 0)
        self.counters[pid] = (count + bool(payload)) % 16
        control = count | (0x10 if payload else 0) | (0x80 if self.scrambled and pid == VIDEO and payload else 0)
        field = b""
        if clock is not None or len(payload) < PAYLOAD:
            control |= 0x20
            if clock is not None:
                base, extension = divmod(clock, 300)
                field = struct.pack("!BIH", 0x10, base >> 1 & 0xFFFFFFFF, (base & 1) << 15 | 0x7E00 | extension)
            room = PAYLOAD - 1 - len(payload)
            field = bytes([room]) + (field or (b"\0" if room else b"")).ljust(room, b"\xff")
        return struct.pack("!BHB", 0x47, (0x4000 if start else 0) | pid, control) + field + payload

    def section(self, pid, table, extension, body):
        section = struct.pack("!BHHBBB", table, 0xB000 | len(body) + 9, extension, 0xC1, 0, 0) + body
        rest = b"\0" + section + struct.pack("!I", crc_mpeg(section))
        out, start = [], True
        while rest:
            out.append(self.packet(pid, rest[:PAYLOAD].ljust(PAYLOAD, b"\xff"), start))
            rest, start = rest[PAYLOAD:], False
        return b"".join(out)

    def tables(self):
        out = b""
        if self.described:
            names = bytes([len(self.provider)]) + self.provider + bytes([len(self.service)]) + self.service
            descriptor = b"\x48" + bytes([min(1 + len(names), 255), 1]) + names
            out += self.section(SDT, 0x42, 1, struct.pack("!HBHBH", 1, 0xFF, self.program, 0xFC, 0x8000 | len(descriptor)) + descriptor)
        out += self.section(PAT, 0x00, 1, struct.pack("!HH", self.program, 0xE000 | PMT))
        ca = b"\x09\x04\x05\x00\xe1\x23" if self.ca else b""
        body = struct.pack("!HH", 0xE000 | VIDEO, 0xF000 | len(ca)) + ca + struct.pack("!BHH", 0x1B, 0xE000 | VIDEO, 0xF000)
        return out + self.section(PMT, 0x02, self.program, body)

    def bytes(self, seconds):
        """The stream's next seconds, from its tables on."""
        total = int(seconds * self.kilobits * 1000 / 8 / PACKET)
        out, due_tables, due_clock, sent = [], 0.0, 0.0, 0
        while sent < total:
            now = sent * PACKET * 8 / self.kilobits / 1000
            if now >= due_tables:
                out.append(self.tables())
                due_tables += TABLES_EACH
                sent += len(out[-1]) // PACKET
            if now >= due_clock:
                out.append(self.packet(VIDEO, clock=int(now * 27_000_000)))
                due_clock += CLOCK_EACH
                sent += 1
            film = (hashlib.sha256(b"%d" % sent).digest() * 6)[:PAYLOAD]
            out.append(self.packet(VIDEO, film))
            sent += 1
        return b"".join(out)
