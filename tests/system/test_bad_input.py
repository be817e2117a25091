#!/usr/bin/env python3
"""Everything that can be wrong with what vigied is given: one clear message, the documented exit status, and
nothing that was already found is lost.

usage: test_bad_input.py BUILD

What waits (for a Redis that does not come) waits side by side.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import LINK_ETHERNET, LINK_RAW, LINK_UNKNOWN, Capture  # noqa: E402
from harness import (CAPTURES, STATUS_CONFIG, STATUS_DATA, STATUS_GOOD, STATUS_INPUT, STATUS_PERMISSION,  # noqa: E402
                     STATUS_UNAVAILABLE, STATUS_USAGE, Daemon, Done, Redis, Suite, environment, scratch, started, wait_until)
from stand_in import Panel, visit_panel, visit_site  # noqa: E402

GOOD_CAPTURE = CAPTURES / "xtream_login_playlist.pcap"
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")

BROKEN_RULES = """\
# line 1: a rule that is right, then five that are not
alert http any any -> any any (msg:"right"; flow:to_server; http.uri; content:"/right"; metadata: family xtream, role panel, weight 30, reason right; sid:9900001; rev:1;)
alert http any any -> any any (msg:"unknown keyword"; flow:to_server; http.uri; content:"/a"; frobnicate:7; metadata: family xtream, role panel, weight 30, reason a; sid:9900002; rev:1;)
alert http any any -> any any (msg:"duplicate sid"; flow:to_server; http.uri; content:"/b"; metadata: family xtream, role panel, weight 30, reason b; sid:9900001; rev:1;)
alert http any any -> any any (msg:"claim too heavy"; flow:to_server; http.uri; content:"/c"; metadata: family xtream, role panel, weight 80, reason c; sid:9900003; rev:1;)
alert http any any -> any any (msg:"host in capitals"; flow:to_server; http.host; content:"Panel.Example"; metadata: family xtream, role panel, weight 30, reason d; sid:9900004; rev:1;)
alert http any any -> any any (msg:"broken expression"; flow:to_server; http.uri; pcre:"/(unclosed/"; metadata: family xtream, role panel, weight 30, reason e; sid:9900005; rev:1;)
"""
BROKEN_RULE_LINES = (3, 4, 5, 6, 7)

BROKEN_CONFIG = """\
# five mistakes
flow:
  max: lots
capture:
  idle_warning: 30 parsecs
block:
  basis: [content, rumour]
