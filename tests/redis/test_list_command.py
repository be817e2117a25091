#!/usr/bin/env python3
"""vigiectl list against a real Redis: what it writes, what it refuses, what it tells, how it ends.

usage: test_list_command.py BUILD
"""
import json, pathlib, subprocess, sys, time

from harness import PREFIX, main

PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build") / "vigiectl"


def run(server, *words, text=None, config=None):
    where = ["-c", str(config)] if config else ["--redis", f"unix://{server.path}"]
    done = subprocess.run([str(PROGRAM), *where, "list", *words], capture_output=True, timeout=60, text=True, input=text)
    return done.returncode, done.stdout, done.stderr


def entries(redis, name):
    return redis.hash(f"{PREFIX}:list:{name}")


def changes(redis):
    """What the stream told: list, op and entry, with revs that rise by one."""
    told = [fields for _, fields in redis.stream(f"{PREFIX}:lists")]
    assert [int(fields["rev"]) for fields in told] == list(range(1, len(told) + 1)), told
    assert not told or redis("GET", f"{PREFIX}:lists:rev") == told[-1]["rev"]
    return [(fields["list"], fields["op"], fields["entry"]) for fields in told]


def add_and_del(server):
    redis = server.client()
    status, out, _ = run(server, "add", "order", "Panel.Example.", ".TV.example", "203.0.113.10", "2001:DB8:0::/48", "münchen.example",
                         "--why", "court of Paris", "--source", "o-7", "--by", "alice", "--for", "30d")
    assert status == 0 and out == "order: 5 added, 0 changed, 0 removed, 0 as they were; 0 before, 5 now\n", (status, out)
    known = entries(redis, "order")
    assert sorted(known) == [".tv.example", "2001:db8::/48", "203.0.113.10", "panel.example", "xn--mnchen-3ya.example"], known
    value = json.loads(known["panel.example"])
    assert list(value) == ["by", "at", "why", "source", "until", "state"], value
    assert (value["by"], value["why"], value["source"], value["state"]) == ("alice", "court of Paris", "o-7", "active"), value
    ends = time.strptime(value["until"], "%Y-%m-%dT%H:%M:%SZ")
    left = int(time.mktime(ends)) - time.timezone - time.time()
    assert 29.9 * 86400 < left <= 30 * 86400 + 2, left
    score = float(redis("ZSCORE", f"{PREFIX}:lists:until", "order panel.example"))
    assert abs(score - time.time() - left) < 3, score
    assert changes(redis) == [("order", "add", entry) for entry in
                              ["panel.example", ".tv.example", "203.0.113.10", "2001:db8::/48", "xn--mnchen-3ya.example"]]
    # Once more and for ever: the value is another one, and it does not expire any more.
    assert run(server, "add", "order", "panel.example", "--by", "bob")[1].startswith("order: 0 added, 1 changed")
    assert redis("ZSCORE", f"{PREFIX}:lists:until", "order panel.example") is None
    assert list(json.loads(entries(redis, "order")["panel.example"])) == ["by", "at", "state"]
    status, out, _ = run(server, "del", "order", "PANEL.example", ".tv.example")
    assert status == 0 and out == "order: 0 added, 0 changed, 2 removed, 0 as they were; 5 before, 3 now\n", out
    assert redis("ZSCORE", f"{PREFIX}:lists:until", "order .tv.example") is None
    assert changes(redis)[-2:] == [("order", "del", "panel.example"), ("order", "del", ".tv.example")]
    before = len(changes(redis))
    status, out, _ = run(server, "del", "order", "panel.example")
    assert status == 1 and "0 removed, 1 as they were" in out and len(changes(redis)) == before
    assert json.loads(entries(redis, "order")["203.0.113.10"])["by"] == "alice"
    login = subprocess.run(["id", "-un"], capture_output=True, text=True).stdout.strip()
    run(server, "add", "allow", "a.example")
    assert json.loads(entries(redis, "allow")["a.example"])["by"] == login


