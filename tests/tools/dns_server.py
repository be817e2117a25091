#!/usr/bin/env python3
"""A resolver's stand-in over UDP and TCP for recordings: fixed answers, and what strangers do to them.

usage: dns_server.py ADDRESS PORT...

`forged.example` is answered three times, at first under another id, then under another name; `big.example` does
not fit into a datagram; `slow.example` is not answered at all.
"""
import ipaddress
import selectors
import socket
import struct
import sys

A, CNAME, PTR, AAAA, HTTPS = 1, 5, 12, 28, 65
NOERROR, NXDOMAIN = 0, 3
TTL = 300
OWNER = b"\xc0\x0c"  # the question's name, by a pointer


def wire(name):
    return b"".join(bytes([len(label)]) + label for label in name.encode("latin-1").split(b".") if label) + b"\0"


def address(text):
    return ipaddress.ip_address(text).packed


def parameter(key, value):
    return struct.pack(">HH", key, len(value)) + value


SERVICE = (struct.pack(">H", 1) + wire("") + parameter(1, b"\x02h3\x02h2") + parameter(4, address("203.0.113.20")) +
           parameter(6, address("2001:db8::20")))
ANSWERS = {
    ("panel.example", A): [(OWNER, A, TTL, address("203.0.113.20"))],
    ("panel.example", AAAA): [(OWNER, AAAA, 60, address("2001:db8::20"))],
    ("panel.example", HTTPS): [(OWNER, HTTPS, TTL, SERVICE)],
    ("forged.example", A): [(OWNER, A, TTL, address("203.0.113.21"))],
    ("b\xfccher.example", A): [(OWNER, A, TTL, address("203.0.113.22"))],
    ("big.example", A): [(OWNER, A, TTL, address(f"203.0.113.{last}")) for last in range(1, 81)],
    # Aliases behind what they lead to, with their own times.
    ("www.panel.example", A): [(wire("edge.cdn.example"), A, 30, address("203.0.113.23")), (OWNER, CNAME, TTL, wire("panel.cdn.example")),
                               (wire("panel.cdn.example"), CNAME, 20, wire("edge.cdn.example")),
                               (wire("stranger.example"), A, TTL, address("203.0.113.24"))],
    ("7.100.51.198.in-addr.arpa", PTR): [(OWNER, PTR, TTL, wire("line-7.access.example"))],
    ("20.113.0.203.in-addr.arpa", PTR): [(OWNER, PTR, TTL, wire("panel.example"))],
}


def question_of(message):
    at, labels = 12, []
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]])
        at += 1 + message[at]
    return b".".join(labels).decode("latin-1"), struct.unpack_from(">H", message, at + 1)[0], at + 5


def answer_to(message, identity=None, name=None):
    asked, kind, end = question_of(message)
    records = ANSWERS.get((asked.lower(), kind))
    question = message[12:end] if name is None else wire(name) + message[end - 4:end]
    code = NXDOMAIN if records is None else NOERROR
    head = message[:2] if identity is None else struct.pack(">H", identity)
    body = b"".join(owner + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data for owner, kind, ttl, data in records or [])
    return head + struct.pack(">HHHHH", 0x8180 | code, 1, len(records or []), 0, 0) + question + body


def datagrams(message):
    name, _, end = question_of(message)
    if name == "slow.example":
        return []
    answer = answer_to(message)
    if name == "forged.example":
        wrong = struct.unpack(">H", message[:2])[0] ^ 0x5555
        return [answer_to(message, identity=wrong), answer_to(message, name="other.example"), answer]
    if len(answer) > 512:
        return [answer[:2] + struct.pack(">HHHHH", 0x8380, 1, 0, 0, 0) + message[12:end]]
    return [answer]


def serve(link):
    """One client over TCP; its answers come in two pieces each."""
    part = b""
    while data := link.recv(65536):
        part += data
        while len(part) >= 2 and len(part) >= 2 + struct.unpack_from(">H", part)[0]:
            size = 2 + struct.unpack_from(">H", part)[0]
            answer = answer_to(part[2:size])
            part = part[size:]
            link.sendall(struct.pack(">H", len(answer)) + answer[:30])
            link.sendall(answer[30:])
    link.close()


def main():
    selector = selectors.DefaultSelector()
    for port in map(int, sys.argv[2:]):
        datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagram.bind((sys.argv[1], port))
        stream = socket.create_server((sys.argv[1], port))
        selector.register(datagram, selectors.EVENT_READ, False)
        selector.register(stream, selectors.EVENT_READ, True)
    while True:
        for key, _ in selector.select():
            if key.data:
                link, _ = key.fileobj.accept()
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                serve(link)
                continue
            message, client = key.fileobj.recvfrom(4096)
            for answer in datagrams(message):
                key.fileobj.sendto(answer, client)


if __name__ == "__main__":
    main()
