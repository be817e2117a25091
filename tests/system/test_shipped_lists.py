#!/usr/bin/env python3
"""The lists that come with this version: each says where its entries are from and when that was read, says nothing
twice, is used by a rule or a guard, and no two of them contradict each other.

usage: test_shipped_lists.py BUILD
"""
import datetime
import ipaddress
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from harness import Daemon, Suite, scratch  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "rules" / "datasets"
GUARDS = {"official", "platforms", "paste-hosts", "shared-prefixes"}
RESERVED = {"canary"}  # of a reserved domain: RFC 2606 is its source
SOURCES = r"catalogue|list|https?://|[a-z0-9-]+\.(?:com|org|net|gov|eu|it|es|at)\b"
DAYS = r"as of 20\d\d-\d\d-\d\d|without a day|general knowledge"


def entries(text):
    return [entry for entry in (line.split("#")[0].strip() for line in text.splitlines()) if entry]


def comments(text):
    return "\n".join(line[1:] for line in text.splitlines() if line.startswith("#"))


def covers(wide, name):
    """Whether `.example.org` says what `.a.example.org` or `a.example.org` says."""
    return wide.startswith(".") and wide != name and (name.endswith(wide) or "." + name == wide)


def parents(name):
    labels = name.lstrip(".").split(".")
    return ["." + ".".join(labels[i:]) for i in range(len(labels) - 1)]


def main(build):
    suite, daemon = Suite(), Daemon(build)
    lists = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.list"))}
    rules = "\n".join(path.read_text() for path in (ROOT / "rules").glob("*.rules"))
    today = datetime.date.today()
    for name, text in lists.items():
        said, names = comments(text), entries(text)
        dates = [datetime.date.fromisoformat(date) for date in re.findall(r"\b20\d\d-\d\d-\d\d\b", said)]
        if name not in RESERVED:
            suite.check(f"{name}: says when it was read", dates and max(dates) <= today + datetime.timedelta(days=1), dates)
            suite.check(f"{name}: says where it is from", re.search(SOURCES, said), said[:300])
        suite.check(f"{name}: is used", name in GUARDS or f",{name},type " in rules)
        suite.equal(f"{name}: nothing stands twice", sorted({entry for entry in names if names.count(entry) > 1}), [])
        if name == "shared-prefixes":
            continue
        known = set(names)
        inside = [entry for entry in names for wide in parents(entry) if wide in known and covers(wide, entry)]
        suite.equal(f"{name}: nothing stands within another entry", inside, [])
    guarded = {entry for name in ("official", "platforms", "paste-hosts") for entry in entries(lists[name])}
    for name in ("portals", "canary"):
        accused = [entry for entry in entries(lists[name]) if guarded & {entry, *parents(entry)}]
        suite.equal(f"{name}: names nobody whom a guard protects", accused, [])
    prefixes = [ipaddress.ip_network(entry) for entry in entries(lists["shared-prefixes"])]
    for version in (4, 6):
        ordered = sorted(prefix for prefix in prefixes if prefix.version == version)
        inside = [str(b) for a, b in zip(ordered, ordered[1:]) if b.subnet_of(a)]
        suite.equal(f"shared-prefixes: no prefix of IPv{version} stands within another", inside, [])
    heads = [block for block in re.split(r"\n\s*\n", lists["shared-prefixes"]) if entries(block)]
    bare = [block.splitlines()[0] for block in heads
            if not re.search(r"https?://\S+", comments(block)) or not re.search(DAYS, comments(block))]
    suite.equal("shared-prefixes: each part has its source, and its day or that it has none", bare, [])
    done = daemon.run("-T", "-r", scratch() / "none.pcap", settings=())
    suite.equal("shipped lists load without a mistake", (done.code, done.err.decode()), (0, done.err.decode()))
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
