#!/usr/bin/env python3
"""The table of rules/README.md is whole: every rule of the shipped files stands in it, every rule and file that it
names exists, and no row leaves open what covers it.

usage: test_catalogue.py BUILD
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from harness import ROOT, Suite  # noqa: E402

BEGIN, END = "<!-- catalogue -->", "<!-- end of catalogue -->"
MARK = re.compile(r"none|[USW]-?( to [USW])?\b.*")
SID = re.compile(r"\b21\d{5}\b")
FILE = re.compile(r"\b(?:daemon|rules|include)/[\w./-]+")
REASONS = ("issue 5", "no: ", "no evidence on purpose: ")


def shipped():
    """The sids of the shipped rules and the file of each."""
    return {int(sid): path.name for path in sorted((ROOT / "rules").glob("*.rules"))
            for sid in re.findall(r"^\s*sid:(\d+);", path.read_text(), re.M)}


def rows():
    """(section, what, mark, covered by) of each line of the table, with its number in the file."""
    lines = (ROOT / "rules" / "README.md").read_text().splitlines()
    first, last = lines.index(BEGIN) + 3, lines.index(END)
    for number, line in enumerate(lines[first:last], first + 1):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        yield number, cells


class Catalogue:
    def __init__(self):
        self.suite = Suite()

    def row(self, number, cells, sids):
        """What is wrong with a row; nothing where it is good."""
        if len(cells) != 4 or not all(cells):
            return f"line {number}: not four cells that are filled: {cells}"
        mark, by = cells[2], cells[3]
        named = [int(sid) for sid in SID.findall(by)]
        files = FILE.findall(by)
        missing = [sid for sid in named if sid not in sids] + [name for name in files if not (ROOT / name).exists()]
        if missing:
            return f"line {number}: does not exist: {missing}"
        if not MARK.fullmatch(mark):
            return f"line {number}: no mark: {mark}"
        if not named and not files and not by.startswith(REASONS):
            return f"line {number}: neither a rule nor a file nor a reason: {by}"
        return None

    def run(self):
        sids, table = shipped(), list(rows())
        faults = [fault for fault in (self.row(number, cells, sids) for number, cells in table) if fault]
        self.suite.check(f"{len(table)} rows say what covers them", table and not faults, "; ".join(faults[:5]))
        named = {int(sid) for _, cells in table for sid in SID.findall(cells[-1])}
        left = sorted(set(sids) - named)
        self.suite.check(f"{len(sids)} shipped rules stand in the table", sids and not left,
                         ", ".join(f"{sid} of {sids[sid]}" for sid in left))
        whats = [tuple(cells[:2]) for _, cells in table]
        twice = sorted({what for what in whats if whats.count(what) > 1})
        self.suite.check("no row stands twice", not twice, twice)
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(Catalogue().run())
