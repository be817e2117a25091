#!/usr/bin/env python3
"""A consumer of the block lists (consumer.sh) has what Redis has: through adds, extensions, withdrawals,
expiry, its own restart, a stream trimmed behind its back, and a Redis that comes back empty."""
import pathlib, random, shutil, subprocess, sys, time

from harness import PREFIX, beat, detection, main, push, wait_until

HERE = pathlib.Path(__file__).resolve().parent
BLOCKED = {"eligible": True, "automatic": True, "scope": "ip_port", "basis": "content", "reason": "eligible", "order": ""}


class Consumer:
    def __init__(self, server):
        self.folder = server.folder / "copy"
        self.folder.mkdir(exist_ok=True)
        self.server, self.process = server, None
        self.start()

    def start(self):
        self.process = subprocess.Popen(["sh", HERE / "consumer.sh", self.server.path, self.folder])

    def stop(self):
        self.process.kill()
        self.process.wait()

    def copy(self, now):
        found = {}
        for name in ("ip4", "ip6", "host"):
            path = self.folder / name
            lines = path.read_text().splitlines() if path.exists() else []
            found[name] = {target: expires for target, expires in map(str.split, lines) if int(expires) > now}
        return found


def truth(redis, now):
    found = {}
    for name in ("ip4", "ip6", "host"):
        flat = redis("ZRANGEBYSCORE", f"{PREFIX}:block:{name}", f"({now}", "+inf", "WITHSCORES")
        found[name] = dict(zip(flat[::2], flat[1::2]))
    return found


def same(redis, consumer):
    now = int(redis("TIME")[0])
    return consumer.copy(now) == truth(redis, now)


class Sensors:
    """Two sensors that block, extend and withdraw at random; the numbers repeat."""

    def __init__(self, redis):
        self.redis, self.seq, self.dice = redis, 0, random.Random(5)

    def act(self, count):
        for _ in range(count):
            self.seq += 1
            number = self.dice.randrange(20)
            v6 = number % 3 == 0
            ip = f"2001:db8::{number}" if v6 else f"203.0.113.{number}"
            block = BLOCKED | {"set": "ip6" if v6 else "ip4", "duration": self.dice.choice([1, 2, 600, 3600]),
                               "scope": self.dice.choice(["ip_port", "host"])}
            facts = dict(sensor=self.dice.choice(["s1", "s2"]), seq=self.seq, id=f"{number:016x}", ip=ip,
                         server=f"[{ip}]:80" if v6 else f"{ip}:80", host=f"h{number}.example")
            if self.dice.randrange(4) == 0:
                push(self.redis, detection(state="withdrawn", block={"withdraw": True, "set": block["set"]}, **facts))
            else:
                push(self.redis, detection(block=block, **facts))
        beat(self.redis)


def follows(server):
    redis, consumer = server.client(), Consumer(server)
    try:
        sensors = Sensors(redis)
        for _ in range(4):
            sensors.act(25)
            wait_until(lambda: same(redis, consumer), 10, "the copy is the truth")
        assert sum(map(len, truth(redis, int(redis("TIME")[0])).values())) > 5
        time.sleep(2.1)
        beat(redis)
        assert {"add", "extend", "withdraw", "expire"} == {c["op"] for _, c in redis.stream(f"{PREFIX}:blocks")}
        wait_until(lambda: same(redis, consumer), 10, "the copy is the truth after expiry")
    finally:
        consumer.stop()


def restarts(server):
    redis, consumer = server.client(), Consumer(server)
    try:
        sensors = Sensors(redis)
        sensors.act(20)
        wait_until(lambda: same(redis, consumer), 10, "the copy before")
        consumer.stop()
        sensors.act(20)
        assert not same(redis, consumer)
        consumer.start()
        sensors.act(20)  # while it loads
        wait_until(lambda: same(redis, consumer), 10, "the copy after its own restart")
        server.kill()
        server.start()
        redis = server.client()
        sensors.redis = redis
        wait_until(lambda: same(redis, consumer), 10, "an empty copy of an empty Redis")
        sensors.act(10)
        wait_until(lambda: same(redis, consumer), 10, "the copy of the new Redis")
    finally:
        consumer.stop()


def trimmed_behind_its_back(server):
    redis, consumer = server.client(), Consumer(server)
    try:
        sensors = Sensors(redis)
        sensors.act(10)
        wait_until(lambda: same(redis, consumer), 10, "the copy before")
        consumer.process.send_signal(19)  # SIGSTOP
        sensors.act(40)
        redis("XTRIM", f"{PREFIX}:blocks", "MAXLEN", "=", 3)
        consumer.process.send_signal(18)
        wait_until(lambda: same(redis, consumer), 10, "the copy after a gap")
    finally:
        consumer.stop()


if __name__ == "__main__":
    if shutil.which("redis-cli") is None:
        print("SKIP test_consumer.py: redis-cli is not installed")
        sys.exit(0)
    sys.exit(main([follows, restarts, trimmed_behind_its_back]))
