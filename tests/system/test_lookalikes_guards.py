#!/usr/bin/env python3
"""What no rule can undo: with rules that take every answer for a confirmed pirate's, and every safeguard of number and
time off, the guards alone keep lawful names and shared addresses from being blocked. All look-alikes of the other
tests, the recorded ones too, are never eligible with the shipped rules.

usage: test_lookalikes_guards.py BUILD
"""
import ipaddress
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import Capture, answer, request  # noqa: E402
from harness import CAPTURES, ROOT, Daemon, Suite, level_rank, scratch  # noqa: E402
from lookalike import UNVERIFIED, eligible, highest, ok  # noqa: E402

# Each answer is content and structure, twice proven.
EVERYTHING = "".join(
    f'alert http any any => any any (msg:"Everything {mark}"; flow:established; http.uri; content:"/"; http.stat_code; '
    f'content:"2"; startswith; metadata: family xtream, role panel, weight 80, reason everything-{mark}, {mark} yes; '
    f'sid:{9000001 + number}; rev:1;)\n' for number, mark in enumerate(("content", "structural")))
NETWORKS = ("203.0.113", "192.0.2", "198.51.100")


def names_of(list_name):
    lines = [line.split("#")[0].strip() for line in (ROOT / "rules" / "datasets" / list_name).read_text().splitlines()]
    return [f"www{line}" if line.startswith(".") else line for line in lines if line]


