"""A private redis-server on a Unix socket, a client in fifty lines, and a runner: Python's own library only.

Every server lives in a temporary folder of its own and ends with the test that started it.
"""
import contextlib, hashlib, json, os, pathlib, shutil, signal, socket, subprocess, sys, tempfile, time, traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT_PARTS = ["facts", "block", "score", "service", "call"]
PREFIX = "{vigie}"


class RedisError(Exception):
    pass


class Client:
    """RESP2 over a Unix socket."""

    def __init__(self, path, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("rb")

    def send(self, *words):
        out = [b"*%d\r\n" % len(words)]
        for word in words:
            data = word if isinstance(word, bytes) else str(word).encode()
            out.append(b"$%d\r\n%s\r\n" % (len(data), data))
        self.socket.sendall(b"".join(out))

    def read(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            return RedisError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if int(rest) < 0 else self.file.read(int(rest) + 2)[:-2].decode()
        return None if int(rest) < 0 else [self.read() for _ in range(int(rest))]

    def __call__(self, *words):
        self.send(*words)
        answer = self.read()
        if isinstance(answer, RedisError):
            raise answer
        return answer

    def hash(self, key):
        flat = self("HGETALL", key)
        return dict(zip(flat[::2], flat[1::2]))

    def stream(self, key, start="-"):
        return [(entry, dict(zip(flat[::2], flat[1::2]))) for entry, flat in self("XRANGE", key, start, "+")]

    def close(self):
        self.file.close()
        self.socket.close()


class Server:
    """redis-server; `options` as on its command line."""

    def __init__(self, *options):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vigie-redis-"))
        self.path = self.folder / "redis.sock"
        self.options = [str(option) for option in options]
        self.process = None
        self.start()

    def start(self):
        command = ["redis-server", "--port", "0", "--unixsocket", str(self.path), "--dir", str(self.folder),
                   "--save", "", "--appendonly", "no", "--loglevel", "warning", *self.options]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        for _ in range(750):
            with contextlib.suppress(OSError, ConnectionError, RedisError):
                client = Client(self.path)
                client("PING")  # an error while it loads its data: it is not there yet
                client.close()
                return
            time.sleep(0.02)
        raise RuntimeError("redis-server does not start")

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def client(self):
        return Client(self.path)

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def script():
    return "".join((ROOT / "daemon/sink/script" / f"{part}.lua").read_text() for part in SCRIPT_PARTS)


def detection(**changes):
    """The facts of one detection as daemon/sink/push.c makes them; `block` and `evidence` may be changed too."""
    block = {"touch": True, "eligible": False, "automatic": False, "withdraw": False, "scope": "none",
             "basis": "none", "reason": "not confirmed", "order": "", "set": "ip4", "duration": 3600}
    block.update(changes.pop("block", {}))
    facts = {"sensor": "s1", "epoch": "e1", "mode": "live", "seq": 1, "id": "00112233445566aa", "state": "new",
             "level": "suspected", "score": 50, "family": "xtream", "ip": "203.0.113.10", "port": "8080",
             "host": "panel.example", "server": "203.0.113.10:8080", "make": "", "roles": ["panel"],
             "first_seen": "2026-01-31T20:45:01.000000Z", "last_seen": "2026-01-31T20:46:01.000000Z",
             "last_seconds": "1769892361.000000", "expire": 604800, "keep": 100000, "clients": 1,
             "claimants": 1, "answered": True, "home": False, "other_hosts": 0, "prefixes": [], "evidence": []}
    facts.update(changes)
    facts["block"] = block
    return facts


def proof(sid, weight, reason=None, **changes):
    item = {"sid": sid, "weight": weight, "kind": "proof", "reason": reason or f"r{sid}", "content": False,
            "structural": False}
    item.update(changes)
    return item


SHARED_KEYS = [f"{PREFIX}:{name}" for name in
               ["propose:ip4", "propose:ip6", "propose:host", "block:ip4", "block:ip6", "block:host", "blocks",
                "blocks:rev", "shared:ip", "lists", "lists:rev", "lists:until"]]


def name_id(host):
    """The id of what is known of a name alone."""
    return hashlib.sha256(host.encode()).hexdigest()[:16] if host else ""


def seized(host="panel.example", **changes):
    """A notice in a name's place: of no server, and nothing of the name is to be blocked any more."""
    facts = {"id": name_id(host), "state": "seized", "family": "portal", "ip": "", "port": "", "server": "", "host": host,
             "roles": ["portal"], "evidence": [proof(2108100, 1, "notice-redirect")],
             "block": {"withdraw": True, "reason": "a notice stands in its place", "set": ""}}
    return detection(**(facts | changes))


def push(client, facts, after=0, clients=(), client_key="k1", event="{}"):
    keys = [f"{PREFIX}:{name}" for name in
            [f"seq:{facts.get('sensor')}:{facts.get('epoch')}", "detections", f"service:{facts.get('id')}",
             f"endpoint:{facts.get('server')}", f"endpoint:{facts.get('server')}:ids", "services",
             f"clients:{client_key}:{facts.get('id')}", "list:allow", "list:official",
             f"service:{name_id(facts.get('host'))}"]] + SHARED_KEYS
    return client("EVAL", script(), len(keys), *keys, "detection", json.dumps(facts), event, after, *clients)


def beat(client, sensor="s1", **fields):
    keys = [f"{PREFIX}:{name}" for name in [f"sensor:{sensor}", "services", "list:allow", "list:official", "list:order"]] + SHARED_KEYS
    facts = {"sensor": sensor, "keep": 1000, "expire": 600, "prefix": PREFIX, "fields": fields}
    return client("EVAL", script(), len(keys), *keys, "heartbeat", json.dumps(facts))


def wait_until(condition, seconds=5, what="condition"):
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not in {seconds} s: {what}")
        time.sleep(0.02)


def main(tests):
    """Runs functions that take a Server with no data; prints PASS, FAIL or SKIP for each."""
    if shutil.which("redis-server") is None:
        print(f"SKIP {pathlib.Path(sys.argv[0]).name}: redis-server is not installed")
        return 0
    failed = 0
    for test in tests:
        server = Server(*getattr(test, "options", ()))
        try:
            test(server)
            print(f"PASS {test.__name__}", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL {test.__name__}\n{traceback.format_exc()}", flush=True)
        finally:
            server.close()
    return 1 if failed else 0
