#!/usr/bin/env python3
"""The schemas against the C tables from which the events are made, and the validator against broken lines."""
import json, pathlib, re, sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))
from validate import validate_line  # noqa: E402

GOOD = json.loads("""{"schema":1,"timestamp":"2026-01-31T20:45:01.123456Z","event_type":"detection","sensor":"s-eth0.1",
"mode":"live","seq":1,"id":"486bf455cc15c7e7","subject":"service","state":"new","cause":"evidence","level":"confirmed",
"score":97,"family":"xtream","server":{"ip":"203.0.113.10","port":8080,"transport":"tcp","other_hosts":0},
"evidence":[],"first_seen":"2026-01-31T20:45:01.123456Z","last_seen":"2026-01-31T20:45:01.123456Z",
"block":{"eligible":false,"scope":"none","reason":"not confirmed"},
"producer":{"version":"0.1","rules":"sha256:%s"}}""" % ("ab" * 32))


def table(header, name):
    """The texts of one X-macro table."""
    text = (ROOT / "include" / header).read_text()
    body = re.search(rf"#define {name}\(X\)((?:.*\\\n)*.*)\n", text)[1]
    return re.findall(r'X\(\w+,\s*"([^"]*)"\)', body)


def closed_lists():
    schema = json.loads((HERE / "detection.schema.json").read_text())
    top, block = schema["properties"], schema["properties"]["block"]["properties"]
    evidence = schema["$defs"]["evidence"]["properties"]
    relations = re.findall(r'\[RELATION_\w+\] = "(\w+)"', (ROOT / "daemon/app/named_server.c").read_text())
    pairs = [(top["state"], table("verdict/detection.h", "STATES")),
             (top["cause"], table("verdict/detection.h", "CAUSES")),
             (top["level"], table("verdict/detection.h", "LEVELS")[1:]),
             (block["basis"], table("verdict/detection.h", "BLOCK_BASES")[1:]),
             (block["scope"], table("verdict/detection.h", "BLOCK_SCOPES")),
             (block["reason"], table("verdict/detection.h", "BLOCK_REASONS")),
             (top["family"], table("rule/evidence.h", "FAMILIES")),
             (top["roles"]["items"], table("rule/evidence.h", "ROLES")),
             (evidence["kind"], table("rule/evidence.h", "EVIDENCE_KINDS")),
             (schema["$defs"]["related"]["properties"]["relation"], relations)]
    for part, names in pairs:
        assert names and sorted(part["enum"]) == sorted(names), (part["enum"], names)


def line(**changes):
    return json.dumps(GOOD | changes, ensure_ascii=False, separators=(",", ":"))


def good_lines():
    assert validate_line(line()) == []
    assert validate_line(line(block={"eligible": True, "basis": "content", "scope": "host", "reason": "eligible"})) == []


def broken_lines():
    without = {key: value for key, value in GOOD.items() if key != "server"}
    turned = dict(reversed(GOOD.items()))
    block = GOOD["block"]
    broken = [
        "", "[]", "{}", '{"event_type":"rumour"}', line().replace(",", ", ", 1), line().replace('{"schema":1', '{"schema":1,"schema":1'),
        json.dumps(without, separators=(",", ":")), json.dumps(turned, separators=(",", ":")),
        line(score=101), line(score=True), line(score="97"), line(schema=2), line(seq=0), line(id="486BF455CC15C7E7"),
        line(id="486bf455cc15c7e"), line(level="none"), line(state="gone"), line(timestamp="2026-01-31T20:45:01Z"),
        line(timestamp="2026-01-31T20:45:01.123456+00:00"), line(sensor="a b"), line(host=""), line(host="Panel.example"),
        line(make="x" * 257), line(make="é" * 129), line(make="a\u202eb"), line(make="a\tb"), line(extra=1), line(roles=[]),
        line(roles=["panel", "panel"]), line(clients=0), line(related=[{"relation": "epg"}]),
        line(server=GOOD["server"] | {"port": 65536}), line(server=GOOD["server"] | {"ip": "panel.example"}),
        line(block=block | {"eligible": True}), line(block=block | {"reason": "because"}),
        line(block={"eligible": True, "scope": "host", "reason": "eligible"}),
        line(producer={"version": "1", "rules": "sha256:abc"}), line(privacy={"clients": "pseudonym"}),
    ]
    for text in broken:
        assert validate_line(text), text


def every_schema_is_used_whole():
    """A keyword that the validator does not know is an error; each schema is read through once."""
    from validate import check
    for path in sorted(HERE.glob("*.schema.json")):
        root = json.loads(path.read_text())
        parts = [root]
        while parts:
            part = parts.pop()
            check(None, {key: value for key, value in part.items() if key != "$ref"}, root)
            parts += [*part.get("properties", {}).values(), *part.get("$defs", {}).values()]
            parts += [part[key] for key in ("items", "additionalProperties", "if", "then", "else")
                      if isinstance(part.get(key), dict)]
            for name in re.findall(r'"\$ref": ?"#/\$defs/(\w+)"', json.dumps(part)):
                assert name in root["$defs"], name


failed = 0
for test in (closed_lists, good_lines, broken_lines, every_schema_is_used_whole):
    try:
        test()
        print(f"PASS {test.__name__}")
    except AssertionError as error:
        failed += 1
        print(f"FAIL {test.__name__}: {error}")
sys.exit(1 if failed else 0)