class Guards:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()
        self.rules = self.folder / "everything.vigie.rules"
        self.rules.write_text(EVERYTHING)
        self.count = 0

    def visits(self, servers, told=None, target="/index"):
        """`servers` are (address, name); three clients each."""
        made = Capture()
        for number, (address, name) in enumerate(servers):
            client_of = "2001:db8:c:{}::7" if ":" in address else "100.65.7.{}"
            for client in range(3):
                talk = made.talk(client_of.format(client + 1), address, 80, at=number * 0.01 + client * 9)
                talk.exchange(request("GET", target, name), told or ok(b"x" * 2000, "video/mp4")).close()
        return made

    def judge(self, made, *settings):
        self.count += 1
        path = made.write(self.folder / f"{self.count}.pcap")
        done = self.daemon.replay(path, "-S", self.rules, settings=(*UNVERIFIED, *settings))
        if done.code != 0:
            raise RuntimeError(f"vigied failed: {done}")
        return done.detections

    def can_fail(self):
        detections = self.judge(self.visits([("203.0.113.9", "any.example")]))
        self.suite.equal("a name that nobody guards is eligible under such rules", [e["block"]["eligible"] for e in detections][-1:],
                         [True])

    def lists(self):
        for list_name, most in (("official.list", "none"), ("paste-hosts.list", "suspected"), ("platforms.list", "confirmed")):
            names = names_of(list_name)
            servers = [(f"{NETWORKS[n // 250]}.{n % 250 + 1}", name) for n, name in enumerate(names)]
            detections = self.judge(self.visits(servers))
            self.suite.check(f"{list_name}: {len(names)} names, {most} at most", highest(detections) <= level_rank(most),
                             [(e.get("host"), e["level"]) for e in detections][:3])
            by_name = [e for e in eligible(detections) if e["block"]["scope"] == "host"]
            self.suite.check(f"{list_name}: no name is eligible", not by_name, by_name[:2])
            if list_name != "platforms.list":
                self.suite.check(f"{list_name}: nothing is eligible", not eligible(detections), eligible(detections)[:2])
        servers = [(address, name) for address in ("203.0.113.7",) for name in names_of("official.list")[:40]]
        detections = self.judge(self.visits(servers))
        self.suite.check("official names at one address: nothing is told", not detections, detections[:1])

    def addresses(self):
        prefixes = [line.split("#")[0].strip() for line in
                    (ROOT / "rules" / "datasets" / "shared-prefixes.list").read_text().splitlines()]
        servers = [(str(ipaddress.ip_network(prefix)[-1]), f"site{n}.example") for n, prefix in enumerate(filter(None, prefixes))]
        detections = self.judge(self.visits(servers))
        self.suite.check("shared prefixes: their sites are told", len(detections) > 100, len(detections))
        wide = [e for e in eligible(detections) if e["block"]["scope"] == "ip_port"]
        self.suite.check(f"shared prefixes: none of {len(servers)} addresses is eligible", not wide, wide[:2])
        private = [(a, "home.example") for a in ("192.168.3.3", "10.2.3.4", "172.16.9.9", "100.64.1.2", "169.254.7.7", "fd00::5",
                                                 "fe80::5")]
        self.suite.equal("private servers: nothing is told", self.judge(self.visits(private)), [])
        detections = self.judge(self.visits(private), "verdict.private_servers=true")
        self.suite.check("private servers on request: told", len(detections) >= len(private), len(detections))
        self.suite.check("private servers on request: never eligible", not eligible(detections), eligible(detections)[:1])
        two = self.visits([("203.0.113.8", "a.example"), ("203.0.113.8", "b.example")])
        last = {e["id"]: e for e in self.judge(two)}
        wide = [e for e in eligible(last.values()) if e["block"]["scope"] == "ip_port"]
        self.suite.check("two names at one address: the address is not eligible in the end", not wide, wide[:1])

    def own(self):
        folder = self.folder / "lists"
        folder.mkdir()
        servers = [("203.0.113.7", "tv.operator.example"), ("192.0.2.7", "box.example")]
        for list_name, entries, told in (("official.list", ".operator.example\nbox.example\n", False),
                                         ("allow.list", ".operator.example\n192.0.2.0/24\n", True)):
            (folder / list_name).write_text(entries)
            detections = self.judge(self.visits(servers), f"rules.lists=[{folder}]")
            (folder / list_name).unlink()
            self.suite.equal(f"the site's own {list_name}: told", bool(detections), told)
            self.suite.check(f"the site's own {list_name}: never eligible", not eligible(detections), eligible(detections)[:1])
        detections = self.judge(self.visits(servers), "network.home=[203.0.113.0/24, 192.0.2.0/24]")
        self.suite.check("own network: never eligible", not eligible(detections), eligible(detections)[:1])
        shown = [address for address, _ in servers if f'"{address}"' in str(detections).replace("'", '"')]
        self.suite.equal("own network: no address is shown", shown, [])

    def safeguards(self):
        """Each of number and time alone is enough."""
        made = self.visits([("203.0.113.9", "any.example")])
        for setting in ("block.min_clients=4", "block.min_age=1h", "block.min_watch=1h", "block.replay=false", "block.basis=[listed]"):
            detections = self.judge(made, setting, "block.require_verified=true")
            self.suite.check(f"{setting} alone keeps it", not eligible(detections), eligible(detections)[:1])
        told = {"nothing": answer(204, b"", None), "an error": answer(404, b"<html>no</html>"), "a redirect": answer(
            302, b"", None, [("Location", "/x")])}
        for label, answered in told.items():
            detections = self.judge(self.visits([("203.0.113.9", "any.example")], answered))
            self.suite.check(f"answered with {label}: nothing is eligible", not eligible(detections), eligible(detections)[:1])
        proxied = self.visits([("203.0.113.9", "any.example")], target="http://any.example/index")
        wide = [e for e in eligible(self.judge(proxied)) if e["block"]["scope"] == "ip_port"]
        self.suite.check("a proxy's address is not eligible", not wide, wide[:1])

    def recorded(self):
        for path in sorted(CAPTURES.glob("legal_*.pcap")):
            for settings in (UNVERIFIED, (*UNVERIFIED, "verdict.private_servers=true")):
                done = self.daemon.replay(path, settings=("detection.min_level=observed", *settings))
                self.suite.check(f"{path.name}, {len(settings)} settings: not suspected, not eligible",
                                 done.code == 0 and highest(done.detections) < level_rank("suspected")
                                 and not eligible(done.detections), done.out[:600])

    def run(self):
        for part in (self.can_fail, self.lists, self.addresses, self.own, self.safeguards, self.recorded):
            part()
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(Guards(sys.argv[1]).run())
