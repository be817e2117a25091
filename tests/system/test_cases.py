#!/usr/bin/env python3
"""Which services are told as one system: panels that move, panels that have nothing to do with each other, and
names that anybody can send.

usage: test_cases.py BUILD
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import Capture, answer, request, ts_packets  # noqa: E402
from harness import Daemon, Suite, scratch, steady_detections  # noqa: E402
from stand_in import Panel, visit_panel, visit_site  # noqa: E402

XTREAM_TOKEN = "SxNaUkddFA0abSQxN0ZJRENFQFZVWGleXBtbUx4="  # the catalogue's own test vector (signatures, 1.6)


def visit_without_lists(made, panel, client, server, at=0.0):
    """A player that was given one channel: a login and a stream, so nothing tells whose channels they are."""
    talk = made.talk(client, server, panel.port, at=at)
    talk.exchange(panel.login_request(), panel.login_answer()).close()
    stream = made.talk(client, server, panel.port, at=at + 2)
    stream.exchange(panel.stream_request(), panel.stream_answer()).wait(1).close()


def told(detections, *states):
    return [event for event in detections if event["state"] in states]


def servers(detections):
    return {event["server"]["ip"] for event in detections}


def relations(event):
    return {(related.get("ip"), related["relation"]) for related in event.get("related", [])}


class Cases:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()
        self.captures = 0

    def detections(self, made, *settings, name=""):
        """The same with any number of workers, and as the schema says."""
        self.captures += 1
        path = made.write(self.folder / f"{self.captures}.pcap")
        return steady_detections(self.suite, self.daemon, name, path, settings)

    def moving(self, name, visit):
        """One panel under one name at six addresses, one after the other."""
        made = Capture()
        for number in range(6):
            visit(made, Panel("tv.panel.example", 8080), f"198.51.100.{7 + number}", f"203.0.113.{10 + number}", at=20.0 * number)
        found = self.detections(made, name=name)
        first = [event for event in found if event["seq"] == min(
            e["seq"] for e in found if e["id"] == event["id"])]
        self.suite.equal(f"{name}: every address is told", len(first), 6)
        self.suite.equal(f"{name}: one is new", [e["server"]["ip"] for e in told(found, "new")], ["203.0.113.10"])
        self.suite.equal(f"{name}: the others moved", [(e["state"], e["cause"]) for e in first[1:]], [("moved", "case")] * 5)
        self.suite.equal(f"{name}: each once", len(told(found, "moved")), 5)
        self.suite.equal(f"{name}: one case", len({e["case"]["id"] for e in found if "case" in e}), 1)
        self.suite.equal(f"{name}: of six services", max(e["case"]["services"] for e in first[1:]), 6)
        for number, event in enumerate(first[1:], 11):
            self.suite.check(f"{name}: {event['server']['ip']} tells where it was before",
                             (f"203.0.113.{number - 1}", "moved") in relations(event), event.get("related"))
        last = {e["id"]: e for e in found}
        self.suite.check(f"{name}: at the end all show the case",
                         all(e.get("case", {}).get("services") == 6 for e in last.values()), list(last.values()))

    def strangers(self):
        made = Capture()
        for number in range(2):
            for visitor in range(2):
                panel = Panel(f"tv{number}.panel.example", 8080, user=f"visitor{number}{visitor}x",
                              first=1000 + 500 * number)
                visit_panel(made, panel, f"198.51.100.{10 + 2 * number + visitor}", f"203.0.113.{10 + number}",
                            at=20.0 * visitor + number)
        found = self.detections(made, name="two panels")
        self.suite.equal("two panels: both are found", servers(found), {"203.0.113.10", "203.0.113.11"})
        self.suite.equal("two panels: both are new", len(told(found, "new")), 2)
        self.suite.equal("two panels: nobody moved", told(found, "moved"), [])
        ids = {server: {e["case"]["id"] for e in found if "case" in e and e["server"]["ip"] == server}
               for server in servers(found)}
        self.suite.check("two panels: they never join", not set.intersection(*ids.values()), ids)

    def renamed(self):
        """Another name, another address, another account, and the same channels under the same numbers."""
        made = Capture()
        visit_panel(made, Panel("tv.panel.example", 8080), "198.51.100.7", "203.0.113.10")
        visit_panel(made, Panel("neu.fernsehen.example", 80, user="emmynoether", password="ring1921ideal"),
                    "198.51.100.8", "203.0.113.11", at=20)
        found = self.detections(made, name="renamed")
        last = {e["server"]["ip"]: e for e in found}
        cases = [e.get("case", {}) for e in last.values()]
        self.suite.equal("renamed: two services", [c.get("services") for c in cases], [2, 2])
        self.suite.equal("renamed: one case", len({c.get("id") for c in cases}), 1)
        self.suite.equal("renamed: by their catalogue", {tuple(c.get("by", ())) for c in cases}, {("catalogue",)})
        self.suite.check("renamed: it tells where it was before",
                         ("203.0.113.10", "moved") in relations(last["203.0.113.11"]), last["203.0.113.11"].get("related"))

    def claimed(self):
        """A stranger asks other servers for the panel's name: a shop, one that refuses, and another panel."""
        made, name, other = Capture(), Panel("tv.panel.example", 8080), Panel("other.example", 8080, first=5000)
        called = Panel("tv.panel.example", 8080, first=5000)  # the other one under the first one's name
        for visitor in range(2):
            visit_panel(made, name, f"198.51.100.{10 + visitor}", "203.0.113.10", at=10.0 * visitor)
            visit_panel(made, other, f"198.51.100.{20 + visitor}", "203.0.113.20", at=10.0 * visitor)
            visit_site(made, "shop.example", f"198.51.100.{30 + visitor}", "203.0.113.30", 8080, at=10.0 * visitor)
        shop = made.talk("198.51.100.66", "203.0.113.30", 8080, at=40)
        shop.exchange(name.login_request(), answer(200, b"<html>shop</html>"))
        shop.exchange(name.stream_request(), answer(404, b"<html>404</html>")).close()
        visit_panel(made, called, "198.51.100.66", "203.0.113.20", at=45)  # panels answer under any name
        found = self.detections(made, "detection.min_level=observed", name="a claimed name")
        self.suite.check("a claimed name: the panel that was called so is found under it",
                         [e for e in found if e["server"]["ip"] == "203.0.113.20" and e["host"] == "tv.panel.example"])
        self.suite.equal("a claimed name: nobody moved", told(found, "moved"), [])
        first = {e["case"]["id"] for e in found if "case" in e and e["server"]["ip"] == "203.0.113.10"}
        other = {e["case"]["id"] for e in found if "case" in e and e["server"]["ip"] != "203.0.113.10"}
        self.suite.check("a claimed name: it never joins the panel's case", not first & other, (first, other))

    def edges(self):
        """A confirmed panel sends its clients to an edge; another edge, of which little is seen, has its token."""
        made, panel = Capture(), Panel("tv.panel.example", 8080)
        stream = f"/live/{panel.user}/{panel.password}/1001.ts"
        visit_panel(made, panel, "198.51.100.7", "203.0.113.10")
        asked = made.talk("198.51.100.7", "203.0.113.10", 8080, at=5)
        location = f"http://203.0.113.20:8000{stream}?token={XTREAM_TOKEN}"
        asked.exchange(panel.stream_request(), answer(302, b"", headers=[("Location", location)])).close()
        media = answer(200, ts_packets(140), "video/mp2t", length=False)
        for number, server in enumerate(("203.0.113.20", "203.0.113.21")):
            edge = made.talk("198.51.100.7", server, 8000, at=8 + 20 * number)
            edge.exchange(request("GET", f"{stream}?token={XTREAM_TOKEN}", f"{server}:8000"), media).close()
        found = self.detections(made, name="edges")
        tied = {e["server"]["ip"]: e["case"] for e in found if "case" in e}
        self.suite.equal("edges: all are in one case by their token", {(c["id"], tuple(c["by"])) for c in tied.values()},
                         {(next(iter(tied.values()), {}).get("id"), ("panel-token",))})
        self.suite.equal("edges: three services", max((c["services"] for c in tied.values()), default=0), 3)
        second = [e for e in found if e["server"]["ip"] == "203.0.113.21"]
        self.suite.equal("edges: the second one moved", [e["state"] for e in second[:1]], ["moved"])
        sent = [e for e in found if e["server"]["ip"] == "203.0.113.20"]
        self.suite.check("edges: where the panel sends its clients it did not move to",
                         all(("203.0.113.10", "moved") not in relations(e) for e in sent), sent[-1:])

    def twins(self):
        made = Capture()
        for number in range(3):
            panel = Panel("tv.panel.example", 8080)
            visit_panel(made, panel, f"198.51.100.{7 + number}", "203.0.113.10", at=10.0 * number)
            visit_panel(made, panel, f"2001:db8:a:{number + 1}::7", "2001:db8:beef::10", at=10.0 * number + 5)
        found = self.detections(made, name="twins")
        last = {e["server"]["ip"]: e for e in found}
        self.suite.check("twins: IPv4 tells IPv6", ("2001:db8:beef::10", "twin") in relations(last["203.0.113.10"]), last)
        self.suite.check("twins: IPv6 tells IPv4", ("203.0.113.10", "twin") in relations(last["2001:db8:beef::10"]), last)

    def run(self):
        self.moving("six addresses with lists", visit_panel)
        self.moving("six addresses without lists", visit_without_lists)
        self.suite.run((self.strangers, self.renamed, self.claimed, self.edges, self.twins))
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(Cases(sys.argv[1]).run())
