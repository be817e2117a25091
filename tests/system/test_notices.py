#!/usr/bin/env python3
"""Names that were taken over or are blocked: what is told of them, what ends in Redis, and what a pirate gains by
showing a notice of his own.

usage: test_notices.py BUILD
"""
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import CLIENT, SERVER, Capture, answer, request  # noqa: E402
from harness import PROPOSE_ALL, Daemon, Redis, Suite, scratch, steady_detections  # noqa: E402
from stand_in import Panel, visit_panel, visit_site  # noqa: E402

NAME, PANEL, ELSEWHERE = "tv.panel.example", "203.0.113.10", "203.0.113.200"
SEIZED = answer(302, headers=[("Location", "https://www.alliance4creativity.com/watch-it-legally/")])
BLOCKED = answer(302, headers=[("Location", "https://www.agcom.it/")])
BY_NAME = (*PROPOSE_ALL, "block.require_verified=false")


def ask(made, told, server=ELSEWHERE, at=0.0, client="198.51.100.90", host=NAME, port=80):
    made.talk(client, server, port, at=at).exchange(request("GET", "/", host), told).close()


def panel_beside_others(made, at=0.0, client="198.51.100.7"):
    """A panel at an address of many names: only its name could be blocked."""
    visit_site(made, "shop.example", "198.51.100.8", PANEL, 8080, at=at)
    visit_panel(made, Panel(NAME, 8080), client, PANEL, at=at + 1)


def names(detections):
    return [event for event in detections if event["subject"] == "host"]


def states(detections):
    return [event["state"] for event in detections]


class Notices:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()
        self.captures = 0

    def path(self, made, **how):
        self.captures += 1
        return made.write(self.folder / f"{self.captures}.pcap", **how)

    def detections(self, name, made, *settings, arguments=(), **how):
        return steady_detections(self.suite, self.daemon, name, self.path(made, **how), settings, arguments)

    def known_by_name_only(self):
        made = Capture()
        for number in range(3):
            ask(made, SEIZED, at=5.0 * number, client=f"198.51.100.{90 + number}", host="photo.portal.example")
        found = self.detections("a portal nobody knew", made)
        self.suite.equal("a portal nobody knew: seized once, then its last numbers", states(found), ["seized", "refresh"])
        first = found[0]
        self.suite.check("a portal nobody knew: about the name alone",
                         first["subject"] == "host" and "server" not in first and first["host"] == "photo.portal.example", first)
        self.suite.equal("a portal nobody knew: as a portal", (first["family"], first["level"]), ("portal", "suspected"))
        self.suite.equal("a portal nobody knew: its clients", found[1]["clients"], 3)

    def panel_is_seized(self):
        made = Capture()
        panel_beside_others(made)
        ask(made, SEIZED, at=20)
        found = self.detections("a panel is seized", made, *BY_NAME)
        self.suite.check("a panel is seized: its name was eligible before",
                         [e for e in found if e["block"]["eligible"] and e["block"]["scope"] == "host"], found)
        seized = names(found)
        self.suite.equal("a panel is seized: told once", states(seized), ["seized"])
        self.suite.equal("a panel is seized: as what it was", [(e["family"], e["level"]) for e in seized],
                         [("xtream", "confirmed")])
        last = [e for e in found if e["subject"] == "service"][-1]
        self.suite.equal("a panel is seized: its server stays what it is, and is not eligible by name any more",
                         (last["level"], last["state"], last["block"]["reason"]),
                         ("confirmed", "refresh", "a notice stands in its place"))
        self.suite.check("a panel is seized: whoever shows the notice is no server",
                         all(e.get("server", {}).get("ip") != ELSEWHERE and
                             ELSEWHERE not in str(e.get("related")) for e in found))

    def active_again(self):
        made = Capture()
        panel_beside_others(made)
        for number in range(4):  # to and fro
            ask(made, SEIZED, at=20.0 + 20 * number)
            visit_panel(made, Panel(NAME, 8080), "198.51.100.7", PANEL, at=30.0 + 20 * number)
        found = self.detections("a pirate's own notice", made, *BY_NAME)
        self.suite.equal("a pirate's own notice: seized, active again, and no more to and fro",
                         [s for s in states(names(found)) if s != "refresh"], ["seized", "raised"])
        last = [e for e in found if e["subject"] == "service"][-1]
        self.suite.check("a pirate's own notice: eligible in the end", last["block"]["eligible"], last)

    def nobody_asked(self):
        for half in (CLIENT, SERVER):
            made = Capture()
            ask(made, SEIZED)
            found = self.detections(f"the {half}'s half of a notice", made, half=half)
            self.suite.equal(f"the {half}'s half of a notice: nothing", states(found), [])

    def blocked(self):
        made = Capture()
        panel_beside_others(made)
        ask(made, BLOCKED, at=20)
        ask(made, BLOCKED, at=25, host="other.portal.example")
        found = self.detections("a block page", made, *BY_NAME)
        self.suite.equal("a block page: each name is told once, as blocked",
                         [(e["host"], e["state"], e["level"]) for e in names(found)],
                         [(NAME, "blocked", "confirmed"), ("other.portal.example", "blocked", "observed")])
        last = [e for e in found if e["subject"] == "service"][-1]
        self.suite.check("a block page: it ends nothing", last["block"]["eligible"], last)

    def redis(self):
        if shutil.which("redis-server") is None:
            self.suite.skip("a seizure in Redis", "no redis-server")
            return
        redis = Redis(self.folder / "redis")
        made = Capture()
        panel_beside_others(made)
        auto = ("block.approve=auto", "block.order=order-1", *BY_NAME)
        done = self.daemon.replay(self.path(made), "--redis", redis.url, settings=auto)
        self.suite.equal("Redis: pushed", done.code, 0)
        self.suite.equal("Redis: the name is blocked", redis.members("{vigie}:block:host"), [NAME])
        ask(made, SEIZED, at=20)
        path = self.path(made)
        done = self.daemon.replay(path, "--redis", redis.url, settings=auto)
        self.suite.equal("Redis: pushed again", done.code, 0)
        self.suite.equal("Redis: a seizure ends the block", redis.members("{vigie}:block:host"), [])
        last = redis.entries("{vigie}:blocks")[-1][1]
        self.suite.equal("Redis: consumers are told so", (last["op"], last["set"], last["target"]), ("withdraw", "host", NAME))
        entry = [fields for _, fields in redis.entries() if fields["state"] == "seized"]
        self.suite.equal("Redis: one entry, of no server", [(e["host"], e["ip"], e["port"]) for e in entry], [(NAME, "", "")])
        kinds = {redis.call("HGET", key, "state").decode() for key in redis.call("KEYS", "{vigie}:service:*")}
        self.suite.check("Redis: the name is seized, the server is known", "seized" in kinds and len(kinds) > 1, kinds)
        self.suite.equal("Redis: no endpoint of the notice", redis.call("KEYS", f"*{ELSEWHERE}*"), [])

    def run(self):
        self.suite.run((self.known_by_name_only, self.panel_is_seized, self.active_again,
                        self.nobody_asked, self.blocked, self.redis))
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(Notices(sys.argv[1]).run())
