#!/usr/bin/env python3
"""Compares what vigied says of captures with what tshark says of them.

usage: compare.py [--cache DIR] [--kind KIND]... [--least PERCENT] [--tshark OPTIONS] BUILD PATH...

A PATH is a capture or a folder of captures. Kinds: requests (method, host, URI, user agent), answers (status),
hellos (names in those of TLS and QUIC), lookups (names in DNS), flows (innermost addresses and ports, with their
packets). Every difference is printed with its file and frame; the last lines say for each kind how many of what
tshark found vigie has, exactly, then that of all names, and what was left out by rule. The exit status is 1 where one
of these is less than --least (99.9). README.md beside this file explains the differences that are known.
"""
import argparse
import collections
import datetime
import ipaddress
import json
import pathlib
import re
import shlex
import subprocess
import sys

import wireshark

DNS_PORT = 53
TEXT_MAX = 8 * 1024  # bytes of a string in an event
# What must not reach a terminal or a log as it is: see include/base/text.h.
FORBIDDEN = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]")
NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$")
MAGICS = {bytes.fromhex(word) for word in ("d4c3b2a1", "a1b2c3d4", "4d3cb2a1", "a1b23c4d", "0a0d0d0a", "34cdb2a1", "a1b2cd34")}
SETTINGS = ("privacy.credentials=keep", "privacy.clients=address", "flow.duplicates=0")
KINDS = ("requests", "answers", "hellos", "lookups", "flows")
NAMES = {"hellos", "lookups"}
# What is not compared, by rule.
CAPTURE = "in captures that vigied does not read: the link type, or what libpcap does not"
ALONE = "on other ports than 53, in a question without its answer or an answer without its question"
QUOTED = "in what an ICMP error quotes"
UNREAD = "that tshark cannot read either, and says so in their place"
DAMAGE = "that stand in what tshark calls damaged, and that vigie has not"
EVENTS = "http,tls,quic,dns,flow"


# The same normal form for both


def clean(raw):
    """A string as events show it."""
    return None if raw is None else FORBIDDEN.sub("\ufffd", raw.decode("utf-8", "replace"))


def address(text):
    return str(ipaddress.ip_address(text))


def host(raw):
    """A Host or authority as services are named by; None where it names nobody."""
    if raw is None:
        return None
    text = raw.decode("latin-1").lower()
    literal = re.fullmatch(r"\[([^\]]*:[^\]]*)\](:\d*)?", text)
    name = literal[1] if literal else text if text.count(":") > 1 else text.partition(":")[0]
    try:
        return address(name)
    except ValueError:
        name = name.removesuffix(".")
        return name if NAME.fullmatch(name) else None


def target(request):
    """Host and URI of a request in any form: a proxy is asked for a whole URL, or for an authority."""
    absolute = re.match(rb"(?i)https?://([^/?#]*)(.*)", request.uri, re.S)
    if absolute:
        return host(absolute[1].rpartition(b"@")[2]), absolute[2] or b"/"
    if request.method == b"CONNECT":
        return host(request.uri), request.uri
    return host(request.host), request.uri


def shortened(text):
    """What is left of a text in an event: whole characters."""
    return None if text is None else text.encode()[:TEXT_MAX].decode(errors="ignore")


def of_tshark(request):
    name, uri = target(request)
    return (clean(request.method), name, shortened(clean(uri)), shortened(clean(request.user_agent) or None))


# What each of them says, in the same words: {kind: [(flow, item, frame or time)]}


def side(event, which):
    return (address(event[f"{which}_ip"]), event[f"{which}_port"])


def flow_key(flow):
    transport, one, other = flow
    ends = sorted([(address(one[0]), one[1]), (address(other[0]), other[1])])
    return (transport, *ends)


def once(items):
    """Of several hellos of a connection (a server may ask for another one) the first."""
    return list({(key, item): (key, item, where) for key, item, where in reversed(items)}.values())[::-1]


def alone(lookups):
    """Those elsewhere than on DNS's port that only the other half would make DNS."""
    halves = {(key, kind, name) for key, (kind, name), _ in lookups}
    other = {"query": "answer", "answer": "query"}
    return [(key, (kind, name), where) for key, (kind, name), where in lookups
            if DNS_PORT not in (key[1][1], key[2][1]) and (key, other[kind], name) not in halves]


