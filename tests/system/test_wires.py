#!/usr/bin/env python3
"""Real captures as other wires and other mirrors show them: the detections stay what they were.

usage: test_wires.py BUILD [--table | --all]

Encapsulations, link types, fragments and the order of packets change nothing at all: every line of output is
the same but for the name of the encapsulation. What a mirror loses may cost evidence: the level must still be
what the table says. Each capture is given to every third encapsulation, each encapsulation to every third
capture; --all gives all to all, and so does --table, which prints case, expected level and level reached.
"""
import concurrent.futures
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from harness import CAPTURES, Daemon, Suite, scratch  # noqa: E402
import rewire  # noqa: E402

LEVELS = ["none", "observed", "suspected", "confirmed"]
KEEP = ("privacy.clients=address",)
# Changes that lose nothing, and those that lose something but must not lose the server.
SAME = {
    **{name: (lambda frames, wrap=wrap: rewire.wrapped(frames, wrap))
       for name, wrap in rewire.WRAPS.items() if name not in rewire.OVER_IPV6},
    **{f"link_{name}": (lambda frames, row=row: rewire.wrapped(frames, row[1], row[0]))
       for name, row in rewire.LINKS.items()},
    "fragments": rewire.fragmented,
    "fragments_reversed": lambda frames: rewire.fragmented(frames, reverse=True),
    "tunnel_fragments": rewire.tunnel_fragmented,
    "wrong_checksums": rewire.wrong_checksums,
    "sequence_wrap": rewire.wrapping_sequence,
    "doubled": rewire.doubled,
    "doubled_by_router": lambda frames: rewire.doubled(frames, router=True),
}
LEVEL_KEPT = {
    "6in4": lambda frames: rewire.wrapped(frames, rewire.WRAPS["6in4"]),
    "teredo": lambda frames: rewire.wrapped(frames, rewire.WRAPS["teredo"]),
    "reordered": rewire.reordered,
    "reordered_much": lambda frames: rewire.reordered(frames, 2, 0.3, 6),
    "tiny_segments": rewire.tiny_segments,
    "no_handshake": rewire.without_handshakes,
    "loss_1": lambda frames: rewire.lossy(frames, 1),
    "loss_2": lambda frames: rewire.lossy(frames, 2),
    "loss_3": lambda frames: rewire.lossy(frames, 3),
    "servers_half": lambda frames: rewire.half(frames, True),
    "snaplen_1000": lambda frames: rewire.cut(frames, 1000),
}
# Claims of one client are `observed` at most (design, section 7).
CLIENTS_HALF = {"clients_half": lambda frames: rewire.half(frames, False)}
# Without what was asked these ports show streams and films, and anybody's look so ...
STREAM_ONLY = {
    "upstream_panel_ffmpeg": ("port 80",),
    "xtream_film_ranges": ("port 8080",),
    "xtream_film_resumed": ("port 8080",),
    "xtream_gstreamer": ("port 8000",),
    "xtream_live_ts_vlc": ("port 8080",),
    "xtream_redirect_lb": ("port 80", "port 8000"),
    "xtream_scripts": ("port 8000",),
    "xtream_short_redirect": ("port 8000", "port 8080"),
    # ... and a page is its site's only under the name that was asked for.
    "web_portal_player": ("port 80",),
}
# The middle of a film of which so little is left that it could be anything: such an answer proves nothing.
MIDDLE_ONLY = ("xtream_film_resumed",)
# What tells is the server's certificate, which is longer than that.
CERTIFICATE_ONLY = ("tls_panel_certificate",)
# JSON is read to its first hole: with the end of every packet gone too few channels are named to be confirmed.
NAMES_CUT = ("content_stalker_pay",)
# Told by how a conversation begins and what both sides say: what loses a part of that may lose them.
BOTH_SIDES = ("cardsharing_", "rtmp_", "rtsp_")
# Every capture is given to these.
ALWAYS = ("mobile_core", "fragments", "doubled")
# Of legal captures these are enough: nothing may come of them.
FOR_LEGAL = ("vlan", "mobile_core", "link_raw", "fragments", "doubled", "servers_half", "loss_1", "snaplen_1000")


