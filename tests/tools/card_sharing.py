#!/usr/bin/env python3
"""Stand-in servers and clients of card sharing, written from the catalogue (signatures.md, 6.1 and 6.2).

usage: card_sharing.py server PROTOCOL ADDRESS PORT
       card_sharing.py client PROTOCOL ADDRESS PORT SECONDS     (an ECM every ten seconds)
       card_sharing.py vector                                   (the catalogue's test vector of CCcam)

PROTOCOL is cccam, newcamd, camd35 (UDP), cs378x or radegast. Each end is an object that is given what the other one
sent and gives what it sends back; sockets and made captures drive the same objects. Accounts, cards, ECMs and
control words are made up. AES and DES are openssl's, called once a message.
"""
import hashlib
import random
import selectors
import socket
import struct
import subprocess
import sys
import time
import zlib

USER, PASSWORD = "rosalind", "dna1953"
ECM_BYTES = 120


class Cipher:
    """CCcam's stream cipher: RC4's schedule and permutation with a byte of feedback."""

    def __init__(self, key):
        self.table, at = list(range(256)), 0
        for i in range(256):
            at = (at + key[i % len(key)] + self.table[i]) & 255
            self.table[i], self.table[at] = self.table[at], self.table[i]
        self.feedback, self.counter, self.sum = key[0], 0, 0

    def key_byte(self):
        table = self.table
        self.counter = (self.counter + 1) & 255
        self.sum = (self.sum + table[self.counter]) & 255
        table[self.counter], table[self.sum] = table[self.sum], table[self.counter]
        return table[(table[self.counter] + table[self.sum]) & 255] ^ self.feedback

    def decrypt(self, data):
        out = bytearray()
        for byte in data:
            out.append(byte ^ self.key_byte())
            self.feedback ^= out[-1]
        return bytes(out)

    def encrypt(self, data):
        out = bytearray()
        for byte in data:
            out.append(byte ^ self.key_byte())
            self.feedback ^= byte
        return bytes(out)


def cccam_ciphers(greeting):
    """(of the server's bytes, of the client's bytes, the client's answer in clear)."""
    seed = bytearray(greeting)
    for i in range(8):
        seed[8 + i] = i * greeting[i] & 255
    for i, letter in enumerate(b"CCcam"):
        seed[i] ^= letter
    digest = hashlib.sha1(seed).digest()
    from_server = Cipher(digest)
    seed = from_server.decrypt(seed)
    from_client = Cipher(seed)
    return from_server, from_client, from_client.decrypt(digest)


def cccam_frame(command, payload):
    return struct.pack("!BBH", 0, command, len(payload)) + payload


class CccamServer:
    server_first = True

    def __init__(self, chance, marked=False):
        self.chance = chance
        greeting = chance.randbytes(16)
        if marked:
            greeting = greeting[:14] + struct.pack("!H", (0x1234 + sum(greeting[:14])) & 0xFFFF)
        else:
            greeting = greeting[:12] + bytes((greeting[i] + greeting[4 + i] + greeting[8 + i]) & 255 for i in range(4))
        self.greeting = greeting
        self.out, self.inward, self.answer = cccam_ciphers(greeting)
        self.pending, self.open = b"", False

    def opening(self):
        return self.greeting

    def take(self, data):
        """What is sent back, piece by piece."""
        self.pending += data
        if not self.open:
            if len(self.pending) < 46:
                return []
            login, self.pending = self.pending[:46], self.pending[46:]
            right = self.inward.decrypt(login[:20]) == self.answer
            user = self.inward.decrypt(login[20:40]).rstrip(b"\0")
            self.inward.encrypt(PASSWORD.encode())
            right = right and user == USER.encode() and self.inward.decrypt(login[40:]) == b"CCcam\0"
            self.open = right
            return [self.out.encrypt(b"CCcam\0".ljust(20, b"\0"))] if right else []
        told, clear = [], self.inward.decrypt(self.pending)
        self.pending = b""
        while clear:
            command, length = clear[1], struct.unpack("!H", clear[2:4])[0]
            clear = clear[4 + length:]
            if command == 0:  # the client's data: the server's own, and its cards
                told.append(self.out.encrypt(cccam_frame(8, self.chance.randbytes(72))))
                told += [self.out.encrypt(cccam_frame(7, self.chance.randbytes(31))) for _ in range(5)]
            elif command == 1:
                told.append(self.out.encrypt(cccam_frame(1, self.chance.randbytes(16))))
            elif command == 6:
                told.append(self.out.encrypt(cccam_frame(6, b"")))
        return told


