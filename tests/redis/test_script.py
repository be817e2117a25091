#!/usr/bin/env python3
"""The Lua script alone: what one call does to the keys, for every key of design section 8."""
import json, sys, time

from harness import PREFIX, ROOT, RedisError, beat, detection, main, name_id, proof, push, seized, wait_until

SERVICE = f"{PREFIX}:service:00112233445566aa"
BLOCKABLE = {"eligible": True, "scope": "ip_port", "basis": "content", "reason": "eligible"}


def key(name):
    return f"{PREFIX}:{name}"


def error_of(call):
    try:
        call()
    except RedisError as error:
        return str(error)
    return None


def taken_once_and_again(server):
    redis = server.client()
    first = push(redis, detection(seq=5), event='{"a":1}')
    assert first[0] == "taken" and first[2:] == [1, 0], first
    before = redis("DEBUG", "DIGEST")
    assert push(redis, detection(seq=5, score=99)) == ["again"]
    assert push(redis, detection(seq=4)) == ["again"]
    assert redis("DEBUG", "DIGEST") == before
    (entry, fields), = redis.stream(key("detections"))
    assert entry == first[1]
    assert list(fields) == "sensor epoch seq mode id state level score family ip port host first event".split()
    assert fields["seq"] == "5" and fields["first"] == "1" and fields["event"] == '{"a":1}'
    assert redis("GET", key("seq:s1:e1")) == "5"
    assert 29 * 86400 < redis("TTL", key("seq:s1:e1")) <= 30 * 86400
    assert push(redis, detection(seq=6))[0] == "taken"
    assert push(redis, detection(seq=1, epoch="e2"))[0] == "taken"


taken_once_and_again.options = ("--enable-debug-command", "yes")


def none_before_the_one_before_it(server):
    redis = server.client()
    assert error_of(lambda: push(redis, detection(seq=6), after=5)).startswith("VIGIEGAP")
    assert redis("DBSIZE") == 0
    assert push(redis, detection(seq=5))[0] == "taken"
    assert push(redis, detection(seq=6), after=5)[0] == "taken"
    assert push(redis, detection(seq=6), after=5) == ["again"]


def all_keys_of_one_detection(server):
    redis = server.client()
    push(redis, detection(evidence=[proof(2100010, 60, "login-answered")], clients=2, make="XUI.one"),
         clients=["aa", "bb", "cc"])
    state = redis.hash(SERVICE)
    assert state["level"] == "suspected" and state["score"] == "60", state
    assert state["family"] == "xtream" and state["make"] == "XUI.one" and state["roles"] == "panel"
    assert state["host"] == "panel.example" and state["server"] == "203.0.113.10:8080"
    assert state["first_seen"] == "2026-01-31T20:45:01.000000Z"
    assert state["last_seen"] == "2026-01-31T20:46:01.000000Z"
    assert state["clients"] == "3" and state["sensors"] == "s1" and state["answered"] == "1"
    assert state["event"] == redis.stream(key("detections"))[0][0]
    assert state["sid:2100010"].startswith("60 proof 0 0 ") and state["sid:2100010"].endswith(" login-answered")
    assert redis.hash(key("endpoint:203.0.113.10:8080"))["level"] == "suspected"
    assert redis("ZRANGE", key("endpoint:203.0.113.10:8080:ids"), 0, -1) == ["00112233445566aa"]
    assert redis("ZSCORE", key("services"), "00112233445566aa") == "1769892361"
    for name in ["service:00112233445566aa", "endpoint:203.0.113.10:8080", "endpoint:203.0.113.10:8080:ids",
                 "clients:k1:00112233445566aa"]:
        assert 604000 < redis("TTL", key(name)) <= 604800, name
    tag = [name for name in redis("KEYS", "*") if not name.startswith(PREFIX + ":")]
    assert tag == []


def union_of_two_sensors(server):
    redis = server.client()
    push(redis, detection(level="suspected", score=60, evidence=[proof(1001, 60, "a")], roles=["stream"]))
    answer = push(redis, detection(sensor="s2", level="suspected", score=55, clients=7,
                                   first_seen="2026-01-30T00:00:00.000000Z", answered=False,
                                   evidence=[proof(1001, 40, "a"), proof(1002, 50, "b", content=True)]))
    assert answer[2] == 0
    state = redis.hash(SERVICE)
    assert state["score"] == "80" and state["level"] == "suspected", state
    assert state["sensors"] == "s1 s2" and state["roles"] == "panel stream" and state["clients"] == "7"
    assert state["first_seen"].startswith("2026-01-30") and state["answered"] == "1"
    assert [fields["first"] for _, fields in redis.stream(key("detections"))] == ["1", "0"]
    assert [fields["score"] for _, fields in redis.stream(key("detections"))] == ["60", "55"]
    push(redis, detection(sensor="s2", seq=2, state="refresh", level="suspected", score=75,
                          evidence=[proof(1002, 50, "b", content=True), proof(1003, 60, "c")]))
    state = redis.hash(SERVICE)
    assert state["score"] == "92" and state["level"] == "confirmed" and state["state"] == "new", state


