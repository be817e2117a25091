#!/usr/bin/env python3
"""The operators' lists in Redis, followed by two sensors on two links: what an entry does within a second.

usage: test_live_lists.py BUILD. Needs root; without it each test is skipped.
"""
import json
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import Capture  # noqa: E402
from harness import Daemon, Redis, Suite, scratch, wait_until  # noqa: E402
from netns import Pair  # noqa: E402
from stand_in import Panel, visit_panel, visit_site  # noqa: E402
from test_live import METRICS_PORT, Sensor, unfit  # noqa: E402

QUICK = ("block.min_clients: 1", "block.min_age: 0", "block.min_watch: 0")
ADDRESS = "203.0.113.50"


class Followers:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()
        self.tool = str(pathlib.Path(build).resolve() / "vigiectl")
        self.captures = 0

    # ---- sensors, traffic, lists

    def begin(self, name, *lines, count=2):
        self.redis = Redis(self.folder / name / "redis")
        self.pairs = [Pair() for _ in range(count)]
        self.sensors = [Sensor(self.daemon, pair, self.folder / name / f"s{number}", self.redis, *lines,
                               arguments=("--set", f"sensor=s{number}")) for number, pair in enumerate(self.pairs)]
        return wait_until(lambda: all(self.metric(number, "sink_lists_up") == 1 for number in range(count)), 10)

    def end(self):
        for sensor in self.sensors:
            self.suite.equal("a sensor ends well", sensor.stop(), 0)
        self.redis.kill()
        for pair in self.pairs:
            pair.close()

    def metric(self, number, name):
        try:
            page = self.pairs[number].get(METRICS_PORT, "/metrics").decode()
        except OSError:
            return None
        return next((float(line.split()[-1]) for line in page.splitlines() if line.startswith(f"vigie_{name} ")), None)

    def list(self, *words, text=None):
        done = subprocess.run([self.tool, "--redis", self.redis.url, "list", *words], capture_output=True, text=True, input=text)
        if done.returncode != 0:
            raise RuntimeError(f"vigiectl list {words}: {done.stderr}")

    def visit(self, what, *numbers):
        """Traffic that `what(capture, client)` makes, on all links or on those with these numbers; each time by
        another client, or it would be the same packets again."""
        made = Capture()
        self.captures += 1
        what(made, f"198.51.100.{self.captures}")
        path = made.write(self.folder / f"visit{self.captures}.pcap")
        for number in numbers or range(len(self.pairs)):
            self.pairs[number].send(path, "--mbps", "20")

    def panel(self, host, address, *numbers):
        self.visit(lambda made, client: visit_panel(made, Panel(host, 8080), client, address), *numbers)

    def site(self, host, address, *numbers):
        self.visit(lambda made, client: visit_site(made, host, client, address), *numbers)

    # ---- what Redis says

    def told(self, host, sensor=None, since="0"):
        """The events of a name, newer than an id of the stream."""
        events = []
        for entry, fields in self.redis.entries():
            number = tuple(map(int, entry.split("-")))
            if fields.get("host") == host and number > tuple(map(int, (since + "-0").split("-")[:2])) and \
                    (sensor is None or fields["sensor"] == sensor):
                events.append((entry, json.loads(fields["event"])))
        return events

    def last(self):
        entries = self.redis.entries()
        return entries[-1][0] if entries else "0"

    def members(self, key):
        return sorted(member.decode() for member in self.redis.call("ZRANGE", f"{{vigie}}:{key}", 0, -1))

    def within(self, name, begun, condition, why=""):
        good = wait_until(condition, 3)
        took = time.time() - begun
        self.suite.check(name, good and took < 1.05, f"{took:.2f} s {why if good else [s.log[-800:] for s in self.sensors]} {self.redis.entries()[-3:] if not good else ''}")

    # ---- the tests

    def a_name_on_an_order(self):
        self.suite.check("order: both sensors follow the lists", self.begin("order", *QUICK), [s.log for s in self.sensors])
        self.site("plain.example", ADDRESS)
        time.sleep(1)
        self.suite.equal("order: what no list names is not told", self.told("plain.example"), [])
        self.list("add", "order", "plain.example", "--source", "o-7", "--why", "court")
        time.sleep(0.5)
        watches = [pair.watch() for pair in self.pairs]
        self.site("plain.example", ADDRESS)
        both = wait_until(lambda: {event["sensor"] for _, event in self.told("plain.example")} == {"s0", "s1"}, 5)
        self.suite.check("order: the next visit is told by both sensors", both, self.told("plain.example"))
        for number, watch in enumerate(watches):
            told = self.told("plain.example", f"s{number}")
            late = int(told[0][0].split("-")[0]) / 1000 - watch.first(b"HTTP/1.1 200") if told else 99
            self.suite.check(f"order: s{number} tells within a second of the packet", late < 1, f"{late:.3f} s")
            watch.close()
        event = (self.told("plain.example") or [(0, {"evidence": [{}]})])[0][1]
        evidence = event["evidence"][0]
        self.suite.check("order: a name alone is suspected, by what the list says",
                         event.get("level") == "suspected" and evidence.get("field") == "list" and evidence.get("value") == "plain.example" and
                         event["family"] == "tls-panel" and event["host_verified"] and not event["block"]["eligible"], event)
        begun = time.time()
        self.list("del", "order", "plain.example")
        self.within("order: removed, it is withdrawn", begun,
                    lambda: {event["sensor"] for _, event in self.told("plain.example") if event["state"] == "withdrawn" and event["cause"] == "list"} == {"s0", "s1"})
        self.site("plain.example", ADDRESS)
        time.sleep(0.5)
        self.suite.equal("order: and stays so", self.told("plain.example")[-1][1]["state"], "withdrawn")
        # An address, and a prefix: the same.
        self.list("add", "order", "203.0.113.0/24")
        time.sleep(0.5)
        since = self.last()
        self.site("plain.example", ADDRESS)
        self.suite.check("order: a prefix names its servers", wait_until(lambda: self.told("plain.example", since=since), 3), self.sensors[0].log)
        self.end()

    def proposals(self):
        self.begin("proposals", *QUICK)
        self.panel("line.example", ADDRESS)
        wait_until(lambda: len({event["sensor"] for _, event in self.told("line.example")}) == 2, 5)
        level = {event["level"] for _, event in self.told("line.example")}
        self.suite.check("proposals: a panel without content", level == {"suspected"}, self.told("line.example"))
        self.list("add", "order", ".line.example", "--source", "o-7")
        time.sleep(0.5)
        self.panel("line.example", ADDRESS)
        self.suite.check("proposals: what an order names is proposed by its name", wait_until(lambda: self.members("propose:host") == ["line.example"], 5),
                         (self.members("propose:ip4"), self.told("line.example")[-1]))
        event = self.told("line.example")[-1][1]
        self.suite.check("proposals: basis listed, under its order", event["level"] == "confirmed" and event["block"]["basis"] == "listed" and
                         event["block"]["order"] == "o-7" and event["block"]["scope"] == "host", event["block"])
        begun = time.time()
        self.list("add", "allow", "line.example", "--why", "licensed")
        self.within("proposals: allowed, it is withdrawn", begun, lambda: self.members("propose:host") == [])
        wait_until(lambda: len([1 for _, e in self.told("line.example") if e["state"] == "withdrawn"]) == 2, 2)
        gone = [event for _, event in self.told("line.example") if event["state"] == "withdrawn"]
        self.suite.check("proposals: by both, cause list", {e["sensor"] for e in gone} == {"s0", "s1"} and {e["cause"] for e in gone} == {"list"} and
                         {e["block"]["reason"] for e in gone} == {"on the allow list"}, gone)
        begun = time.time()
        self.list("del", "allow", "line.example")
        self.within("proposals: no longer allowed, it is proposed again", begun, lambda: self.members("propose:host") == ["line.example"])
        begun = time.time()
        self.list("del", "order", ".line.example")
        self.within("proposals: named by no order any more, it is withdrawn", begun, lambda: self.members("propose:host") == [])
        wait_until(lambda: len([1 for _, e in self.told("line.example") if e["state"] == "lowered"]) == 2, 2)
        lowered = [event for _, event in self.told("line.example") if event["state"] == "lowered"]
        self.suite.check("proposals: lowered by both, cause list", {e["sensor"] for e in lowered} == {"s0", "s1"} and {e["cause"] for e in lowered} == {"list"}, lowered)
        begun = time.time()
        since = self.last()
        self.end()

    PARTS = {"order": a_name_on_an_order, "proposals": proposals}

    def run(self):
        reason = unfit()
        for name, part in self.PARTS.items():
            if reason:
                self.suite.skip(f"lists: {name}", reason)
                continue
            try:
                part(self)
            except Exception as error:  # one part's end must not hide the others
                self.suite.check(f"lists: {name}", False, f"{type(error).__name__}: {error}")
                for sensor in self.sensors:
                    sensor.close()
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(Followers(sys.argv[1]).run())
