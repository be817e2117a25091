#!/usr/bin/env python3
"""Lists as panels and people write them: in the formats of set-top boxes, with hostile names, with keys of channels
that others protect; and what ties two servers that hand out one catalogue.

usage: test_lists.py BUILD
"""
import json
import pathlib
import sys
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from box_lists import COUNT, box_lists, enigma2_items  # noqa: E402
from capture_maker import Capture, answer, request  # noqa: E402
from harness import Daemon, Suite, schema_faults, scratch  # noqa: E402
from stand_in import Panel  # noqa: E402

CLIENT, SERVER, OTHER = "198.51.100.7", "203.0.113.10", "203.0.113.20"
EVENTS = "detection,http,m3u,flow,stats"


HOSTILE = {
    "5,000 bytes": b"A" * 5000,
    "5,000 bytes of long characters": "\N{GRINNING FACE}".encode() * 1250,
    "escapes of a terminal": b"\x1b[2J\x1b]0;owned\x07\x1b[31mred",
    "changes of direction": "\u202edesrever\u202c \u2066x\u2069 \u200fy".encode(),
    "invalid UTF-8": b"\xff\xfe\xc0\xaf\xed\xa0\x80\xf5\x80\x80\x80 end\xe2\x82",
    "controls": bytes(range(1, 9)) + b"\x0b\x0c\x0e\x1f\x7f" + "\x80\x9f\u2028\ufeff\u200b".encode(),
    "JSON and markup": b'","level":"none"}</script><b>&amp;\\u0000',
}


def hostile_lists():
    """(name, answers to the playlist's request) with such names wherever a list has names."""
    for name, bad in HOSTILE.items():
        line = bad.replace(b"\n", b"").replace(b"\r", b"")
        rows = [b'#EXTM3U x-tvg-url="http://' + line[:60] + b'.example/epg.xml"']
        for number in range(COUNT):
            rows += [b'#EXTINF:-1 tvg-id="' + line + b'" tvg-name="' + line + b'" group-title="24/7 PPV ' + line + b'",FR| ' + line,
                     b"http://" + (line[:40] if number % 2 else b"h") + b".example:8080/live/alice77x/s3cretPw1/%d.ts" % number]
        yield f"playlist, {name}", b"\r\n".join(rows), "audio/mpegurl"
        bouquet = [b"#NAME " + line] + [b"#SERVICE 4097:0:1:0:0:0:0:0:0:0:http%%3a//h.example%%3a8080/live/alice77x/s3cretPw1/%d.ts:" % number
                                        + line + b"\n#DESCRIPTION " + line for number in range(COUNT)]
        yield f"bouquet, {name}", b"\n".join(bouquet), "text/plain"
        text = line.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        yield f"JSON, {name}", b"[" + b",".join(
            b'{"num":%d,"name":"%s","stream_type":"live","stream_id":%d,"epg_channel_id":"%s","tv_archive_duration":0,'
            b'"category_id":"1"}' % (number, text, number + 1, text) for number in range(COUNT)) + b"]", "application/json"


