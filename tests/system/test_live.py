#!/usr/bin/env python3
"""The daemon on an interface: traffic over a veth pair between two namespaces, detections in a real Redis.

usage: test_live.py BUILD. Needs root; without it each test is skipped.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import Capture, answer, request  # noqa: E402
from harness import CAPTURES, Daemon, Redis, Suite, environment, level_rank, scratch, wait_until  # noqa: E402
from netns import Pair, ip  # noqa: E402
from stand_in import Panel, visit_panel, visit_site  # noqa: E402

LOGIN = CAPTURES / "xtream_login_playlist.pcap"
LOGIN_HOST, LOGIN_SECRETS, LOGIN_CLIENT = "line.tvhub24.example", (b"kx7Qp2subscriber", b"Zt9secretPw"), b"198.51.100.23"
METRICS_PORT = 9142
PROPOSE = ("block.basis: [content, listed, software]", "block.min_clients: 1", "block.min_age: 0", "block.min_watch: 0",
           "block.require_verified: false")
GOOD_RULE = ('alert http any any -> any any (msg:"{name} seen"; flow:established,to_client; http.server; content:"{name}"; '
             'metadata: family portal, role portal, weight 60, reason {reason}; sid:{sid}; rev:1;)\n')


class Sensor:
    """One vigied in the sensor's namespace, its log in a file."""

    def __init__(self, daemon, pair, folder, redis, *lines, arguments=()):
        self.daemon, self.pair, self.folder = daemon, pair, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.config = folder / "vigie.yaml"
        self.config.write_text("\n".join(("sensor: test", f"metrics.listen: 127.0.0.1:{METRICS_PORT}",
                                          f"redis.url: {redis.url}", *lines)) + "\n")
        self.log_path, self.arguments, self.process = folder / "log", arguments, None
        self.start()

    def start(self):
        command = self.daemon.command("-i", self.pair.listen_on, "-c", self.config, *self.arguments)
        with open(self.log_path, "ab") as log:
            self.begun = log.tell()
            self.process = subprocess.Popen(["ip", "netns", "exec", self.pair.sensor, *command], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=log, env=environment())
        if not self.says(" rules, ", 15):
            raise RuntimeError(f"vigied did not start: {self.log}")
        time.sleep(0.1)  # the workers' first dispatch

    @property
    def log(self):
        return self.log_path.read_bytes()[self.begun:].decode(errors="replace")

    def says(self, text, seconds=5):
        return wait_until(lambda: text in self.log or self.process.poll() is not None and text in self.log, seconds)

    def stop(self, number=signal.SIGTERM, seconds=15):
        """Sends the signal, returns the exit status; None where the daemon did not end."""
        self.process.send_signal(number)
        return self.wait(seconds)

    def wait(self, seconds=15):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def best(redis):
    """The highest level at which each service stands in the stream, with its id and score."""
    out = {}
    for _, fields in redis.entries():
        key = (fields.get("host", ""), fields["id"])
        value = (level_rank(fields["level"]), int(fields["score"]))
        out[key] = max(out.get(key, (0, 0)), value)
    return out


def firsts(redis):
    counts = {}
    for _, fields in redis.entries():
        counts[fields["id"]] = counts.get(fields["id"], 0) + (fields.get("first") == "1")
    return counts