def own_level_holds(server):
    """A moved service is suspected at once, with hardly any evidence at its new address."""
    redis = server.client()
    push(redis, detection(state="moved", level="suspected", score=20, evidence=[proof(1001, 20)]))
    push(redis, detection(sensor="s2", level="observed", score=30, evidence=[proof(1002, 30)]))
    state = redis.hash(SERVICE)
    assert (state["score"], state["level"], state["state"]) == ("44", "suspected", "new"), state


def old_evidence_fades(server):
    """What no sensor has told for the time after which a service is forgotten counts no more."""
    redis = server.client()
    numbers = iter(range(1, 1000))

    def told_by_s2():
        push(redis, detection(sensor="s2", seq=next(numbers), evidence=[proof(1002, 30)], score=30, level="observed",
                              expire=3))
        return redis.hash(SERVICE)

    push(redis, detection(evidence=[proof(1001, 60)], score=60, expire=3))
    assert told_by_s2()["score"] == "72"
    wait_until(lambda: time.sleep(0.2) or told_by_s2()["score"] == "30", what="s1's evidence counts no more")
    state = redis.hash(SERVICE)
    assert state["sensors"] == "s2" and "sid:1001" not in state and state["level"] == "observed"


def evidence_has_an_end(server):
    redis = server.client()
    for number in range(10):
        push(redis, detection(seq=number + 1, evidence=[proof(1000 + 40 * number + i, 1, "r") for i in range(40)]))
    sids = [name for name in redis.hash(SERVICE) if name.startswith("sid:")]
    assert len(sids) == 256
    for number in range(300):
        push(redis, detection(sensor=f"sensor{number}"))
    state = redis.hash(SERVICE)
    assert len([name for name in state if name.startswith("sensor:")]) == 256 == len(state["sensors"].split())


def a_guard_speaks_for_all(server):
    redis = server.client()
    push(redis, detection(evidence=[proof(1001, 60)], score=60))
    push(redis, detection(sensor="s2", evidence=[proof(1002, 60)], score=60))
    push(redis, detection(sensor="s2", seq=2, state="lowered", level="observed", score=20,
                          evidence=[proof(1003, 20)]))
    state = redis.hash(SERVICE)
    assert (state["score"], state["level"], state["sensors"]) == ("20", "observed", "s2")
    assert [name for name in state if name.startswith("sid:")] == ["sid:1003"]
    assert redis.hash(key("endpoint:203.0.113.10:8080"))["level"] == "observed"


def expired_is_forgotten(server):
    redis = server.client()
    push(redis, detection(evidence=[proof(1001, 60)], score=60))
    push(redis, detection(sensor="s2", evidence=[proof(1002, 60)], score=60))
    push(redis, detection(seq=2, state="expired"))
    assert redis.hash(SERVICE)["sensors"] == "s2"
    push(redis, detection(sensor="s2", seq=2, state="expired"))
    assert redis("EXISTS", SERVICE, key("endpoint:203.0.113.10:8080"), key("endpoint:203.0.113.10:8080:ids")) == 0
    assert redis("ZCARD", key("services")) == 0
    assert len(redis.stream(key("detections"))) == 4
    assert push(redis, detection(seq=3))[2] == 1


def highest_level_of_an_endpoint(server):
    redis = server.client()
    push(redis, detection(level="confirmed", score=95))
    push(redis, detection(seq=2, id="00112233445566bb", host="other.example", level="observed", score=20))
    assert redis.hash(key("endpoint:203.0.113.10:8080"))["level"] == "confirmed"
    push(redis, detection(seq=3, state="expired"))
    assert redis.hash(key("endpoint:203.0.113.10:8080"))["level"] == "observed"
    for number in range(300):
        push(redis, detection(seq=4 + number, id=f"{number:016x}", level="observed", score=20))
    assert redis("ZCARD", key("endpoint:203.0.113.10:8080:ids")) == 256
    assert redis("HLEN", key("endpoint:203.0.113.10:8080")) == 257


