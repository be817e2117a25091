#!/usr/bin/env python3
"""What nobody reads is cut off (capture.cutoff): fewer packets, the same detections, requests and volumes.

usage: test_cutoff.py BUILD. Needs root; without it each test is skipped.
"""
import collections
import json
import random
import subprocess
import sys

from test_live import METRICS_PORT, Sensor, best, unfit
from capture_maker import SERVER, Capture, answer, request
from harness import Daemon, Redis, Suite, environment, scratch, wait_until
from netns import Pair
from stand_in import Panel, visit_panel
from ts_maker import Stream

MIB = 1 << 20
FILTER = ("not", "udp", "port", "9")  # the operator's own


def large_traffic():
    """A panel, its film in segments over one connection, its endless stream, a download, something encrypted."""
    made, panel = Capture(), Panel("tv.panel.example", 8080)
    visit_panel(made, panel, "198.51.100.7", "203.0.113.10")
    segments = made.talk("198.51.100.7", "203.0.113.10", 8080, at=0.5)
    body = Stream("Kanal Zwei", kilobits=2000).bytes(6)
    for number in range(5):
        told = answer(200, body, "video/mp2t", chunked=number == 3, chunk=200_000)
        segments.exchange(request("GET", f"/hls/rosalindfranklin/dna1953photo51/7_{number}.ts", panel.authority), told)
    segments.exchange(request("GET", "/hls/last.html", panel.authority), answer(404, b"<html>gone</html>")).close()
    endless = made.talk("198.51.100.8", "203.0.113.10", 8080, at=0.7)
    film = Stream("Kanal Drei", kilobits=2000).bytes(12)
    endless.exchange(panel.stream_request(1002), answer(200, film, "video/mp2t", [("Connection", "close")], length=False)).close(SERVER)
    film = made.talk("2001:db8:1::7", "2001:db8::10", at=0.2)
    film.exchange(request("GET", "/film.bin", "files.example"), answer(200, noise(3 * MIB), "application/octet-stream"))
    film.exchange(request("GET", "/next.html", "files.example"), answer(200, b"<html>next</html>")).close()
    chunks = made.talk("198.51.100.10", "203.0.113.10", 8080, at=0.4)
    for number in range(3):
        told = answer(200, noise(5 * MIB // 2, number), "application/octet-stream", chunked=True, chunk=4000)
        chunks.exchange(request("GET", f"/film/rosalindfranklin/dna1953photo51/{number}.mkv", panel.authority), told)
    chunks.exchange(request("GET", "/hls/last.html", panel.authority), answer(404, b"<html>gone</html>")).close()
    hidden = made.talk("198.51.100.9", "203.0.113.11", 9001, at=0.3)
    hidden.exchange(noise(300, 1), noise(2 * MIB, 2)).close()
    for number in range(20):
        made.datagrams("198.51.100.7", "203.0.113.12", 9, at=0.1 * number).client(b"not for us")
    return made


def noise(count, seed=0):
    return random.Random(seed).randbytes(count)


VOLUME = ("pkts_toserver", "pkts_toclient", "bytes_toserver", "bytes_toclient", "visibility")


class Run:
    """What one sensor told of the traffic."""

    def __init__(self, daemon, folder, path, mode, workers, *lines):
        pair, redis = Pair(), Redis(folder / "redis")
        events = folder / "events"
        sensor = Sensor(daemon, pair, folder, redis, f"capture.cutoff: {mode}", f"jsonl.path: {events}",
                        "jsonl.events: [http, flow]", *lines, arguments=("--workers", workers, *FILTER))
        try:
            pair.send(path)
            self.idle = wait_until(lambda: self.settled(pair), 10, 0.3)
            self.metrics = read_metrics(pair)
            self.status = sensor.stop()
            self.detections, self.log = best(redis), sensor.log
            self.events = [json.loads(line) for line in events.read_text().splitlines()]
        finally:
            sensor.close()
            redis.kill()
            pair.close()

    def settled(self, pair):
        before, self.seen = getattr(self, "seen", None), read_metrics(pair)
        return before is not None and before == self.seen

    def http(self):
        """Paths with status, and the bodies' lengths in the same order."""
        told = sorted((event["http"].get("url", ""), event["http"].get("status", 0), event["http"].get("length", 0))
                      for event in self.events if event["event_type"] == "http")
        return [row[:2] for row in told], [row[2] for row in told]

    def volumes(self):
        return sorted((event["src_port"], event["dest_port"], *(event["flow"][key] for key in VOLUME))
                      for event in self.events if event["event_type"] == "flow")

    def count(self, name):
        return self.metrics[f"vigie_{name}_total"]


def read_metrics(pair):
    page = pair.get(METRICS_PORT, "/metrics").split(b"\r\n\r\n", 1)[1].decode()
    told = collections.Counter()
    for line in page.splitlines():
        if line.startswith(("vigie_capture_", "vigie_flow_", "vigie_app_", "vigie_decode_")):
            name, value = line.rsplit(" ", 1)
            told[name.split("{")[0]] += float(value)
    return told


class CutOff:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()

    def compare(self, name, run, first, offered):
        suite = self.suite
        suite.equal(f"{name}: SIGTERM ends well", run.status, 0)
        suite.equal(f"{name}: detections", run.detections, first.detections)
        (asked, lengths), (first_asked, first_lengths) = run.http(), first.http()
        suite.equal(f"{name}: requests and answers", asked, first_asked)
        # Where the kernel waits for the client's turn, the frames of chunks are among the bytes of a long body.
        suite.check(f"{name}: their lengths", all(was <= now <= was * (1.005 if was > MIB else 1) for now, was
                                                  in zip(lengths, first_lengths)), (lengths, first_lengths))
        for counter in ("app_http_requests", "app_http_responses", "app_http_paired", "app_http_gaps", "flow_gap_bytes"):
            suite.equal(f"{name}: {counter}", run.count(counter), first.count(counter))
        suite.equal(f"{name}: volumes", run.volumes(), first.volumes())
        suite.equal(f"{name}: no packet is lost", run.count("capture_kernel_drops"), 0)
        suite.equal(f"{name}: taken and cut off are all that was sent",
                    run.count("capture_packets") + run.count("flow_cut_packets"), offered)

    def modes(self):
        made = large_traffic()
        path = made.write(self.folder / "large.pcap")
        offered = len(made.packets) - 20
        runs = {}
        for mode, workers in (("off", 1), ("worker", 1), ("kernel", 1), ("kernel", 2)):
            name = f"cut-off {mode}, {workers} worker(s)"
            runs[mode, workers] = Run(self.daemon, self.folder / f"{mode}{workers}", path, mode, workers)
            self.compare(name, runs[mode, workers], runs["off", 1], offered)
        off, worker = runs["off", 1], runs["worker", 1]
        self.suite.check("cut-off: the panel is found", off.detections, off.log)
        self.suite.equal("cut-off off: nothing is passed over", off.count("flow_passed"), 0)
        self.suite.check("cut-off worker: most segments are passed over", worker.count("flow_passed") > offered / 3, worker.metrics)
        self.suite.equal("cut-off worker: the kernel drops nothing", worker.count("flow_cut"), 0)
        for workers in (1, 2):
            run = runs["kernel", workers]
            refused = "going on as worker" in run.log
            if refused:
                self.suite.skip(f"cut-off kernel, {workers} worker(s): packets", " ".join(run.log.split())[-200:])
                continue
            self.suite.check(f"cut-off kernel, {workers} worker(s): under half of the packets reach user space",
                             run.count("capture_packets") < offered / 2, run.metrics)
            self.suite.equal(f"cut-off kernel, {workers} worker(s): the table was large enough", run.count("flow_cut_full"), 0)

    def small_table(self):
        """More directions than the table has room for: those are counted and taken as before."""
        made = Capture()
        for number in range(80):
            talk = made.talk(f"198.51.100.{number + 1}", "203.0.113.20", at=0.01 * number)
            talk.exchange(request("GET", f"/{number}.bin", "files.example"),
                          answer(200, noise(MIB // 4), "application/octet-stream")).wait(2)
            talk.exchange(request("GET", "/end", "files.example"), answer(200, b"<html>end</html>")).close()
        path = made.write(self.folder / "many.pcap")
        run = Run(self.daemon, self.folder / "small", path, "kernel", 1, "capture.cutoff_entries: 64")
        if "going on as worker" in run.log:
            self.suite.skip("cut-off, small table", "no permission")
            return
        self.suite.equal("cut-off, small table: SIGTERM ends well", run.status, 0)
        self.suite.check("cut-off, small table: entries come back", run.count("flow_cut") >= 64, run.metrics)
        self.suite.equal("cut-off, small table: requests", run.count("app_http_requests"), 160)

    def no_permission(self):
        """Said once, and on it goes."""
        pair, folder = Pair(), self.folder / "refused"
        folder.mkdir()
        (folder / "vigie.yaml").write_text("capture.cutoff: kernel\nmetrics.listen: \"\"\n")
        command = ["ip", "netns", "exec", pair.sensor, "setpriv", "--bounding-set", "-all,+net_raw", "--inh-caps", "-all",
                   *self.daemon.command("--check=1", "-i", pair.listen_on, "-c", folder / "vigie.yaml", "--workers", 2)]
        done = subprocess.run(command, capture_output=True, timeout=60, env=environment())
        pair.close()
        text = done.stderr.decode(errors="replace")
        self.suite.check("cut-off without permission: said once", text.count("going on as worker") == 1, text)
        self.suite.check("cut-off without permission: goes on", b"packets" in done.stdout, (done.stdout, text))

    PARTS = {"modes": modes, "small table": small_table, "no permission": no_permission}

    def run(self):
        reason = unfit()
        for name, part in self.PARTS.items():
            if reason:
                self.suite.skip(f"cut-off: {name}", reason)
                continue
            try:
                part(self)
            except Exception as error:  # one part's end must not hide the others
                self.suite.check(f"cut-off: {name}", False, f"{type(error).__name__}: {error}")
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(CutOff(sys.argv[1]).run())
