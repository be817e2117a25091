"""Takes a capture of Ethernet frames and writes it again as other wires and other mirrors would have shown it.

    frames = read("panel.pcap")
    write("in_vxlan.pcap", wrapped(frames, WRAPS["vxlan"]))
    write("doubled.pcap", doubled(frames))

A frame here is a time, the IP packet, and which of the two ends sent it. Encapsulations are built from the
documents that daemon/decode names; nothing is random but what a seed decides.
"""
import dataclasses
import ipaddress
import random
import struct

from capture_maker import LINK_ETHERNET, LINK_RAW, SECOND, SYN, sum16

LINK_NULL, LINK_PPP, LINK_HDLC, LINK_LOOP, LINK_COOKED, LINK_COOKED_2 = 0, 9, 104, 108, 113, 276
TCP, UDP = 6, 17
OUTER_4 = (ipaddress.ip_address("198.18.0.1"), ipaddress.ip_address("198.18.0.2"))
OUTER_6 = (ipaddress.ip_address("2001:db8:f::1"), ipaddress.ip_address("2001:db8:f::2"))


@dataclasses.dataclass(frozen=True)
class Frame:
    time_us: int
    ip: bytes
    up: bool          # sent by the lower address: which of a tunnel's two ends sent it
    wire: int = 0     # bytes of the IP packet on the wire, where fewer were captured; 0: all
    link: int = LINK_ETHERNET
    link_bytes: bytes = None  # the whole frame, where it is not plain Ethernet


def read(path):
    """The IP packets of a classic pcap file, Ethernet padding cut off."""
    data = open(path, "rb").read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    nano = data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
    assert struct.unpack_from(order + "I", data, 20)[0] == LINK_ETHERNET, path
    frames, at = [], 24
    while at + 16 <= len(data):
        seconds, part, captured, _ = struct.unpack_from(order + "IIII", data, at)
        frame, at = data[at + 16:at + 16 + captured], at + 16 + captured
        kind = struct.unpack_from("!H", frame, 12)[0]
        if kind in (0x0800, 0x86DD):
            ip = frame[14:14 + total_length(frame[14:])]
            frames.append(Frame(seconds * SECOND + (part // 1000 if nano else part), ip, is_up(ip)))
    return frames


def write(path, frames):
    with open(path, "wb") as out:
        link = frames[0].link if frames else LINK_ETHERNET
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link))
        for frame in frames:
            data = ethernet(frame.ip) if frame.link_bytes is None else frame.link_bytes
            wire = len(data) + (frame.wire - len(frame.ip) if frame.wire else 0)
            seconds, micros = divmod(frame.time_us, SECOND)
            out.write(struct.pack("<IIII", seconds, micros, len(data), wire) + data)
    return str(path)


# IP


def version_of(ip):
    return ip[0] >> 4


def total_length(ip):
    return struct.unpack_from("!H", ip, 2)[0] if version_of(ip) == 4 else 40 + struct.unpack_from("!H", ip, 4)[0]


def addresses(ip):
    return (ip[12:16], ip[16:20]) if version_of(ip) == 4 else (ip[8:24], ip[24:40])


class Whole(bytes):
    """An Ethernet frame in the place of an IP packet: what carries frames carries it as it is."""


def is_up(ip):
    source, target = addresses(ip)
    return source < target


def header_length(ip):
    return (ip[0] & 15) * 4 if version_of(ip) == 4 else 40


def protocol_of(ip):
    return ip[9] if version_of(ip) == 4 else ip[6]


def ip4(ends, protocol, payload, identity=1, fragment=0):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), identity, fragment, 60, protocol, 0)
    head += ends[0].packed + ends[1].packed
    return head[:10] + struct.pack("!H", sum16(head)) + head[12:] + payload


def ip6(ends, protocol, payload):
    return struct.pack("!IHBB", 0x60000000, len(payload), protocol, 60) + ends[0].packed + ends[1].packed + payload