class Live:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()

    def setting(self, name, *lines, redis_options=None, arguments=()):
        """A pair, a Redis and a sensor of a test's own."""
        pair = Pair()
        folder = self.folder / name
        redis = Redis(folder / "redis", **(redis_options or {}))
        return pair, redis, Sensor(self.daemon, pair, folder, redis, *lines, arguments=arguments)

    def tidy(self, pair, redis, sensor):
        sensor.close()
        redis.kill()
        pair.close()

    def one_second(self):
        pair, redis, sensor = self.setting("latency", "capture.idle_warning: 1s")
        watch = pair.watch()
        pair.send(LOGIN)
        reached = wait_until(lambda: [e for e in redis.entries() if e[1].get("host") == LOGIN_HOST], 5)
        self.suite.check("live: the panel's detection is in Redis", reached, sensor.log)
        if reached:
            seen = watch.first(b"HTTP/1.1 200")
            late = int(reached[0][0].split("-")[0]) / 1000 - seen
            self.suite.check("live: within one second of the panel's answer on the wire", -0.05 < late < 1, f"{late:.3f} s")
            event = json.loads(reached[0][1]["event"])
            self.suite.check("live: the event says so", event["mode"] == "live" and event["sensor"] == "test" and event["level"] != "observed", event)
        watch.close()
        self.suite.check("live: no packet is a warning", sensor.says("no packet for", 4), sensor.log)
        pair.send(LOGIN)
        self.suite.check("live: and its end is told", sensor.says("packets come again", 4), sensor.log)
        page = pair.get(METRICS_PORT, "/metrics")
        self.suite.check("metrics: answered", b" 200 " in page.split(b"\r\n")[0] and b"vigie_capture_packets_total" in page, page[:300])
        packets = [line for line in page.splitlines() if line.startswith(b"vigie_capture_packets_total")]
        self.suite.check("metrics: packets are counted", packets and float(packets[0].split()[-1]) >= 400, packets)
        planted = [secret for secret in (*LOGIN_SECRETS, LOGIN_CLIENT, b"c6336417") if secret.lower() in page.lower()]
        self.suite.equal("metrics: no credential, no client", planted, [])
        self.suite.check("metrics: another path is refused", b" 404 " in pair.get(METRICS_PORT, "/secrets").split(b"\r\n")[0])
        self.suite.equal("live: SIGTERM ends well", sensor.stop(), 0)
        leaks = [secret for secret in (*LOGIN_SECRETS, LOGIN_CLIENT) if secret in sensor.log.encode() + redis.dump()]
        self.suite.equal("live: no credential and no client in log and Redis", leaks, [])
        self.tidy(pair, redis, sensor)

    def restart(self):
        pair, redis, sensor = self.setting("restart", f"verdict.state_file: {self.folder}/restart.state", "detection.refresh: 1s")
        pair.send(LOGIN)
        wait_until(lambda: LOGIN_HOST in {host for host, _ in best(redis)}, 5)
        before = len(redis.entries())
        self.suite.equal("restart: SIGTERM ends well", sensor.stop(), 0)
        sensor.start()
        pair.send(LOGIN)
        went_on = wait_until(lambda: len(redis.entries()) > before, 5)
        states = [fields["state"] for _, fields in redis.entries()[before:]]
        self.suite.check("restart: the state file lets it go on with refresh", went_on and set(states) == {"refresh"}, (states, sensor.log))
        before = len(redis.entries())
        sensor.stop(signal.SIGKILL)
        sensor.start()
        pair.send(LOGIN)
        self.suite.check("restart after a kill: detections go on", wait_until(lambda: len(redis.entries()) > before, 5), sensor.log)
        # In the middle of a transfer: the second half is picked up.
        sender = subprocess.Popen(["ip", "netns", "exec", pair.sender, "tcpreplay", "--quiet", "--pps", "200", "-i", pair.send_to, str(LOGIN)],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.6)
        sensor.stop()
        sensor.start()
        sender.wait()
        time.sleep(0.5)
        counts = firsts(redis)
        self.suite.check("restart: no service is first twice", counts and all(count == 1 for count in counts.values()), counts)
        self.tidy(pair, redis, sensor)

    def reload(self):
        own = self.folder / "own-rules"
        own.mkdir()
        (own / "one.rules").write_text(GOOD_RULE.format(name="FirstServer", reason="first-server", sid=9900101))
        pair, redis, sensor = self.setting("reload", f"rules.files: [{own}/*.rules]")

        def visit(name, number):
            made = Capture()
            told = answer(200, b"<html>hello</html>").replace(b"Server: nginx", f"Server: {name}".encode())
            talk = made.talk("198.51.100.7", f"203.0.113.{number}")
            talk.exchange(request("GET", "/", f"{name.lower()}.example"), told).close()
            pair.send(made.write(self.folder / f"visit{number}.pcap"))
            return wait_until(lambda: f"{name.lower()}.example" in {host for host, _ in best(redis)}, 2)

        self.suite.check("reload: a rule of the site's own works", visit("FirstServer", 10), sensor.log)
        self.suite.check("reload: what no rule asks for is not told", not visit("SecondServer", 11), sensor.log)
        (own / "two.rules").write_text("# broken\nalert http any any -> any any (msg:\"broken\"; nonsense; sid:9900102; rev:1;)\n")
        sensor.process.send_signal(signal.SIGHUP)
        self.suite.check("reload: a broken file is refused", sensor.says("refused", 10), sensor.log)
        self.suite.check("reload: with file, line and column", f"{own}/two.rules:2:" in sensor.log, sensor.log)
        self.suite.check("reload: what was in force stays", visit("FirstServer", 12), sensor.log)
        (own / "two.rules").write_text(GOOD_RULE.format(name="SecondServer", reason="second-server", sid=9900102))
        sensor.process.send_signal(signal.SIGHUP)
        self.suite.check("reload: a good one is taken", sensor.says("in force", 10) and wait_until(lambda: "rules in force" in sensor.log, 10), sensor.log)
        self.suite.check("reload: and works", visit("SecondServer", 13), sensor.log)
        for _ in range(5):
            sensor.process.send_signal(signal.SIGHUP)
        self.suite.check("reload: five at once do no harm", visit("FirstServer", 14) and sensor.process.poll() is None, sensor.log)
        self.suite.equal("reload: SIGTERM ends well", sensor.stop(), 0)
        self.tidy(pair, redis, sensor)

    def drain(self):
        """SIGTERM right behind forty panels, and a Redis that was away meanwhile."""
        pair, redis, sensor = self.setting("drain", redis_options={"keep": True})
        made = Capture()
        for number in range(40):
            visit_panel(made, Panel(f"tv{number}.panel.example", 8080), "198.51.100.7", f"203.0.113.{10 + number}", at=number * 0.01)
        path = made.write(self.folder / "forty.pcap")
        redis.kill()
        pair.send(path, "--mbps", "50")
        self.suite.check("Redis away: it is said", sensor.says("edis", 5), sensor.log)
        time.sleep(0.5)
        redis.start()
        arrived = wait_until(lambda: len(best(redis)) == 40, 15)
        self.suite.check("Redis away: everything arrives when it is back", arrived, (len(best(redis)), sensor.log))
        seqs = [int(fields["seq"]) for _, fields in redis.entries()]
        self.suite.equal("Redis away: each detection once, in order", seqs, list(range(1, len(seqs) + 1)))
        redis.call("FLUSHALL")
        sensor.stop()
        sensor.start()
        pair.send(path, "--mbps", "50")  # SIGTERM comes while the last packets stand in the kernel's ring
        self.suite.equal("SIGTERM behind forty panels: ends well", sensor.stop(), 0)
        self.suite.equal("SIGTERM behind forty panels: all are in Redis", len(best(redis)), 40)
        self.tidy(pair, redis, sensor)

    def interface_goes(self):
        pair, redis, sensor = self.setting("gone")
        pair.send(LOGIN)
        ip("-n", pair.sensor, "link", "del", pair.listen_on)
        self.suite.equal("an interface that disappears: exit status", sensor.wait(10), 1)
        self.suite.check("an interface that disappears: it is named", pair.listen_on in sensor.log, sensor.log)
        self.suite.check("an interface that disappears: what was found is in Redis", LOGIN_HOST in {host for host, _ in best(redis)}, sensor.log)
        self.tidy(pair, redis, sensor)

    def workers(self):
        made = Capture()
        for number in range(12):
            server, host = f"203.0.113.{30 + number}", f"tv{number}.panel.example"
            visit_panel(made, Panel(host, 8080), f"198.51.100.{7 + number}", server, at=number * 0.05)
            visit_site(made, f"site{number}.example", f"198.51.100.{7 + number}", f"203.0.113.{60 + number}", at=number * 0.05)
        path = made.write(self.folder / "twelve.pcap")
        results = {}
        for count in (1, 2):
            pair, redis, sensor = self.setting(f"workers{count}", arguments=("--workers", count))
            pair.send(path)
            wait_until(lambda: len(best(redis)) >= 12, 5)
            time.sleep(0.3)
            self.suite.equal(f"{count} worker(s): SIGTERM ends well", sensor.stop(), 0)
            results[count] = best(redis)
            self.tidy(pair, redis, sensor)
        self.suite.equal("live: twelve panels are found", len(results[1]), 12)
        self.suite.check("live: two workers give what one gives", results[1] == results[2], results)

    def canary(self):
        lists = self.folder / "lists"
        lists.mkdir()
        (lists / "canary.list").write_text("canary.isp.example\n")
        pair, redis, sensor = self.setting("canary", *PROPOSE, "detection.min_level: observed", arguments=("--set", f"rules.lists={lists}"))
        made = Capture()
        talk = made.talk("198.51.100.7", "203.0.113.99")
        talk.exchange(request("GET", "/alive", "canary.isp.example"), answer(200, b"ok", "text/plain")).close()
        pair.send(made.write(self.folder / "canary.pcap"))
        told = wait_until(lambda: [json.loads(f["event"]) for _, f in redis.entries() if f.get("host") == "canary.isp.example"], 5)
        self.suite.check("canary: arrives in Redis", told, sensor.log)
        self.suite.check("canary: never eligible", told and not any(event["block"]["eligible"] for event in told), told)
        kept = [key for key in redis.call("KEYS", "*") if b":propose:" in key or b":block:" in key]
        self.suite.equal("canary: proposes nothing", kept, [])
        self.suite.equal("canary: SIGTERM ends well", sensor.stop(), 0)
        self.tidy(pair, redis, sensor)

    PARTS = {"latency, metrics, idle": one_second, "restart": restart, "reload": reload, "drain": drain,
             "interface": interface_goes, "workers": workers, "canary": canary}

    def run(self):
        reason = unfit()
        for name, part in self.PARTS.items():
            if reason:
                self.suite.skip(f"live: {name}", reason)
                continue
            try:
                part(self)
            except Exception as error:  # one part's end must not hide the others
                self.suite.check(f"live: {name}", False, f"{type(error).__name__}: {error}")
        return self.suite.finish()


def unfit():
    if os.geteuid() != 0:
        return "needs root"
    if not shutil.which("tcpreplay"):
        return "needs tcpreplay"
    try:
        Pair().close()
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no network namespaces here ({error})"
    return None


if __name__ == "__main__":
    sys.exit(Live(sys.argv[1]).run())
