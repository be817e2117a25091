#!/usr/bin/env python3
"""Lists of a sensor that runs: replaced and taken up by SIGHUP without compiling rules again, refused where they have
shrunk, swapped under load without losing a packet and without keeping what they replaced.

usage: test_list_reload.py BUILD. Needs root; without it the test is skipped.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import Capture, answer, request  # noqa: E402
from harness import wait_until  # noqa: E402
from stand_in import visit_site  # noqa: E402
from test_live import METRICS_PORT, Live, best, unfit  # noqa: E402

NAMES, RELOADS = 100000, 8
MIB = 1 << 20


def replace(path, text):
    """As an operator should: written beside it, then renamed over it."""
    beside = path.with_suffix(".new")
    beside.write_text(text)
    os.replace(beside, path)


def names(count, stem="n"):
    return "name,source\n" + "".join(f".{stem}{number}.example,feed\n" for number in range(count))


class ListReload(Live):
    def __init__(self, build):
        super().__init__(build)
        binary = (pathlib.Path(build) / "vigied").read_bytes()
        self.sanitized = b"__asan_init" in binary or b"__tsan_init" in binary
        self.lists = self.folder / "lists"
        self.lists.mkdir()
        self.own = self.folder / "own-rules"
        self.own.mkdir()
        self.ctl, self.socket = pathlib.Path(build) / "vigiectl", self.folder / "state" / "test" / "control"
        (self.folder / "state").mkdir()
        os.environ["STATE_DIRECTORY"] = f"{self.folder}/state:/elsewhere"  # as systemd says it
        (self.own / "own.rules").write_text("")
        self.numbers = iter(range(10, 250))

    def visit(self, host):
        """Whether a request for this host makes a detection."""
        number = next(self.numbers)
        made = Capture()
        talk = made.talk("198.51.100.7", f"203.0.113.{number}")
        talk.exchange(request("GET", "/alive", host), answer(200, b"ok", "text/plain")).close()
        self.pair.send(made.write(self.folder / f"visit{number}.pcap"))
        return wait_until(lambda: host in {name for name, _ in best(self.redis)}, 2)

    def reload(self):
        """The log of one reload."""
        before = len(self.sensor.log)
        self.sensor.process.send_signal(signal.SIGHUP)
        wait_until(lambda: re.search(r"rules in force|rules are refused|refused; what was", self.sensor.log[before:]), 20)
        return self.sensor.log[before:]

    def counter(self, name):
        page = self.pair.get(METRICS_PORT, "/metrics").decode()
        found = re.search(rf"^vigie_{name}(?:_total)?(?:{{[^}}]*}})? ([0-9.e+]+)$", page, re.M)
        return float(found.group(1)) if found else None

    def swap(self):
        self.suite.check("lists: a name of a list is told", self.visit("one.canary.example"), self.sensor.log)
        self.suite.check("lists: another is not", not self.visit("two.canary.example"), self.sensor.log)
        replace(self.lists / "canary.list", "one.canary.example\ntwo.canary.example # new\n")
        said = self.reload()
        self.suite.check("lists: a reload reads what has changed alone", "as they were; lists anew" in said, said)
        self.suite.check("lists: and says how many entries there were and are", "list canary: 2 entries before, 3 now" in said, said)
        self.suite.check("lists: what has not changed is not told", "list portals" not in said, said)
        self.suite.check("lists: the new name is told", self.visit("two.canary.example"), self.sensor.log)
        self.suite.check("lists: some were left alone", self.counter("lists_reused") > 0, self.counter("lists_reused"))

    def mistakes(self):
        """A list with mistakes stays as it was; the others are taken."""
        replace(self.lists / "canary.list", "one.canary.example\n.co.uk\nlocalhost\n")
        replace(self.lists / "portals.csv", names(NAMES + 1))
        said = self.reload()
        self.suite.check("lists: the one without mistakes is taken", re.search(r"list portals: \d+ entries before, \d+ now", said), said)
        self.suite.equal("lists: the other one is counted", self.counter("lists_broken"), 1)
        self.suite.check("lists: mistakes are told with their places",
                         "canary.list:2:1:" in said and "canary.list:3:1:" in said, said)
        self.suite.check("lists: and what was in force stays", self.visit("two.canary.example"), self.sensor.log)
        replace(self.lists / "canary.list", "one.canary.example\n")

    def broken_rules(self):
        """Rules with mistakes stay as they were; lists are taken all the same."""
        (self.own / "own.rules").write_text('alert http any any -> any any (msg:"broken"; nonsense; sid:9900102; rev:1;)\n')
        replace(self.lists / "canary.list", "one.canary.example\nthree.canary.example\n")
        said = self.reload()
        self.suite.check("rules: mistakes are told with their places", "own.rules:1:" in said and "rules are refused" in said, said)
        self.suite.check("rules: the list is taken", self.visit("three.canary.example"), self.sensor.log)
        self.suite.check("rules: those that were there stay", self.visit("one.canary.example"), self.sensor.log)
        (self.own / "own.rules").write_text("")
        self.suite.check("rules: mended ones are taken", "rules in force" in self.reload(), self.sensor.log)

    def ask(self, *words, status=0):
        """vigiectl over the control socket: what it says, and its status."""
        done = subprocess.run([str(self.ctl), *words, "--socket", str(self.socket)], capture_output=True, text=True, timeout=60)
        self.suite.equal(f"vigiectl {' '.join(words)}: status", done.returncode, status)
        return done.stdout, done.stderr

    def asked(self):
        """A reload by the control socket is answered when it is over, with what was taken and what was refused."""
        replace(self.lists / "canary.list", "one.canary.example\nfour.canary.example\nfive.canary.example\n")
        out, err = self.ask("reload")
        self.suite.check("control: what was taken is told", "list canary: taken; 3 entries before, 4 now" in out and not err, out + err)
        self.suite.check("control: and is in force", self.visit("five.canary.example"), self.sensor.log)
        replace(self.lists / "canary.list", "one.canary.example\n203.0.113.300\n")
        (self.own / "own.rules").write_text("\nnonsense\n")
        out, err = self.ask("reload", status=78)
        self.suite.check("control: mistakes are told with their places", "canary.list:2:1:" in err and "own.rules:2:1:" in err, err)
        self.suite.check("control: and what they refuse", "rules: refused" in out and "list canary: refused for its mistakes" in out, out)
        told = json.loads(self.ask("reload", "--json", status=78)[0])
        self.suite.equal("control: the same as JSON", (told["ok"], told["configuration"], told["rules"]["outcome"],
                                                       [(e["name"], e["outcome"], e["now"]) for e in told["lists"]],
                                                       sorted((pathlib.Path(m["file"]).name, m["line"]) for m in told["mistakes"])),
                         (False, "taken", "refused", [("canary", "broken", 4)], [("canary.list", 2), ("own.rules", 2)]))
        (self.own / "own.rules").write_text("")
        replace(self.lists / "canary.list", "one.canary.example\nsix.canary.example\n")
        text = self.sensor.config.read_text()
        self.sensor.config.write_text(text + "nonsense: 1\n")
        out, err = self.ask("reload", status=78)
        self.suite.check("control: a mistake in the configuration refuses all", "configuration: refused" in out and "list " not in out
                         and f"vigie.yaml:{text.count(chr(10)) + 1}:1:" in err, out + err)
        self.sensor.config.write_text(text)
        told = json.loads(self.ask("reload", "--json")[0])
        self.suite.equal("control: and without it all is taken", (told["ok"], [(e["name"], e["now"]) for e in told["lists"]]), (True, [("canary", 3)]))
        replace(self.lists / "canary.list", "one.canary.example\n")
        told = [subprocess.Popen([str(self.ctl), "reload", "--json", "--socket", str(self.socket)], stdout=subprocess.PIPE) for _ in range(6)]
        heard = [json.loads(process.communicate(timeout=60)[0]) for process in told]
        self.suite.equal("control: six at once are all answered", [answer["ok"] for answer in heard], [True] * 6)
        status = json.loads(self.ask("status", "--json")[0])
        self.suite.equal("control: status", (status["sensor"], status["reloading"], status["pid"]),
                         ("test", False, self.sensor.process.pid))
        self.suite.equal("control: its counters are those of the metrics", status["counters"]["lists"]["loaded"], self.counter("lists_loaded"))
        self.suite.check("control: reloads are counted", status["counters"]["control"]["reloads_refused"] == self.counter("control_reloads_refused") >= 2,
                         status["counters"]["control"])
        self.suite.check("control: status in words", "lists.loaded " in self.ask("status")[0])
        self.suite.equal("control: mode", self.socket.stat().st_mode & 0o7777, 0o660)
        self.suite.equal("control: mode of its folder", self.socket.parent.stat().st_mode & 0o7027, 0)
        second = self.daemon.run("-i", self.pair.listen_on, "-c", self.sensor.config, prefix=("ip", "netns", "exec", self.pair.sensor),
                                 settings=(f"control.socket={self.socket}", "metrics.listen="))
        self.suite.check("control: a second daemon with the same socket does not start", second.code == 1 and "another daemon listens" in second.text, second)

    def shrinks(self):
        entries = self.counter("lists_entries")
        replace(self.lists / "portals.csv", names(10))
        said = self.reload()
        self.suite.check("lists: one that has lost too much is refused", "list portals: refused" in said, said)
        self.suite.equal("lists: it is counted", self.counter("lists_refused"), 1)
        self.suite.check("lists: its entries stay", abs(self.counter("lists_entries") - entries) < 10, entries)

    def memory(self):
        status = pathlib.Path(f"/proc/{self.sensor.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024

    def under_load(self):
        made = Capture()
        for number in range(40):
            visit_site(made, f"site{number}.example", "198.51.100.9", f"192.0.2.{number + 1}", at=number * 0.01)
        path = made.write(self.folder / "load.pcap")
        packets = len(made.in_order())
        rounds = 400
        replace(self.lists / "portals.csv", names(NAMES, "r"))
        self.reload()
        before, seen = self.memory(), self.counter("capture_packets")
        sender = subprocess.Popen(["ip", "netns", "exec", self.pair.sender, "tcpreplay", "--quiet", "--pps", "4000", "--loop", str(rounds),
                                   "-i", self.pair.send_to, str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        during = 0
        for number in range(RELOADS):
            replace(self.lists / "portals.csv", names(NAMES + number, "s" if number % 2 else "t"))
            said = self.reload()
            self.suite.check(f"load: reload {number} takes the list", "list portals:" in said and "in force" in said, said)
            during += sender.poll() is None
        grown = self.memory() - before
        self.suite.check("load: packets came meanwhile", during > 0, during)
        sender.terminate()
        sender.wait()
        time.sleep(0.5)
        taken = self.counter("capture_packets") - seen
        self.suite.check("load: packets were taken", taken > packets, taken)
        for name in ("capture_kernel_drops", "capture_interface_drops", "worker_handover_lost"):
            self.suite.equal(f"load: {name}", self.counter(name), 0)
        if self.sanitized:  # it keeps what was freed for a while, and tells leaks at the end
            self.suite.skip("load: nothing is kept of what was replaced", "built with a sanitizer")
        else:
            self.suite.check("load: nothing is kept of what was replaced", grown < 16 * MIB, f"{grown / MIB:.1f} MiB more")

    def run(self):
        reason = unfit()
        if reason:
            self.suite.skip("lists while running", reason)
            return self.suite.finish()
        (self.lists / "canary.list").write_text("one.canary.example\n")
        (self.lists / "portals.csv").write_text(names(NAMES))
        self.pair, self.redis, self.sensor = self.setting("lists", "detection.min_level: observed", f"rules.lists: [{self.lists}]",
                                                           f"rules.files: [{self.own}/*.rules]")
        self.suite.run((self.swap, self.mistakes, self.broken_rules, self.asked, self.shrinks, self.under_load), "lists: ")
        self.suite.equal("lists: SIGTERM ends well", self.sensor.stop(), 0)
        self.suite.check("control: the socket goes with the daemon", not self.socket.exists())
        self.ask("status", status=66)
        self.tidy(self.pair, self.redis, self.sensor)
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(ListReload(sys.argv[1]).run())
