#!/usr/bin/env python3
"""Card sharing, RTMP and RTSP as whole sessions: what must be found, and what begins, greets or keeps a pace alike
and must be silent, not even observed.

usage: test_protocols.py BUILD
"""
import json
import pathlib
import random
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
import card_sharing  # noqa: E402
import rtmp_maker  # noqa: E402
from capture_maker import CLIENT, SERVER, Capture, answer, request, ts_packets  # noqa: E402
from harness import CAPTURES, Daemon, Suite, level_rank, scratch  # noqa: E402

BOX, PUBLIC, HOME = "198.51.100.7", "203.0.113.10", "192.168.1.10"
ACCOUNT = "username=rosalind&password=dna1953"
PANEL = "rtmp://panel.example:25462/live"
OBSERVED = ("detection.min_level=observed",)


def cards(name, exchanges, mss=1400, **how):
    def session(made, server):
        port = {"camd35": 21100}.get(name, 12000)
        talk = made.datagrams(BOX, server, port) if name == "camd35" else made.talk(BOX, server, port, mss=mss)
        card_sharing.make_talk(talk, name, exchanges, **how).close()
    return session


def rtmp(url, name, port=1935, **how):
    def session(made, server):
        rtmp_maker.visit(made.talk(BOX, server, port), url, name, **how).close()
    return session


FOUND = (
    ("CCcam login", "cardsharing", "suspected", cards("cccam", 0)),
    ("CCcam watched", "cardsharing", "suspected", cards("cccam", 6)),
    ("CCcam in segments of five bytes", "cardsharing", "suspected", cards("cccam", 6, mss=5)),
    ("newcamd in segments of three bytes", "cardsharing", "suspected", cards("newcamd", 7, mss=3)),
    ("cs378x in segments of seven bytes", "cardsharing", "suspected", cards("cs378x", 7, mss=7)),
    ("newcamd watched", "cardsharing", "suspected", cards("newcamd", 7)),
    ("newcamd login alone", "cardsharing", "observed", cards("newcamd", 1)),
    ("camd35 watched", "cardsharing", "suspected", cards("camd35", 7)),
    ("camd35 watched, short crypto-periods", "cardsharing", "suspected", cards("camd35", 7, seconds=6)),
    ("cs378x watched", "cardsharing", "suspected", cards("cs378x", 7)),
    ("radegast", "cardsharing", "suspected", cards("radegast", 1)),
    ("RTMP with an account", "xtream", "suspected", rtmp(PANEL, f"4711?{ACCOUNT}", 25462)),
    ("RTMP with an account in tcUrl", "xtream", "observed", rtmp(f"{PANEL}?{ACCOUNT}", "4711")),
    ("RTMP with a token", "xtream", "observed", rtmp(PANEL, "4711?token=" + "aB3" * 8)),
    ("RTMP answered with pictures only", "xtream", "suspected", rtmp(PANEL, f"4711?{ACCOUNT}", told=None, media=3)),
)


def lines(*pairs):
    """Who says what, by turns."""
    def session(made, server, port):
        talk = made.talk(BOX, server, port)
        for sender, data in pairs:
            talk.send(sender, data).wait(0.05)
        talk.close()
    return session


def banner(port, greeting, said):
    return port, lines((SERVER, greeting), (CLIENT, said), (SERVER, b"\0\1ok\r\n"))


def mysql():
    hello = b"\x0a8.0.36\0" + struct.pack("<I", 8) + b"abcdefgh\0" + b"\xff\xf7\xff\2\0\xff\xc1\x15" + bytes(10) + b"ijklmnopqrst\0"
    return struct.pack("<I", len(hello))[:3] + b"\0" + hello


