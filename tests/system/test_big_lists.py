#!/usr/bin/env python3
"""The list of a large service, 6,000 channels and 200,000 films and series in one answer: counted exactly, in
every form it comes in, in little memory.

usage: test_big_lists.py BUILD
"""
import gzip
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from big_list import LIVE, MOVIES, SERIES, BigPanel  # noqa: E402
from capture_maker import Capture, partial  # noqa: E402
from harness import ROOT, Daemon, Suite, environment, schema_faults, scratch  # noqa: E402

CLIENT, SERVER = "198.51.100.7", "203.0.113.10"
SEGMENT = 16000  # as a card hands them on that joins segments; fewer packets to make
MEMORY_MAX = 2 * 1024 * 1024
WHOLE = {"live": LIVE, "movies": MOVIES, "series": SERIES}


class BigLists:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()

    def capture(self, name, panel, exchanges):
        made = Capture()
        talk = made.talk(CLIENT, SERVER, panel.port, mss=SEGMENT)
        for asked, told in exchanges:
            talk.exchange(asked, told).wait(0.5)
        talk.close()
        return made.write(self.folder / f"{name}.pcap")

    def found(self, name, path, want=None):
        done = self.daemon.replay(path, "--events", "detection,m3u")
        catalogue = {key: done.detections[-1].get("catalogue", {}).get(key) for key in WHOLE} if done.detections else None
        self.suite.equal(f"{name}: the catalogue", catalogue, want or WHOLE)
        faults = schema_faults(done.out.splitlines())
        self.suite.check(f"{name}: every event satisfies the schema", done.code == 0 and not faults, faults[:3] or done)
        return [event["m3u"] for event in done.events if event["event_type"] == "m3u"]

    def playlists(self, panel, plain):
        packed = gzip.compress(plain, 6, mtime=0)
        asked = panel.playlist_request()
        for name, told in (("plain", panel.playlist_answer(plain)), ("gzip", panel.playlist_answer(plain, gzip=True)),
                           ("chunked", panel.playlist_answer(plain, chunked=True)),
                           ("gzip in chunks", panel.playlist_answer(plain, gzip=True, chunked=True)),
                           ("until close", panel.playlist_answer(plain, length=False)),
                           ("a .gz file", panel.playlist_answer(packed, "application/x-gzip")),
                           ("a .gz file of octets in chunks", panel.playlist_answer(packed, chunked=True))):
            lists = self.found(f"playlist, {name}", self.capture("playlist", panel, [(asked, told)]))
            numbers = [(facts["entries"], facts["live"], facts["movies"], facts["series"], facts["groups"],
                        facts["same_credentials"], facts["complete"]) for facts in lists]
            self.suite.equal(f"playlist, {name}: exact counts", numbers,
                             [(panel.total, LIVE, MOVIES, SERIES, 120, panel.total, True)])

    def sizes(self):
        """The shortest list that is worth telling, and a third more than the large one."""
        for counts in ((10, 0, 0), (9000, 220000, 71000)):
            panel = BigPanel(counts)
            path = self.capture("size", panel, [(panel.playlist_request(), panel.playlist_answer(gzip=True))])
            want = {key: count or None for key, count in zip(WHOLE, counts)}
            lists = self.found(f"playlist of {panel.total} entries", path, want)
            self.suite.equal(f"playlist of {panel.total} entries: exact counts",
                             [(facts["entries"], facts["complete"]) for facts in lists], [(panel.total, True)])

    def answers(self, panel):
        for name, how in (("plain", {}), ("gzip in chunks", {"gzip": True, "chunked": True})):
            lists = [(panel.list_request(action), panel.list_answer(kind, **how)) for action, kind in
                     (("get_live_streams", "live"), ("get_vod_streams", "movie"), ("get_series", "series"))]
            self.found(f"API, {name}", self.capture("api", panel, lists))
        asked = panel.list_request("").replace(b"player_api", b"panel_api")
        self.found("API, all in one answer", self.capture("panel", panel, [(asked, panel.panel_answer())]))

    def ranges(self, panel, plain):
        """As download tools fetch it: pieces on four connections at once, and one piece behind the other."""
        size = 1 << 20
        pieces = [(first, min(first + size, len(plain)) - 1) for first in range(0, len(plain), size)]
        for name, connections in (("four connections", 4), ("one connection", 1)):
            made = Capture()
            talks = [made.talk(CLIENT, SERVER, panel.port, mss=SEGMENT) for _ in range(connections)]
            for number, (first, last) in enumerate(pieces):
                asked = panel.playlist_request().replace(b"Accept:", b"Range: bytes=%d-%d\r\nAccept:" % (first, last))
                talks[number % connections].exchange(asked, partial(plain, first, last))
            for talk in talks:
                talk.close()
            path = made.write(self.folder / "ranges.pcap")
            lists = self.found(f"playlist in {len(pieces)} pieces, {name}", path)
            self.suite.equal(f"playlist in pieces, {name}: whole with the last one only",
                             [facts["complete"] for facts in lists], [False] * (len(pieces) - 1) + [True])
            self.suite.equal(f"playlist in pieces, {name}: exact counts",
                             [(facts["entries"], facts["live"], facts["movies"], facts["series"], facts["parts"])
                              for facts in lists[-1:]], [(panel.total, LIVE, MOVIES, SERIES, len(pieces))])

    def resident(self, path):
        """The largest resident set of a replay."""
        run = subprocess.run([sys.executable, "-c", PEAK, *self.daemon.command("-r", path, "--workers", "1")],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), cwd=ROOT)
        return int(run.stdout) * 1024

    def memory(self, panel, plain):
        """What the list costs is what replaying it takes more than replaying one of a hundredth of it."""
        small = BigPanel((LIVE // 100, MOVIES // 100, SERIES // 100))
        for name, told, less in (("plain", panel.playlist_answer(plain), small.playlist_answer()),
                                 ("gzip", panel.playlist_answer(plain, gzip=True), small.playlist_answer(gzip=True))):
            large = self.resident(self.capture("large", panel, [(panel.playlist_request(), told)]))
            little = self.resident(self.capture("little", small, [(small.playlist_request(), less)]))
            self.suite.check(f"memory, {name}: {(large - little) // 1024} KiB more than for a hundredth of it",
                             large - little < MEMORY_MAX, (large, little))

    def run(self):
        panel = BigPanel()
        plain = panel.playlist()
        self.suite.check(f"the list has {len(plain) / 1e6:.0f} MB", len(plain) > 30e6, len(plain))
        self.playlists(panel, plain)
        self.sizes()
        self.ranges(panel, plain)
        self.answers(panel)
        self.memory(panel, plain)
        return self.suite.finish()


PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""

if __name__ == "__main__":
    sys.exit(BigLists(sys.argv[1]).run())
