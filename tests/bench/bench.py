#!/usr/bin/env python3
"""Measures the daemon and its stages against reading the same packets, and prints one table.

usage: bench.py BUILD [--scale S] [--runs N] [--corpus NAME]... [--workers N,N...] [--only NAME,NAME...]

The corpora are made under BUILD/bench/ and kept for the next run. All programs run in turn, N times; what
is printed are medians. No time is asserted here: only ratios within one run mean anything.
"""
import argparse, collections, json, os, pathlib, platform, shutil, statistics, subprocess, sys

import growth_rules

CORPORA = ("elephants", "mixed", "many")
STAGES = ("decode", "flow", "stream", "app", "rules", "whole", "all")
READING = "reading only"
WORKERS_HEAD = ("corpus", "workers", "CPU s", "of one's", "wall s", "faster")
HEAD = ("corpus", "what", "CPU s", "spread", "ratio", "ns/packet", "packets/s", "peak MiB", "start s", "found")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--scale", type=float, default=0.25, help="1 is the size named in README.md")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--corpus", action="append", choices=CORPORA)
    parser.add_argument("--workers", default="1,2,4", help="of vigied, one row each")
    parser.add_argument("--only", default="", help="rows whose names begin so, comma-separated")
    return parser.parse_args()


def corpus(build, name, scale):
    """The capture, made where it is not there yet, and how many packets it has."""
    folder = build / "bench" / "corpora"
    folder.mkdir(parents=True, exist_ok=True)
    maker = build / "bench" / "make_corpus"
    path = folder / f"{name}-{scale:g}.pcap"
    note = path.with_suffix(".txt")
    if not (path.exists() and note.exists() and path.stat().st_mtime > maker.stat().st_mtime):
        note.unlink(missing_ok=True)
        made = subprocess.run([maker, name, path, str(scale)], check=True, stdout=subprocess.PIPE, text=True)
        note.write_text(made.stdout)
    text = note.read_text()
    return path, int(text.split()[1]), text.strip()


def vigied(workers):
    """The name of its row."""
    return f"vigied, {workers} worker{'s' if workers != '1' else ''}"


def labels_rule(build):
    """The folder of a rule that asks what nDPI takes a flow for, so that nDPI works."""
    folder = build / "bench" / "labels"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "labels.vigie.rules").write_text('alert tcp any any -> any any (msg:"a label"; ndpi-protocol:BitTorrent; sid:1; rev:1; '
                                         "metadata: family p2p, role stream, weight 10;)\n")
    return folder


def programs(build, wanted):
    """Name of a row -> how to run it on a capture. Peers that are not installed are told, not run."""
    bench, rules = build / "bench", pathlib.Path("rules")
    rows = {READING: lambda path: [bench / "bench_read", path]}
    for stage in STAGES:
        rows[f"stage {stage}"] = lambda path, stage=stage: [bench / "bench_stages", stage, path, rules]
    rows["stage whole, labels read"] = lambda path: [bench / "bench_stages", "whole", path, rules, labels_rule(build)]
    rows["nDPI on every flow"] = lambda path: [bench / "bench_ndpi", path]
    for workers in wanted.workers.split(","):
        rows[vigied(workers)] = lambda path, workers=workers: [
            build / "vigied", "-r", path, "-S", rules / "*.rules", "--set",
            f"rules.lists=[{(rules / 'datasets').resolve()}]", "--set", "verdict.private_servers=true",
            "--workers", workers, "--events", "detection,stats"]
    for peer, line in (("tcpdump", ["-w", "/dev/null", "-r"]), ("ndpiReader", ["-q", "-i"])):
        if shutil.which(peer):
            rows[peer] = lambda path, peer=peer, line=line: [peer, *line, path]
        else:
            print(f"SKIP {peer}: not installed", file=sys.stderr)
    chosen = [name for name in wanted.only.split(",") if name]
    return {name: row for name, row in rows.items()
            if not chosen or name == READING or name.startswith(tuple(chosen))}


def run(build, command):
    """One run: what bench_run tells, and the command's last output line."""
    output = build / "bench" / "output"
    line = [build / "bench" / "bench_run", output, *command]
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    told = dict(pair.split("=") for pair in done.stdout.split())
    if done.returncode != 0 or told.get("status") != "0":
        sys.exit(f"{' '.join(map(str, command))}: {done.stdout} {done.stderr}")
    return {key: int(value) for key, value in told.items()}, output.read_text(errors="replace")