class Wires:
    def __init__(self, build, table, every):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()
        self.table, self.share = table, 1 if table or every else 3

    def events(self, path):
        done = self.daemon.replay(path, "--events", "detection,http,flow", settings=KEEP)
        assert done.code == 0, done
        return done.events

    def rewritten(self, capture, name, change, frames):
        path = rewire.write(self.folder / f"{capture.stem}-{name}.pcap", change(frames))
        try:
            return self.events(path)
        finally:
            os.unlink(path)

    def compare(self, turn, capture):
        """One capture in its forms; returns rows for the checks."""
        frames, plain, rows = rewire.read(capture), self.events(capture), []
        told = levels(plain)
        for place, (name, change) in enumerate(chosen(SAME, capture)):
            if (place + turn) % self.share != 0 and name not in ALWAYS:
                continue
            got = self.rewritten(capture, name, change, frames)
            late = name.startswith("doubled")  # what ends with the file ends with the last packet's double
            rows.append((capture.stem, name, told, levels(got), first_difference(plain, got, late)))
        may_lose = {} if capture.stem.startswith(BOTH_SIDES) else {**LEVEL_KEPT, **CLIENTS_HALF}
        for name, change in chosen(may_lose, capture):
            got = self.rewritten(capture, name, change, frames)
            rows.append((capture.stem, name, expected(told, name, capture), levels(got), ""))
        return rows

    def run(self):
        captures = sorted(path for path in CAPTURES.glob("*.pcap") if is_ethernet(path))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for rows in pool.map(self.compare, range(len(captures)), captures):
                for capture, name, want, got, why in rows:
                    self.judge(f"{capture}: {name}", want, got, why)
        return self.suite.finish()

    def judge(self, name, want, got, why):
        if self.table:
            print(f"| {name} | {told_text(want)} | {told_text(got)} |")
        missing = {key: level for key, level in want.items() if got.get(key, 0) < level}
        beyond = sorted(set(got) - set(want))
        self.suite.check(name, not (missing or beyond or why),
                         why or f"expected {told_text(want)}, got {told_text(got)}")


def is_ethernet(path):
    return int.from_bytes(path.read_bytes()[20:24], "little") == 1


def told_text(found):
    return ", ".join(f"{host} {LEVELS[level]}" for host, level in sorted(found.items())) or "nothing"


def levels(events):
    """The highest level of each server, by its port: another wire may show other addresses, or no names."""
    found = {}
    for event in events:
        if event["event_type"] == "detection" and "server" in event:
            key = f"port {event['server']['port']}"
            found[key] = max(found.get(key, 0), LEVELS.index(event["level"]))
    return found


def chosen(changes, capture):
    legal = capture.stem.startswith("legal_")
    return [(name, change) for name, change in changes.items() if not legal or name in FOR_LEGAL]


def expected(told, name, capture):
    """What one client claims is `observed`, of which nothing is told; acknowledged bytes may add a sign."""
    silent = STREAM_ONLY.get(capture.stem, ()) if name == "servers_half" else ()
    nothing = name == "clients_half" or name == "snaplen_1000" and capture.stem in MIDDLE_ONLY + CERTIFICATE_ONLY
    most = LEVELS.index("suspected" if name == "snaplen_1000" and capture.stem in NAMES_CUT else "confirmed")
    return {key: 0 if nothing or key in silent else min(level, most) for key, level in told.items()}


def first_difference(plain, got, late):
    for event in got:
        event.pop("encapsulation", None)
    if late:
        plain, got = ([{**event, "timestamp": ""} for event in events] for events in (plain, got))
    for number, (one, other) in enumerate(zip(plain, got), 1):
        if one != other:
            keys = [key for key in one if one[key] != other.get(key)]
            return f"line {number} differs in {keys}: {json.dumps(other)[:300]}"
    return "" if len(plain) == len(got) else f"{len(got)} lines instead of {len(plain)}"


sys.exit(Wires(sys.argv[1], "--table" in sys.argv, "--all" in sys.argv).run())
