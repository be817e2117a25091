"""Makes capture files of TCP conversations, byte for byte the same each time.

    capture = Capture()
    talk = capture.talk("198.51.100.7", "203.0.113.10", 8080)
    talk.exchange(request("GET", "/", "panel.example"), answer(200, b"hello"))
    talk.close()
    capture.write("panel.pcap")

Every conversation has a clock of its own, so that several of them interleave by time. What one observer sees
is chosen when writing: one half, a VLAN tag, packets left out. Addresses are IPv4 or IPv6; checksums are right.
"""
import dataclasses
import gzip as gzip_module
import hashlib
import ipaddress
import struct

LINK_ETHERNET, LINK_RAW, LINK_UNKNOWN = 1, 101, 147  # 147: DLT_USER0, which nobody can know
START = 1769892300.0  # 2026-01-31T20:45:00Z
SECOND = 1_000_000
CLIENT, SERVER = "client", "server"
FIN, SYN, RST, PUSH, ACK = 1, 2, 4, 8, 16
ETHERTYPE = {4: 0x0800, 6: 0x86DD}
GAP = 120  # microseconds between segments of one burst


@dataclasses.dataclass(frozen=True)
class Packet:
    time_us: int
    serial: int  # order of making; decides between equal times
    sender: str
    data: bytes  # from the IP header on
    talk: int    # number of the conversation