def names_alone_and_subscribers(server):
    redis = server.client()
    push(redis, detection(id="aaaaaaaaaaaaaaaa", ip="", port="", server="", block={"set": ""}, state="seized"))
    assert redis("EXISTS", key("endpoint:"), key("endpoint::ids")) == 0
    assert redis.hash(key("service:aaaaaaaaaaaaaaaa"))["state"] == "seized"
    answer = push(redis, detection(seq=2, home=True, ip="100::1:2", server="", id="bbbbbbbbbbbbbbbb",
                                   block=BLOCKABLE | {"eligible": False}), clients=["aa"])
    assert answer[0] == "taken" and answer[2] == 0
    assert redis("EXISTS", key("service:bbbbbbbbbbbbbbbb"), key("clients:k1:bbbbbbbbbbbbbbbb")) == 0
    assert redis("ZSCORE", key("services"), "bbbbbbbbbbbbbbbb") is None
    assert redis.stream(key("detections"))[-1][1]["ip"] == "100::1:2"


def types_are_checked_before_any_write(server):
    redis = server.client()
    keys = ["seq:s1:e1", "detections", "service:00112233445566aa", "endpoint:203.0.113.10:8080",
            "endpoint:203.0.113.10:8080:ids", "services", "clients:k1:00112233445566aa", "list:allow",
            "list:official", "propose:ip4", "propose:ip6", "propose:host", "block:ip4", "block:ip6",
            "block:host", "blocks", "blocks:rev", "shared:ip", "lists", "lists:rev", "lists:until"]
    for name in keys:
        redis("FLUSHALL")
        redis("LPUSH", key(name), "x")
        error = error_of(lambda: push(redis, detection(block=BLOCKABLE), clients=["aa"]))
        assert error and error.startswith("VIGIETYPE") and key(name) in error, (name, error)
        assert redis("DBSIZE") == 1, name
    for name, value in [("blocks:rev", "x"), ("lists:rev", "x"), ("clients:k1:00112233445566aa", "x"), ("seq:s1:e1", "x")]:
        redis("FLUSHALL")
        redis("SET", key(name), value)
        error = error_of(lambda: push(redis, detection(block=BLOCKABLE), clients=["aa"]))
        assert error and error.startswith("VIGIETYPE"), (name, error)
        assert redis("DBSIZE") == 1, name


def arguments_are_checked_before_any_write(server):
    redis = server.client()
    wrong = [{name: None} for name in detection()] + [
        {"seq": 0}, {"seq": 1.5}, {"seq": "1"}, {"level": "sure"}, {"expire": 0}, {"keep": 0},
        {"evidence": [proof(1, 0)]}, {"evidence": [proof(1, 101)]}, {"evidence": [proof(1, 5, kind="rumour")]},
        {"evidence": ["x"]}, {"evidence": [{"sid": 1}]}, {"block": BLOCKABLE | {"scope": "all"}},
        {"block": BLOCKABLE | {"duration": 0}}, {"block": BLOCKABLE | {"set": "ip5"}},
        {"block": BLOCKABLE | {"scope": "host"}, "host": ""}, {"block": {"eligible": "yes"}},
    ]
    for change in wrong:
        facts = detection()
        if change.get("block", 1) is None:
            facts["block"] = None
        else:
            facts = detection(**change)
        error = error_of(lambda: push(redis, facts))
        assert error and error.startswith("VIGIEARG"), (change, error)
        assert redis("DBSIZE") == 0, change
    assert error_of(lambda: push(redis, detection(), event="")).startswith("VIGIEARG")
    assert error_of(lambda: push(redis, detection(), after="x")).startswith("VIGIEARG")
    assert error_of(lambda: redis("EVAL", "return 1", 0)) is None
    for words in [("detection",), ("detection", "{}"), ("nonsense", "{}"), ("detection", "{", "{}", "0")]:
        from harness import script
        assert error_of(lambda: redis("EVAL", script(), 0, *words)).startswith("VIGIEARG"), words


def full_leaves_nothing_half_done(server):
    redis = server.client()
    push(redis, detection(evidence=[proof(1001, 60)]), clients=["aa"])
    before = redis("DEBUG", "DIGEST")
    redis("CONFIG", "SET", "maxmemory", "1")
    for facts in [detection(seq=2, block=BLOCKABLE), detection(seq=2, id="00112233445566bb", state="lowered"),
                  detection(seq=2, home=True)]:
        error = error_of(lambda: push(redis, facts, clients=["bb"]))
        assert error and error.startswith("OOM"), error
        assert redis("DEBUG", "DIGEST") == before
    assert error_of(lambda: beat(redis)).startswith("OOM")
    redis("CONFIG", "SET", "maxmemory", "0")
    assert push(redis, detection(seq=2, block=BLOCKABLE))[0] == "taken"


full_leaves_nothing_half_done.options = ("--enable-debug-command", "yes")


