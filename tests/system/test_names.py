#!/usr/bin/env python3
"""Names that more than a client's word ties to an address: what is proposed of them, what is inferred of names under
TLS, and what a forged notice does.

usage: test_names.py BUILD
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import Capture, answer, request  # noqa: E402
from harness import Daemon, Suite, scratch, steady_detections  # noqa: E402
from names_maker import resolve, visit_tls, withhold  # noqa: E402
from stand_in import CHANNELS, Panel, visit_panel  # noqa: E402

PAY = ("DAZN LALIGA", "CANAL+ SPORT", "SKY SPORT F1", "DAZN 1", "CANAL+ FOOT", "SKY SPORT CALCIO")
NAME, FOREIGN, SERVER, ELSEWHERE = "tv.panel.example", "www.bank.example", "203.0.113.10", "198.51.100.200"
CONDITIONS = ("block.min_watch=0", "block.min_age=10min", "block.replay=true")
SEIZED = answer(302, headers=[("Location", "https://www.alliance4creativity.com/watch-it-legally/")])


class PayPanel(Panel):
    """A panel with other people's channels."""

    def playlist(self, count=120):
        text = super().playlist(count).decode()
        for free, pay in zip(CHANNELS, PAY):
            text = text.replace(free.upper(), pay)
        return text.encode()


def clients(count, first=10):
    return [f"198.51.100.{first + number}" for number in range(count)]


