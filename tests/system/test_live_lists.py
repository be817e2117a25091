#!/usr/bin/env python3
"""The operators' lists in Redis, followed by two sensors on two links: what an entry does within a second.

usage: test_live_lists.py BUILD [PART...]. Needs root; without it each test is skipped.
"""
import json
import pathlib
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import Capture  # noqa: E402
from harness import ROOT, Daemon, Redis, Suite, scratch, wait_until  # noqa: E402
from names_maker import visit_tls  # noqa: E402
from netns import Pair  # noqa: E402
from stand_in import Panel, visit_panel, visit_site  # noqa: E402
from test_live import METRICS_PORT, Sensor, unfit  # noqa: E402

QUICK = ("block.min_clients: 1", "block.min_age: 0", "block.min_watch: 0")
ADDRESS = "203.0.113.50"


def strange_talk(made, client, server):
    talk = made.talk(client, server, 7777)
    talk.exchange(b"\x01\x99hello, who is there?\x00\x01", b"\x02\x98nobody that you know\x00" * 20).close()


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
        events = b"".join(fields["event"].encode() + b"\n" for _, fields in self.redis.entries())
        done = subprocess.run([sys.executable, ROOT / "tests" / "schema" / "validate.py", "-"], input=events, capture_output=True)
        self.suite.check("all events satisfy the schema", events and done.returncode == 0, done.stdout + done.stderr)
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
        what(made, f"198.51.{100 + self.captures // 250}.{1 + self.captures % 250}")
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
        since = self.last()
        self.visit(lambda made, client: strange_talk(made, client, "203.0.113.77"))
        nameless = wait_until(lambda: [e for _, e in self.told("", since=since) if e["server"]["ip"] == "203.0.113.77"], 3)
        self.suite.check("order: also where nobody knows what they speak", nameless and "host" not in nameless[0] and
                         nameless[0]["evidence"][0]["value"] == "203.0.113.0/24", nameless)
        # A name under TLS, of which no more is seen.
        self.list("add", "order", ".secret.example")
        time.sleep(0.5)
        self.visit(lambda made, client: visit_tls(made, "tv.secret.example", client, "198.18.0.9"), 0)
        self.visit(lambda made, client: visit_tls(made, "tv.secret.example", client, "192.0.2.99"), 0)
        hidden = wait_until(lambda: self.told("tv.secret.example"), 3) or [(0, {"evidence": [{}], "server": {}})]
        event = hidden[0][1]
        self.suite.check("order: a name in a handshake", event.get("level") == "suspected" and event["host_from"] == "tls.sni" and event["family"] == "tls-panel" and
                         [e["field"] for e in event["evidence"]] == ["list"] and not event["block"]["eligible"], event)
        self.suite.equal("order: nobody's business is told of nobody", {e["server"].get("ip") for _, e in hidden}, {"192.0.2.99"})
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

    def blocks(self):
        """What the configuration approves by itself is blocked; official names are never flagged."""
        self.begin("blocks", *QUICK, "block.approve: auto", "block.order: o-1")
        self.list("add", "order", "line.example", "--why", "a reason")
        time.sleep(0.5)
        self.panel("line.example", ADDRESS)
        self.suite.check("blocks: what an order names is blocked", wait_until(lambda: self.members("block:host") == ["line.example"], 5), self.told("line.example"))
        begun = time.time()
        self.list("add", "allow", ".line.example")
        self.within("blocks: allowed, it is no more", begun, lambda: self.members("block:host") == [])
        ops = [(fields["op"], fields["target"], fields["basis"], fields["order"]) for _, fields in self.redis.entries("{vigie}:blocks")]
        self.suite.check("blocks: the stream tells both, under the order that named it",
                         ops[0] == ("add", "line.example", "listed", "a reason") and ops[-1][:2] == ("withdraw", "line.example"), ops)
        self.list("del", "allow", ".line.example")
        self.suite.check("blocks: and again when it is allowed no more", wait_until(lambda: self.members("block:host") == ["line.example"], 3), ops)
        begun = time.time()
        self.list("add", "official", "line.example")
        self.within("blocks: official, it is no more", begun, lambda: self.members("block:host") == [])
        wait_until(lambda: len([1 for _, e in self.told("line.example")[-2:] if e["block"]["reason"] == "on the official list"]) == 2, 2)
        last = {event["sensor"]: event for _, event in self.told("line.example")}
        self.suite.check("blocks: both sensors withdrew it, cause list", all(e["state"] == "withdrawn" and e["cause"] == "list" for e in last.values()), last)
        since = self.last()
        self.panel("line.example", ADDRESS)
        time.sleep(0.5)
        self.suite.equal("blocks: and flag it no more", self.told("line.example", since=since), [])
        begun = time.time()
        self.list("del", "official", "line.example")
        self.list("add", "order", "line.example", "--for", "3s")
        time.sleep(0.5)
        self.panel("line.example", ADDRESS)
        self.suite.check("blocks: an entry that runs out holds until then", wait_until(lambda: self.members("block:host") == ["line.example"], 2),
                         self.told("line.example", since=since))
        self.within("blocks: and no longer", begun + 3, lambda: self.members("block:host") == [])
        self.suite.check("blocks: a heartbeat takes it off the list", wait_until(lambda: self.redis.call("HLEN", "{vigie}:list:order") == 0, 12))
        self.end()

    def shared(self):
        """s0 proposes an address; s1 alone sees another name there, before or after."""
        self.begin("shared", *QUICK, "block.basis: [software]")
        withdrawn = lambda host: any(e["state"] == "withdrawn" and e["cause"] == "shared" and e["sensor"] == "s0" for _, e in self.told(host))
        eligible = lambda host: any(e["block"]["eligible"] and e["block"]["scope"] == "ip_port" for _, e in self.told(host))
        # Known before: it may not even come to a proposal.
        self.site("other.example", "203.0.113.60", 1)
        time.sleep(0.3)
        self.panel("before.example", "203.0.113.60", 0)
        self.suite.check("shared: another name that s1 saw before is told to all", wait_until(lambda: self.members("shared:ip") == ["203.0.113.60"], 3), self.sensors[1].log)
        time.sleep(1)
        last = [e for _, e in self.told("before.example")][-1:]
        self.suite.check("shared: nothing is proposed of the address, or it was withdrawn", last and not last[0]["block"]["eligible"] and
                         (withdrawn("before.example") or not eligible("before.example")), last)
        # Seen afterwards: what was proposed ends.
        self.panel("after.example", "203.0.113.61", 0)
        self.suite.check("shared: an address is proposed", wait_until(lambda: self.members("propose:ip4") == ["203.0.113.61:8080"], 3), self.told("after.example"))
        time.sleep(0.5)
        begun = time.time()
        self.site("third.example", "203.0.113.61", 1)
        self.within("shared: withdrawn where s1 sees another name, cause shared", begun + 0.3, lambda: withdrawn("after.example"))
        self.suite.check("shared: no proposal stands", wait_until(lambda: self.members("propose:ip4") == [], 1), self.members("propose:ip4"))
        self.suite.equal("shared: both stand in Redis", self.members("shared:ip"), ["203.0.113.60", "203.0.113.61"])
        # A sensor that comes later knows it, too.
        self.sensors[0].stop()
        self.sensors[0].start()
        wait_until(lambda: self.metric(0, "sink_lists_up") == 1, 10)
        time.sleep(0.3)
        since = self.last()
        self.panel("after.example", "203.0.113.61", 0)
        told = wait_until(lambda: self.told("after.example", since=since), 3) or []
        self.suite.check("shared: after a restart it is proposed no more", told and not any(e["block"]["eligible"] for _, e in told) and
                         self.members("propose:ip4") == [], told)
        # The panel's own name alone makes nothing shared.
        self.site("quiet.example", "203.0.113.62", 1)
        self.panel("quiet.example", "203.0.113.62", 0)
        self.suite.check("shared: the same name at both sensors is not shared", wait_until(lambda: self.members("propose:ip4") == ["203.0.113.62:8080"], 3), self.members("propose:ip4"))
        time.sleep(1.2)
        self.suite.equal("shared: and stays proposed", self.members("propose:ip4"), ["203.0.113.62:8080"])
        self.end()

    def gaps(self):
        """What was written past vigiectl, a Redis that is away, one that lost its data."""
        self.begin("gaps", "lists.max_shrink: 40", count=1)
        self.list("import", "order", "-", text="".join(f"n{number}.example\n" for number in range(10)))
        self.suite.check("gaps: ten entries", wait_until(lambda: self.metric(0, "sink_list_order") == 10, 3), self.metric(0, "sink_list_order"))
        reads = self.metric(0, "sink_lists_reads_total")
        self.redis.call("HSET", "{vigie}:list:order", "past.example", "by hand")
        self.suite.check("gaps: an entry past vigiectl is noticed by count", wait_until(lambda: self.metric(0, "sink_list_order") == 11, 4), self.sensors[0].log)
        self.suite.equal("gaps: and read again, once", self.metric(0, "sink_lists_reads_total"), reads + 1)
        self.site("past.example", ADDRESS)
        self.suite.check("gaps: and it works", wait_until(lambda: self.told("past.example"), 3), self.sensors[0].log)
        # One goes and another comes: the count says nothing.
        self.redis.call("EVAL", "redis.call('HDEL', KEYS[1], 'n3.example'); return redis.call('HSET', KEYS[1], 'swapped.example', '{}')",
                        "1", "{vigie}:list:order")
        self.suite.check("gaps: one entry for another is noticed by a sample", wait_until(lambda: self.metric(0, "sink_lists_sampled_total") == 1 and self.metric(0, "sink_lists_reads_total") > reads + 1, 6),
                         self.sensors[0].log)
        seen = self.metric(0, "pipeline_listed_told_total")
        self.site("swapped.example", "203.0.113.54")
        wait_until(lambda: self.metric(0, "pipeline_listed_told_total") >= seen + 3, 3)
        self.suite.check("gaps: and it works", wait_until(lambda: self.told("swapped.example"), 3), self.sensors[0].log)
        self.suite.equal("gaps: that is one reading more", self.metric(0, "sink_lists_reads_total"), reads + 2)
        # Two spellings of one entry differ for ever, and make one reading more, not one a second.
        self.redis.call("HSET", "{vigie}:list:allow", "Twice.Example", '{"why":"a"}', "twice.example", '{"why":"b"}')
        self.suite.check("gaps: two spellings are met", wait_until(lambda: self.metric(0, "sink_lists_sampled_total") == 2, 6), self.sensors[0].log)
        time.sleep(4)
        self.suite.equal("gaps: and let alone then", (self.metric(0, "sink_lists_sampled_total"), self.metric(0, "sink_lists_reads_total")), (2, reads + 4))
        # A wildcard leaves the name itself out.
        self.list("add", "order", "*.below.example")
        wait_until(lambda: self.metric(0, "sink_list_order") == 12, 3)
        seen = self.metric(0, "pipeline_listed_told_total")
        self.site("below.example", "203.0.113.55")
        self.site("tv.below.example", "203.0.113.56")
        wait_until(lambda: self.metric(0, "pipeline_listed_told_total") >= seen + 3, 3)
        self.suite.check("gaps: a wildcard names what stands below it", wait_until(lambda: self.told("tv.below.example"), 3) and not self.told("below.example"),
                         self.sensors[0].log)
        self.list("del", "order", "*.below.example")
        self.suite.check("gaps: and is taken away", wait_until(lambda: self.metric(0, "sink_list_order") == 11, 3), self.metric(0, "sink_list_order"))
        # Much at once: the stream tells that, not each; and no packet is lost or looked at with half a list.
        told = self.metric(0, "pipeline_listed_told_total")
        names = "".join(f"m{number}.example\n" for number in range(50000))
        importing = subprocess.Popen([self.tool, "--redis", self.redis.url, "list", "import", "order", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        feeding = threading.Thread(target=importing.communicate, args=(names,))
        feeding.start()
        visits = 0
        while visits < 10 or feeding.is_alive():
            self.site("past.example", "203.0.113.70")
            visits += 1
        feeding.join()
        self.suite.check("gaps: fifty thousand at once", wait_until(lambda: self.metric(0, "sink_list_order") == 50011, 15), self.metric(0, "sink_list_order"))
        wait_until(lambda: self.metric(0, "pipeline_listed_told_total") == told + 3 * visits, 3)
        self.suite.equal("gaps: each visit meanwhile was seen and named", self.metric(0, "pipeline_listed_told_total") - told, 3 * visits)
        self.suite.equal("gaps: and no packet lost", (self.metric(0, "capture_kernel_drops_total"), self.metric(0, "worker_hits_lost_total")), (0, 0))
        # Trimmed away before the sensor came to it.
        self.sensors[0].process.send_signal(signal.SIGSTOP)
        for number in range(3):
            self.list("add", "order", f"t{number}.example")
        self.redis.call("XTRIM", "{vigie}:lists", "MAXLEN", 1)
        self.sensors[0].process.send_signal(signal.SIGCONT)
        self.suite.check("gaps: lines that were trimmed away", wait_until(lambda: self.metric(0, "sink_list_order") == 50014, 8), self.metric(0, "sink_list_order"))
        # Away: what was known holds.
        self.redis.kill()
        self.suite.check("gaps: Redis away is told", self.sensors[0].says("lists are not followed", 5), self.sensors[0].log)
        self.site("past.example", "203.0.113.51")
        time.sleep(1)
        self.redis.start()
        self.suite.check("gaps: what was known held meanwhile", wait_until(lambda: [e for _, e in self.told("past.example") if e["server"]["ip"] == "203.0.113.51"], 15), self.sensors[0].log)
        # It came back empty: a list that shrinks so much is not taken.
        self.suite.check("gaps: an empty Redis is refused", self.sensors[0].says("list order: refused", 10) and self.metric(0, "sink_list_order") == 50014 and
                         self.metric(0, "sink_lists_refused_total") == 1, self.sensors[0].log)
        self.list("import", "order", "-", "--replace", "--force", text="only.example\n")
        self.suite.check("gaps: an operator can make it so", wait_until(lambda: self.metric(0, "sink_list_order") == 1, 5), (self.metric(0, "sink_list_order"), self.sensors[0].log))
        self.end()

    PARTS = {"order": a_name_on_an_order, "proposals": proposals, "blocks": blocks, "shared": shared, "gaps": gaps}

    def run(self):
        reason = unfit()
        for name, part in self.PARTS.items():
            if sys.argv[2:] and name not in sys.argv[2:]:
                continue
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