def proposals_and_blocks(server):
    redis = server.client()
    now = int(redis("TIME")[0])
    push(redis, detection(block=BLOCKABLE))
    expires = int(redis("ZSCORE", key("propose:ip4"), "203.0.113.10:8080"))
    assert now + 3599 <= expires <= now + 3605
    assert redis("EXISTS", key("blocks"), key("blocks:rev"), key("block:ip4")) == 0
    push(redis, detection(seq=2, block=BLOCKABLE | {"duration": 10}))
    assert int(redis("ZSCORE", key("propose:ip4"), "203.0.113.10:8080")) == expires
    push(redis, detection(seq=3, block=BLOCKABLE | {"scope": "host", "automatic": True, "order": "o-1"}))
    assert redis("ZSCORE", key("block:host"), "panel.example") is not None
    push(redis, detection(seq=4, block=BLOCKABLE | {"scope": "host", "duration": 7200, "order": "o-1"}))
    push(redis, detection(seq=5, block=BLOCKABLE | {"scope": "host", "duration": 60, "order": "o-1"}))
    changes = [fields for _, fields in redis.stream(key("blocks"))]
    assert list(changes[0]) == "rev op set target expires reason basis order id sensor".split()
    assert [(c["rev"], c["op"], c["set"], c["target"], c["order"]) for c in changes] == [
        ("1", "add", "host", "panel.example", "o-1"), ("2", "extend", "host", "panel.example", "o-1")]
    assert int(changes[1]["expires"]) > int(changes[0]["expires"]) > now
    assert redis("GET", key("blocks:rev")) == "2"
    push(redis, detection(seq=6, id="00112233445566cc", ip="2001:db8::1", server="[2001:db8::1]:8080",
                          block=BLOCKABLE | {"set": "ip6"}))
    assert redis("ZRANGE", key("propose:ip6"), 0, -1) == ["[2001:db8::1]:8080"]


def approval_by_an_operator_is_kept(server):
    """A target that was moved from the proposals to the blocks stays a block, and is extended as one."""
    redis = server.client()
    push(redis, detection(block=BLOCKABLE))
    until = int(redis("ZSCORE", key("propose:ip4"), "203.0.113.10:8080"))
    redis("ZREM", key("propose:ip4"), "203.0.113.10:8080")
    redis("ZADD", key("block:ip4"), until, "203.0.113.10:8080")
    push(redis, detection(seq=2, block=BLOCKABLE | {"duration": 9000}))
    assert int(redis("ZSCORE", key("block:ip4"), "203.0.113.10:8080")) > until
    assert redis("ZCARD", key("propose:ip4")) == 0
    assert redis.stream(key("blocks"))[-1][1]["op"] == "extend"


def withdrawal_shortens(server):
    redis = server.client()
    push(redis, detection(block=BLOCKABLE | {"automatic": True}))
    push(redis, detection(seq=2, block=BLOCKABLE | {"automatic": True, "scope": "host"}))
    push(redis, detection(seq=3, state="withdrawn", level="confirmed", score=97, evidence=[proof(1001, 97)],
                          block={"withdraw": True, "reason": "on the allow list"}))
    state = redis.hash(SERVICE)
    assert (state["level"], state["score"], state["state"]) == ("none", "0", "withdrawn")
    assert redis.hash(key("endpoint:203.0.113.10:8080"))["level"] == "none"
    assert redis("EXISTS", key("block:ip4"), key("block:host")) == 0
    ops = [(c["op"], c["set"], c["target"], c["reason"]) for _, c in redis.stream(key("blocks"))][2:]
    assert ops == [("withdraw", "ip4", "203.0.113.10:8080", "on the allow list"),
                   ("withdraw", "host", "panel.example", "on the allow list")]
    assert redis("GET", key("blocks:rev")) == "4"
    push(redis, detection(seq=4, block={"withdraw": True}))
    assert redis("GET", key("blocks:rev")) == "4"


def withdrawal_takes_back_its_own(server):
    """A service that only proposed its address leaves the block of its name to those who asked for it."""
    redis = server.client()
    push(redis, detection(block=BLOCKABLE | {"automatic": True, "scope": "host"}))
    push(redis, detection(seq=2, id="00112233445566bb", ip="203.0.113.11", server="203.0.113.11:8080",
                          block=BLOCKABLE))
    push(redis, detection(seq=3, id="00112233445566bb", ip="203.0.113.11", server="203.0.113.11:8080",
                          block={"withdraw": True}))
    assert redis("ZCARD", key("propose:ip4")) == 0
    assert redis("ZCARD", key("block:host")) == 1