class Capture:
    """Packets of any number of conversations, in the order of their times."""

    def __init__(self, start=START):
        self.start_us = int(start * SECOND)
        self.packets = []
        self.talks = 0

    def talk(self, client, server, port=80, *, client_port=None, at=0.0, mss=1400, rtt=0.02, opened=True):
        """A new TCP connection, `at` seconds after the capture's begin; `opened` False leaves the handshake out."""
        self.talks += 1
        if client_port is None:
            client_port = 32768 + (self.talks * 7) % 28000
        talk = Talk(self, self.talks, client, client_port, server, port,
                    self.start_us + int(at * SECOND), mss, int(rtt * SECOND))
        if opened:
            talk.open()
        return talk

    def datagrams(self, client, server, port, *, client_port=None, at=0.0):
        """A UDP flow, `at` seconds after the capture's begin."""
        self.talks += 1
        if client_port is None:
            client_port = 32768 + (self.talks * 7) % 28000
        return Datagrams(self, self.talks, client, client_port, server, port, self.start_us + int(at * SECOND))

    def add(self, time_us, sender, data, talk):
        self.packets.append(Packet(time_us, len(self.packets), sender, data, talk))

    def in_order(self):
        return sorted(self.packets, key=lambda packet: (packet.time_us, packet.serial))

    def write(self, path, *, half=None, keep=None, link=LINK_ETHERNET, vlans=(), packets=None):
        """`half` CLIENT or SERVER keeps what that side sent; `keep` is asked for each packet; `packets` stand
        in for the capture's own, in the order given."""
        with open(path, "wb") as out:
            out.write(self.to_bytes(half=half, keep=keep, link=link, vlans=vlans, packets=packets))
        return str(path)

    def to_bytes(self, *, half=None, keep=None, link=LINK_ETHERNET, vlans=(), packets=None):
        parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)]
        for packet in self.in_order() if packets is None else packets:
            if half not in (None, packet.sender) or keep is not None and not keep(packet):
                continue
            frame = packet.data if link != LINK_ETHERNET else ethernet(packet, vlans)
            seconds, micros = divmod(packet.time_us, SECOND)
            parts.append(struct.pack("<IIII", seconds, micros, len(frame), len(frame)) + frame)
        return b"".join(parts)

    def to_pcapng(self, links=(LINK_ETHERNET,)):
        """The same as pcapng; with two `links`, the second half comes from an interface of another type."""
        def block(kind, body):
            body += b"\0" * (-len(body) % 4)
            return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

        parts = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
        packets = self.in_order()
        share = -(-len(packets) // len(links))
        for number, link in enumerate(links):
            parts.append(block(1, struct.pack("<HHI", link, 0, 65535)))
            for packet in packets[number * share:(number + 1) * share]:
                frame = packet.data if link != LINK_ETHERNET else ethernet(packet)
                high, low = divmod(packet.time_us, 1 << 32)
                parts.append(block(6, struct.pack("<IIIII", number, high, low, len(frame), len(frame)) + frame))
        return b"".join(parts)


class Talk:
    """One TCP connection. Bytes go out in segments, the other side acknowledges every second and the last."""

    def __init__(self, capture, number, client, client_port, server, port, time_us, mss, rtt_us):
        self.capture, self.number, self.mss, self.rtt_us, self.now_us = capture, number, mss, rtt_us, time_us
        self.ends = {CLIENT: (ipaddress.ip_address(client), client_port),
                     SERVER: (ipaddress.ip_address(server), port)}
        seed = hashlib.sha256(f"{client} {client_port} {server} {port} {number}".encode()).digest()
        self.next = {CLIENT: struct.unpack("!I", seed[:4])[0], SERVER: struct.unpack("!I", seed[4:8])[0]}
        self.acked = {CLIENT: self.next[CLIENT], SERVER: self.next[SERVER]}

    def wait(self, seconds):
        self.now_us += int(seconds * SECOND)
        return self

    def segment(self, sender, payload=b"", flags=ACK):
        other = SERVER if sender == CLIENT else CLIENT
        (source, source_port), (target, target_port) = self.ends[sender], self.ends[other]
        self.acked[sender] = self.next[other]
        number = self.acked[sender] if flags & ACK else 0
        options = struct.pack("!BBH", 2, 4, self.mss) if flags & SYN else b""
        head = struct.pack("!HHIIBBHHH", source_port, target_port, self.next[sender], number,
                           (5 + len(options) // 4) << 4, flags, 64240, 0, 0) + options
        self.capture.add(self.now_us, sender, ip_packet(source, target, head, payload), self.number)
        step = len(payload) + (1 if flags & (SYN | FIN) else 0)
        self.next[sender] = (self.next[sender] + step) & 0xFFFFFFFF
        self.now_us += GAP

    def open(self):
        self.segment(CLIENT, flags=SYN)
        self.now_us += self.rtt_us
        self.segment(SERVER, flags=SYN | ACK)
        self.segment(CLIENT)
        return self

    def send(self, sender, data, *, acknowledged=True):
        other = SERVER if sender == CLIENT else CLIENT
        cuts = range(0, len(data), self.mss)
        for count, begin in enumerate(cuts, 1):
            payload = data[begin:begin + self.mss]
            last = begin + self.mss >= len(data)
            self.segment(sender, payload, ACK | (PUSH if last else 0))
            if acknowledged and (last or count % 2 == 0):
                self.segment(other)
        return self

    def client(self, data, **how):
        return self.send(CLIENT, data, **how)

    def server(self, data, **how):
        return self.send(SERVER, data, **how)

    def exchange(self, asked, told, think=0.01):
        self.client(asked)
        self.wait(think)
        self.now_us += self.rtt_us
        return self.server(told)

    def lose(self, sender, count):
        """`count` bytes that nobody sees: the next segment stands behind a gap."""
        self.next[sender] = (self.next[sender] + count) & 0xFFFFFFFF
        return self

    def close(self, first=CLIENT):
        other = SERVER if first == CLIENT else CLIENT
        self.segment(first, flags=FIN | ACK)
        self.now_us += self.rtt_us
        self.segment(other, flags=FIN | ACK)
        self.segment(first)
        return self

    def reset(self, sender=CLIENT):
        self.segment(sender, flags=RST | ACK)
        return self


class Datagrams:
    """One UDP flow, spoken like a Talk."""

    def __init__(self, capture, number, client, client_port, server, port, time_us):
        self.capture, self.number, self.now_us = capture, number, time_us
        self.ends = {CLIENT: (ipaddress.ip_address(client), client_port),
                     SERVER: (ipaddress.ip_address(server), port)}

    def wait(self, seconds):
        self.now_us += int(seconds * SECOND)
        return self

    def send(self, sender, data):
        (source, source_port), (target, target_port) = self.ends[sender], self.ends[SERVER if sender == CLIENT else CLIENT]
        head = struct.pack("!HHHH", source_port, target_port, 8 + len(data), 0)
        self.capture.add(self.now_us, sender, ip_packet(source, target, head, data, 17, 6), self.number)
        self.now_us += GAP
        return self

    def client(self, data):
        return self.send(CLIENT, data)

    def server(self, data):
        return self.send(SERVER, data)

    def close(self, first=CLIENT):
        return self


def sum16(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip_packet(source, target, transport_head, payload, protocol=6, check_at=16):
    size = len(transport_head) + len(payload)
    pseudo = source.packed + target.packed + (struct.pack("!BBH", 0, protocol, size) if source.version == 4
                                              else struct.pack("!II", size, protocol))
    check = sum16(pseudo + transport_head + payload)
    segment = transport_head[:check_at] + struct.pack("!H", check) + transport_head[check_at + 2:] + payload
    if source.version == 6:
        return struct.pack("!IHBB", 0x60000000, size, protocol, 60) + source.packed + target.packed + segment
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + size, 1, 0x4000, 60, protocol, 0) + source.packed + target.packed
    return head[:10] + struct.pack("!H", sum16(head)) + head[12:] + segment


def ethernet(packet, vlans=()):
    near, far = b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\x02"
    tags = b"".join(struct.pack("!HH", 0x88A8 if outer else 0x8100, vlan)
                    for outer, vlan in zip([True] * (len(vlans) - 1) + [False], vlans))
    head = far + near if packet.sender == CLIENT else near + far
    return head + tags + struct.pack("!H", ETHERTYPE[packet.data[0] >> 4]) + packet.data


# HTTP


def request(method, target, host, headers=(), body=b"", agent="VLC/3.0.18 LibVLC/3.0.18", version="1.1"):
    """`headers` is a list of (name, value); `agent` and `host` None leave theirs out."""
    lines = [f"{method} {target} HTTP/{version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    if agent is not None:
        lines.append(f"User-Agent: {agent}")
    lines.append("Accept: */*")
    lines += [f"{name}: {value}" for name, value in headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def partial(body, first, last, kind="audio/mpegurl", headers=(), **how):
    """What answers a request with `Range: bytes=FIRST-LAST`; both are bytes of `body`."""
    told = [("Accept-Ranges", "bytes"), ("Content-Range", f"bytes {first}-{last}/{len(body)}"), *headers]
    return answer(206, body[first:last + 1], kind, told, **how)


REASONS = {200: "OK", 204: "No Content", 206: "Partial Content", 301: "Moved Permanently", 302: "Found",
           401: "Unauthorized", 451: "Unavailable For Legal Reasons", 403: "Forbidden", 404: "Not Found", 500: "Internal Server Error",
           503: "Service Unavailable"}


def answer(status, body=b"", kind="text/html", headers=(), *, length=True, chunked=False, gzip=False,
           chunk=1000, trailers=()):
    """`length` False and not `chunked`: the body ends with the connection (or never)."""
    lines = [f"HTTP/1.1 {status} {REASONS[status]}", "Server: nginx", "Date: Sat, 31 Jan 2026 20:45:00 GMT"]
    if kind:
        lines.append(f"Content-Type: {kind}")
    lines += [f"{name}: {value}" for name, value in headers]
    if gzip:
        body = gzip_module.compress(body, mtime=0)
        lines.append("Content-Encoding: gzip")
    if chunked:
        lines.append("Transfer-Encoding: chunked")
        cuts = [body[at:at + chunk] for at in range(0, len(body), chunk)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(cut), cut) for cut in cuts) + b"0\r\n"
        body += b"".join(f"{name}: {value}\r\n".encode() for name, value in trailers) + b"\r\n"
    elif length:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def is_endless(told):
    """Whether an answer ends with its connection only: nothing can follow it there."""
    head = told.split(b"\r\n\r\n", 1)[0].lower()
    return b"\r\ncontent-length:" not in head and b"\r\ntransfer-encoding:" not in head


# MPEG transport stream (ISO/IEC 13818-1): one programme, its tables, and picture packets without picture.


def crc_mpeg(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return crc


def ts_section(pid, table, extension, body, counter):
    size = len(body) + 9
    section = struct.pack("!BHHBBB", table, 0xB000 | size, extension, 0xC1, 0, 0) + body
    section += struct.pack("!I", crc_mpeg(section))
    return (struct.pack("!BHB", 0x47, 0x4000 | pid, 0x10 | counter & 15) + b"\0" + section).ljust(188, b"\xff")


def ts_packets(count, service="Channel", provider="Provider"):
    """`count` packets of 188 bytes; every fortieth group begins with PAT, PMT and SDT."""
    names = bytes([len(provider)]) + provider.encode() + bytes([len(service)]) + service.encode()
    descriptor = bytes([0x48, 1 + len(names), 1]) + names
    sdt = struct.pack("!HBHBH", 1, 0xFF, 1, 0xFC, 0x8000 | len(descriptor)) + descriptor
    out = []
    for number in range(count):
        group, place = divmod(number, 40)
        if place == 0:
            out.append(ts_section(0, 0, 1, struct.pack("!HH", 1, 0xE000 | 256), group))
        elif place == 1:
            out.append(ts_section(256, 2, 1, struct.pack("!HHBHH", 0xE000 | 257, 0xF000, 0x1B, 0xE000 | 257,
                                                         0xF000), group))
        elif place == 2:
            out.append(ts_section(17, 0x42, 1, sdt, group))
        else:
            start = 0x4000 if place == 3 else 0
            payload = b"\0\0\x01\xe0\0\0\x80\0\0" if start else b""
            filler = hashlib.sha256(b"%d" % number).digest() * 6
            head = struct.pack("!BHB", 0x47, start | 257, 0x10 | (number - 3 * group) & 15)
            out.append((head + payload + filler)[:188])
    return b"".join(out)
