#!/usr/bin/env python3
"""The daemon on an interface: what it takes of what is offered, what that costs, and how late detections are.

usage: bench_live.py BUILD [--scale S] [--corpus NAME] [--speeds LIST] [--workers N,N...] [--latency SECONDS]

A veth pair between two namespaces, tcpreplay with a preloaded capture on one end, vigied and a Redis on the
other. Needs root, tcpreplay and redis-server. README.md tells what the columns mean.
"""
import argparse, datetime, json, os, pathlib, re, signal, subprocess, sys, threading, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "system")]
from capture_maker import Capture  # noqa: E402
from harness import Daemon, Redis, scratch, wait_until  # noqa: E402
from netns import Pair  # noqa: E402
from stand_in import Panel, visit_panel  # noqa: E402
from test_live import METRICS_PORT, Sensor, best, unfit  # noqa: E402

HEAD = ("speed", "cut-off", "workers", "Redis", "offered", "Mbit/s", "kpps", "taken", "cut in kernel", "dropped", "dropped %", "CPU s",
        "requests", "services")
MODES = ("off", "worker", "kernel")
# Servers of the corpora are in 198.18.0.0/15, nobody's business otherwise.
LINES = ("verdict.private_servers: true", "capture.ring: 64MiB", "stats.interval: 1h")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--scale", type=float, default=0.2, help="of the corpus; 1 is the size named in README.md")
    parser.add_argument("--corpus", default="elephants", choices=("elephants", "mixed", "many"))
    parser.add_argument("--speeds", default="own,top", help="own: the capture's pace; top: as fast as it goes; 700kpps: packets a second; or Mbit/s; '': no table")
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--latency", type=float, default=15, help="seconds of the latency's measurement; 0 leaves it out")
    return parser.parse_args()


def make_corpus(build, name, scale):
    folder = build / "bench" / "corpora"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{scale:g}.pcap"
    if not path.exists():
        subprocess.run([build / "bench" / "make_corpus", name, path, str(scale)], check=True, stdout=subprocess.DEVNULL)
    return path


def read_metrics(pair):
    page = pair.get(METRICS_PORT, "/metrics").split(b"\r\n\r\n", 1)[1].decode()
    told = {}
    for line in page.splitlines():
        if line.startswith("vigie_"):
            name, value = line.rsplit(" ", 1)
            name = name.split("{")[0].removeprefix("vigie_").removesuffix("_total")
            told[name] = told.get(name, 0) + float(value)
    return told