def found(output):
    """What a program says that it found; the same in every run, whatever its speed."""
    lines = output.splitlines()
    if lines and '"event_type":"stats"' in lines[-1]:
        stats = json.loads(lines[-1])["stats"]
        return f"{stats['app']['http_requests']} requests, {len(lines) - 1} detections"
    if lines and lines[-1].startswith("flows="):
        told = dict(pair.split("=") for pair in lines[-1].split())
        if told["requests"] != "0":
            return f"{told['requests']} requests, {told['records']} records"
        return f"{told['flows']} flows" if told["flows"] != "0" else ""
    return ""


def tell(progress):
    """On a terminal: one line that the next one replaces."""
    if sys.stderr.isatty():
        print(f"\r\033[K{progress}", end="", file=sys.stderr, flush=True)


def measure(build, rows, captures, runs):
    """(corpus, row) -> list of runs, every program in turn in each round."""
    results, finds = collections.defaultdict(list), {}
    for turn in range(runs):
        for name, path in captures.items():
            for row, command in rows.items():
                tell(f"round {turn + 1} of {runs}: {name}, {row}")
                told, output = run(build, command(path))
                results[name, row].append(told)
                if finds.setdefault((name, row), found(output)) != found(output):
                    print(f"\n{name}, {row}: found {found(output)}, before that {finds[name, row]}", file=sys.stderr)
    tell("")
    return results, finds


def median(results, key):
    return statistics.median(result[key] for result in results)


def table(rows, names, packets, results, finds):
    yield HEAD
    for name in names:
        reading = None
        for row in rows:
            start = median(results["empty", row], "cpu_us")
            times = [max(result["cpu_us"] - start, 1) for result in results[name, row]]
            cpu = statistics.median(times)
            reading = reading or cpu
            yield (name, row, f"{cpu / 1e6:.3f}", f"{min(times) / 1e6:.3f}-{max(times) / 1e6:.3f}",
                   f"{cpu / reading:.2f}", f"{cpu * 1e3 / packets[name]:.0f}",
                   f"{packets[name] / cpu * 1e6:,.0f}", f"{median(results[name, row], 'peak_kib') / 1024:.1f}",
                   f"{start / 1e6:.3f}", finds[name, row])


def workers_table(names, counts, results):
    """CPU time and wall clock of several workers against those of one. The reader and main are threads, too."""
    cores = len(os.sched_getaffinity(0))
    yield WORKERS_HEAD
    for name in names:
        first = {}
        for workers in counts:
            row = vigied(workers)
            times = {key: max(median(results[name, row], key) - median(results["empty", row], key), 1)
                     for key in ("cpu_us", "wall_us")}
            first = first or times
            measurable = int(workers) == 1 or int(workers) + 2 <= cores
            yield (name, workers, f"{times['cpu_us'] / 1e6:.3f}", f"{times['cpu_us'] / first['cpu_us']:.2f}",
                   f"{times['wall_us'] / 1e6:.3f}",
                   f"{first['wall_us'] / times['wall_us']:.2f}" if measurable else f"not measurable on {cores} cores")


def show(lines, left=(0, 1)):
    """A table with the columns of `left` flush left."""
    lines = list(lines)
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for number, line in enumerate(lines):
        cells = [cell.ljust(width) if column in left else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(line, widths))]
        print("| " + " | ".join(cells) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
                 platform.machine())
    load = os.getloadavg()[0]
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}, load {load:.1f} before the runs"


def main():
    wanted = parse()
    names = wanted.corpus or CORPORA
    print(machine())
    captures, packets = {}, {}
    for name in ("empty", *names):
        captures[name], packets[name], told = corpus(wanted.build, name, wanted.scale)
        if name != "empty":
            print(told)
    print(flush=True)
    rows = programs(wanted.build, wanted)
    results, finds = measure(wanted.build, rows, captures, wanted.runs)
    show(table(rows, names, packets, results, finds), left=(0, 1, 9))
    counts = [count for count in wanted.workers.split(",") if vigied(count) in rows]
    if counts[:1] == ["1"] and len(counts) > 1:
        print("\nworkers:")
        show(workers_table(names, counts, results))
    if not wanted.only or "lists" in wanted.only.split(","):
        bench = wanted.build / "bench"
        name = "mixed" if "mixed" in names else names[-1]
        print(f"\nlists, on {name}:", flush=True)
        subprocess.run([bench / "bench_lists", bench / "bench_stages", captures[name], bench / "lists", "1000000", str(wanted.runs)],
                       check=True)
    if not wanted.only or "growth-flows" in wanted.only.split(","):
        print("\ngrowth with flows:", flush=True)
        subprocess.run([wanted.build / "bench" / "bench_flows", str(min(wanted.runs, 3))], check=True)
    if not wanted.only or "growth-rules" in wanted.only.split(","):
        print("\ngrowth with rules, stage rules:", flush=True)
        show(growth_rules.lines(wanted.build, captures, wanted.runs, run))


main()
