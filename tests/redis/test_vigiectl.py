#!/usr/bin/env python3
"""vigiectl against a real Redis: what it prints, what it survives, how it ends.

usage: test_vigiectl.py BUILD
"""
import atexit, json, os, pathlib, queue, re, signal, subprocess, sys, threading, time

from harness import PREFIX, Server, detection, main, proof, push, seized, wait_until

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build") / "vigiectl"
BLOCKABLE = {"eligible": True, "scope": "ip_port", "basis": "content", "reason": "eligible"}


def event(facts, **more):
    """As much of the event as vigiectl reads."""
    return json.dumps({"timestamp": "2026-01-31T20:45:01.123456Z", "clients": facts["clients"], "make": facts["make"],
                       "evidence": [{"sid": e["sid"], "msg": f"rule {e['sid']}", "field": "http.uri", "value": "/x?y=*",
                                     "count": 3, "last": facts["last_seen"]} for e in facts["evidence"]],
                       "block": {"eligible": facts["block"]["eligible"], "scope": facts["block"]["scope"],
                                 "reason": facts["block"]["reason"]}} | more)


def tell(redis, **changes):
    facts = detection(**changes)
    push(redis, facts, event=event(facts))


def run(server, *words, url=None, timeout=20):
    command = [str(PROGRAM), "--redis", url or f"unix://{server.path}", *words]
    done = subprocess.run(command, capture_output=True, timeout=timeout, text=True)
    return done.returncode, done.stdout, done.stderr


