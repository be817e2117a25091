#!/usr/bin/env python3
"""A rule file can be turned off: for each shipped one, all captures without it. What the other files show of a
service is what they showed before, and a service of which the file said nothing has the same score and level.

usage: test_families.py BUILD
"""
import concurrent.futures
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_found  # noqa: E402
import test_legal  # noqa: E402
from capture_maker import SERVER, Capture  # noqa: E402
from harness import CAPTURES, ROOT, Daemon, Suite, scratch  # noqa: E402
from sessions import get  # noqa: E402

FILES = sorted((ROOT / "rules").glob("*.rules"))
OBSERVED = 20
# The daemon's own: another server, suspected itself, names this one. Where that one's suspicion rests on the file
# that is off, the sign goes with it, though the file says nothing of this server.
NAMED = 2147483647
# What a client writes about itself is shown only beside more than that (design, section 7).
HEADERS = {"http.cookie", "http.user_agent", "http.header", "http.referer"}


def sids_of(path):
    return {int(line.split("sid:")[1].split(";")[0]) for line in path.read_text().splitlines() if "sid:" in line}


def many_sessions():
    """The sessions of the other tests, each with an address of its own, in one capture."""
    sessions = [talks for group in (test_found.streams, test_found.redirects, test_found.repeated, test_found.interface,
                                    test_found.lists, test_found.portals) for _, _, talks in group()]
    for group in (test_legal.radio, test_legal.home, test_legal.operators, test_legal.broadcasters, test_legal.interfaces,
                  test_legal.scanned):
        sessions += [[(get(step[0], host), step[1]) if isinstance(step, tuple) and isinstance(step[0], str) else step
                      for step in steps] for _, _, host, steps in group()]
    made = Capture()
    for number, talks in enumerate(sessions):
        talk = made.talk(f"198.51.100.{1 + number % 250}", f"203.0.{113 + number // 250}.{1 + number % 250}", 8080, at=number)
        for step in talks:
            if callable(step):
                step(talk)
            else:
                talk.exchange(*step)
        talk.close(SERVER)
    return made


def score_of(evidence):
    """Over distinct reasons, without caps: never too low."""
    largest = {}
    for item in evidence:
        largest[item["reason"]] = max(largest.get(item["reason"], 0), item["weight"])
    rest = 1.0
    for weight in largest.values():
        rest *= 1 - weight / 100
    return 100 * (1 - rest)


class Families:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()

    def services(self, capture, files):
        """The last detection of each service."""
        rules = [word for path in files for word in ("-S", path)]
        done = self.daemon.replay(capture, *rules, settings=("detection.min_level=observed",))
        if done.code != 0:
            raise RuntimeError(f"vigied failed: {done}")
        return {event["id"]: event for event in done.detections}

    def fault(self, before, after, off):
        """What is wrong with a service without the file whose sids are `off`; nothing where it is as it should."""
        left = {item["sid"]: item for item in before.get("evidence", []) if item["sid"] not in off and item["sid"] != NAMED}
        told = {item["sid"]: item for item in (after or {}).get("evidence", []) if item["sid"] != NAMED}
        touched = any(item["sid"] in off for item in before.get("evidence", []))
        if after is None:
            headers = all(item["kind"] == "claim" and item["field"] in HEADERS for item in left.values())
            return None if touched and (headers or score_of(left.values()) < OBSERVED) else f"gone, with {sorted(left)} left"
        wanted = {sid: (item["count"], item["weight"]) for sid, item in left.items()}
        got = {sid: (item["count"], item["weight"]) for sid, item in told.items()}
        if wanted != got:
            return f"evidence {got}, expected {wanted}"
        named = [any(item["sid"] == NAMED for item in event.get("evidence", [])) for event in (before, after)]
        if not touched and named[0] == named[1] and (before["score"], before["level"]) != (after["score"], after["level"]):
            return f"score {after['score']}, was {before['score']}"
        return None

    def turned_off(self, captures, off, known):
        files = [path for path in FILES if path != off]
        sids, faults = sids_of(off), []
        for capture in captures:
            fired = {item["sid"] for event in known[capture].values() for item in event.get("evidence", [])}
            if not fired & sids and capture.name != "sessions.pcap":
                continue  # the file said nothing there
            services = self.services(capture, files)
            faults += [f"{capture.name} {name}: new" for name in services if name not in known[capture]]
            for name, before in known[capture].items():
                why = self.fault(before, services.get(name), sids)
                if why is not None:
                    faults.append(f"{capture.name} {name}: {why}")
        return faults

    def run(self):
        captures = sorted(CAPTURES.glob("*.pcap")) + sorted((ROOT / "tests" / "cases").glob("*/*.pcap"))
        captures.append(pathlib.Path(many_sessions().write(self.folder / "sessions.pcap")))
        known = {capture: self.services(capture, FILES) for capture in captures}
        touched = {item["sid"] for services in known.values() for event in services.values() for item in event.get("evidence", [])}
        self.suite.check("the captures hold much", len(touched) > 60, len(touched))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for off, faults in zip(FILES, pool.map(lambda path: self.turned_off(captures, path, known), FILES)):
                self.suite.check(f"without {off.name} the others say what they said", not faults,
                                 f"{len(faults)}: {'; '.join(faults[:6])}")
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(Families(sys.argv[1]).run())