def refused(server):
    redis = server.client()
    for entry in ["com", ".com", ".co.uk", "localhost", "a..b", "a b.example", "203.0.113.10:8080", "203.0.113.1/24", "http://x.example/",
                  "203.0.113.300", "*.co.uk", "*x.example", "", ".github.io", "0.0.0.0/0", "10.0.0.0/15", "2001:db8::/31"]:
        status, out, errors = run(server, "add", "order", "good.example", entry)
        assert status == 64 and out == "" and errors.count("\n") == 1 and entry in errors, (entry, status, errors)
    assert entries(redis, "order") == {} and changes(redis) == []
    assert run(server, "add", "allow", ".github.io", "0.0.0.0/0")[0] == 0  # a list that protects may be wide
    for words in [("add", "order"), ("add",), ("fly", "order"), ("add", "pirates", "x.example"), ("export", "order", "x"), ("import", "order"),
                  ("export",), ("lookup",), ("lookup", "a.example", "b.example"), ("add", "order", "x.example", "--until", "2020-01-01"),
                  ("add", "order", "x.example", "--until", "soon"), ("add", "order", "x.example", "--for", "a while"),
                  ("add", "order", "x.example", "--for", "0"), ("add", "order", "x.example", "--state", "dead"),
                  ("add", "order", "x.example", "--force"), ("del", "order", "x.example", "--why", "x"), ("export", "order", "--replace"),
                  ("import", "order", "-", "--json"), ("lookup", "not a name")]:
        status, out, errors = run(server, *words, text="")
        assert status == 64 and out == "" and errors, (words, status, errors)
    for command in ["tail", "blocks"]:
        done = subprocess.run([str(PROGRAM), "--redis", f"unix://{server.path}", command, "--why", "x"], capture_output=True)
        assert done.returncode == 64, command
    assert entries(redis, "order") == {}


def lookup(server):
    redis = server.client()
    run(server, "add", "order", ".tv.example", "203.0.113.0/24", "--source", "o-7", "--why", "because", "--by", "alice")
    run(server, "add", "order", "203.0.113.10", "--by", "bob", "--state", "seized")
    run(server, "add", "allow", "a.tv.example", "2001:db8::/32", "--until", "2099-01-01", "--by", "carol")
    found = {"tv.example": ["order    .tv.example by alice"], "x.Tv.Example.": ["order    .tv.example by alice"],
             "a.tv.example": ["allow    a.tv.example until 2099-01-01T00:00:00Z by carol", "order    .tv.example"],
             "b.a.tv.example": ["order    .tv.example"], "203.0.113.10:8080": ["order    203.0.113.10 seized by bob"],
             "203.0.113.11:53/udp": ["order    203.0.113.0/24 by alice"], "[2001:db8::5]:443": ["allow    2001:db8::/32"],
             "2001:db8:ffff::": ["allow    2001:db8::/32"]}
    for target, lines in found.items():
        status, out, errors = run(server, "lookup", target)
        assert status == 0 and len(out.splitlines()) == len(lines), (target, out, errors)
        for line, expected in zip(out.splitlines(), lines):
            assert line.startswith(expected), (target, line)
    assert run(server, "lookup", "tv.example")[1].rstrip().endswith("source o-7: because")
    for target in ["example", "203.0.114.1", "v.example", "2001:db9::"]:
        status, out, errors = run(server, "lookup", target)
        assert status == 1 and out == "" and "on no list" in errors, target
    # What has expired is shown, and what it hid holds.
    redis("HSET", f"{PREFIX}:list:order", "x.tv.example", '{"until":"2020-01-01T00:00:00Z"}')
    status, out, _ = run(server, "lookup", "x.tv.example")
    assert status == 0 and [line.split(" until")[0] for line in out.splitlines()][0] == "order    x.tv.example EXPIRED 2020-01-01T00:00:00Z"
    assert out.splitlines()[1].startswith("order    .tv.example")
    # Whatever somebody wrote by hand is an entry, and safe on a terminal.
    redis("HSET", f"{PREFIX}:list:official", "h.example", "\x1b[31m no JSON")
    status, out, _ = run(server, "lookup", "h.example")
    assert status == 0 and out == "official h.example\n", out