class Tail:
    """vigiectl tail in the background, its lines in a queue."""

    def __init__(self, server, *words):
        self.process = subprocess.Popen([str(PROGRAM), "--redis", f"unix://{server.path}", "tail", *words],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        self.thread = threading.Thread(target=lambda: [self.lines.put(line.rstrip("\n")) for line in self.process.stdout],
                                       daemon=True)
        self.thread.start()
        atexit.register(self.process.kill)  # a test that fails leaves it behind

    def next(self, seconds=10):
        return self.lines.get(timeout=seconds)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(10)
        self.thread.join()
        self.process.stdout.close()
        self.errors = self.process.stderr.read()
        self.process.stderr.close()
        return status


def groups(redis):
    return [dict(zip(group[::2], group[1::2])) for group in redis("XINFO", "GROUPS", f"{PREFIX}:detections")]


def joined(redis, count=1):
    return redis("EXISTS", f"{PREFIX}:detections") and len(groups(redis)) >= count


def tail_from_start(server):
    redis = server.client()
    tell(redis, seq=1, level="observed", score=30)
    tell(redis, seq=2, level="confirmed", score=95, make="XUI.one", state="raised", block=BLOCKABLE, clients=4)
    tell(redis, seq=3, level="suspected", id="00112233445566bb", ip="2001:db8::1", server="[2001:db8::1]:8080", host="",
         block={"set": "ip6"}, mode="replay")
    status, out, _ = run(server, "tail", "--from-start", "--count", "3")
    lines = out.splitlines()
    assert status == 0 and len(lines) == 3, (status, out)
    assert lines[0] == ("2026-01-31T20:45:01Z observed   30 new       xtream panel.example at 203.0.113.10:8080 first seen "
                        "clients 1 no block: not confirmed sensor s1 id 00112233445566aa"), lines[0]
    assert lines[1] == ("2026-01-31T20:45:01Z confirmed  95 raised    xtream (XUI.one) panel.example at 203.0.113.10:8080 "
                        "clients 4 eligible ip_port sensor s1 id 00112233445566aa"), lines[1]
    assert " [2001:db8::1]:8080 " in lines[2] and lines[2].endswith(" replay"), lines[2]
    status, out, _ = run(server, "tail", "--from-start", "--count", "1", "--level", "confirmed")
    assert status == 0 and out.splitlines() == [lines[1]]
    assert groups(redis) == []


def tail_follows(server):
    redis = server.client()
    tell(redis, seq=1)
    tail = Tail(server)
    wait_until(lambda: joined(redis), what="the tail's group")
    for seq in range(2, 6):
        tell(redis, seq=seq, score=seq)
        assert f" {seq} new" in tail.next()
    assert tail.lines.empty()
    group, = groups(redis)
    assert group["name"].startswith("vigiectl-")
    wait_until(lambda: groups(redis)[0]["pending"] == 0, what="everything is acknowledged")
    assert tail.stop() == 0
    assert groups(redis) == []


def tail_survives_a_restart_without_data(server):
    redis = server.client()
    tell(redis, seq=1)
    tail = Tail(server)
    wait_until(lambda: joined(redis), what="the tail's group")
    tell(redis, seq=2, score=2)
    assert "  2 new" in tail.next()
    server.kill()
    time.sleep(0.5)
    server.start()
    redis = server.client()
    for seq in range(3, 6):
        tell(redis, seq=seq, score=seq)
    assert [tail.next()[31:34].strip() for _ in range(3)] == ["3", "4", "5"]
    assert tail.stop() == 0
    assert tail.errors.count("\n") == 1 and "away" in tail.errors, tail.errors


def tail_survives_a_restart_with_data(server):
    redis = server.client()
    for seq in range(1, 4):
        tell(redis, seq=seq, score=seq)
    tail = Tail(server, "--from-start")
    assert [tail.next()[31:34].strip() for _ in range(3)] == ["1", "2", "3"]
    redis("CONFIG", "SET", "appendonly", "yes")
    wait_until(lambda: "aof_rewrite_in_progress:0" in redis("INFO", "persistence")
               and "aof_rewrite_scheduled:0" in redis("INFO", "persistence"), what="the log is written")
    time.sleep(1.2)  # appendfsync everysec
    server.kill()
    server.options += ["--appendonly", "yes"]
    server.start()
    redis = server.client()
    assert redis("XLEN", f"{PREFIX}:detections") == 3
    tell(redis, seq=4, score=4)
    assert tail.next()[31:34].strip() == "4"
    assert tail.stop() == 0
    assert tail.lines.empty()


def tail_when_the_group_is_taken_away(server):
    redis = server.client()
    tell(redis, seq=1)
    tail = Tail(server)
    wait_until(lambda: joined(redis), what="the tail's group")
    tell(redis, seq=2, score=2)
    tail.next()
    redis("XGROUP", "DESTROY", f"{PREFIX}:detections", groups(redis)[0]["name"])
    tell(redis, seq=3, score=3)
    assert "  3 new" in tail.next()
    time.sleep(0.01)  # entries of one millisecond would bear the same id in both streams
    redis("FLUSHALL")
    tell(redis, seq=4, score=4)
    assert "  4 new" in tail.next()
    assert tail.stop() == 0


def tails_share_a_group(server):
    redis = server.client()
    tails = [Tail(server, "--group", "desk") for _ in range(2)]
    wait_until(lambda: joined(redis), what="the group")
    wait_until(lambda: redis("XINFO", "GROUPS", f"{PREFIX}:detections") and
               len(redis("XINFO", "CONSUMERS", f"{PREFIX}:detections", "desk")) == 2, what="both followers")
    for seq in range(1, 41):
        tell(redis, seq=seq, score=seq)
    wait_until(lambda: sum(tail.lines.qsize() for tail in tails) == 40, what="forty lines")
    got = [[line[31:34].strip() for line in tail.lines.queue] for tail in tails]
    assert sorted(map(int, got[0] + got[1])) == list(range(1, 41))
    assert [tail.stop() for tail in tails] == [0, 0]
    # The group stays, and remembers what was had; another follower goes on from there.
    tell(redis, seq=41, score=41)
    status, out, _ = run(server, "tail", "--group", "desk", "--from-start", "--count", "1")
    assert status == 0 and " 41 new" in out
    assert [group["name"] for group in groups(redis)] == ["desk"]


def terminals_are_safe(server):
    redis = server.client()
    facts = detection(make="\x1b[31mred\x07", host="a\u202eb.example", evidence=[proof(1001, 60, "re\x1bason")])
    push(redis, facts, event=event(facts))
    for words in [("tail", "--from-start", "--count", "1"), ("show", facts["id"]), ("blocks",)]:
        status, out, errors = run(server, *words)
        assert status == 0, (words, errors)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", out + errors), (words, out)
    status, out, errors = run(server, "show", "\x1b[31mx")
    assert status == 1 and "\x1b" not in errors


def show(server):
    redis = server.client()
    facts = detection(level="confirmed", score=95, block=BLOCKABLE | {"automatic": True, "order": "o-7"}, make="XUI.one",
                      evidence=[proof(2100010, 80, "login-answered"), proof(1002, 70, "names", content=True)])
    push(redis, facts, event=event(facts, related=[{"host": "lb1.example", "ip": "203.0.113.20", "port": 80,
                                                    "relation": "redirect"}, {"host": "portal.example", "relation": "embed"}],
                                          catalogue={"live": 6000, "groups": 120, "rights_holders": ["canal-plus", "dazn"]},
                                          case={"id": "0123456789abcdef", "by": ["host", "catalogue"], "services": 14},
                                          stream={"container": "mpegts", "service_name": "DAZN 1", "mbps": 6.2}))
    tell(redis, seq=2, sensor="s2", id="00112233445566bb", host="other.example", score=50)
    tell(redis, seq=3, sensor="s2", id="00112233445566cc", ip="2001:db8::1", server="[2001:db8::1]:8080",
         host="panel.example", block={"set": "ip6"})
    status, out, _ = run(server, "show", "00112233445566aa")
    assert status == 0
    for text in ["service 00112233445566aa", "level      confirmed, score 95", "make       XUI.one", "host       panel.example",
                 "server     203.0.113.10:8080", "2100010   80 proof    login-answered  rule 2100010",
                 "catalogue  live 6000, groups 120; channels of canal-plus, dazn",
                 "case       0123456789abcdef, 14 services by host, catalogue",
                 "stream     mpegts, channel DAZN 1, 6.2 Mbit/s",
                 "1002      70 proof    content names  rule 1002", "http.uri: /x?y=* (3 times", "redirect     lb1.example 203.0.113.20 port 80\n", "embed        portal.example\n",
                 "block      eligible, scope ip_port, basis content, order o-7", "BLOCKED    203.0.113.10:8080 until 20"]:
        assert text in out, (text, out)
    assert out.index("1002") < out.index("2100010")
    found = {"203.0.113.10": 2, "203.0.113.10:8080": 2, "panel.example": 2, "PANEL.example.": 2, "other.example": 1,
             "[2001:db8::1]:8080": 1, "2001:db8::1": 1, "2001:DB8:0::1": 1, "00112233445566cc": 1}
    for target, count in found.items():
        status, out, _ = run(server, "show", target)
        assert status == 0 and out.count("service ") == count, (target, out)
    for target in ["203.0.113.11", "203.0.113.10:80", "panel.exampl", "ffffffffffffffff", "203.0.113.10:8080/udp", "%"]:
        status, out, errors = run(server, "show", target)
        assert status == 1 and out == "" and "nothing is known" in errors, (target, status, out)


def names_in_other_hands(server):
    redis = server.client()
    tell(redis, seq=1)
    facts = seized(seq=2)
    push(redis, facts, event=event(facts))
    status, out, _ = run(server, "tail", "--from-start", "--count", "2")
    assert status == 0 and out.splitlines()[1] == (
        "2026-01-31T20:45:01Z suspected  50 seized    portal panel.example first seen clients 1 "
        f"no block: a notice stands in its place sensor s1 id {facts['id']}"), out
    status, out, _ = run(server, "show", "panel.example")
    assert status == 0 and out.count("service ") == 1, out
    name = out[out.index(f"name {facts['id']}"):].split("service ")[0]
    for text in ["state      seized", "level      suspected, score 50", "host       panel.example", "notice-redirect",
                 "not eligible: a notice stands in its place"]:
        assert text in name, (text, name)
    assert "server" not in name, name
    status, out, _ = run(server, "show", facts["id"])
    assert status == 0 and out.startswith(f"name {facts['id']}"), out


def show_among_many(server):
    redis = server.client()
    for number in range(1, 1203):
        tell(redis, seq=number, id=f"{number:016x}", host=f"h{number}.example", ip="203.0.113.9", server="203.0.113.9:80",
             last_seconds=f"{number}.000000")
    for number in [1, 500, 501, 1000, 1202]:
        status, out, _ = run(server, "show", f"h{number}.example")
        assert status == 0 and out.count("service ") == 1, number
    status, out, _ = run(server, "show", "203.0.113.9")
    assert status == 0 and out.count("service ") == 1202


def blocks(server):
    redis = server.client()
    assert run(server, "blocks") == (0, "", "")
    tell(redis, seq=1, level="confirmed", score=95, block=BLOCKABLE | {"duration": 86400})
    tell(redis, seq=2, id="00112233445566bb", level="confirmed", score=96, host="b.example",
         block=BLOCKABLE | {"scope": "host", "automatic": True, "order": "o-7"})
    redis("ZADD", f"{PREFIX}:block:ip6", 5, "[2001:db8::1]:1")
    redis("ZADD", f"{PREFIX}:block:ip6", 99999999999, "[2001:db8::2]:2")
    status, out, _ = run(server, "blocks")
    lines = out.splitlines()
    assert status == 0 and len(lines) == 3, out
    assert re.fullmatch(r"block    ip6  \[2001:db8::2\]:2 until 5138-11-16T09:46:39Z \(\d+ h \d+ min\) no service known that "
                        r"asks for it", lines[0]), lines[0]
    assert re.fullmatch(r"block    host b.example until 20\S+Z \((0 h 59|1 h 0) min\) basis content, order o-7, confirmed 96, "
                        r"xtream, service 00112233445566bb", lines[1]), lines[1]
    assert re.fullmatch(r"proposal ip4  203.0.113.10:8080 until 20\S+Z \((23 h 59|24 h 0) min\) basis content, confirmed 95, "
                        r"xtream, service 00112233445566aa", lines[2]), lines[2]


def statuses(server):
    redis = server.client()
    nowhere = "unix:///nonexistent/redis.sock"
    for words in [("tail",), ("show", "x"), ("blocks",)]:
        status, _, errors = run(server, *words, url=nowhere)
        assert status == 69 and nowhere in errors, (words, status, errors)
    for words in [(), ("dance",), ("show",), ("tail", "x"), ("blocks", "x"), ("show", "a", "b"), ("tail", "--level", "sure"),
                  ("tail", "--count", "0"), ("tail", "--count", "x"), ("tail", "--group", ""), ("blocks", "--count", "1"),
                  ("--nonsense", "tail"), ("tail", "--level")]:
        assert run(server, *words)[0] == 64, words
    for url in ["rediss://h", "http://h", "redis://h:x"]:
        status, _, errors = run(server, "blocks", url=url)
        assert status == 78 and errors, url
    redis("CONFIG", "SET", "requirepass", "right")
    status, _, errors = run(server, "blocks")
    assert status == 77 and "NOAUTH" in errors
    status, _, errors = run(server, "blocks", url=f"unix://:secret@{server.path}")
    assert status == 77 and "secret" not in errors, errors
    assert run(server, "blocks", url=f"unix://:right@{server.path}")[0] == 0
    assert run(server, "-V")[1].startswith("vigiectl ") and run(server, "-h")[0] == 0


def rights_of_a_reader(server):
    redis = server.client()
    redis("ACL", "SETUSER", "desk", "on", ">secret", "~{vigie}:*", "resetchannels", "+@connection", "+xreadgroup", "+xack",
          "+xgroup", "+xrange", "+xrevrange", "+xautoclaim", "+zrange", "+zrevrange", "+zrangebyscore", "+zscore",
          "+hgetall", "+hmget", "+time")
    tell(redis, seq=1, block=BLOCKABLE)
    url = f"unix://desk:secret@{server.path}"
    assert run(server, "tail", "--from-start", "--count", "1", url=url)[0] == 0
    assert run(server, "show", "203.0.113.10:8080", url=url)[0] == 0
    assert run(server, "show", "panel.example", url=url)[0] == 0
    assert run(server, "blocks", url=url)[0] == 0
    redis("ACL", "SETUSER", "desk", "-xreadgroup")
    status, _, errors = run(server, "tail", url=url)
    assert status == 77 and "NOPERM" in errors and "desk" not in errors and "secret" not in errors, errors


def configuration(server):
    redis = server.client()
    tell(redis, seq=1)
    path = server.folder / "vigie.yaml"
    path.write_text(f"redis:\n  url: unix://{server.path}\nflow.max: 1000\n")
    done = subprocess.run([PROGRAM, "-c", path, "show", "panel.example"], capture_output=True, text=True)
    assert done.returncode == 0 and "panel.example" in done.stdout, done
    path.write_text("redis:\n  urll: x\n")
    done = subprocess.run([PROGRAM, "-c", path, "blocks"], capture_output=True, text=True)
    assert done.returncode == 78 and f"{path}:2:" in done.stderr, done
    path.write_text("flow.max: 1000\n")
    done = subprocess.run([PROGRAM, "-c", path, "blocks"], capture_output=True, text=True)
    assert done.returncode == 78 and "redis.url" in done.stderr, done
    path.write_text("redis.prefix: \"{other}\"\n")
    status, out, _ = run(server, "-c", str(path), "show", "panel.example")
    assert status == 1 and out == ""


def a_closed_pipe(server):
    redis = server.client()
    for seq in range(1, 200):
        tell(redis, seq=seq)
    reader, writer = os.pipe()
    process = subprocess.Popen([PROGRAM, "--redis", f"unix://{server.path}", "tail", "--from-start"], stdout=writer)
    os.close(writer)
    os.read(reader, 10)
    os.close(reader)
    tell(redis, seq=200)
    tell(redis, seq=201)
    assert process.wait(10) == 1
    assert groups(redis) == []


if __name__ == "__main__":
    if not PROGRAM.exists():
        sys.exit(f"no {PROGRAM}: build it first")
    sys.exit(main([tail_from_start, tail_follows, tail_survives_a_restart_without_data, tail_survives_a_restart_with_data,
                   tail_when_the_group_is_taken_away, tails_share_a_group, terminals_are_safe, show, names_in_other_hands,
                   show_among_many,
                   blocks, statuses, rights_of_a_reader, configuration, a_closed_pipe]))