class Names:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()
        self.captures = 0

    def detections(self, name, made, *settings):
        self.captures += 1
        path = made.write(self.folder / f"{self.captures}.pcap")
        return steady_detections(self.suite, self.daemon, name, path, settings)

    def foreign_host(self):
        """A panel answers five clients under its own name, and five under a stranger's."""
        made = Capture()
        for number, client in enumerate(clients(5)):
            resolve(made, client, NAME, SERVER, at=number)
            visit_panel(made, PayPanel(NAME, 8080), client, SERVER, at=number + 0.5)
        for number, client in enumerate(clients(5, 60)):
            resolve(made, client, FOREIGN, ELSEWHERE, at=100 + number)
            visit_panel(made, PayPanel(FOREIGN, 8080), client, SERVER, at=100.5 + number)
        visit_panel(made, PayPanel(NAME, 8080), "198.51.100.90", SERVER, at=900)
        visit_panel(made, PayPanel(FOREIGN, 8080), "198.51.100.91", SERVER, at=901)
        found = self.detections("a foreign name", made, *CONDITIONS)
        by_name = {name: [e for e in found if e.get("host") == name] for name in (NAME, FOREIGN)}
        self.suite.equal("a foreign name: both are confirmed", {n: e[-1]["level"] for n, e in by_name.items()},
                         {NAME: "confirmed", FOREIGN: "confirmed"})
        self.suite.equal("a foreign name: it is never eligible",
                         [e for e in by_name[FOREIGN] if e["block"]["eligible"] or e["host_verified"]], [])
        self.suite.equal("a foreign name: the panel's own is",
                         [by_name[NAME][-1]["block"].get(key) for key in ("eligible", "scope", "basis")],
                         [True, "host", "content"])
        self.suite.check("a foreign name: and is verified", by_name[NAME][-1]["host_verified"])
        unverified = self.detections("nobody resolves", self.without_dns(), *CONDITIONS)
        self.suite.equal("nobody resolves: neither is eligible", [e for e in unverified if e["block"]["eligible"]], [])

    def without_dns(self):
        made = Capture()
        for number, client in enumerate(clients(5)):
            visit_panel(made, PayPanel(NAME, 8080), client, SERVER, at=number)
            visit_panel(made, PayPanel(FOREIGN, 8080), client, SERVER, at=100 + number)
        visit_panel(made, PayPanel(NAME, 8080), "198.51.100.90", SERVER, at=900)
        return made

    def under_tls(self):
        """The panel's name over TLS, before and after its plain text; and a stranger's name at another server."""
        made = Capture()
        visit_tls(made, NAME, "198.51.100.9", SERVER)
        visit_panel(made, PayPanel(NAME, 8080), "198.51.100.10", SERVER, at=5)
        visit_tls(made, "api.panel.example", "198.51.100.9", SERVER, port=2083, at=20)
        visit_tls(made, "www.shop.example", "198.51.100.9", "203.0.113.80", at=20)
        found = self.detections("under TLS", made)
        last = {e["server"]["port"]: e for e in found}
        self.suite.equal("under TLS: levels", {port: e["level"] for port, e in last.items()},
                         {443: "suspected", 2083: "suspected", 8080: "confirmed"})
        for port, name in ((443, NAME), (2083, "api.panel.example")):
            event = last.get(port, {})
            self.suite.equal(f"under TLS: {name} was read in a hello", (event.get("host"), event.get("host_from")), (name, "tls.sni"))
            self.suite.equal(f"under TLS: {name}: what was seen and what was inferred",
                             [(e["kind"], e["field"], "Inferred" in e["msg"]) for e in event.get("evidence", [])],
                             [("claim", "tls.sni", True)])
        alone = Capture()
        visit_tls(alone, NAME, "198.51.100.9", SERVER)
        visit_tls(alone, NAME, "198.51.100.10", SERVER, at=1)
        self.suite.equal("TLS alone: nothing is said", self.detections("TLS alone", alone), [])

    def named_by_an_order(self):
        """The same capture with a list of files that holds the name, the address, or another name."""
        made = Capture()
        for number, client in enumerate(clients(3)):
            visit_tls(made, NAME, client, SERVER, at=number)
        shipped = (pathlib.Path(__file__).resolve().parents[2] / "rules" / "datasets").as_posix()
        for label, entry, value in (("name", f"{NAME}\n", NAME), ("sub-domains", ".panel.example\n", ".panel.example"),
                                    ("address", f"{SERVER}\n", SERVER), ("another", f"{FOREIGN}\n", None)):
            folder = self.folder / f"order-{label}"
            folder.mkdir()
            (folder / "order.list").write_text(entry)
            found = self.detections(f"order, {label}", made, f"rules.lists={shipped},{folder}")
            told = [(e["level"], e["family"], [(i["field"], i["value"]) for i in e["evidence"]], e["block"]["eligible"]) for e in found]
            self.suite.equal(f"order, {label}: what is said", told[-1:],
                             [] if value is None else [("suspected", "tls-panel", [("list", value)], False)])

    def looked_up(self):
        """A name that clients look up: what an order's list makes of it, alone and before its server is seen."""
        shipped = (pathlib.Path(__file__).resolve().parents[2] / "rules" / "datasets").as_posix()
        folder = self.folder / "order-looked-up"
        folder.mkdir()
        (folder / "order.list").write_text(f".panel.example\n{ELSEWHERE}\n")
        settings = ("detection.min_level=observed", f"rules.lists={shipped},{folder}")
        made = Capture()
        for number, client in enumerate(clients(3)):
            resolve(made, client, NAME, SERVER, at=number)
            resolve(made, client, FOREIGN, ELSEWHERE, at=number)
        told = self.detections("looked up", made, *settings)
        self.suite.equal("looked up: the name alone, once and at the end",
                         [(e["subject"], e["state"], e["host"], e["host_from"], e["level"], e.get("server"), e["clients"]) for e in told],
                         [("host", state, NAME, "dns", "observed", None, count) for state, count in (("new", 1), ("refresh", 3))])
        self.suite.equal("looked up: by default nothing", self.detections("looked up, default", made, settings[1]), [])
        portal = Capture()
        resolve(portal, "198.51.100.9", "www.photocall.tv", SERVER)
        self.suite.equal("a portal looked up: nothing", self.detections("a portal looked up", portal, settings[0]), [])
        visit_tls(portal, "www.photocall.tv", "198.51.100.9", SERVER, at=1)
        last = self.detections("a portal looked up and visited", portal, settings[0])[-1:]
        self.suite.equal("a portal looked up and visited: both count", [[(i["sid"], i["field"]) for i in e["evidence"]] for e in last],
                         [[(2109022, "tls.sni"), (2109101, "dns.query")]])

    def censored(self):
        """A name that resolvers withhold and clients ask for: no seizure, no block page; a little for its server."""
        made = Capture()
        for number, client in enumerate(clients(5)):
            withhold(made, client, NAME, 16, at=number)
        self.suite.equal("censored: nothing is said of the name", self.detections("censored", made, "detection.min_level=observed"), [])
        visit_panel(made, PayPanel(NAME, 8080), "198.51.100.10", SERVER, at=20)
        found = self.detections("censored, and served elsewhere", made)
        self.suite.equal("censored: its server's states", {e["state"] for e in found} & {"seized", "blocked", "withdrawn"}, set())
        signs = {e["sid"]: (e["kind"], e["weight"], e["count"]) for e in found[-1]["evidence"]}
        self.suite.equal("censored: it counts a little for the server", signs.get(2109110), ("claim", 10, 5))
        path = made.write(self.folder / "censored.pcap")
        told = [event["dns"] for event in self.daemon.replay(path, "--events", "dns").events]
        self.suite.equal("censored: the record", [d.get("ede") for d in told if d["type"] == "answer"],
                         [[{"code": 16, "purpose": "Censored"}]] * 5)

    def shared_by_tls(self):
        """Another site is seen over TLS alone: the address is shared, so it cannot be blocked."""
        for other in (False, True):
            made = Capture()
            for number, client in enumerate(clients(5)):
                visit_panel(made, PayPanel(NAME, 8080), client, SERVER, at=number)
            if other:
                visit_tls(made, "www.shop.example", "198.51.100.9", SERVER, at=30)
            visit_panel(made, PayPanel(NAME, 8080), "198.51.100.90", SERVER, at=900)
            last = self.detections(f"shared {other}", made, *CONDITIONS)[-1]
            self.suite.equal(f"shared {other}: eligible by address", last["block"]["eligible"], not other)
            self.suite.equal(f"shared {other}: other names", last["server"]["other_hosts"], int(other))

    def forged_notice(self):
        """One client's own server answers with a notice under a name that DNS ties elsewhere."""
        def ask(made, client, server, at):
            made.talk(client, server, 80, at=at).exchange(request("GET", "/", FOREIGN), SEIZED).close()

        made = Capture()
        resolve(made, "198.51.100.10", FOREIGN, ELSEWHERE)
        ask(made, "198.51.100.66", "203.0.113.99", 1)
        self.suite.equal("a forged notice: nothing is said", self.detections("a forged notice", made), [])
        ask(made, "198.51.100.67", "203.0.113.99", 2)
        self.suite.equal("two clients: it is seized", [e["state"] for e in self.detections("two clients", made)][:1], ["seized"])
        led = Capture()
        resolve(led, "198.51.100.66", FOREIGN, "203.0.113.99")
        ask(led, "198.51.100.66", "203.0.113.99", 1)
        self.suite.equal("DNS leads there: it is seized", [e["state"] for e in self.detections("DNS leads there", led)], ["seized"])

    def run(self):
        for part in (self.foreign_host, self.under_tls, self.named_by_an_order, self.looked_up, self.censored, self.shared_by_tls, self.forged_notice):
            part()
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(Names(sys.argv[1]).run())