def import_and_export(server):
    redis = server.client()
    names = [f"n{number}.example" for number in range(100)]
    path = server.folder / "names"
    path.write_text("# of the ministry\n" + "\n".join(names) + "\n\n  .WIDE.example # all of it\r\n")
    status, out, errors = run(server, "import", "order", str(path), "--source", "feed")
    assert status == 0 and out == "order: 101 added, 0 changed, 0 removed; 0 before, 101 now\n", (out, errors)
    assert len(changes(redis)) == 101
    status, out, _ = run(server, "import", "order", str(path), "--source", "feed")
    assert out == "order: 0 added, 0 changed, 0 removed; 101 before, 101 now\n" and len(changes(redis)) == 101
    assert run(server, "import", "order", "-", "--source", "other", text="n1.example\nn1.example\n")[1] == (
        "order: 0 added, 1 changed, 0 removed; 101 before, 101 now\n")
    assert run(server, "import", "order", "-", text="n1.example\n")[1].startswith("order: 0 added, 0 changed")
    status, out, _ = run(server, "export", "order")
    assert status == 0 and out.splitlines() == sorted(names + [".wide.example"])
    assert run(server, "import", "allow", "-", text=out)[0] == 0 and sorted(entries(redis, "allow")) == out.splitlines()
    status, out, _ = run(server, "export", "order", "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["entry"] for line in lines] == sorted(names + [".wide.example"]) and lines[1]["source"] == "feed", lines[1]
    run(server, "add", "official", "c.example", "2001:db8::/32", "--why", 'a "word", and\nmore', "--by", "b", "--until", "2099-01-01", "--state", "official")
    redis("HSET", f"{PREFIX}:list:official", "old.example", '{"until":1000}')
    status, out, _ = run(server, "export", "official", "--csv")
    head, address, row, old = out.splitlines()
    assert head == "name,prefix,note,source,state,until,by,at"
    assert row.startswith('c.example,,"a ""word"", and\ufffdmore",,official,2099-01-01T00:00:00Z,b,20'), row
    assert address.startswith(',2001:db8::/32,"a ""word""'), address
    assert old == "old.example,,,,active,1970-01-01T00:16:40Z,,"
    # What was exported so is read back with all that stands beside it.
    path.write_text(out)
    before = {entry: json.loads(value) for entry, value in entries(redis, "official").items() if entry != "old.example"}
    redis("DEL", f"{PREFIX}:list:official")
    assert run(server, "import", "official", str(path))[0] == 0
    after = {entry: json.loads(value) for entry, value in entries(redis, "official").items() if entry != "old.example"}
    assert all(before[entry][key] == after[entry][key] for entry in before for key in ("why", "until", "state")), (before, after)
    redis("DEL", f"{PREFIX}:list:official")
    run(server, "add", "official", "c.example")
    redis("HSET", f"{PREFIX}:list:official", "old.example", '{"until":1000}')
    assert run(server, "export", "official")[1] == "c.example\n"
    assert json.loads(run(server, "export", "official", "--json")[1].splitlines()[1])["expired"] is True


def formats(server):
    redis = server.client()
    files = {"csv": ("order", "Domain,IP,Note,Until\na.example,,court,2099-01-01\n,203.0.113.9,\n", {"a.example", "203.0.113.9"}),
             "rpz": ("order", "$TTL 60\n@ SOA localhost. root.localhost. 1 2 3 4 5\nb.example CNAME .\n*.b.example CNAME .\n"
                              "good.b.example CNAME rpz-passthru.\n32.10.113.0.203.rpz-ip CNAME .\n", {"b.example", "*.b.example", "good.b.example", "203.0.113.10"}),
             "hosts": ("allow", "127.0.0.1 localhost\n0.0.0.0 c.example d.example # both\n", {"c.example", "d.example"})}
    for kind, (name, text, expected) in files.items():
        redis("DEL", f"{PREFIX}:list:{name}")
        status, out, errors = run(server, "import", name, "-", "--source", kind, text=text)
        known = entries(redis, name)
        assert status == 0 and set(known) == expected, (kind, known, errors)
        assert all(json.loads(value)["source"] == kind for value in known.values())
    redis("DEL", f"{PREFIX}:list:order")
    # A wildcard leaves the name itself out.
    alone = "$TTL 60\n@ SOA localhost. root.localhost. 1 2 3 4 5\n*.b.example CNAME .\n"
    assert run(server, "import", "order", "-", text=alone)[0] == 0 and set(entries(redis, "order")) == {"*.b.example"}
    assert run(server, "lookup", "b.example")[0] == 1
    assert "order    *.b.example" in run(server, "lookup", "x.y.b.example")[1]
    run(server, "add", "order", ".b.example")
    assert "order    .b.example" in run(server, "lookup", "x.y.b.example")[1]
    assert run(server, "del", "order", "*.B.example")[0] == 0 and set(entries(redis, "order")) == {".b.example"}
    redis("DEL", f"{PREFIX}:list:order")
    run(server, "import", "order", "-", text=files["csv"][1])
    value = json.loads(entries(redis, "order")["a.example"])
    assert (value["why"], value["until"]) == ("court", "2099-01-01T00:00:00Z"), value
    run(server, "import", "order", "-", text=files["rpz"][1])
    assert json.loads(entries(redis, "order")["good.b.example"])["state"] == "official"
    status, out, errors = run(server, "import", "order", "-", text="e.example\n" + "0" * 31 + "a\n")
    assert status == 65 and "names, addresses and prefixes" in errors and "e.example" not in entries(redis, "order"), errors


def files_with_mistakes(server):
    redis = server.client()
    path = server.folder / "names"
    path.write_text("good.example\n com\nx y\n")
    status, out, errors = run(server, "import", "order", str(path))
    assert status == 65 and out == "" and [line.rsplit(": ", 1)[0] for line in errors.splitlines()] == [f"{path}:2:2", f"{path}:3:1"], errors
    assert run(server, "import", "order", str(server.folder / "none"))[0] == 66
    assert entries(redis, "order") == {}


def shrinking(server):
    redis = server.client()
    run(server, "import", "order", "-", text="".join(f"n{number}.example\n" for number in range(100)))
    told = len(changes(redis))
    shorter = "".join(f"n{number}.example\n" for number in range(49))
    status, out, errors = run(server, "import", "order", "-", "--replace", text=shorter)
    assert status == 1 and out == "" and "100 entries would become 49" in errors and "--force" in errors, errors
    assert len(entries(redis, "order")) == 100 and len(changes(redis)) == told
    status, out, _ = run(server, "import", "order", "-", "--replace", text=shorter + "n49.example\nnew.example\n")
    assert status == 0 and out == "order: 1 added, 0 changed, 50 removed; 100 before, 51 now\n", out
    status, out, _ = run(server, "import", "order", "-", "--replace", "--force", text="")
    assert status == 0 and out == "order: 0 added, 0 changed, 51 removed; 51 before, 0 now\n", out
    assert changes(redis)[-1] == ("order", "many", "") and entries(redis, "order") == {}
    config = server.folder / "vigie.yaml"
    config.write_text(f"redis:\n  url: unix://{server.path}\nlists:\n  max_shrink: 80\n")
    run(server, "import", "order", "-", text="".join(f"n{number}.example\n" for number in range(30)))
    few = shorter[:10 * len("n0.example\n")]
    assert run(server, "import", "order", "-", "--replace", text=few)[0] == 1
    assert run(server, "import", "order", "-", "--replace", text=few, config=config)[0] == 0
    assert len(entries(redis, "order")) == 10
    assert run(server, "import", "order", "-", "--replace", text="n0.example\n")[0] == 0  # of few any number


def many(server):
    redis = server.client()
    text = "".join(f"h{number}.many.example\n" for number in range(20000))
    status, out, errors = run(server, "import", "order", "-", text=text)
    assert status == 0 and out == "order: 20000 added, 0 changed, 0 removed; 0 before, 20000 now\n", (out, errors)
    assert set(changes(redis)) == {("order", "many", "")} and len(changes(redis)) <= 80
    assert run(server, "export", "order")[1].splitlines() == sorted(text.split())


if __name__ == "__main__":
    if not PROGRAM.exists():
        sys.exit(f"no {PROGRAM}: build it first")
    sys.exit(main([add_and_del, refused, lookup, import_and_export, formats, files_with_mistakes, shrinking, many]))