def a_seizure_ends_what_stands_of_the_name(server):
    redis = server.client()
    by_name = {"eligible": True, "scope": "host", "basis": "content", "reason": "eligible"}
    push(redis, detection(seq=1, level="confirmed", score=95, evidence=[proof(1, 95)], block=by_name))
    redis("ZADD", key("block:host"), "9999999999", "panel.example")  # an operator approved it
    push(redis, detection(seq=2, id="00112233445566bb", level="confirmed", score=95, block=BLOCKABLE, port="80",
                          server="203.0.113.10:80"))
    before = redis.hash(SERVICE)
    endpoints = {name: redis.hash(name) for name in redis("KEYS", key("endpoint:*")) if not name.endswith(":ids")}
    push(redis, seized(seq=3))
    assert redis("ZSCORE", key("propose:host"), "panel.example") is None
    assert redis("ZSCORE", key("block:host"), "panel.example") is None
    assert redis("ZSCORE", key("propose:ip4"), "203.0.113.10:80") is not None  # the address goes on under other names
    _, last = redis.stream(key("blocks"))[-1]
    assert (last["op"], last["set"], last["target"], last["reason"]) == (
        "withdraw", "host", "panel.example", "a notice stands in its place"), last
    name = redis.hash(key("service:" + name_id("panel.example")))
    assert name["state"] == "seized" and name["level"] == "suspected" and name["host"] == "panel.example", name
    assert name["server"] == "" and "sid:2108100" in name and name["eligible"] == "0"
    assert redis.hash(SERVICE) == before  # its servers stay what they are
    assert endpoints == {n: redis.hash(n) for n in redis("KEYS", key("endpoint:*")) if not n.endswith(":ids")}
    assert redis.stream(key("detections"))[-1][1]["ip"] == ""
    push(redis, seized(seq=4, state="refresh", block={"withdraw": False, "set": ""}))
    assert redis("HGET", key("service:" + name_id("panel.example")), "state") == "seized"


def a_seized_name_is_proposed_by_no_sensor(server):
    redis = server.client()
    by_name = {"eligible": True, "scope": "host", "basis": "content", "reason": "eligible"}
    push(redis, seized(seq=1))
    other = dict(sensor="s2", level="confirmed", score=95, evidence=[proof(1, 95)])
    assert push(redis, detection(seq=1, block=by_name, **other))[3] == 1  # it saw no notice
    assert redis("ZCARD", key("propose:host")) == 0
    assert push(redis, detection(seq=2, block=BLOCKABLE, **other))[3] == 0
    assert redis("ZCARD", key("propose:ip4")) == 1
    push(redis, seized(seq=2, state="raised", block={"withdraw": False, "set": ""}))  # active again
    assert push(redis, detection(seq=3, block=by_name, **other))[3] == 0
    assert redis("ZCARD", key("propose:host")) == 1


def a_seized_name_that_is_asked_for_stays_seized(server):
    """A sensor that sees nothing but clients looking the name up, which an order names."""
    redis = server.client()
    by_name = {"eligible": True, "scope": "host", "basis": "content", "reason": "eligible"}
    listed = {"sid": 2147483645, "weight": 45, "kind": "claim", "reason": "listed", "content": False, "structural": False}
    asked = dict(sensor="s2", family="tls-panel", level="observed", score=45, answered=False, claimants=1,
                 evidence=[proof(1, 1) | listed], block={"withdraw": False, "set": "", "reason": "not confirmed"})
    push(redis, seized(seq=1))
    push(redis, seized(seq=1, state="new", **asked))
    state = redis.hash(key("service:" + name_id("panel.example")))
    assert state["state"] == "seized" and state["level"] == "suspected", state
    push(redis, detection(sensor="s3", level="confirmed", score=95, evidence=[proof(1, 95)], block=by_name))
    assert redis("ZCARD", key("propose:host")) == 0
    push(redis, seized(seq=2, state="new", **(asked | {"id": name_id("other.example"), "host": "other.example"})))
    state = redis.hash(key("service:" + name_id("other.example")))
    assert (state["state"], state["level"], state["server"]) == ("new", "observed", ""), state