def outer(frame, protocol, payload, version=4, identity=1):
    ends = OUTER_4 if version == 4 else OUTER_6
    ends = ends if frame.up else ends[::-1]
    return ip4(ends, protocol, payload, identity) if version == 4 else ip6(ends, protocol, payload)


def udp(frame, port, payload, version=4, identity=1):
    return outer(frame, UDP, struct.pack("!HHHH", 49152, port, 8 + len(payload), 0) + payload, version, identity)


def as_ipv6(ip):
    """An IPv4 packet with the same contents between addresses of 2001:db8:64::/96."""
    if version_of(ip) == 6:
        return ip
    if protocol_of(ip) not in (TCP, UDP):
        return ip6(OUTER_6 if is_up(ip) else OUTER_6[::-1], protocol_of(ip), ip[header_length(ip):total_length(ip)])
    ends = [ipaddress.ip_address(ipaddress.ip_address("2001:db8:64::").packed[:12] + part) for part in addresses(ip)]
    segment = ip[header_length(ip):total_length(ip)]
    pseudo = ends[0].packed + ends[1].packed + struct.pack("!II", len(segment), protocol_of(ip))
    place = 16 if protocol_of(ip) == TCP else 6
    segment = segment[:place] + b"\0\0" + segment[place + 2:]
    check = sum16(pseudo + segment) or 0xFFFF
    segment = segment[:place] + struct.pack("!H", check) + segment[place + 2:]
    return ip6(ends, protocol_of(ip), segment)


# Frames around a packet


def ethertype(ip):
    return 0x0800 if version_of(ip) == 4 else 0x86DD


def typed(payload):
    """What stands behind a frame's addresses."""
    return payload[12:] if isinstance(payload, Whole) else struct.pack("!H", ethertype(payload)) + payload


def ethernet(payload, kind=None):
    behind = typed(payload) if kind is None else struct.pack("!H", kind) + payload
    return b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01" + behind


def tags(ip, *kinds):
    out = typed(ip)
    for number, kind in enumerate(reversed(kinds)):
        out = struct.pack("!HH", kind, 100 + number) + out
    return ethernet(out[2:], struct.unpack("!H", out[:2])[0])


def labels(payload, count):
    """Label 16 and on; what stands behind 17 is a frame, behind 18 a frame with a control word."""
    stack = b"".join(struct.pack("!I", (16 + n) << 12 | (0x100 if n == count - 1 else 0) | 64) for n in range(count))
    return stack + payload


def ppp(ip):
    return struct.pack("!H", 0x0021 if version_of(ip) == 4 else 0x0057) + ip


def pppoe(ip):
    body = ppp(ip)
    return struct.pack("!HHH", 0x1100, 7, len(body)) + body


def gre(frame, flags, kind, payload, options=b"", version=4):
    return outer(frame, 47, struct.pack("!HH", flags, kind) + options + payload, version)


def gtp_u(payload, flags=0x30, options=b""):
    return struct.pack("!BBHI", flags, 0xFF, len(options) + len(payload), 0x1234) + options + payload


VXLAN = struct.pack("!BBHI", 8, 0, 0, 100 << 8)