SERVER_FIRST = {
    "SSH": banner(22, b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", b"SSH-2.0-OpenSSH_9.6\r\n" + bytes(900)),
    "SMTP": banner(25, b"220 mx.example ESMTP\r\n", b"EHLO client.example\r\n"),
    "SMTP, 14 bytes": banner(25, b"220 mx ESMTP\r\n", b"EHLO me.example\r\n"),
    "SMTP, 16 bytes": banner(587, b"220 mx1 ESMTP \r\n", b"EHLO me.example\r\n"),
    "FTP": banner(21, b"220 (vsFTPd 3.0.3)\r\n", b"USER anonymous\r\n"),
    "POP3": banner(110, b"+OK ready\r\n", b"CAPA\r\n"),
    "IMAP": banner(143, b"* OK IMAP4rev1 ready\r\n", b"a1 CAPABILITY\r\n"),
    "MySQL": banner(3306, mysql(), bytes(60)),
    "VNC": banner(5900, b"RFB 003.008\n", b"RFB 003.008\n"),
    "telnet": banner(23, b"\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27", b"\xff\xfb\x18\xff\xfb\x20"),
    "IRC": banner(6667, b":irc.example NOTICE * :*** Looking up your hostname\r\n", b"NICK me\r\n"),
    "NNTP": banner(119, b"200 news.example ready\r\n", b"MODE READER\r\n"),
    "XMPP": banner(5222, b"<stream:stream xmlns='jabber:client'>", b"<stream:stream to='x.example'>"),
}


def greetings(chance):
    """Servers that greet with random bytes of these lengths, and clients that answer anything."""
    def session(made, server, port):
        for number in range(400):
            talk = made.talk(BOX, server, port + number, at=number * 0.5)
            size = (16, 14, 16, 15)[number % 4]
            greeting = chance.randbytes(size)
            if number % 4 == 2:  # CCcam's mark, but no client of CCcam
                greeting = greeting[:12] + bytes((greeting[i] + greeting[4 + i] + greeting[8 + i]) & 255 for i in range(4))
            said = chance.randbytes(46)
            if size == 14:  # and newcamd's law of lengths in the first frame
                said = struct.pack("!H", 80) + chance.randbytes(80)
            talk.server(greeting).client(said).server(chance.randbytes(20)).client(chance.randbytes(97)).close()
    return session


def polled(ask, told, seconds, times=40):
    def session(made, server, port):
        talk = made.talk(BOX, server, port)
        for number in range(times):
            talk.client(ask(number)).wait(0.1)
            talk.server(told(number)).wait(seconds - 0.1)
        talk.close()
    return session


def datagrams(ask, told, seconds, times=40):
    def session(made, server, port):
        talk = made.datagrams(BOX, server, port)
        for number in range(times):
            talk.client(ask(number)).wait(0.1)
            talk.server(told(number)).wait(seconds - 0.1)
    return session


def long_lived(chance):
    magic = b"\x9a\x17\xe4\x52"
    counter = lambda number: struct.pack("<I", number)  # noqa: E731
    noise = chance.randbytes
    yield "MQTT", 1883, polled(lambda n: b"\xc0\0", lambda n: b"\xd0\0", 10)
    yield "Modbus", 502, polled(lambda n: struct.pack("!HHHBBHH", n, 0, 6, 1, 3, 0, 10),
                                lambda n: struct.pack("!HHHBB", n, 0, 23, 1, 3) + noise(21), 10)
    yield "a game with a magic number", 7777, polled(lambda n: magic + counter(n) + bytes(140), lambda n: magic + counter(n) + bytes(44), 10)
    yield "a game whose sizes are none of blocks", 7778, polled(lambda n: magic + noise(139), lambda n: magic + noise(50), 10)
    yield "two magic numbers", 7779, polled(lambda n: magic + noise(144), lambda n: b"\x9a\x17\xe4\x53" + noise(48), 10)
    yield "encrypted requests without a prefix", 7780, polled(lambda n: noise(148), lambda n: noise(52), 10)
    yield "one prefix, every second", 7781, polled(lambda n: magic + noise(144), lambda n: magic + noise(48), 1)
    yield "one prefix, every minute", 7782, polled(lambda n: magic + noise(144), lambda n: magic + noise(48), 60)
    yield "long answers to one prefix", 7783, polled(lambda n: magic + noise(144), lambda n: magic + noise(480), 10)
    yield "frames of two bytes' length", 7784, polled(lambda n: b"\0\x50" + noise(80), lambda n: b"\0\x28" + noise(40), 10)


def udp(chance):
    noise = chance.randbytes
    ident = lambda n: struct.pack("!H", n * 7919 & 0xFFFF)  # noqa: E731
    prefix = b"\x9a\x17\xe4\x52"
    yield "DNS", 53, datagrams(lambda n: ident(n) + b"\1\0\0\1" + bytes(6) + noise(24),
                               lambda n: ident(n) + b"\x81\x80\0\1\0\1" + bytes(4) + noise(40), 10)
    yield "WireGuard", 51820, datagrams(lambda n: b"\1\0\0\0" + noise(144) if n % 12 == 0 else b"\4\0\0\0" + noise(28),
                                        lambda n: b"\2\0\0\0" + noise(88) if n % 12 == 0 else b"\4\0\0\0" + noise(28), 10)
    yield "ESP in UDP", 4500, datagrams(lambda n: b"\xc1\x22\x93\x04" + struct.pack("!I", n + 1) + noise(140),
                                        lambda n: b"\x5d\x66\x07\xe8" + struct.pack("!I", n + 1) + noise(44), 10)
    yield "STUN", 3478, datagrams(lambda n: b"\0\1\0\x40\x21\x12\xa4\x42" + noise(76), lambda n: b"\1\1\0\x20\x21\x12\xa4\x42" + noise(44), 10)
    yield "QUIC's short packets", 443, datagrams(lambda n: b"\x40" + noise(147), lambda n: b"\x41" + noise(51), 10)
    yield "SRTP", 20000, datagrams(lambda n: b"\x80\x60" + ident(n) + noise(144), lambda n: b"\x80\x60" + ident(n) + noise(48), 10)
    yield "one prefix, other sizes", 9999, datagrams(lambda n: prefix + noise(141), lambda n: prefix + noise(47), 10)
    yield "one prefix, ten times a second", 9998, datagrams(lambda n: prefix + noise(144), lambda n: prefix + noise(48), 0.2, 200)
    yield "one prefix, no answers", 9997, datagrams(lambda n: prefix + noise(144), lambda n: prefix + noise(144), 10)


def rtsp(path, description, status=200):
    said = [(b"DESCRIBE", b"Accept: application/sdp\r\n", description), (b"SETUP", b"Transport: RTP/AVP/TCP;interleaved=0-1\r\n", b""),
            (b"PLAY", b"Session: 7\r\n", b"")]

    def session(made, server, port):
        talk = made.talk(BOX, server, port)
        for number, (verb, more, body) in enumerate(said, 1):
            talk.client(verb + b" rtsp://host.example" + path + b" RTSP/1.0\r\nCSeq: %d\r\n" % number + more + b"\r\n")
            talk.server(b"RTSP/1.0 %d X\r\nCSeq: %d\r\nContent-Length: %d\r\n\r\n" % (status, number, len(body)) + body).wait(0.1)
        talk.server(b"$\0\0\x14" + bytes(20)).close()
    return session


def http(*exchanges):
    def session(made, server, port):
        talk = made.talk(BOX, server, port)
        for asked, told in exchanges:
            talk.exchange(asked, told).wait(0.1)
        talk.close()
    return session


def lawful(chance):
    pictures, mpegts = b"m=video 0 RTP/AVP 96\r\n", b"m=video 0 RTP/AVP 33\r\n"
    plays = lambda url, name, **how: lambda made, server, port: rtmp(url, name, port, **how)(made, server)  # noqa: E731
    yield "broadcast to Twitch", 1935, plays("rtmp://live.twitch.example/app", "live_1234_aBcDeFgHiJ", verb="publish", told="NetStream.Publish.Start")
    yield "broadcast to YouTube", 1935, plays("rtmp://a.rtmp.youtube.example/live2", "abcd-efgh-ijkl-mnop-qrst", verb="publish", told="NetStream.Publish.Start")
    yield "broadcast with an account", 1935, plays("rtmp://ingest.example/live", f"4711?{ACCOUNT}", verb="publish", told="NetStream.Publish.Start")
    yield "a station's RTMP", 1935, plays("rtmp://cdn.station.example/live", "nordtv_720p", media=3)
    yield "a station's RTMP by number", 1935, plays("rtmp://cdn.station.example/live", "12", media=3)
    yield "RTMP that a panel refuses", 25462, plays(PANEL, f"4711?{ACCOUNT}", told="NetStream.Play.StreamNotFound")
    for path in (b"/live/ch00_0", b"/h264/ch1/main/av_stream", b"/onvif/profile1/media.smp", b"/Streaming/Channels/101",
                 b"/cam/realmonitor?channel=1&subtype=0", b"/user=admin_password=x_channel=1_stream=0.sdp"):
        yield f"camera {path.decode()}", 554, rtsp(path, pictures)
        yield f"camera {path.decode()} with MPEG-TS", 554, rtsp(path, mpegts)
    yield "SAT>IP", 554, rtsp(b"/?src=1&freq=11494&pol=h&msys=dvbs2&sr=22000&pids=0,17,18", mpegts)
    yield "an operator's films", 554, rtsp(b"/vod/12", mpegts)
    yield "BitTorrent", 6881, lines((CLIENT, b"\x13BitTorrent protocol" + bytes(8) + chance.randbytes(40)),
                                    (SERVER, b"\x13BitTorrent protocol" + bytes(8) + chance.randbytes(40)))
    yield "an obfuscated torrent", 51413, lines((CLIENT, chance.randbytes(148)), (SERVER, chance.randbytes(132)), (CLIENT, chance.randbytes(90)))
    yield "a REST interface of hex words", 80, http((request("GET", "/api/c/80/1f2e", "api.example"), answer(200, b'{"a":1}', "application/json")),
                                                  (request("POST", "/api/e/1/2/3/4/5/6", "api.example", body=b"x"), answer(200, b'{"ok":true}', "application/json")))
    yield "a router's web page", 80, http((request("GET", "/status.html", "router.example"), answer(200, b"<html>status</html>")))
    yield "an ace of tennis", 80, http((request("GET", "/ace/getstream?id=12", "tennis.example"), answer(200, ts_packets(80), "video/mp2t")))


class Protocols:
    def __init__(self, build):
        self.suite, self.daemon, self.folder, self.number = Suite(), Daemon(build), scratch(), 0

    def replay(self, made, *arguments, settings=OBSERVED):
        self.number += 1
        path = made.write(self.folder / f"{self.number}.pcap")
        done = self.daemon.replay(path, *arguments, settings=settings)
        if done.code != 0:
            raise RuntimeError(f"vigied failed: {done}")
        return done

    def found(self):
        for name, family, level, session in FOUND:
            made = Capture()
            session(made, PUBLIC)
            done = self.replay(made, "--events", "detection,flow,stats")
            told = [(e["level"], e["family"], e["server"]["ip"]) for e in done.detections]
            self.suite.equal(name, told[-1:], [(level, family, PUBLIC)])
            text = done.out.decode()
            secret = next((word for word in ("rosalind", "dna1953", "aB3aB3", BOX) if word in text), None)
            self.suite.check(f"{name}: nobody's account is shown", secret is None, secret)
            made = Capture()
            session(made, HOME)
            self.suite.equal(f"{name}, between boxes at home", self.replay(made).detections, [])

    def halves(self):
        """Of one half of a session only a client's claim is left, if anything."""
        for name, _, _, session in FOUND:
            for half in (CLIENT, SERVER):
                made = Capture()
                session(made, PUBLIC)
                path = made.write(self.folder / "half.pcap", half=half)
                told = self.daemon.replay(path, settings=OBSERVED).detections
                worst = max((level_rank(e["level"]) for e in told), default=0)
                self.suite.check(f"{name}, {half}'s half", worst < level_rank("suspected"),
                                 [(e["level"], e["score"]) for e in told])

    def silent(self):
        chance = random.Random(7)
        groups = [("", ((name, port, session) for name, (port, session) in SERVER_FIRST.items())),
                  ("", (("random greetings", 20000, greetings(chance)),)), ("long-lived: ", long_lived(chance)),
                  ("datagrams: ", udp(chance)), ("lawful: ", lawful(chance))]
        for group, sessions in groups:
            for name, port, session in sessions:
                made = Capture()
                session(made, PUBLIC, port)
                told = self.replay(made).detections
                loud = [(e["level"], e["score"], [x["sid"] for x in e["evidence"]]) for e in told]
                worst = max((level_rank(e["level"]) for e in told), default=0)
                # MPEG-TS without a length is observed, whoever sends it.
                limit = "observed" if name == "an ace of tennis" else "none"
                self.suite.check(f"{group}{name}", worst <= level_rank(limit), loud)

    def first_bytes(self):
        """Rules of tcp see a server's short greeting, though it was kept back: it could have been card sharing's."""
        rules = self.folder / "greeting.rules"
        rules.write_text('alert tcp any any -> any any (msg:"greeting"; flow:to_client; content:"RFB 003"; startswith; dsize:12; '
                         "metadata: family p2p, role stream, weight 30; sid:1;)\n"
                         'alert tcp any any -> any any (msg:"its answer"; flow:to_server; content:"RFB 003"; startswith; '
                         "metadata: family p2p, role stream, weight 30; sid:2;)\n")
        made = Capture()
        SERVER_FIRST["VNC"][1](made, PUBLIC, 5900)
        told = self.replay(made, "-S", rules).detections
        self.suite.equal("first bytes of both sides", [(x["sid"], x["count"]) for x in told[-1]["evidence"]] if told else told,
                         [(1, 1), (2, 1)])

    def upstream(self):
        """A panel inside network.home pulls: its origin is told of, the panel is counted and never named."""
        capture, home = CAPTURES / "upstream_panel_ffmpeg.pcap", ("network.home=[198.51.100.0/24]",)
        for settings, pulls in ((home, 1), ((), 0)):
            done = self.daemon.replay(capture, "--events", "detection,flow,stats", settings=(*OBSERVED, *settings))
            counted = [e["stats"]["pipeline"]["upstream_pulls"] for e in done.events if e["event_type"] == "stats"]
            self.suite.equal(f"pulls with {settings or 'no home'}", counted, [pulls])
            subjects = {(e["server"]["ip"], tuple(e["roles"])) for e in done.detections if "origin" in e["roles"]}
            self.suite.check("the origin is told of", all(ip == PUBLIC for ip, _ in subjects) and subjects, subjects)
            self.suite.check("the panel is not", BOX not in json.dumps(done.events), "its address stands in the output")

    def run(self):
        self.suite.check("the test vector of CCcam", card_sharing.check_vector())
        self.found()
        self.halves()
        self.silent()
        self.first_bytes()
        self.upstream()
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(Protocols(sys.argv[1]).run())