verdict.expire: 1s
no_such_thing: 1
"""
BROKEN_CONFIG_LINES = (3, 5, 7, 8, 9)


class Stranger:
    """A program that listens where Redis was expected; `greet` is called with each connection."""

    def __init__(self, greet):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.greet, self.kept = greet, []
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.listener.getsockname()[1]}"

    def accept(self):
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            self.kept.append(link)
            try:
                self.greet(link)
            except OSError:
                pass

    def close(self):
        self.listener.close()
        for link in self.kept:
            link.close()


def speak_http(link):
    link.recv(4096)
    link.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    link.close()


def many_panels(count=40):
    made = Capture()
    for number in range(count):
        panel = Panel(f"tv{number}.panel.example", 8080)
        visit_panel(made, panel, "198.51.100.7", f"203.0.113.{10 + number}", at=number * 0.4)
    return made


class BadInput:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()
        # The daemon as nobody may run it, wherever the build folder is.
        self.public = self.folder / "bin"
        self.public.mkdir()
        shutil.copy(self.daemon.path, self.public / "vigied")
        shutil.copytree("rules", self.folder / "rules")  # found beside the binary, as in a build tree
        self.config = self.file("empty.yaml", 'metrics.listen: ""\n')
        self.want = self.daemon.replay(GOOD_CAPTURE).out

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def refused(self, name, done, status, *words, out=b"", lines=1):
        """The exit status, one message that has the words, and nothing else."""
        told = done.text.splitlines()
        missing = [word for word in words if word.lower() not in done.text.lower()]
        good = done.code == status and len(told) == lines and not missing and (out is None or done.out == out)
        return self.suite.check(name, good, f"expected status {status}, {lines} line(s) with {words}; {done}")

    # Files

    def files(self):
        run = self.daemon.replay
        self.refused("a missing file", run(self.folder / "nosuch.pcap"), STATUS_INPUT, "nosuch.pcap")
        empty_folder = self.folder / "void"
        empty_folder.mkdir()
        self.refused("a folder without files", run(empty_folder), STATUS_INPUT, "void")
        for name, content in (("empty", b""), ("text", b"This is no capture, and never was one.\n"),
                              ("half a head", GOOD_CAPTURE.read_bytes()[:11]), ("zeros", bytes(4096)),
                              ("a gzip", b"\x1f\x8b\x08\0" + bytes(60))):
            path = self.file(f"{name}.pcap", content)
            self.refused(f"no capture: {name}", run(path), STATUS_DATA, path.name)
        self.refused("no capture on standard input", run("-", stdin=b"nothing of the kind"), STATUS_DATA)
        made = Capture()
        visit_site(made, "shop.example", "198.51.100.7", "203.0.113.10")
        path = made.write(self.folder / "unknown-link.pcap", link=LINK_UNKNOWN)
        self.refused("an unknown link type", run(path), STATUS_DATA, "unknown-link.pcap", "link")
        self.refused("a wrong filter", run(GOOD_CAPTURE, "tcp", "prot", "80"), STATUS_USAGE, "filter")
        done = run(GOOD_CAPTURE, "-r", self.folder / "nosuch.pcap")
        self.refused("a good file beside a missing one", done, STATUS_INPUT, "nosuch.pcap", out=self.want)
        done = run(self.folder / "text.pcap", "-r", GOOD_CAPTURE)
        self.refused("a good file behind one that is no capture", done, STATUS_DATA, "text.pcap", out=self.want)

    def truncated(self):
        made = many_panels(3)
        packets = made.in_order()
        cut = len(packets) * 2 // 3
        whole, part = made.to_bytes(packets=packets[:cut]), made.to_bytes(packets=packets[:cut + 1])
        want = self.daemon.replay(self.file("whole.pcap", whole)).out
        self.suite.check("there is something to lose in the cut capture", want)
        for name, size in (("in a packet", len(whole) + 20), ("in a packet's head", len(whole) + 7)):
            path = self.file(f"cut {name}.pcap", part[:size])
            self.refused(f"a capture cut {name}", self.daemon.replay(path), STATUS_GOOD, path.name, out=want)
        done = self.daemon.replay("-", stdin=part[:len(whole) + 20])
        self.refused("standard input cut", done, STATUS_GOOD, out=want)
        done = self.daemon.replay(self.folder / "cut in a packet.pcap", "--workers", "4")
        self.refused("a capture cut, four workers", done, STATUS_GOOD, out=want)
        other = made.to_pcapng((LINK_ETHERNET, LINK_RAW))
        first = len(packets) - len(packets) // 2
        want = self.daemon.replay(self.file("first half.pcap", made.to_bytes(packets=packets[:first]))).out
        path = self.file("two links.pcapng", other)
        self.refused("a pcapng that libpcap cannot go on with", self.daemon.replay(path), STATUS_GOOD, path.name, out=want)
        whole = made.to_pcapng()
        same = self.daemon.replay(self.file("whole.pcapng", whole)).out == self.daemon.replay(self.file("same.pcap", made.to_bytes())).out
        self.suite.check("pcapng gives what pcap gives", same)
        want = self.daemon.replay(self.file("all but one.pcap", made.to_bytes(packets=packets[:-1]))).out
        self.refused("a pcapng cut", self.daemon.replay(self.file("cut.pcapng", whole[:-30])), STATUS_GOOD, "cut.pcapng", out=want)

    # The command line and interfaces

    def usage(self):
        run = self.daemon.run
        for name, arguments in {"an unknown option": ("--no-such-option",), "an unknown letter": ("-Q",),
                                "-r without argument": ("-r",), "nothing to do": (),
                                "-r with -i": ("-r", GOOD_CAPTURE, "-i", "lo"),
                                "--explain without -r": ("--explain", "-i", "lo"),
                                "an unknown event": ("-r", GOOD_CAPTURE, "--events", "detection,gossip")}.items():
            self.refused(name, run(*arguments), STATUS_USAGE)
        for name, arguments in {"an unknown setting": ("--set", "no.such=1"), "no workers": ("--workers", "0"),
                                "a setting out of range": ("--set", "verdict.expire=1s"),
                                "a wrong choice": ("--set", "block.approve=perhaps"),
                                "auto without an order": ("--set", "block.approve=auto")}.items():
            self.refused(name, run("-r", GOOD_CAPTURE, *arguments), STATUS_CONFIG)
        self.refused("a missing rule file", run("-r", GOOD_CAPTURE, "-S", "/nosuch/own.rules"), STATUS_CONFIG, "/nosuch/own.rules")
        done = run("-r", GOOD_CAPTURE, "-c", "/nosuch/vigie.yaml")
        self.suite.check("a missing configuration", done.code in (STATUS_INPUT, STATUS_CONFIG) and "/nosuch/vigie.yaml" in done.text
                         and len(done.text.splitlines()) == 1, done)
        # Who may not capture is told so first.
        status = STATUS_INPUT if os.geteuid() == 0 else STATUS_PERMISSION
        self.refused("an interface that does not exist", run("-i", "nosuch0", "-c", self.config), status, "nosuch0")

    def nobody(self):
        prefix = NOBODY if os.geteuid() == 0 else ()
        shared = self.file("unreadable.pcap", GOOD_CAPTURE.read_bytes())
        shared.chmod(0)
        path = str(self.public / "vigied")

        def run(*arguments):
            done = subprocess.run([*prefix, path, *map(str, arguments)], capture_output=True, timeout=60,
                                  env=environment(), stdin=subprocess.DEVNULL)
            return Done(done.returncode, done.stdout, done.stderr, 0)

        done = run("-V")
        if done.code != 0:
            self.suite.skip("an unreadable file", f"nobody cannot run the daemon: {done}")
            return
        self.refused("an unreadable file", run("-r", shared), STATUS_INPUT, "unreadable.pcap")
        self.refused("no permission for an interface", run("-i", "lo", "-c", self.config), STATUS_PERMISSION, "lo")

    def live_filter(self):
        if os.geteuid() != 0:
            self.suite.skip("a wrong filter on an interface", "needs root")
            return
        done = self.daemon.run("-i", "lo", "-c", self.config, "prot", "80")
        self.refused("a wrong filter on an interface", done, STATUS_USAGE, "filter")

    # Rules and configuration

    def mistakes(self):
        rules, config = self.file("broken.rules", BROKEN_RULES), self.file("broken.yaml", BROKEN_CONFIG)
        done = self.daemon.run("-T", "-S", rules, "-c", config)
        self.suite.equal("five mistakes in each: status", done.code, STATUS_CONFIG)
        told = re.findall(r"^(\S+):(\d+):(\d+): \S.*$", done.text, re.M)
        places = sorted((pathlib.Path(name).name, int(line)) for name, line, _ in told)
        want = sorted([("broken.rules", line) for line in BROKEN_RULE_LINES] + [("broken.yaml", line) for line in BROKEN_CONFIG_LINES])
        self.suite.check("five mistakes in each: one message for each, at its line", places == want, f"{places}; {done}")
        self.suite.check("five mistakes in each: every message has a column", told and all(int(column) > 0 for _, _, column in told), done)
        self.suite.check("five mistakes in each: nothing else is said", len(done.text.splitlines()) == len(want), done)
        alone = self.daemon.replay(GOOD_CAPTURE, "-S", rules)
        self.refused("a broken rule file in replay", alone, STATUS_CONFIG, "broken.rules:3:", lines=5)
        good = self.daemon.run("-T")
        self.suite.check("-T on what is shipped", good.code == 0 and good.text == "", good)

    # Redis

    def unavailable(self, name, url, secret=None, statuses=(STATUS_UNAVAILABLE,), seconds=(9, 16)):
        done = self.daemon.replay(GOOD_CAPTURE, "--redis", url)
        self.suite.check(f"Redis {name}: status", done.code in statuses, done)
        self.suite.check(f"Redis {name}: every event is printed", done.out == self.want, f"{len(done.out)} of {len(self.want)} bytes")
        self.suite.check(f"Redis {name}: it is said", "redis" in done.text.lower(), done)
        self.suite.check(f"Redis {name}: given up in time", seconds[0] <= done.took <= seconds[1], f"{done.took:.1f} s")
        if secret is not None:
            self.suite.check(f"Redis {name}: the password is not", secret.encode() not in done.err + done.out, done)

    def redis_refuses(self):
        self.unavailable("refuses", f"unix://{self.folder}/nosuch.sock")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.unavailable("refuses on TCP", f"redis://someone:Tq7secret9@127.0.0.1:{port}", "Tq7secret9")

    def redis_password(self):
        redis = Redis(self.folder / "redis-auth", "--requirepass", "rightWord77")
        either = (STATUS_UNAVAILABLE, STATUS_PERMISSION)
        self.unavailable("asks for a password", redis.url, statuses=either, seconds=(0, 16))
        self.unavailable("asks for another password", f"unix://:wrongWord88@{redis.socket}", "wrongWord88", either, (0, 16))
        done = self.daemon.replay(GOOD_CAPTURE, "--redis", f"unix://:rightWord77@{redis.socket}")
        self.suite.equal("Redis takes the right password: status", done.code, STATUS_GOOD)
        self.suite.check("Redis takes the right password: every event is printed", done.out == self.want, f"{len(done.out)} of {len(self.want)} bytes")
        redis.kill()

    def redis_stranger(self, name, greet):
        stranger = Stranger(greet)
        self.unavailable(name, stranger.url, seconds=(0, 17))
        stranger.close()

    def fed(self, redis, half):
        """A replay of standard input; `half` is called when Redis has taken some and only half has been fed."""
        made = many_panels()
        whole = made.to_bytes()
        packets = made.in_order()
        middle = len(made.to_bytes(packets=packets[:len(packets) // 2]))
        want = self.daemon.replay("-", stdin=whole).out
        command = self.daemon.command("-r", "-", "--redis", redis.url)
        with started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdin.write(whole[:middle])
            process.stdin.flush()
            reached = wait_until(lambda: redis.call("XLEN", "{vigie}:detections") >= 5, 15)
            half()
            begun = time.monotonic()
            out, err = process.communicate(whole[middle:], timeout=100)
        return Done(process.returncode, out, err, time.monotonic() - begun), want, reached

    def redis_dies(self):
        redis = Redis(self.folder / "redis-dies")
        done, want, reached = self.fed(redis, redis.kill)
        self.suite.check("Redis dies: it had taken some", reached, done)
        self.suite.equal("Redis dies: status", done.code, STATUS_UNAVAILABLE)
        self.suite.check("Redis dies: every event is printed", done.out == want and want, f"{len(done.out)} of {len(want)} bytes")
        self.suite.check("Redis dies: it is said", "redis" in done.text.lower(), done)
        self.suite.check("Redis dies: given up after a minute", 55 <= done.took <= 75, f"{done.took:.1f} s")

    def redis_comes_back(self):
        redis = Redis(self.folder / "redis-back", keep=True)

        def bounce():
            redis.kill()
            threading.Timer(2.0, redis.start).start()

        done, want, _ = self.fed(redis, bounce)
        self.suite.check("Redis dies and comes back: status and events", done.code == 0 and done.out == want, done)
        seqs = [int(fields["seq"]) for _, fields in redis.entries()]
        self.suite.equal("Redis dies and comes back: each detection once, in order", seqs, list(range(1, len(want.splitlines()) + 1)))
        redis.kill()

    def redis_tls(self):
        done = self.daemon.replay(GOOD_CAPTURE, "--redis", "rediss://127.0.0.1:6379")
        self.refused("rediss://", done, STATUS_CONFIG, "tls")

    def run(self):
        waiting = {"refuses": self.redis_refuses, "asks for a password": self.redis_password,
                   "another program": lambda: self.redis_stranger("is another program", speak_http),
                   "hangs": lambda: self.redis_stranger("hangs", lambda link: None),
                   "dies": self.redis_dies, "comes back": self.redis_comes_back}
        quick = {"files": self.files, "truncated": self.truncated, "usage": self.usage, "nobody": self.nobody,
                 "live filter": self.live_filter, "mistakes": self.mistakes, "TLS": self.redis_tls}
        with concurrent.futures.ThreadPoolExecutor(len(waiting) + 1) as pool:
            futures = {name: pool.submit(part) for name, part in waiting.items()}
            futures["quick"] = pool.submit(lambda: [self.guarded(name, part) for name, part in quick.items()])
            for name, future in futures.items():
                self.guarded(name, future.result)
        return self.suite.finish()

    def guarded(self, name, part):
        try:
            part()
        except Exception as error:  # one part's end must not hide the others
            self.suite.check(name, False, f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    sys.exit(BadInput(sys.argv[1]).run())
