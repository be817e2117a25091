"""What the system tests share: results as lines, runs of vigied, a Redis of one's own, cleaning up."""
import atexit
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CAPTURES = ROOT / "tests" / "captures"
STATUS_GOOD, STATUS_RUNTIME, STATUS_USAGE, STATUS_DATA, STATUS_INPUT = 0, 1, 64, 65, 66
STATUS_UNAVAILABLE, STATUS_PERMISSION, STATUS_CONFIG = 69, 77, 78
# Everything that needs time or several clients is off: what could be proposed at all, is.
PROPOSE_ALL = ("block.basis=[content, listed, software]", "block.min_clients=1", "block.min_age=0",
               "block.min_watch=0", "block.replay=true")


class Suite:
    """Prints one line for each check; the script's exit status is finish()."""

    def __init__(self):
        self.failed = 0

    def check(self, name, good, why=""):
        if good:
            print(f"PASS {name}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL {name}: {' '.join(str(why).split())[:1500]}", flush=True)
        return good

    def equal(self, name, got, want):
        return self.check(name, got == want, f"got {got!r}, expected {want!r}")

    def skip(self, name, reason):
        print(f"SKIP {name}: {reason}", flush=True)

    def run(self, parts, about=""):
        """Calls each: one part's end must not hide the others."""
        for part in parts:
            try:
                part()
            except Exception as error:
                self.check(f"{about}{part.__name__}", False, f"{type(error).__name__}: {error}")

    def finish(self):
        return 1 if self.failed else 0


def scratch():
    """A folder of this run, gone at its end however it comes. World-readable: some checks run as nobody."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vigie-test-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    return folder


def environment():
    """Neither a journal nor a notify socket of whoever runs the tests; no state but what a test asks for."""
    own = {k: v for k, v in os.environ.items() if k not in ("JOURNAL_STREAM", "NOTIFY_SOCKET", "WATCHDOG_USEC")}
    return {"STATE_DIRECTORY": "/nonexistent"} | own


class Done:
    """What a run left: status, standard output and error as bytes, events, and how long it took."""

    def __init__(self, code, out, err, took):
        self.code, self.out, self.err, self.took = code, out, err, took

    @property
    def text(self):
        return self.err.decode(errors="replace").strip()

    @property
    def events(self):
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def detections(self):
        return [event for event in self.events if event["event_type"] == "detection"]

    def __str__(self):
        return f"exit status {self.code}, standard error: {self.text[-600:]}"


class Daemon:
    """Runs BUILD/vigied; settings are given as KEY=VALUE."""

    def __init__(self, build):
        self.path = str(pathlib.Path(build).resolve() / "vigied")

    def command(self, *arguments, settings=()):
        line = [self.path, *map(str, arguments)]
        for setting in settings:
            line += ["--set", setting]
        return line

    def run(self, *arguments, settings=(), stdin=b"", prefix=(), timeout=120):
        begun = time.monotonic()
        done = subprocess.run([*prefix, *self.command(*arguments, settings=settings)], input=stdin,
                              capture_output=True, timeout=timeout, env=environment(), cwd=ROOT)
        return Done(done.returncode, done.stdout, done.stderr, time.monotonic() - begun)

    def replay(self, capture, *arguments, settings=(), **how):
        return self.run("-r", capture, *arguments, settings=settings, **how)


def steady_detections(suite, daemon, name, path, settings=(), arguments=()):
    """What is detected in a capture: the same with any number of workers, and as the schema says."""
    outs = [daemon.replay(path, "--workers", count, *arguments, settings=settings) for count in (1, 3)]
    if outs[0].code != 0:
        raise RuntimeError(f"vigied failed: {outs[0]}")
    suite.check(f"{name}: the same with 1 and 3 workers", len({done.out for done in outs}) == 1)
    suite.equal(f"{name}: schema", schema_faults(outs[0].out.splitlines()), [])
    return outs[0].detections


def wait_until(condition, seconds=10.0, step=0.02):
    """The condition's first true value, or what it was at the end of the time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() >= end:
            return value
        time.sleep(step)


@contextlib.contextmanager
def started(command, **how):
    """A process that is gone when the block is left."""
    process = subprocess.Popen(command, env=environment(), cwd=ROOT, **how)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


class RedisError(Exception):
    pass


class Redis:
    """A redis-server on a Unix socket in `folder`, without memory of earlier ones unless `keep`."""

    def __init__(self, folder, *options, keep=False):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket = self.folder / "redis.sock"
        persistence = ["--appendonly", "yes", "--appendfsync", "always"] if keep else ["--appendonly", "no"]
        self.command = ["redis-server", "--port", "0", "--unixsocket", str(self.socket), "--save", "",
                        *persistence, "--dir", str(self.folder), "--logfile", str(self.folder / "redis.log"),
                        "--daemonize", "no", *options]
        self.process = None
        self.start()
        atexit.register(self.kill)

    @property
    def url(self):
        return f"unix://{self.socket}"

    def start(self):
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        if not wait_until(self.ready, 15):
            raise RuntimeError("redis-server does not answer")

    def ready(self):
        try:
            return self.call("PING") == b"PONG"
        except RedisError as error:
            return "NOAUTH" in str(error)
        except OSError:
            return False

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def call(self, *words):
        """One command, its reply as bytes, int, None or list."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(10)
            link.connect(str(self.socket))
            raw = [word if isinstance(word, bytes) else str(word).encode() for word in words]
            link.sendall(b"*%d\r\n" % len(raw) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in raw))
            with link.makefile("rb") as stream:
                return self.read(stream)

    def read(self, stream):
        line = stream.readline()
        kind, rest = line[:1], line[1:].rstrip(b"\r\n")
        if kind == b"-":
            raise RedisError(rest.decode(errors="replace"))
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        if kind == b"$":
            size = int(rest)
            return None if size < 0 else stream.read(size + 2)[:-2]
        if kind == b"*":
            return [self.read(stream) for _ in range(max(int(rest), 0))]
        raise OSError("Redis is gone")

    def entries(self, key="{vigie}:detections"):
        """A stream's entries as (id, {field: value}), oldest first."""
        out = []
        for name, fields in self.call("XRANGE", key, "-", "+"):
            pairs = [field.decode(errors="replace") for field in fields]
            out.append((name.decode(), dict(zip(pairs[::2], pairs[1::2]))))
        return out

    def members(self, key):
        return [member.decode() for member in self.call("ZRANGE", key, 0, -1)]

    def dump(self):
        """Every key with all it holds, as bytes, read by its type."""
        parts = []
        for key in sorted(self.call("KEYS", "*")):
            kind = self.call("TYPE", key).decode()
            read = {"string": ("GET", key), "hash": ("HGETALL", key), "set": ("SMEMBERS", key),
                    "zset": ("ZRANGE", key, 0, -1, "WITHSCORES"), "list": ("LRANGE", key, 0, -1),
                    "stream": ("XRANGE", key, "-", "+")}[kind]
            parts += [key, flatten(self.call(*read))]
        return b"\n".join(parts)


def schema_faults(lines):
    """What the schema of its event type has against each line, with the line."""
    sys.path.insert(0, str(ROOT / "tests" / "schema"))
    import validate
    out = []
    for line in lines:
        text = line if isinstance(line, str) else line.decode(errors="replace")
        out += [f"{fault} in {text[:300]}" for fault in validate.validate_line(text)]
    return out


def flatten(reply):
    if isinstance(reply, list):
        return b"\n".join(flatten(item) for item in reply)
    return reply if isinstance(reply, bytes) else str(reply).encode()


def level_rank(level):
    return ("none", "observed", "suspected", "confirmed").index(level)