# Each takes a frame and gives the bytes of the new one on Ethernet.
WRAPS = {
    "vlan": lambda f: tags(f.ip, 0x8100),
    "qinq": lambda f: tags(f.ip, 0x88A8, 0x8100),
    "qinq_9100": lambda f: tags(f.ip, 0x9100, 0x8100),
    "backbone": lambda f: ethernet(struct.pack("!I", 0x00123456) + ethernet(f.ip), 0x88E7),
    "mpls": lambda f: ethernet(labels(f.ip, 1), 0x8847),
    "mpls_stack": lambda f: ethernet(labels(f.ip, 4), 0x8847),
    "pseudowire": lambda f: ethernet(labels(ethernet(f.ip), 2), 0x8847),
    "pseudowire_control_word": lambda f: ethernet(labels(b"\0\0\0\0" + ethernet(f.ip), 3), 0x8847),
    "mpls_in_gre": lambda f: ethernet(gre(f, 0, 0x8847, labels(f.ip, 1))),
    "mpls_in_ip": lambda f: ethernet(outer(f, 137, labels(f.ip, 1))),
    "mpls_in_udp": lambda f: ethernet(udp(f, 6635, labels(f.ip, 1))),
    "pppoe": lambda f: ethernet(pppoe(f.ip), 0x8864),
    "l2tp": lambda f: ethernet(udp(f, 1701, struct.pack("!HHHH", 0x4002, 12 + len(f.ip), 1, 2) + b"\xff\x03" + ppp(f.ip))),
    "l2tp_3": lambda f: ethernet(outer(f, 115, struct.pack("!II", 7, 0xC00C1E00) + ethernet(f.ip))),
    "gre": lambda f: ethernet(gre(f, 0, ethertype(f.ip), f.ip)),
    "gre_all_options": lambda f: ethernet(gre(f, 0xB000, ethertype(f.ip), f.ip, bytes(12))),
    "nvgre": lambda f: ethernet(gre(f, 0x2000, 0x6558, ethernet(f.ip), bytes(4))),
    "erspan_1": lambda f: ethernet(gre(f, 0, 0x88BE, ethernet(f.ip))),
    "erspan_2": lambda f: ethernet(gre(f, 0x1000, 0x88BE, struct.pack("!II", 0x10640000, 1) + ethernet(f.ip), bytes(4))),
    "erspan_3": lambda f: ethernet(gre(f, 0x1000, 0x22EB, struct.pack("!III", 0x20640000, 1, 1) + bytes(8) + ethernet(f.ip), bytes(4))),
    "vxlan": lambda f: ethernet(udp(f, 4789, VXLAN + ethernet(f.ip))),
    "vxlan_gpe": lambda f: ethernet(udp(f, 4790, struct.pack("!BBBBI", 12, 0, 0, 1 if version_of(f.ip) == 4 else 2, 256) + f.ip)),
    "geneve": lambda f: ethernet(udp(f, 6081, struct.pack("!BBHI", 1, 0, 0x6558, 256) + bytes(4) + ethernet(f.ip))),
    "gtp_u": lambda f: ethernet(udp(f, 2152, gtp_u(f.ip))),
    "gtp_u_extensions": lambda f: ethernet(udp(f, 2152, gtp_u(f.ip, 0x36, bytes.fromhex("0001008501100900")))),
    "ip_in_ip": lambda f: ethernet(outer(f, 4 if version_of(f.ip) == 4 else 41, f.ip)),
    "in_ipv6": lambda f: ethernet(outer(f, 4 if version_of(f.ip) == 4 else 41, f.ip, 6)),
    "6in4": lambda f: ethernet(outer(f, 41, as_ipv6(f.ip))),
    "teredo": lambda f: ethernet(udp(f, 3544, as_ipv6(f.ip))),
    "mobile_core": lambda f: tags_of(labels(b"\0\0\0\0" + ethernet(pppoe(udp(f, 2152, gtp_u(f.ip))), 0x8864), 3), 0x8847),
}
OVER_IPV6 = {"6in4", "teredo"}  # what they carry has other addresses than the capture
OF_FRAMES = {"vlan", "qinq", "qinq_9100", "backbone", "pseudowire", "pseudowire_control_word", "l2tp_3", "nvgre",
             "erspan_1", "erspan_2", "erspan_3", "vxlan", "geneve"}  # carry any frame, the others IP only


def tags_of(payload, kind):
    return ethernet(struct.pack("!HHHH", 100, 0x8100, 200, kind) + payload, 0x88A8)


