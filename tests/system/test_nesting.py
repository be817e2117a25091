#!/usr/bin/env python3
"""Every encapsulation in every other one that can carry it: the innermost conversation is found, whole.

usage: test_nesting.py BUILD

tests/oracle/compare.py asks tshark the same of the same capture.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from harness import Daemon, Suite, scratch  # noqa: E402
import nesting  # noqa: E402
import rewire  # noqa: E402

KEEP = ("privacy.clients=address", "privacy.credentials=keep")
PACKETS = len(nesting.talk(nesting.FIRST_PORT))


def main():
    suite, pairs = Suite(), nesting.pairs()
    capture = rewire.write(scratch() / "nested.pcap", nesting.frames())
    done = Daemon(sys.argv[1]).replay(capture, "--events", "http,flow", settings=KEEP)
    asked, packets = {}, {}
    for event in done.events:
        port = event["src_port"]
        if event["event_type"] == "http":
            asked[port] = event["http"].get("url"), event["http"].get("status")
        else:
            packets[port] = event["flow"]["pkts_toserver"] + event["flow"]["pkts_toclient"]
    for port, (inner, outer) in pairs.items():
        got = asked.get(port), packets.get(port)
        suite.equal(f"{inner} in {outer}", got, ((f"/pair/{port}", 200), PACKETS))
    suite.equal("no other flow", sorted(packets.keys() - pairs.keys()), [])
    return suite.finish()


sys.exit(main())
