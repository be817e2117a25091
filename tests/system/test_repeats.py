#!/usr/bin/env python3
"""What workers remember beyond a flow gives the same bytes with any number of workers, also where the tables are
far too small; and nothing of a token is printed.

usage: test_repeats.py BUILD
"""
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import Capture, answer, request, ts_packets  # noqa: E402
from harness import Daemon, Suite, scratch  # noqa: E402

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
TS = answer(200, ts_packets(40), "video/mp2t")
LIST = answer(200, b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\na.ts\n", "application/x-mpegurl")


def busy(choose):
    """Forty clients zap through sixty balancers and panels, each of which has a front of its own."""
    made = Capture()
    fronts = ["".join(choose.choice(LETTERS) for _ in range(21)) for _ in range(60)]
    tails = []
    for number in range(1200):
        server = choose.randrange(60)
        host = f"lb{server}.example"
        talk = made.talk(f"198.51.100.{1 + choose.randrange(40)}", f"203.0.113.{1 + server % 50}", 8000, at=choose.random() * 300)
        tail = "".join(choose.choice(LETTERS) for _ in range(18)) + "aB3x"
        tails.append(tail)
        path = choose.choice(("auth", "hls"))
        if number % 3 == 0:
            for channel in range(1 + number % 7):
                talk.exchange(request("GET", f"/us3r{server}/passw0rd/{channel + 11}.m3u8", host), LIST)
        elif number % 3 == 1:
            talk.exchange(request("GET", f"/{path}/{fronts[server]}{tail}", host), TS)
        else:
            talk.exchange(request("GET", f"/us3r{server}/passw0rd/{number % 7 + 1}", host), answer(
                302, b"", headers=[("Location", f"http://lb{server}.example:8000/{path}/{fronts[server]}{tail}")]))
        talk.close()
    return made, [*fronts, *tails]


class Repeats:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()

    def run(self):
        made, secrets = busy(random.Random(20260131))
        path = made.write(self.folder / "busy.pcap")
        for label, settings in (("", ()), (", small tables", ("rules.repeats=8",))):
            runs = {count: self.daemon.replay(path, "--events", "detection,http", "--workers", count,
                                              settings=("detection.min_level=observed", *settings)) for count in (1, 2, 4)}
            self.suite.check(f"the same bytes with 1, 2 and 4 workers{label}",
                             len({done.out for done in runs.values()}) == 1 and not any(done.code for done in runs.values()),
                             [str(done) for done in runs.values()])
            text = runs[1].out.decode()
            shown = [secret for secret in secrets if secret in text]
            self.suite.check(f"no token is printed{label}", not shown, shown[:3])
            sids = {evidence["sid"] for event in runs[1].detections for evidence in event["evidence"]}
            wanted = {2100088, 2100089, 2100095}
            self.suite.check(f"repetitions are found{label}", wanted <= sids, sorted(wanted - sids))
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(Repeats(sys.argv[1]).run())