def a_name_that_is_asked_for_ends_no_notice(server):
    """Neither a sensor's first question nor an order that is over says that the notice is gone."""
    redis = server.client()
    by_name = {"eligible": True, "scope": "host", "basis": "content", "reason": "eligible"}
    gone = {"withdraw": False, "set": "", "reason": "no basis for blocking"}
    asked = dict(sensor="s2", family="tls-panel", level="observed", score=45, answered=False, claimants=1,
                 evidence=[proof(1, 1) | {"kind": "claim", "reason": "listed"}], block=gone)
    fields = ("state", "sensors")
    name = key("service:" + name_id("panel.example"))
    for seq, state in enumerate(("seized", "blocked")):
        push(redis, seized(seq=1 + seq, state=state))
        push(redis, seized(seq=1 + 2 * seq, state="new", **asked))
        assert redis("HMGET", name, *fields) == [state, "s1 s2"], redis.hash(name)
        push(redis, seized(seq=2 + 2 * seq, state="withdrawn", **asked))
        assert redis("HMGET", name, *fields) == [state, "s1"], redis.hash(name)
        if state == "seized":
            push(redis, detection(sensor="s3", level="confirmed", score=95, evidence=[proof(1, 95)], block=by_name))
            assert redis("ZCARD", key("propose:host")) == 0
    push(redis, seized(seq=3, state="withdrawn"))  # of the sensor that saw the notice: a guard covers the name
    assert redis("HGET", name, "state") == "withdrawn", redis.hash(name)


def a_block_page_ends_nothing(server):
    redis = server.client()
    by_name = {"eligible": True, "scope": "host", "basis": "content", "reason": "eligible"}
    push(redis, detection(seq=1, level="confirmed", score=95, evidence=[proof(1, 95)], block=by_name))
    push(redis, seized(seq=2, state="blocked", level="observed", score=20, block={"withdraw": False, "set": ""}))
    assert redis("ZCARD", key("propose:host")) == 1
    assert redis("HGET", key("service:" + name_id("panel.example")), "state") == "blocked"
    assert push(redis, detection(seq=3, level="confirmed", score=95, block=by_name))[3] == 0


def a_move_keeps_what_is_known(server):
    redis = server.client()
    case = dict(sensor="s2", level="suspected", score=50, evidence=[proof(2, 30)])
    push(redis, detection(seq=1, state="moved", **case))
    assert redis("HMGET", SERVICE, "state", "level", "score") == ["moved", "suspected", "50"]  # lifted by its case
    push(redis, detection(seq=1, state="moved", score=70, evidence=[proof(1, 70)]))
    assert redis("HMGET", SERVICE, "state", "level", "score") == ["moved", "suspected", "79"]


def lists_in_redis_forbid(server):
    redis = server.client()
    seq = 0
    for name, list_name, entry in [("panel.example", "allow", "panel.example"), ("a.b.c", "official", ".b.c"),
                                   ("a.b.c", "allow", ".c"), ("a.b.c", "allow", "*.c"), ("a.b.c", "official", "*.b.c"), ("x.y", "allow", "203.0.113.10"),
                                   ("x.y", "official", ".x.y")]:
        redis("DEL", key("list:allow"), key("list:official"))
        redis("HSET", key(f"list:{list_name}"), entry, "{}")
        for scope in ["host", "ip_port"]:
            seq += 1
            answer = push(redis, detection(seq=seq, host=name, block=BLOCKABLE | {"scope": scope}))
            assert answer[0] == "taken" and answer[3] == 1, (name, entry, scope, answer)
        assert redis("EXISTS", key("propose:host"), key("propose:ip4")) == 0, (name, entry)
    redis("DEL", key("list:allow"), key("list:official"))
    redis("HSET", key("list:allow"), "b.c", "{}", ".xx.y", "{}", "203.0.113.1", "{}", "*.a.b.c", "{}")
    assert push(redis, detection(seq=seq + 1, host="a.b.c", block=BLOCKABLE))[3] == 0
    assert redis("ZCARD", key("propose:ip4")) == 1
    redis("HSET", key("list:allow"), ".b.c", "{}")
    assert push(redis, detection(seq=seq + 2, host="a.b.c", block=BLOCKABLE))[3] == 1
    assert redis("ZCARD", key("propose:ip4")) == 0


def prefixes_and_expiry_of_lists(server):
    redis = server.client()
    prefixes = ["203.0.113.10/31", "203.0.113.8/29", "203.0.113.0/24"]
    redis("HSET", key("list:allow"), "203.0.113.0/24", "{}", "203.0.114.0/24", "{}")
    assert push(redis, detection(prefixes=prefixes, block=BLOCKABLE))[3] == 1
    # What has expired forbids nothing, though nobody took it away yet.
    redis("ZADD", key("lists:until"), 1, "allow 203.0.113.0/24")
    assert push(redis, detection(seq=2, prefixes=prefixes, block=BLOCKABLE))[3] == 0
    redis("ZADD", key("lists:until"), 99999999999, "allow 203.0.113.0/24")
    assert push(redis, detection(seq=3, prefixes=prefixes, block=BLOCKABLE))[3] == 1
    redis("ZADD", key("lists:until"), 1, "official 203.0.113.0/24")  # of another list
    assert push(redis, detection(seq=4, prefixes=prefixes, block=BLOCKABLE))[3] == 1
    assert error_of(lambda: push(redis, detection(seq=5, prefixes="x"))).startswith("VIGIEARG")