def bad_characters(value, longest, found):
    """Characters that no record may have, and strings that are longer than `longest` bytes."""
    if isinstance(value, dict):
        for key, inner in value.items():
            bad_characters(key, longest, found)
            bad_characters(inner, longest, found)
    elif isinstance(value, list):
        for inner in value:
            bad_characters(inner, longest, found)
    elif isinstance(value, str):
        found += [f"U+{ord(char):04X}" for char in value if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs")]
        if len(value.encode()) > longest:
            found.append(f"{len(value.encode())} bytes: {value[:80]!r}")
    return found


class Lists:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()

    def replay(self, talks, *arguments, settings=()):
        """`talks` are (server, port, exchanges)."""
        made = Capture()
        for number, (server, port, exchanges) in enumerate(talks):
            talk = made.talk(CLIENT, server, port, at=5 * number)
            for asked, told in exchanges:
                talk.exchange(asked, told).wait(0.2)
            talk.close()
        return self.daemon.replay(made.write(self.folder / "lists.pcap"), *arguments, settings=settings)

    def boxes(self):
        panel = Panel("tv.panel.example", 8080)
        for kind, name, body in box_lists(panel):
            asked = request("GET", f"/get.php?username={panel.user}&password={panel.password}&type={kind}&output=mpegts",
                            panel.authority, agent="Wget/1.21.3")
            told = answer(200, body.encode(), "application/octet-stream",
                          [("Content-Description", "File Transfer"), ("Content-Disposition", f'attachment; filename="{name}"')])
            script = kind.endswith("_script")
            for half, exchanges in (("", [(asked, told)]), (", answer alone", [(b"", told)])):
                done = self.replay([(SERVER, 8080, exchanges)], "--events", "detection,m3u", settings=("detection.min_level=observed",))
                lists = [event["m3u"] for event in done.events if event["event_type"] == "m3u"]
                counts = [(facts["entries"], facts["live"], facts["same_credentials"], facts["complete"]) for facts in lists]
                self.suite.equal(f"box list {kind}{half}: counted", counts, [(0, 0, 0, True) if script else (COUNT, COUNT, COUNT, True)])
                levels = [event["level"] for event in done.detections]
                self.suite.check(f"box list {kind}{half}: suspected", levels and levels[-1] == "suspected", levels or done)
                text = done.out.decode()
                self.suite.check(f"box list {kind}{half}: nothing of the account is told",
                                 panel.user not in text and panel.password not in text and not schema_faults(text.splitlines()))

    def enigma2_api(self):
        panel = Panel("tv.panel.example", 8080)
        asked = request("GET", f"/enigma2.php?username={panel.user}&password={panel.password}&type=get_live_streams&cat_id=0",
                        panel.authority, agent="Enigma2 HbbTV/1.1.1 (+PVR+RTSP+DL;OpenPLi;;;)")
        done = self.replay([(SERVER, 8080, [(asked, answer(200, enigma2_items(panel).encode(), "application/xml; charset=utf-8"))])])
        self.suite.equal("enigma2.php: catalogue", [event.get("catalogue", {}).get("live") for event in done.detections[-1:]], [COUNT])

    def hostile(self):
        for name, body, kind in hostile_lists():
            asked = request("GET", "/get.php?username=alice77x&password=s3cretPw1&type=m3u_plus", "h.example:8080")
            told = answer(200, body, kind, [("Content-Disposition", 'attachment; filename="playlist_alice77x_plus.m3u"')])
            done = self.replay([(SERVER, 8080, [(asked, told)])], "--events", EVENTS, settings=("detection.min_level=observed",))
            try:
                events = [json.loads(line) for line in done.out.decode("utf-8", "strict").splitlines()]
            except ValueError as error:
                self.suite.check(f"hostile {name}", False, error)
                continue
            found = []
            for event in events:
                bad_characters(event, 256 if event["event_type"] == "detection" else 8192, found)
            types = {event["event_type"] for event in events}
            faults = schema_faults(done.out.splitlines())
            self.suite.check(f"hostile {name}: short clean text in every record", not found and not faults and {"detection", "http"} <= types,
                             (found[:5], faults[:2], types))
            if not name.startswith("playlist"):
                continue
            explained = self.replay([(SERVER, 8080, [(asked, told)])], "--explain")
            text = explained.out.decode("utf-8", "replace").replace("\n", "").replace("\t", "")
            self.suite.check(f"hostile {name}: and where it is explained", explained.code == 0 and not bad_characters(text, 1 << 20, []),
                             bad_characters(text, 1 << 20, [])[:5])

    def hostile_servers(self):
        """Names of servers: of the request, of the answer's Server and Location, of a list."""
        for name, bad in HOSTILE.items():
            line = bad.replace(b"\n", b"").replace(b"\r", b"").replace(b"\0", b"")
            asked = (b"GET /live/alice77x/s3cretPw1/1.ts HTTP/1.1\r\nHost: " + line + b"\r\nUser-Agent: " + line + b"\r\nReferer: http://"
                     + line + b"/\r\n\r\n")
            told = (b"HTTP/1.1 302 Found\r\nServer: " + line + b"\r\nLocation: http://" + line
                    + b"/live/alice77x/s3cretPw1/1.ts?token=abcdefgh\r\nContent-Type: " + line + b"\r\nContent-Length: 0\r\n\r\n")
            done = self.replay([(SERVER, 8080, [(asked, told)])], "--events", EVENTS, settings=("detection.min_level=observed",))
            found = []
            for event in done.events:
                bad_characters(event, 256 if event["event_type"] == "detection" else 8192, found)
            faults = schema_faults(done.out.splitlines())
            self.suite.check(f"hostile servers, {name}: short clean text in every record", done.code == 0 and not found and not faults,
                             (found[:5], faults[:2]))

    def keys(self):
        """Keys in the open are proof against whoever hands the list out, never against the server that was robbed."""
        entry = ("#KODIPROP:inputstream.adaptive.license_type=clearkey\n#KODIPROP:inputstream.adaptive.license_key="
                 "{0:032x}:{1:032x}\n#EXTINF:-1,Channel {0}\nhttps://live{0}.licensed-cdn.example/out/{0}.mpd\n")
        body = "#EXTM3U\n" + "".join(entry.format(number + 1, 7 * number + 5) for number in range(30))
        asked = request("GET", "/lists/sport.m3u", "lists.example")
        done = self.replay([(SERVER, 80, [(asked, answer(200, body.encode(), "text/plain"))])], "--events", "detection,m3u")
        levels = [(event["host"], event["level"]) for event in done.detections]
        self.suite.equal("keys in the open: the list's host is suspected", levels[-1:], [("lists.example", "suspected")])
        self.suite.check("keys in the open: the robbed servers are not named", b"licensed-cdn" not in done.out, done.out[:800])

    def ties(self):
        """Two names, two addresses, two accounts, two formats: one catalogue."""
        one, two = Panel("a.example", 8080, "alice77x", "s3cretPw1"), Panel("b.example", 8080, "bob88xyz", "otherPw22")
        done = self.replay([(SERVER, 8080, [(one.playlist_request(), one.playlist_answer(120))]),
                            (OTHER, 8080, [(two.list_request(), two.live_answer(120))])])
        cases = {event["host"]: event.get("case", {}) for event in done.detections}
        self.suite.check("one catalogue under two names is one case",
                         cases["a.example"].get("id") == cases["b.example"].get("id") and cases["b.example"].get("services") == 2
                         and cases["b.example"].get("by") == ["catalogue"], cases)
        done = self.replay([(SERVER, 8080, [(one.playlist_request(), one.playlist_answer(120))]),
                            (OTHER, 8080, [(two.list_request(), two.live_answer(121))])])
        cases = {event["host"]: event.get("case", {}) for event in done.detections}
        self.suite.check("a catalogue with one channel more is another one", cases["a.example"].get("id") != cases["b.example"].get("id"), cases)

    def run(self):
        self.boxes()
        self.enigma2_api()
        self.hostile()
        self.hostile_servers()
        self.keys()
        self.ties()
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(Lists(sys.argv[1]).run())
