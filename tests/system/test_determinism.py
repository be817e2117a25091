#!/usr/bin/env python3
"""The same capture gives the same bytes, with any number of workers and each time.

usage: test_determinism.py BUILD
"""
import collections
import concurrent.futures
import hashlib
import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import CLIENT, SERVER, Capture, answer, partial, request  # noqa: E402
from harness import CAPTURES, Daemon, Redis, Suite, schema_faults, scratch  # noqa: E402
from stand_in import Panel, page  # noqa: E402

EVENTS = "detection,http,m3u"
CONNECTIONS, HOSTS = 2000, 300


def busy_capture(seed=20260131):
    """Two thousand connections to three hundred hosts over minutes: panels, sites, half-open and cut ones; some
    packets lost, some late, some twice."""
    choose = random.Random(seed)
    made = Capture()
    for number in range(CONNECTIONS):
        host = choose.randrange(HOSTS)
        client = f"198.51.100.{choose.randrange(1, 255)}" if host % 5 else f"2001:db8:{choose.randrange(1, 99)}::7"
        server = f"203.0.113.{1 + host % 250}" if host % 5 else f"2001:db8:ffff::{1 + host}"
        port = (80, 8080, 25461)[host % 3]
        name = f"h{host}.example" if host % 7 else server if host % 5 else f"[{server}]"
        talk = made.talk(client, server, port, at=choose.random() * 240, mss=choose.choice((536, 1400)),
                         rtt=choose.choice((0.001, 0.02, 0.3)), opened=choose.random() < 0.9)
        converse(talk, host, Panel(name, port, f"user{host}name", f"pass{host}word"), choose)
    packets = []
    for packet in made.in_order():
        if choose.random() < 0.01:
            continue
        packets += [packet] * (2 if choose.random() < 0.01 else 1)
    for place in range(len(packets) - 3):
        if choose.random() < 0.02:
            far = place + choose.randrange(1, 4)
            packets[place], packets[far] = packets[far], packets[place]
    return made, packets


def converse(talk, host, panel, choose):
    if host % 4 == 0:
        for asked, told in ((panel.login_request(), panel.login_answer(gzip=choose.random() < 0.5)),
                            (panel.list_request(), panel.live_answer(12)),
                            (panel.playlist_request(), panel.playlist_answer(30, gzip=choose.random() < 0.5)),
                            (panel.stream_request(), panel.stream_answer(30))):
            if choose.random() < 0.6:
                talk.exchange(asked, told).wait(choose.choice((0.1, 1.5, 12)))
    elif host % 4 == 1:
        talk.client(panel.login_request()).wait(choose.choice((1, 7, 30)))
    else:
        for target in ("/", "/news", "/live/a.html"):
            talk.exchange(request("GET", target, panel.authority), answer(200, page(f"site {host}", 1))).wait(choose.random() * 20)
    ending = choose.random()
    if ending < 0.6:
        talk.close(CLIENT if choose.random() < 0.5 else SERVER)
    elif ending < 0.8:
        talk.reset()