def expired_entries_are_swept(server):
    redis = server.client()
    for number in range(150):
        redis("HSET", key("list:order"), f"n{number}.example", "{}")
        redis("ZADD", key("lists:until"), 10 + number, f"order n{number}.example")
    redis("HSET", key("list:allow"), "a b", "{}", "stays.example", "{}")
    redis("ZADD", key("lists:until"), 5, "allow a b", 6, "nonsense x", 7, "order gone.example", 99999999999, "allow stays.example")
    beat(redis)
    assert redis("HLEN", key("list:order")) == 53 and redis("HKEYS", key("list:allow")) == ["stays.example"]
    beat(redis)
    assert redis("HLEN", key("list:order")) == 0 and redis("ZRANGE", key("lists:until"), 0, -1) == ["allow stays.example"]
    lines = [fields for _, fields in redis.stream(key("lists"))]
    assert [int(line["rev"]) for line in lines] == list(range(1, 152)) and redis("GET", key("lists:rev")) == "151"
    assert {line["op"] for line in lines} == {"expire"}
    assert (lines[0]["list"], lines[0]["entry"], lines[0]["count"]) == ("allow", "a b", "1")
    assert (lines[-1]["list"], lines[-1]["entry"], lines[-1]["count"]) == ("order", "n149.example", "0")


def change_list(redis, name, mode, *changes, keep="1000"):
    """One call of the script of changes; each is (op, entry, value, until)."""
    keys = [key(part) for part in (f"list:{name}" if name != "shared" else "list:allow", "lists", "lists:rev", "lists:until", "shared:ip")]
    text = (ROOT / "daemon/sink/script/lists.lua").read_text()
    return redis("EVAL", text, len(keys), *keys, name, keep, mode, *[word for change in changes for word in change])


def changes_of_lists(server):
    redis = server.client()
    assert change_list(redis, "order", "each", ("add", "a.example", '{"x":1}', 0), ("add", "b.example", "{}", 99999999999)) == [2, 0, 0, 0, 2, 2]
    assert change_list(redis, "order", "each", ("add", "a.example", '{"x":1}', 0), ("add", "b.example", "other", 0), ("del", "c.example", "", 0)) == [0, 1, 0, 2, 2, 3]
    assert redis("ZCARD", key("lists:until")) == 0
    assert change_list(redis, "order", "many", ("del", "a.example", "", 0), ("add", "d.example", "{}", 0)) == [1, 0, 1, 0, 2, 4]
    assert change_list(redis, "order", "many", ("del", "a.example", "", 0)) == [0, 0, 0, 1, 2, 4]
    assert change_list(redis, "order", "forced") == [0, 0, 0, 0, 2, 5]
    lines = [(fields["rev"], fields["list"], fields["op"], fields["entry"], fields["value"], fields["count"]) for _, fields in redis.stream(key("lists"))]
    assert lines == [("1", "order", "add", "a.example", '{"x":1}', "1"), ("2", "order", "add", "b.example", "{}", "2"),
                     ("3", "order", "add", "b.example", "other", "2"), ("4", "order", "many", "", "", "2"), ("5", "order", "many", "", "", "2")], lines
    now = int(redis("TIME")[0])
    change_list(redis, "shared", "each", ("add", "203.0.113.10", "", 60))
    change_list(redis, "shared", "each", ("add", "203.0.113.10", "", 90))  # known: only the expiry grows
    change_list(redis, "shared", "each", ("add", "203.0.113.10", "", 30))
    assert now + 89 <= float(redis("ZSCORE", key("shared:ip"), "203.0.113.10")) <= now + 92
    line, = [fields for _, fields in redis.stream(key("lists")) if fields["list"] == "shared"]
    assert line["entry"] == "203.0.113.10" and now + 59 <= int(line["value"]) <= now + 62 and line["count"] == ""


def mistakes_change_no_list(server):
    redis = server.client()
    good = ("add", "a.example", "{}", 0)
    for call in [lambda: change_list(redis, "order", "often", good), lambda: change_list(redis, "order", "each", good[:3]),
                 lambda: change_list(redis, "order", "each", good, ("put", "b.example", "{}", 0)), lambda: change_list(redis, "order", "each", good, ("add", "", "{}", 0)),
                 lambda: change_list(redis, "order", "each", good, ("add", "b.example", "{}", "soon")), lambda: change_list(redis, "order", "each", good, keep="all")]:
        assert (error_of(call) or "").startswith("VIGIEARG"), error_of(call)
    assert redis("DBSIZE") == 0
    for name, value in [("lists", "x"), ("lists:rev", "x"), ("lists:until", "x"), ("list:order", "x")]:
        redis("FLUSHALL")
        redis("SET", key(name), value)
        assert (error_of(lambda: change_list(redis, "order", "each", good)) or "").startswith("VIGIETYPE"), name
        assert redis("DBSIZE") == 1