class CccamClient:
    server_first = True

    def __init__(self, chance):
        self.chance, self.pending, self.open = chance, b"", False
        self.out = None

    def take(self, data):
        self.pending += data
        if self.out is None:
            if len(self.pending) < 16:
                return []
            self.inward, self.out, answer = cccam_ciphers(self.pending[:16])
            self.pending = self.pending[16:]
            told = [self.out.encrypt(answer), self.out.encrypt(USER.encode().ljust(20, b"\0"))]
            self.out.encrypt(PASSWORD.encode())
            return [*told, self.out.encrypt(b"CCcam\0")]
        if not self.open:
            if len(self.pending) < 20:
                return []
            if not self.inward.decrypt(self.pending[:20]).startswith(b"CCcam\0"):
                raise ValueError("no acknowledgement")
            self.open, self.pending = True, self.pending[20:]
            return [self.out.encrypt(cccam_frame(0, self.chance.randbytes(93)))]
        self.inward.decrypt(self.pending)
        self.pending = b""
        return []

    def ask(self):
        return self.out.encrypt(cccam_frame(1, self.chance.randbytes(13) + b"\x80\x70" + self.chance.randbytes(ECM_BYTES - 2)))


def openssl(cipher, key, data, iv=None, decrypt=False):
    words = ["openssl", "enc", f"-{cipher}", "-nopad", "-K", key.hex()] + (["-d"] if decrypt else [])
    words += ["-iv", iv.hex()] if iv is not None else []
    return subprocess.run(words, input=data, capture_output=True, check=True).stdout


def crypted_password():
    return subprocess.run(["openssl", "passwd", "-1", "-salt", "abcdefgh", PASSWORD], capture_output=True,
                          check=True).stdout.strip()


def newcamd_key(one, other):
    """Two keys of 14 bytes, put together and spread over 16: seven bits a byte, and one of parity."""
    mixed = bytearray(one)
    for i, byte in enumerate(other):
        mixed[i % 14] ^= byte
    bits = int.from_bytes(mixed, "big")
    out = bytes((bits >> (112 - 7 * (i + 1)) & 127) << 1 for i in range(16))
    return bytes(byte | (bin(byte).count("1") + 1) % 2 for byte in out)


class Newcamd:
    CONFIGURED = bytes(range(1, 15))
    server_first = True

    def __init__(self, chance):
        self.chance, self.pending, self.key, self.number = chance, b"", None, 0

    def frame(self, command, payload=b""):
        self.number += 1
        body = struct.pack("!H", self.number) + bytes(8) + bytes([command]) + struct.pack("!H", len(payload)) + payload
        body += self.chance.randbytes(-(len(body) + 1) % 8)
        check = 0
        for byte in body:
            check ^= byte
        iv = self.chance.randbytes(8)
        blocks = openssl("des-ede-cbc", self.key, body + bytes([check]), iv) + iv
        return struct.pack("!H", len(blocks)) + blocks

    def frames(self, data):
        self.pending += data
        while len(self.pending) >= 2 and len(self.pending) >= 2 + struct.unpack("!H", self.pending[:2])[0]:
            length = struct.unpack("!H", self.pending[:2])[0]
            blocks, self.pending = self.pending[2:2 + length], self.pending[2 + length:]
            clear = openssl("des-ede-cbc", self.key, blocks[:-8], blocks[-8:], decrypt=True)
            yield clear[10], clear[13:13 + struct.unpack("!H", clear[11:13])[0]]


class NewcamdServer(Newcamd):
    def opening(self):
        greeting = self.chance.randbytes(14)
        self.key = newcamd_key(greeting, self.CONFIGURED)
        return greeting

    def take(self, data):
        told = []
        for command, payload in self.frames(data):
            if command == 0xE0:
                user, crypted = payload.rstrip(b"\0").split(b"\0")
                right = user == USER.encode() and crypted == crypted_password()
                told.append(self.frame(0xE1 if right else 0xE2))
                self.key = newcamd_key(self.CONFIGURED, crypted)
            elif command == 0xE3:
                told.append(self.frame(0xE4, b"\1" + self.chance.randbytes(10) + b"\1" + self.chance.randbytes(11)))
            elif command in (0x80, 0x81):
                told.append(self.frame(command, self.chance.randbytes(16)))
            elif command == 0xFD:
                told.append(self.frame(0xFD))
        return told


class NewcamdClient(Newcamd):
    def take(self, data):
        if self.key is None:
            self.key = newcamd_key(data[:14], self.CONFIGURED)
            return [self.frame(0xE0, USER.encode() + b"\0" + crypted_password() + b"\0")]
        told = []
        for command, _ in self.frames(data):
            if command == 0xE1:
                self.key = newcamd_key(self.CONFIGURED, crypted_password())
                told.append(self.frame(0xE3))
        return told

    def ask(self):
        return self.frame(0x80, self.chance.randbytes(ECM_BYTES))


