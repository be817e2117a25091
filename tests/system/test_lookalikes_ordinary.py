#!/usr/bin/env python3
"""Twelve thousand ordinary requests, spread over many sites and then all of them at one: nobody is suspected, and few
of them are taken for a panel's at all.

usage: test_lookalikes_ordinary.py BUILD [SEED]
"""
import collections
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import CLIENT, SERVER  # noqa: E402
from lookalike import PUBLIC, UNVERIFIED, Lookalikes, Site, View  # noqa: E402
from ordinary_web import Maker  # noqa: E402

REQUESTS, SITES = 12000, 240
# Of 10,923 requests of another collection one was a false claim (signatures, section 16).
MOST_CLAIMS = REQUESTS // 200
PORTS = (80, 80, 80, 8080, 80, 8000, 8880, 2082, 443, 80)


class Ordinary(Lookalikes):
    def count(self, sites):
        """Says which rules took which share of it for something."""
        done, _, panel = self.replay(sites, View("count", PUBLIC, UNVERIFIED))
        claims, shown = 0, collections.Counter()
        for event in {e["id"]: e for e in done.detections if e.get("server", {}).get("ip") != panel}.values():
            for evidence in event["evidence"]:
                shown[evidence["sid"]] += evidence["count"]
                claims += evidence["count"] * (evidence["kind"] == "claim")
        self.suite.check(f"{REQUESTS} requests: {claims} claims, at most {MOST_CLAIMS}", claims <= MOST_CLAIMS, dict(shown))
        print(f"services observed: {len({e['id'] for e in done.detections}) - 1}, evidence by sid: {dict(shown)}")


def main():
    test, maker = Ordinary(sys.argv[1]), Maker(int(sys.argv[2]) if len(sys.argv) > 2 else 20260131)
    asks = [maker.ask() for _ in range(REQUESTS)]
    share = REQUESTS // SITES
    many = [Site(f"ordinary site {n}", asks[n * share:(n + 1) * share], f"site{n}.example" if n % 6 else None, PORTS[n % 10], clients=1)
            for n in range(SITES)]
    views = (View("public", PUBLIC), View("everything proposed", PUBLIC, UNVERIFIED), View("client's half", PUBLIC, half=CLIENT),
             View("server's half", PUBLIC, half=SERVER))
    test.count(many)
    test.run(many, views)
    one = [Site("all of it at one name", asks, "cdn.example", clients=1), Site("all of it at one address", asks, None, 8080, clients=1)]
    return test.run(one, views[:1])


if __name__ == "__main__":
    sys.exit(main())