# Link types other than Ethernet.
LINKS = {
    "cooked": (LINK_COOKED, lambda f: struct.pack("!HHH8sH", 0, 1, 6, bytes(8), ethertype(f.ip)) + f.ip),
    "cooked_2": (LINK_COOKED_2, lambda f: struct.pack("!HHIHBB8s", ethertype(f.ip), 0, 1, 1, 0, 6, bytes(8)) + f.ip),
    "raw": (LINK_RAW, lambda f: f.ip),
    "null": (LINK_NULL, lambda f: struct.pack("<I", 2) + f.ip),
    "loop": (LINK_LOOP, lambda f: struct.pack("!I", 2) + f.ip),
    "ppp": (LINK_PPP, lambda f: b"\xff\x03" + ppp(f.ip)),
    "hdlc": (LINK_HDLC, lambda f: struct.pack("!HH", 0x0F00, ethertype(f.ip)) + f.ip),
}


def wrapped(frames, wrap, link=LINK_ETHERNET):
    return [dataclasses.replace(frame, link=link, link_bytes=wrap(frame)) for frame in frames]


def nested(frame, inner, outer):
    """`inner` around the packet and `outer` around that; None where the one cannot stand in the other."""
    data = WRAPS[inner](frame)
    if data[12:14] in (b"\x08\0", b"\x86\xdd"):
        return WRAPS[outer](dataclasses.replace(frame, ip=data[14:]))
    return WRAPS[outer](dataclasses.replace(frame, ip=Whole(data))) if outer in OF_FRAMES else None


# Fragments