class Camd35:
    server_first = False

    def __init__(self, chance):
        self.chance, self.pending = chance, b""
        self.account = struct.pack("!I", zlib.crc32(hashlib.md5(USER.encode()).digest()))
        self.key = hashlib.md5(PASSWORD.encode()).digest()

    def message(self, command, payload):
        head = bytes([command, len(payload)]) + b"\0\0" + struct.pack("!I", zlib.crc32(payload)) + self.chance.randbytes(12)
        clear = head + payload
        clear += b"\xff" * (-len(clear) % 16)
        return self.account + openssl("aes-128-ecb", self.key, clear)

    def command(self, data):
        assert data[:4] == self.account and len(data) % 16 == 4
        clear = openssl("aes-128-ecb", self.key, data[4:], decrypt=True)
        return clear[0], clear[20:20 + clear[1]]


class Camd35Server(Camd35):
    def take(self, data):
        command, _ = self.command(data)
        return [self.message(1, self.chance.randbytes(16))] if command == 0 else []


class Camd35Client(Camd35):
    def take(self, data):
        command, word = self.command(data)
        assert command == 1 and len(word) == 16
        return []

    def ask(self):
        return self.message(0, self.chance.randbytes(ECM_BYTES))


class RadegastServer:
    server_first = False

    def __init__(self, chance):
        self.chance = chance

    def take(self, data):
        return [b"\2\x12\5\x10" + self.chance.randbytes(16)] if data[0] == 1 and data[1] == len(data) - 2 else [b"\x81\0"]


class RadegastClient:
    server_first = False

    def __init__(self, chance):
        self.chance = chance

    def take(self, data):
        assert data[:4] == b"\2\x12\5\x10" and len(data) == 20
        return []

    def ask(self):
        values = b"\2\1\x18" + b"\6\x08" + b"00000000" + b"\7\4" + b"0008" + b"\x08\1\2" + b"\x0a\2\x18\x30"
        values += b"\3" + bytes([ECM_BYTES]) + b"\x80\x70" + self.chance.randbytes(ECM_BYTES - 2)
        return bytes([1, len(values)]) + values


PROTOCOLS = {"cccam": (CccamServer, CccamClient), "newcamd": (NewcamdServer, NewcamdClient),
             "camd35": (Camd35Server, Camd35Client), "cs378x": (Camd35Server, Camd35Client),
             "radegast": (RadegastServer, RadegastClient)}


def make_talk(talk, name, exchanges, seconds=10.0, seed=1):
    """The session as a made conversation of capture_maker: a login, then exchanges."""
    chance = random.Random(seed)
    server, client = (kind(chance) for kind in PROTOCOLS[name])

    def deliver(side, pieces):
        for piece in pieces:
            (talk.server if side == "server" else talk.client)(piece)
            talk.wait(0.03)
            if side == "server":
                deliver("client", client.take(piece))
            else:
                deliver("server", server.take(piece))

    if server.server_first:
        deliver("server", [server.opening()])
    for _ in range(exchanges):
        talk.wait(seconds)
        deliver("client", [client.ask()])
    return talk


def open_socket(name, address, port, server):
    kind = socket.SOCK_DGRAM if name == "camd35" else socket.SOCK_STREAM
    if not server:
        link = socket.socket(socket.AF_INET, kind)
        link.connect((address, port))
        return link
    door = socket.socket(socket.AF_INET, kind)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((address, port))
    if kind == socket.SOCK_DGRAM:
        return door
    door.listen(1)
    return door.accept()[0]


def serve(name, address, port):
    end, link = PROTOCOLS[name][0](random.SystemRandom()), open_socket(name, address, port, True)
    if link.type == socket.SOCK_STREAM:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if end.server_first:
            link.sendall(end.opening())
        while data := link.recv(4096):
            for piece in end.take(data):
                link.sendall(piece)
        return
    while True:
        data, peer = link.recvfrom(4096)
        for piece in end.take(data):
            link.sendto(piece, peer)


def watch(name, address, port, seconds):
    end, link = PROTOCOLS[name][1](random.SystemRandom()), open_socket(name, address, port, False)
    if link.type == socket.SOCK_STREAM:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    picker = selectors.DefaultSelector()
    picker.register(link, selectors.EVENT_READ)
    begun = time.monotonic()
    due = begun + 2.0
    while time.monotonic() < begun + seconds:
        for _ in picker.select(max(0.0, due - time.monotonic())):
            for piece in end.take(link.recv(4096)):
                link.sendall(piece)
        if time.monotonic() >= due:
            link.sendall(end.ask())
            due += 10.0
    link.close()


def check_vector():
    greeting = bytes.fromhex("0102030405060708090a0b0c0f121518")
    _, cipher, answer = cccam_ciphers(greeting)
    return cipher.encrypt(answer).hex() == "e70b51a302baff4ef16fcb5e0a18ab714b27a67f"


def main():
    words = sys.argv[1:]
    if words == ["vector"]:
        return 0 if check_vector() else 1
    role, name, address, port = words[0], words[1], words[2], int(words[3])
    if role == "server":
        serve(name, address, port)
    else:
        watch(name, address, port, float(words[4]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
