#!/usr/bin/env python3
"""What `vigied --check` says of good and of bad mirrors, and the two halves of a tap.

usage: test_mirror.py BUILD
"""
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import Capture, answer, request  # noqa: E402
from harness import ROOT, STATUS_USAGE, Daemon, Suite, environment, scratch, wait_until  # noqa: E402
from netns import Pair, ip  # noqa: E402
import rewire  # noqa: E402
from test_live import unfit  # noqa: E402

LOGIN = ROOT / "tests" / "captures" / "xtream_login_playlist.pcap"


def sites(flows=90):
    """Ordinary conversations, enough of them to judge a mirror by."""
    made = Capture()
    for number in range(flows):
        talk = made.talk(f"198.51.100.{1 + number}", "203.0.113.40", 80, at=number * 0.01)
        talk.exchange(request("GET", f"/{number}", "shop.example"), answer(200, b"x" * 40000)).close()
    return made


class Mirror:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()
        self.config = self.folder / "vigie.yaml"
        self.config.write_text("{}\n")
        self.log = self.folder / "log"

    def start(self, pair, *arguments):
        """Running and looking: the log says so."""
        command = ["ip", "netns", "exec", pair.sensor, *self.daemon.command("-c", self.config, *arguments)]
        with open(self.log, "wb") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment())
        wait_until(lambda: " rules, " in self.log.read_text() or process.poll() is not None, 20)
        time.sleep(0.2)  # the workers' first dispatch
        return process

    def check(self, capture, *arguments):
        """{name: (grade, text)} of a look at this capture, and the exit status."""
        pair = Pair()
        looking = self.start(pair, "--check=4", "-i", pair.listen_on, *arguments)
        if capture is not None:
            pair.send(capture, "--multiplier=2")
        out, _ = looking.communicate(timeout=60)
        pair.close()
        lines = {line[9:24].strip(): (line[:9].strip(), line[24:]) for line in out.splitlines()}
        return lines, looking.returncode, self.log.read_text()

    def grades(self, name, capture, status, **want):
        lines, code, err = self.check(capture)
        got = {row: lines.get(row.replace("_", " "), ("missing", ""))[0] for row in want}
        self.suite.check(f"check: {name}", got == want and code == status, f"{code} {lines} {err}")
        return lines

    def run(self):
        self.refusals()
        reason = unfit()
        if reason:
            self.suite.skip("mirror", reason)
        else:
            self.wires()
        return self.suite.finish()

    def wires(self):
        frames = rewire.read(sites().write(self.folder / "sites.pcap"))
        written = {name: rewire.write(self.folder / f"{name}.pcap", change(frames)) for name, change in {
            "clean": lambda f: f, "half": lambda f: rewire.half(f, True), "doubled": rewire.doubled,
            "lossy": lambda f: rewire.lossy(f, 1, 0.05),
            "qinq": lambda f: rewire.wrapped(f, rewire.WRAPS["qinq"]),
            "asymmetric": lambda f: [one if one.up else two for one, two in zip(f, rewire.wrapped(f, rewire.WRAPS["vlan"]))],
        }.items()}
        lines = self.grades("a good mirror", written["clean"], 0, packets="good", drops="good", encapsulation="good",
                            directions="good", duplicates="good", hidden_loss="good", tags="good", rules="good",
                            Redis="doubtful")
        self.suite.check("check: doubts say what to do", "; set redis.url" in lines.get("Redis", ("", ""))[1], lines)
        self.grades("no packet", None, 1, packets="bad", directions="doubtful", hidden_loss="doubtful")
        lines = self.grades("half a conversation", written["half"], 1, packets="good", directions="bad")
        self.suite.check("check: half a conversation: advice", "mirror both directions" in lines["directions"][1], lines)
        self.grades("every packet twice", written["doubled"], 0, duplicates="doubtful", directions="good", hidden_loss="good")
        self.grades("packets missing", written["lossy"], 1, hidden_loss="bad", directions="good")
        lines = self.grades("tags", written["qinq"], 0, encapsulation="good", directions="good")
        self.suite.check("check: tags are named", "vlan 100 %" in lines["encapsulation"][1], lines)
        lines = self.grades("tags in one direction", written["asymmetric"], 0, tags="good", directions="good")
        self.suite.check("check: tags in one direction are told", "100 %" in lines["tags"][1], lines)
        lines, code, _ = self.check(None, "--set", "redis.url=redis://127.0.0.1:1")
        self.suite.check("check: no Redis", lines["Redis"][0] == "bad" and code == 1, lines)
        self.halves()

    def halves(self):
        """One half on each of two interfaces; both on one worker's table, whatever worker takes them."""
        frames = rewire.read(LOGIN)
        ups = rewire.write(self.folder / "up.pcap", rewire.half(frames, False))
        downs = rewire.write(self.folder / "down.pcap", rewire.half(frames, True))
        for workers in (1, 2):
            pair = Pair()
            other_out, other_in = f"{pair.send_to}b", f"{pair.listen_on}b"
            ip("-n", pair.sender, "link", "add", other_out, "type", "veth", "peer", "name", other_in, "netns", pair.sensor)
            for name, device in ((pair.sender, other_out), (pair.sensor, other_in)):
                ip("-n", name, "link", "set", device, "mtu", "9000")
                ip("-n", name, "link", "set", device, "up")
            told = self.folder / f"told-{workers}.json"
            sensor = self.start(pair, "-i", f"{pair.listen_on}+{other_in}", "--workers", str(workers),
                                "--set", f"jsonl.path={told}", "--set", "metrics.listen=", "--set", "verdict.state_file=")
            senders = [subprocess.Popen(["ip", "netns", "exec", pair.sender, "tcpreplay", "--quiet", "-i", device, path],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                       for device, path in ((pair.send_to, ups), (other_out, downs))]
            for sender in senders:
                sender.wait(30)
            time.sleep(1.0)
            sensor.terminate()
            sensor.communicate(timeout=30)
            err = self.log.read_text()
            text = told.read_text() if told.exists() else ""
            self.suite.check(f"tap: both halves, {workers} workers", '"level":"suspected"' in text or
                             '"level":"confirmed"' in text, f"{sensor.returncode} {err} {text[:500]}")
            self.suite.check(f"tap: seen in both directions, {workers} workers", '"directions":"both"' in text, text[:500])
            self.suite.check(f"tap: the sensor is called by both, {workers} workers",
                             f"{pair.listen_on}+{other_in}" in text, text[:300])
            pair.close()

    def refusals(self):
        for arguments in (("--check",), ("--check=0", "-i", "lo"), ("--check=x", "-i", "lo"), ("--check", "-r", "x.pcap")):
            done = self.daemon.run(*arguments)
            self.suite.check(f"usage: {' '.join(arguments)}", done.code == STATUS_USAGE, done)


sys.exit(Mirror(sys.argv[1]).run())