def shared_addresses_are_no_targets(server):
    redis = server.client()
    push(redis, detection(sensor="s2", other_hosts=1, id="00112233445566bb", host="shop.example"))
    push(redis, detection(sensor="s2", seq=2, other_hosts=1, id="00112233445566bb", host="shop.example"))
    assert redis("ZSCORE", key("shared:ip"), "203.0.113.10") is not None
    told = [(fields["list"], fields["op"], fields["entry"]) for _, fields in redis.stream(key("lists"))]
    assert told == [("shared", "add", "203.0.113.10")], told  # once, for the other sensors
    assert push(redis, detection(block=BLOCKABLE))[3] == 1
    assert redis("EXISTS", key("propose:ip4")) == 0
    assert push(redis, detection(seq=2, block=BLOCKABLE | {"scope": "host"}))[3] == 0
    redis("FLUSHALL")
    push(redis, detection(block=BLOCKABLE | {"automatic": True}))
    push(redis, detection(sensor="s2", other_hosts=2))
    assert redis("EXISTS", key("block:ip4")) == 0
    assert [c["op"] for _, c in redis.stream(key("blocks"))] == ["add", "withdraw"]


def replay_leaves_blocks_alone(server):
    redis = server.client()
    redis("ZADD", key("block:ip4"), 1, "198.51.100.1:80")
    push(redis, detection(mode="replay", other_hosts=1, block={"touch": False}))
    assert redis("ZCARD", key("block:ip4")) == 1
    assert redis("EXISTS", key("shared:ip"), key("propose:ip4"), key("blocks")) == 0
    push(redis, detection(mode="replay", seq=2, block=BLOCKABLE))
    assert redis("ZCARD", key("propose:ip4")) == 1


def due_members_are_swept(server):
    redis = server.client()
    for number in range(150):
        for name in ["block:ip4", "propose:host"]:
            redis("ZADD", key(name), 10 + number, f"x{number}")
    redis("ZADD", key("block:ip4"), 99999999999, "later")
    push(redis, detection())
    assert redis("ZCARD", key("block:ip4")) == 51 and redis("ZCARD", key("propose:host")) == 50
    beat(redis)
    assert redis("ZRANGE", key("block:ip4"), 0, -1) == ["later"] and redis("ZCARD", key("propose:host")) == 0
    changes = [fields for _, fields in redis.stream(key("blocks"))]
    assert [int(c["rev"]) for c in changes] == list(range(1, 151))
    assert {c["op"] for c in changes} == {"expire"} and changes[0]["target"] == "x0"


def a_block_runs_out(server):
    redis = server.client()
    push(redis, detection(block=BLOCKABLE | {"automatic": True, "duration": 1}))
    assert redis("ZCARD", key("block:ip4")) == 1
    wait_until(lambda: beat(redis) and redis("ZCARD", key("block:ip4")) == 0, what="the block is due")
    assert [c["op"] for _, c in redis.stream(key("blocks"))] == ["add", "expire"]
    push(redis, detection(seq=2, block=BLOCKABLE))
    assert redis("ZCARD", key("propose:ip4")) == 1 and redis("ZCARD", key("block:ip4")) == 0


def heartbeats(server):
    redis = server.client()
    redis("ZADD", key("services"), 5, "gone", 6, "gone2")
    push(redis, detection())
    assert beat(redis, epoch="e1", version="0.1") == ["beat"]
    state = redis.hash(key("sensor:s1"))
    assert abs(int(state["heartbeat"]) - int(redis("TIME")[0])) <= 2 and state["version"] == "0.1"
    assert 0 < redis("TTL", key("sensor:s1")) <= 600
    assert redis("ZRANGE", key("services"), 0, -1) == ["00112233445566aa"]


def streams_are_trimmed(server):
    redis = server.client()
    for seq in range(1, 501):
        push(redis, detection(seq=seq, keep=100, block=BLOCKABLE | {"automatic": True, "duration": 1000 + seq}))
    assert 100 <= redis("XLEN", key("detections")) <= 300
    assert 100 <= redis("XLEN", key("blocks")) <= 300


if __name__ == "__main__":
    sys.exit(main([value for name, value in list(globals().items())
                   if callable(value) and getattr(value, "__module__", "") == "__main__"
                   and name not in ("key", "error_of", "change_list")]))
