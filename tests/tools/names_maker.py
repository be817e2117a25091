"""Bytes of DNS and TLS for captures that tests make: questions and answers (RFC 1035), hellos (RFC 8446)."""
import ipaddress
import struct

A, AAAA = 1, 28


def dns_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def dns_query(name, kind=A, number=7):
    return struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + dns_name(name) + struct.pack("!HH", kind, 1)


def dns_answer(name, addresses, ttl=300, kind=A, number=7):
    records = b""
    for text in addresses:
        data = ipaddress.ip_address(text).packed
        records += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data
    return (struct.pack("!HHHHHH", number, 0x8180, 1, len(addresses), 0, 0) + dns_name(name)
            + struct.pack("!HH", kind, 1) + records)


def resolve(capture, client, name, *addresses, at=0.0, ttl=300, resolver="192.0.2.53"):
    kind = A if ipaddress.ip_address(addresses[0]).version == 4 else AAAA
    asked = capture.datagrams(client, resolver, 53, at=at)
    asked.client(dns_query(name, kind)).wait(0.01).server(dns_answer(name, addresses, ttl, kind))


def withhold(capture, client, name, code, at=0.0, resolver="192.0.2.53", number=7, rcode=5):
    """An answer without an address, with an extended error (RFC 8914)."""
    option = struct.pack("!HHH", 15, 2 + 4, code) + b"why!"
    answer = (struct.pack("!HHHHHH", number, 0x8180 | rcode, 1, 0, 0, 1) + dns_name(name) + struct.pack("!HH", A, 1)
              + b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(option)) + option)
    asked = capture.datagrams(client, resolver, 53, at=at)
    asked.client(dns_query(name, number=number)).wait(0.01).server(answer)


def block(size, body):
    return len(body).to_bytes(size, "big") + body


def extension(number, body):
    return struct.pack("!H", number) + block(2, body)


def handshake(kind, body):
    return b"\x16\x03\x03" + block(2, bytes([kind]) + block(3, body))


def client_hello(name):
    sni = extension(0, block(2, b"\0" + block(2, name.encode())))
    versions = extension(43, block(1, b"\x03\x04\x03\x03"))
    suites = block(2, b"\x13\x01\x13\x02\xc0\x2f")
    return handshake(1, b"\x03\x03" + bytes(range(32)) + block(1, b"") + suites + b"\x01\x00" + block(2, sni + versions))


def server_hello():
    versions = extension(43, b"\x03\x04")
    return handshake(2, b"\x03\x03" + bytes(range(32, 64)) + block(1, b"") + b"\x13\x01\0" + block(2, versions))


def visit_tls(capture, name, client, server, port=443, at=0.0, size=4000):
    """A whole visit of TLS 1.3: nothing but the name can be read of it."""
    talk = capture.talk(client, server, port, at=at)
    hidden = b"\x17\x03\x03" + block(2, bytes((i * 37) & 255 for i in range(size)))
    talk.exchange(client_hello(name), server_hello() + b"\x14\x03\x03\0\1\1" + hidden)
    talk.server(hidden).close()