def tell_tshark(told):
    out = {
        "requests": [(number, of_tshark(request)) for number, request in told.requests],
        # An interim answer is no answer.
        "answers": [(number, (status,)) for number, status in told.answers if status == 101 or status >= 200],
        "hellos": [(number, (layer, host(name) or clean(name))) for number, layer, name in told.names],
        "lookups": [(number, (kind, clean(name).lower())) for number, kind, name in told.lookups],
    }
    quoted = [number for kind in NAMES for number, _ in out[kind] if told.frames[number].flow is None]
    for kind, items in out.items():
        out[kind] = [(flow_key(told.frames[number].flow), item, number) for number, item in items
                     if told.frames[number].flow is not None]
    out["hellos"] = once(out["hellos"])
    left = {UNREAD: [item for item in out["lookups"] if re.fullmatch("<.*>", item[1][1])], ALONE: alone(out["lookups"])}
    out["lookups"] = [item for item in out["lookups"] if all(item not in items for items in left.values())]
    packets, first = collections.Counter(), {}
    for number, frame in told.frames.items():
        if frame.flow is not None:
            key = flow_key(frame.flow)
            packets[key] += 1
            first.setdefault(key, number)
    out["flows"] = [(key, (count,), first[key]) for key, count in packets.items()]
    left[QUOTED] = quoted
    return out, collections.Counter({rule: len(items) for rule, items in left.items()})


def items_of(event):
    """What a transaction record says: (kind, item)."""
    kind, part = event["event_type"], event[event["event_type"]]
    if kind == "http":
        if "http_method" in part:
            yield "requests", (part["http_method"], part.get("hostname"), part["url"], part.get("http_user_agent"))
        if "status" in part:
            yield "answers", (part["status"],)
    elif kind == "dns":
        yield "lookups", (part["type"], part.get("rrname", "").lower())
    elif "sni" in part:
        yield "hellos", (kind, part["sni"].lower())


