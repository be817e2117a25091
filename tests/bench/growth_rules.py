"""What the stage rules costs with more and more rules: the part `growth-rules` of bench.py.

Sets of 10 to 10,000 made rules (make_rules.py), and one in which one rule in a hundred has no literal, run in turn on
the same capture. Loading is not counted with the packets and stands in a column of its own.
"""
import collections, statistics

import make_rules

SETS = (("10", 10, 0), ("100", 100, 0), ("1,000", 1000, 0), ("10,000", 10000, 0), ("10,000, 1 % without literal", 10000, 1))
CORPORA = ("many", "mixed")
HEAD = ("corpus", "rules", "ns/packet", "spread", "times the row above", "loaded in s", "peak MiB", "records")


def folder(build, count, bare):
    path = build / "bench" / "rules" / f"{count}-{bare}"
    (path / "datasets").mkdir(parents=True, exist_ok=True)
    (path / "made.rules").write_text("\n".join(make_rules.rules(count, bare)) + "\n")
    return path


def measure(build, captures, runs, run):
    results = collections.defaultdict(list)
    folders = {name: folder(build, count, bare) for name, count, bare in SETS}
    for _ in range(runs):
        for corpus in CORPORA:
            for name, path in folders.items() if corpus in captures else ():
                told, output = run(build, [build / "bench" / "bench_stages", "rules", captures[corpus], path])
                figures = dict(pair.split("=") for pair in output.split() if "=" in pair)
                results[corpus, name].append({**told, **{key: value for key, value in figures.items() if key != "name"}})
    return results


def table(results):
    yield HEAD
    before = None
    for (corpus, name), runs in results.items():
        packets = int(runs[0]["packets"])
        times = [int(one["run_us"]) * 1e3 / packets for one in runs]
        cost = statistics.median(times)
        first = name == SETS[0][0]
        yield (corpus, name, f"{cost:.0f}", f"{min(times):.0f}-{max(times):.0f}", "" if first else f"{cost / before:.2f}",
               f"{statistics.median(int(one['start_us']) for one in runs) / 1e6:.2f}",
               f"{statistics.median(one['peak_kib'] for one in runs) / 1024:.1f}", runs[0]["records"])
        before = cost


def lines(build, captures, runs, run):
    """The table's lines, the head first."""
    return table(measure(build, captures, runs, run))