def pieces_capture(seed=20260201):
    """Forty clients fetch a list of one of ten panels in overlapping pieces, on up to four connections each, in any
    order; some pieces break off, some packets are lost."""
    choose = random.Random(seed)
    made = Capture()
    for number in range(40):
        panel = Panel(f"p{number % 10}.example", 8080)
        body = panel.playlist(400 + 20 * (number % 7))
        pieces = [(max(first - choose.randrange(300), 0), min(first + 6000, len(body)) - 1)
                  for first in range(0, len(body), 6000)]
        choose.shuffle(pieces)
        begin = choose.random() * 60

        def connect(at):
            return made.talk(f"198.51.100.{1 + number}", f"203.0.113.{1 + number % 10}", 8080, at=at, mss=choose.choice((536, 1400)))

        talks = [connect(begin + choose.random()) for _ in range(choose.randrange(1, 5))]
        for first, last in pieces:
            place = choose.randrange(len(talks))
            talk, told = talks[place], partial(body, first, last)
            broken = choose.random() < 0.05
            talk.exchange(panel.playlist_request(), told[:len(told) // 2] if broken else told)
            talk.wait(choose.choice((0.01, 0.5, 3)))
            if broken:
                talk.close(SERVER)
                talks[place] = connect(talk.now_us / 1e6 - made.start_us / 1e6)
                pieces.append((first, last))
        for talk in talks:
            talk.close()
    return made, [packet for packet in made.in_order() if choose.random() > 0.001]


class Determinism:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()

    def same(self, name, path, workers, times=2, settings=()):
        """Runs `times` with each number of workers; returns the bytes where all are the same."""
        def once(count):
            return count, self.daemon.replay(path, "--events", EVENTS, "--workers", count, settings=settings)

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            runs = list(pool.map(once, [count for count in workers for _ in range(times)]))
        bad = [f"{count} workers: {done}" for count, done in runs if done.code != 0]
        groups = collections.defaultdict(list)
        for count, done in runs:
            groups[hashlib.sha256(done.out).hexdigest()[:12]].append(count)
        why = "; ".join(bad) or f"{dict(groups)}; {first_difference([done.out for _, done in runs])}"
        self.suite.check(f"{name}: the same bytes with {', '.join(map(str, workers))} workers", not bad and len(groups) == 1, why)
        return runs[0][1].out

    def pushed_twice(self, folder):
        """A replay pushed again is known by its epoch; another option that changes detections is another run."""
        redis = Redis(self.folder / "redis")

        def push(*settings, workers=1):
            done = self.daemon.replay(folder, "--workers", workers, "--redis", redis.url, settings=settings)
            return done.code, redis.call("XLEN", "{vigie}:detections")

        code, stored = push()
        self.suite.check("pushed to Redis", code == 0 and stored > 0, (code, stored))
        self.suite.equal("pushed again it is stored once", push(), (0, stored))
        self.suite.equal("with four workers too", push(workers=4), (0, stored))
        code, more = push("detection.min_level=observed")
        self.suite.check("with an option that changes detections it is another run", code == 0 and more > stored, (code, more))
        firsts = {}
        for _, fields in redis.entries():
            firsts[fields["id"]] = firsts.get(fields["id"], 0) + (fields.get("first") == "1")
        self.suite.equal("no service is first twice", set(firsts.values()), {1})
        faults = schema_faults(fields["event"] for _, fields in redis.entries())
        self.suite.check("every entry satisfies the schema", not faults, faults[:3])
        redis.kill()

    def run(self):
        for path in sorted(CAPTURES.glob("*.pcap")):
            self.same(path.name, path, (1, 2, 4))
        folder = self.folder / "captures"
        folder.mkdir()
        for path in CAPTURES.glob("*.pcap"):
            (folder / path.name).symlink_to(path)
        out = self.same("a folder of captures", folder, (1, 2, 4))
        self.suite.check("a folder of captures prints something", out)
        first, *others = sorted(folder.iterdir())
        named = [word for path in others for word in ("-r", path)]
        self.suite.check("a folder gives what its files give one by one, sorted by byte",
                         self.daemon.replay(first, *named, "--events", EVENTS).out == out)
        self.pushed_twice(folder)
        made, packets = busy_capture()
        path = made.write(self.folder / "busy.pcap", packets=packets)
        out = self.same("a busy capture", path, (1, 2, 3, 4, 8), settings=("detection.refresh=5s", "detection.min_level=observed"))
        kinds = collections.Counter(line.split(b'"event_type":"')[1].split(b'"')[0] for line in out.splitlines())
        self.suite.check("a busy capture: there is much to get wrong", kinds[b"http"] > 3000 and kinds[b"detection"] > 75 and kinds[b"m3u"] > 50,
                         dict(kinds))
        lines = out.splitlines()
        faults = schema_faults([line for line in lines if b'"detection"' in line][::4] + lines[::50])
        self.suite.check("a busy capture: events satisfy the schema", not faults, f"{len(faults)}: {faults[:3]}")
        made, packets = pieces_capture()
        pieces = made.write(self.folder / "pieces.pcap", packets=packets)
        out = self.same("lists in pieces", pieces, (1, 2, 3, 4, 8))
        whole = out.count(b'"complete":true')
        self.suite.check("lists in pieces: some are whole, some are not", 10 < whole < out.count(b'"event_type":"m3u"'), whole)
        self.same("lists in pieces, one in each shard", pieces, (1, 3, 8), times=1,
                  settings=("app.range_lists=64", "app.range_timeout=5s"))
        # Tables far too small: what is forgotten must not depend on the workers either.
        self.same("a busy capture, small tables", path, (1, 3, 8), times=1,
                  settings=("flow.max=256", "verdict.max_services=16", "verdict.max_addresses=16", "verdict.max_evidence=4",
                            "detection.min_level=observed"))
        return self.suite.finish()


def first_difference(outputs):
    for other in outputs[1:]:
        for number, (left, right) in enumerate(zip(outputs[0].splitlines(), other.splitlines()), 1):
            if left != right:
                return f"line {number}: {left[:400]!r} and {right[:400]!r}"
        if outputs[0] != other:
            return f"{len(outputs[0].splitlines())} and {len(other.splitlines())} lines"
    return ""


if __name__ == "__main__":
    sys.exit(Determinism(sys.argv[1]).run())