def fragments(ip, size, identity):
    """The packet in pieces of `size` bytes (a multiple of 8) behind their headers."""
    length = header_length(ip)
    body = ip[length:]
    if len(body) <= size:
        return [ip]
    out = []
    for at in range(0, len(body), size):
        piece = body[at:at + size]
        more = at + size < len(body)
        if version_of(ip) == 4:
            ends = [ipaddress.ip_address(part) for part in addresses(ip)]
            out.append(ip4(ends, protocol_of(ip), piece, identity, (0x2000 if more else 0) | at // 8))
        else:
            ends = [ipaddress.ip_address(part) for part in addresses(ip)]
            out.append(ip6(ends, 44, struct.pack("!BBHI", protocol_of(ip), 0, at | more, identity) + piece))
    return out


def fragmented(frames, size=512, reverse=False):
    out = []
    for number, frame in enumerate(frames, 1):
        pieces = fragments(frame.ip, size, number & 0xFFFF)
        for piece in reversed(pieces) if reverse else pieces:
            out.append(dataclasses.replace(frame, ip=piece))
    return out


def tunnel_fragmented(frames, size=512):
    """Inside GTP-U, whose outer packets are fragmented."""
    inside = [dataclasses.replace(frame, ip=udp(frame, 2152, gtp_u(frame.ip), identity=number & 0xFFFF))
              for number, frame in enumerate(frames, 1)]
    return fragmented(inside, size)


# Mirrors


def doubled(frames, router=False):
    """Each packet twice; `router`: once before and once behind a router."""
    out = []
    for frame in frames:
        out.append(frame)
        ip = frame.ip
        if router and version_of(ip) == 4:
            ip = ip[:8] + bytes([ip[8] - 1]) + ip[9:10] + b"\0\0" + ip[12:]
            ip = ip[:10] + struct.pack("!H", sum16(ip[:header_length(ip)])) + ip[12:]
        elif router:
            ip = ip[:7] + bytes([ip[7] - 1]) + ip[8:]
        out.append(dataclasses.replace(frame, ip=ip, time_us=frame.time_us + 30))
    return out


def reordered(frames, seed=1, share=0.05, reach=3, within_us=1000):
    """Packets change places with one of the next `reach` that came in the same moment."""
    choose, out = random.Random(seed), list(frames)
    for place in range(len(out) - reach):
        if choose.random() < share:
            other = place + choose.randrange(1, reach + 1)
            first, second = out[place], out[other]
            if second.time_us - first.time_us > within_us:
                continue
            out[place] = dataclasses.replace(second, time_us=first.time_us)
            out[other] = dataclasses.replace(first, time_us=second.time_us)
    return out


def lossy(frames, seed=1, share=0.001):
    choose = random.Random(seed)
    return [frame for frame in frames if choose.random() >= share]


def half(frames, server):
    """What one direction shows: that of the servers, which the port or the first SYN tells."""
    ends = {}
    for frame in frames:
        flow = flow_of(frame.ip)
        if flow is not None and flow[::-1] not in ends:
            ends.setdefault(flow, True)  # the first packet's sender is the client
    return [frame for frame in frames if flow_of(frame.ip) is not None and (flow_of(frame.ip) not in ends) == server]


def flow_of(ip):
    if protocol_of(ip) not in (TCP, UDP):
        return None
    source, target = addresses(ip)
    at = header_length(ip)
    return ((source, ip[at:at + 2]), (target, ip[at + 2:at + 4]))


def without_handshakes(frames):
    return [frame for frame in frames if not (protocol_of(frame.ip) == TCP and frame.ip[header_length(frame.ip) + 13] & SYN)]


def cut(frames, snaplen):
    return [dataclasses.replace(frame, ip=frame.ip[:snaplen - 14], wire=len(frame.ip))
            if len(frame.ip) > snaplen - 14 else frame for frame in frames]


def wrong_checksums(frames):
    """As a host with offloads shows what it sends."""
    out = []
    for frame in frames:
        at = header_length(frame.ip) + (16 if protocol_of(frame.ip) == TCP else 6)
        ip = frame.ip[:at] + b"\xde\xad" + frame.ip[at + 2:]
        out.append(dataclasses.replace(frame, ip=ip[:10] + b"\xbe\xef" + ip[12:] if version_of(ip) == 4 else ip))
    return out


def wrapping_sequence(frames, ahead=2000):
    """Sequence numbers of each direction pass 2^32 after `ahead` bytes."""
    shift, out = {}, []
    for frame in frames:
        flow = flow_of(frame.ip)
        if flow is None or protocol_of(frame.ip) != TCP:
            out.append(frame)
            continue
        at = header_length(frame.ip)
        number, acknowledged = struct.unpack_from("!II", frame.ip, at + 4)
        shift.setdefault(flow, -ahead - number)
        back = shift.get(flow[::-1], 0)
        acknowledged = acknowledged + back & 0xFFFFFFFF if frame.ip[at + 13] & 16 else 0
        head = struct.pack("!II", number + shift[flow] & 0xFFFFFFFF, acknowledged)
        out.append(dataclasses.replace(frame, ip=frame.ip[:at + 4] + head + frame.ip[at + 12:]))
    return out


def tiny_segments(frames, most=2000):
    """The first `most` bytes of each direction in segments of one byte."""
    sent, out = {}, []
    for frame in frames:
        flow, ip = flow_of(frame.ip), frame.ip
        at = header_length(ip)
        if flow is None or protocol_of(ip) != TCP or ip[at + 13] & SYN or version_of(ip) != 4:
            out.append(frame)
            continue
        payload_at = at + (ip[at + 12] >> 4) * 4
        payload = ip[payload_at:]
        if not payload or sent.get(flow, 0) >= most:
            out.append(frame)
            continue
        sent[flow] = sent.get(flow, 0) + len(payload)
        number = struct.unpack_from("!I", ip, at + 4)[0]
        for place in range(len(payload)):
            head = ip[at:at + 4] + struct.pack("!I", number + place & 0xFFFFFFFF) + ip[at + 8:payload_at]
            ends = [ipaddress.ip_address(part) for part in addresses(ip)]
            flags = 0 if place < len(payload) - 1 else ip[at + 13] & 1
            head = head[:13] + bytes([head[13] & ~1 | flags]) + head[14:]
            out.append(dataclasses.replace(frame, ip=ip4(ends, TCP, head + payload[place:place + 1])))
    return out