def tell_vigie(build, path):
    line = [str(pathlib.Path(build) / "vigied"), "-r", str(path), "--events", EVENTS, "-S", "/dev/null"]
    for setting in SETTINGS:
        line += ["--set", setting]
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode not in (0, 65):
        raise RuntimeError(f"{path}: vigied ended with status {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
    out, packets, first = {kind: [] for kind in KINDS}, collections.Counter(), {}
    for text in done.stdout.splitlines():
        event = json.loads(text)
        key = flow_key((event["proto"], side(event, "src"), side(event, "dest")))
        if event["event_type"] == "flow":
            flow = event["flow"]
            packets[key] += flow["pkts_toserver"] + flow["pkts_toclient"]
            first.setdefault(key, flow["start"])
            continue
        for kind, item in items_of(event):
            out[kind].append((key, item, event["timestamp"]))
    out["hellos"] = once(out["hellos"])
    out["flows"] = [(key, (count,), first[key]) for key, count in packets.items()]
    return out, done.returncode == 65


# Comparing


def by_flow(items):
    out = collections.defaultdict(list)
    for key, item, where in items:
        out[key].append((item, where))
    return out


def without(items, others):
    """The items that `others` has not as often."""
    left, out = collections.Counter(item for item, _ in others), []
    for item, where in items:
        if left[item] > 0:
            left[item] -= 1
        else:
            out.append((item, where))
    return out


def differences(tshark, vigie):
    """Of one kind: how many agree, and rows (flow, what tshark says, what vigie says, where)."""
    theirs, ours = by_flow(tshark), by_flow(vigie)
    same, rows = 0, []
    for key in sorted(theirs.keys() | ours.keys()):
        missing, extra = without(theirs[key], ours[key]), without(ours[key], theirs[key])
        same += len(theirs[key]) - len(missing)
        for place in range(max(len(missing), len(extra))):
            wanted, number = missing[place] if place < len(missing) else (None, None)
            got, time = extra[place] if place < len(extra) else (None, None)
            rows.append((key, wanted, got, number, time))
    return same, rows


def microseconds(timestamp):
    at = datetime.datetime.fromisoformat(timestamp.replace("Z", "+00:00"))
    return (at - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)


def frame_at(told, key, timestamp):
    """The frame of a flow that bears this time."""
    wanted = microseconds(timestamp)
    return next((number for number, frame in told.frames.items()
                 if frame.time_us == wanted and frame.flow is not None and flow_key(frame.flow) == key), None)


def flow_text(key):
    transport, one, other = key
    return f"{transport} " + " ".join(f"[{end[0]}]:{end[1]}" if ":" in end[0] else f"{end[0]}:{end[1]}" for end in (one, other))


def item_text(item):
    return "nothing" if item is None else " ".join("-" if part is None else str(part)[:200] for part in item)


class Oracle:
    def __init__(self, build, kinds, cache=None):
        self.build, self.kinds, self.cache = build, kinds, cache
        self.totals = {kind: collections.Counter() for kind in kinds}
        self.left = collections.Counter()  # names, by the rule that leaves them out
        self.files = 0

    def compare(self, path):
        """The differences of a capture as lines."""
        told = wireshark.read_cached(path, self.cache)
        ours, refused = tell_vigie(self.build, path)
        theirs, left = tell_tshark(told)
        if refused:
            self.left[CAPTURE] += sum(len(theirs[kind]) for kind in NAMES)
            return [f"{path}: vigied does not read it"] if told.frames else []
        self.files += 1
        if "lookups" in self.kinds:
            self.left.update(left)
        return [line for kind in self.kinds for line in self.compare_kind(path, told, kind, theirs[kind], ours[kind])]

    def compare_kind(self, path, told, kind, theirs, ours):
        same, rows = differences(theirs, ours)
        damaged = self.damaged(path, theirs, rows) if kind in NAMES else collections.Counter()
        count = 0
        for key, wanted, got, number, time in rows:
            if got is None and damaged[key, wanted] > 0:
                damaged[key, wanted] -= 1
                self.left[DAMAGE] += 1
                continue
            count += wanted is not None
            number = number or frame_at(told, key, time) or time
            yield (f"{path}: frame {number}: {kind}: {flow_text(key)}: "
                   f"tshark: {item_text(wanted)}; vigie: {item_text(got)}")
        self.totals[kind].update(tshark=same + count, vigie=len(ours), same=same)

    @staticmethod
    def damaged(path, theirs, rows):
        """How often tshark found each name that vigie has not in a damaged frame."""
        missing = {(key, wanted) for key, wanted, got, _, _ in rows if got is None}
        frames = [((key, item), number) for key, item, number in theirs if (key, item) in missing]
        numbers = wireshark.damaged(path, {number for _, number in frames})
        return collections.Counter(name for name, number in frames if number in numbers)

    def count(self, kinds):
        """What both have of these kinds, what tshark has, and what vigie alone has."""
        total = sum((self.totals[kind] for kind in kinds), collections.Counter())
        return total["same"], total["tshark"], total["vigie"] - total["same"]

    def share(self, kinds):
        same, asked, _ = self.count(kinds)
        return 100.0 * same / asked if asked else 100.0

    def shares(self):
        """The kinds that were asked for, and all names."""
        return [(kind, [kind]) for kind in self.kinds] + [("names", [kind for kind in self.kinds if kind in NAMES])]

    def summary(self):
        for title, kinds in self.shares():
            same, asked, more = self.count(kinds)
            if title == "names":
                yield f"names: {same} of {asked}, {self.share(kinds):.3f} %"
            else:
                yield f"{title}: {same} of {asked} agree, {self.share(kinds):.3f} % (vigie has {more} that tshark has not)"
        for rule, number in sorted(self.left.items()):
            if number > 0:
                yield f"left out: {number} names {rule}"

    def good(self, least):
        return all(self.share(kinds) >= least for _, kinds in self.shares())


def is_capture(path):
    if not path.is_file():
        return False
    with open(path, "rb") as stream:
        return stream.read(4) in MAGICS


def captures(paths):
    for path in map(pathlib.Path, paths):
        if path.is_dir():
            yield from sorted(found for found in path.rglob("*") if is_capture(found))
        else:
            yield path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", help="a folder that keeps what tshark said")
    parser.add_argument("--kind", action="append", choices=KINDS)
    parser.add_argument("--least", type=float, default=99.9)
    parser.add_argument("--tshark", default="", metavar="OPTIONS", help="more options for tshark")
    parser.add_argument("build")
    parser.add_argument("paths", nargs="+")
    arguments = parser.parse_args()
    if wireshark.version() is None:
        sys.exit("compare.py needs tshark: apt-get install tshark")
    wireshark.OPTIONS += shlex.split(arguments.tshark)
    oracle = Oracle(arguments.build, arguments.kind or KINDS, arguments.cache)
    for path in captures(arguments.paths):
        for line in oracle.compare(path):
            print(line, flush=True)
    print(f"{oracle.files} captures")
    for line in oracle.summary():
        print(line)
    return 0 if oracle.good(arguments.least) else 1


if __name__ == "__main__":
    sys.exit(main())