def processor_seconds(process):
    """Of all its threads, which live as long as it does; what the kernel's filter costs is the sender's."""
    threads = pathlib.Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def replay(pair, path, speed):
    """Packets, and Mbit and packets a second, that tcpreplay says it has sent."""
    named = {"own": [], "top": ["--topspeed"]}
    how = named[speed] if speed in named else ["--pps", f"{speed[:-4]}000"] if speed.endswith("kpps") else ["--mbps", speed]
    command = ["ip", "netns", "exec", pair.sender, "tcpreplay", "--preload-pcap", *how, "-i", pair.send_to, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        sys.exit(f"tcpreplay: {done.stderr}")
    return (int(re.search(r"Actual: (\d+) packets", done.stdout)[1]), float(re.search(r"([\d.]+) Mbps", done.stdout)[1]),
            float(re.search(r"([\d.]+) pps", done.stdout)[1]))


class SlowRedis:
    """A Redis that stands still most of the time."""

    def __init__(self, redis):
        self.process, self.over = redis.process, threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        while not self.over.is_set():
            self.process.send_signal(signal.SIGSTOP)
            self.over.wait(0.3)
            self.process.send_signal(signal.SIGCONT)
            self.over.wait(0.02)

    def close(self):
        self.over.set()
        self.thread.join()


class Setting:
    """A pair, a Redis and a sensor that has loaded everything and sees nothing yet."""

    def __init__(self, daemon, folder, mode, workers, state):
        self.pair, self.redis = Pair(), Redis(folder / "redis")
        self.sensor = Sensor(daemon, self.pair, folder, self.redis, f"capture.cutoff: {mode}", *LINES,
                             arguments=("--workers", workers))
        self.wait_for_redis()
        self.slow = SlowRedis(self.redis) if state == "slow" else None
        if state == "down":
            self.redis.kill()
        self.before, self.spent = read_metrics(self.pair), processor_seconds(self.sensor.process)

    def wait_for_redis(self):
        wait_until(lambda: read_metrics(self.pair).get("sink_redis_up") == 1, 20, 0.1)

    def settle(self):
        """What the sensor has counted when nothing moves any more."""
        last = None
        for _ in range(40):
            now = {name: value - self.before.get(name, 0) for name, value in read_metrics(self.pair).items()
                   if name.startswith(("capture_", "flow_", "app_", "worker_"))}
            if now == last:
                return now, processor_seconds(self.sensor.process) - self.spent
            last = now
            time.sleep(0.25)
        return last, processor_seconds(self.sensor.process) - self.spent

    def end(self):
        """The services that are in Redis when the sensor has gone, a Redis that was away being back."""
        if self.slow is not None:
            self.slow.close()
        if self.redis.process is None:
            self.redis.start()
            self.wait_for_redis()
        self.sensor.stop()
        found = best(self.redis)
        self.close()
        return found

    def close(self):
        self.sensor.close()
        self.redis.kill()
        self.pair.close()


def measure(daemon, folder, path, speed, mode, workers, state):
    setting = Setting(daemon, folder, mode, workers, state)
    offered, rate, pace = replay(setting.pair, path, speed)
    _, spent = setting.settle()
    if "going on as worker" in setting.sensor.log:
        mode += " (refused)"
    # Flows that go on keep what the kernel has dropped of them until they end: the sensor's last words tell.
    told = setting.settle()[0]
    found = setting.end()
    drops = told["capture_kernel_drops"] + told["capture_interface_drops"] + told["worker_handover_lost"]
    cut = offered - told["capture_packets"] - told["capture_kernel_drops"] - told["capture_interface_drops"]
    return (speed, mode, workers, state, f"{offered:,}", f"{rate:,.0f}", f"{pace / 1000:,.0f}",
            f"{told['capture_packets']:,.0f}", f"{cut:,.0f}", f"{drops:,.0f}",
            f"{100 * drops / offered:.2f}", f"{spent:.3f}", f"{told['app_http_requests']:.0f}", len(found))


def panels(folder, seconds):
    """Distinct panels, one visit of each, ten a second."""
    made = Capture()
    for number in range(int(seconds * 10)):
        visit_panel(made, Panel(f"tv{number}.panel.example", 8080), f"198.51.100.{number % 250 + 1}",
                    f"203.0.{113 + number // 250}.{number % 250 + 1}", at=number * 0.1)
    return made.write(folder / "panels.pcap")


def latencies(redis):
    out = []
    for entry, fields in redis.entries():
        event = json.loads(fields["event"])
        seen = datetime.datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00")).timestamp()
        out.append(int(entry.split("-")[0]) - seen * 1000)
    return sorted(out)


def measure_latency(daemon, folder, build, seconds, workers):
    """Half of what one run took at full speed goes on beside the panels."""
    path = make_corpus(build, "mixed", 0.1)
    setting = Setting(daemon, folder / "rate", "worker", workers, "up")
    offered, rate, _ = replay(setting.pair, path, "top")
    told, _ = setting.settle()
    setting.end()
    half = rate * told["capture_packets"] / offered / 2
    visits = panels(folder, seconds)
    setting = Setting(daemon, folder / "half", "worker", workers, "up")
    over = threading.Event()

    def load():
        while not over.is_set():
            replay(setting.pair, path, f"{half:.0f}")

    thread = threading.Thread(target=load)
    thread.start()
    time.sleep(0.5)
    setting.pair.send(visits)
    over.set()
    thread.join()
    told, _ = setting.settle()
    late = latencies(setting.redis)
    found = len(setting.end())
    at = lambda share: f"{late[min(len(late) - 1, int(share * len(late)))]:.1f}"  # noqa: E731
    return (f"latency: {len(late)} detections of {found} services, {workers} worker(s) at {half:.0f} Mbit/s beside them (half of what "
            f"was taken at full speed), {told['capture_kernel_drops']:.0f} packets dropped: median {at(0.5)} ms, "
            f"99th percentile {at(0.99)} ms, largest {late[-1]:.1f} ms")


def show(lines):
    widths = [max(len(str(line[column])) for line in lines) for column in range(len(HEAD))]
    for number, line in enumerate(lines):
        cells = [str(cell).ljust(width) if column in (0, 1, 3) else str(cell).rjust(width)
                 for column, (cell, width) in enumerate(zip(line, widths))]
        print("| " + " | ".join(cells) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def main():
    wanted = parse()
    if reason := unfit():
        sys.exit(f"bench-live: {reason}")
    daemon, folder, number = Daemon(wanted.build), scratch(), 0
    path = make_corpus(wanted.build, wanted.corpus, wanted.scale)
    counts = [int(word) for word in wanted.workers.split(",")]
    speeds = [speed for speed in wanted.speeds.split(",") if speed]
    runs = [(speed, mode, workers, "up") for speed in speeds for workers in counts for mode in MODES]
    runs += [(speed, "worker", counts[-1], state) for speed in speeds[-1:] for state in ("slow", "down")]
    lines = [HEAD]
    for number, run in enumerate(runs):
        print(f"\r{number + 1} of {len(runs)} ", end="", file=sys.stderr, flush=True)
        lines.append(measure(daemon, folder / str(number), path, *run))
    print("\r", end="", file=sys.stderr)
    print(f"{path.name}, {os.cpu_count()} cores for sender, sensor and Redis together, load {os.getloadavg()[0]:.1f} at the end")
    if runs:
        show(lines)
    for workers in counts if wanted.latency > 0 else ():
        print(measure_latency(daemon, folder / f"latency{workers}", wanted.build, wanted.latency, workers), flush=True)


main()
