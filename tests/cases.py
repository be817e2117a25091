#!/usr/bin/env python3
"""Golden cases: tests/cases/NAME/ holds expect.jsonl, README.md (purpose, origin) and a capture.

usage: cases.py BUILD [--update NAME]

A case's capture is its own input.pcap or, named in `capture` on one line, a file of tests/captures. An
`arguments` file holds further arguments of vigied. Every case runs with 1, 2 and 4 workers and must print
the same bytes each time; every line must satisfy the schema. A golden output is rewritten only by --update.
"""
import difflib, pathlib, shlex, subprocess, sys

HERE = pathlib.Path(__file__).resolve().parent
WORKERS = ("1", "2", "4")
sys.path.insert(0, str(HERE / "schema"))
import validate  # noqa: E402


def capture_of(case):
    named = case / "capture"
    return HERE / "captures" / named.read_text().strip() if named.exists() else case / "input.pcap"


def run(build, case, workers):
    arguments = case / "arguments"
    extra = shlex.split(arguments.read_text()) if arguments.exists() else []
    done = subprocess.run([f"{build}/vigied", "-r", str(capture_of(case)), "--workers", workers, *extra],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=120, cwd=HERE.parent)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def judge(build, case):
    want = (case / "expect.jsonl").read_text()
    for workers in WORKERS:
        code, out, err = run(build, case, workers)
        if code != 0:
            return f"exit status {code} with {workers} workers: {err.strip()}"
        if out != want:
            diff = difflib.unified_diff(want.splitlines(), out.splitlines(), "expected", f"{workers} workers",
                                        lineterm="", n=0)
            return "\n".join(diff)
    if "--explain" in (case / "arguments").read_text() if (case / "arguments").exists() else False:
        return None
    for number, line in enumerate(want.splitlines(), 1):
        faults = validate.validate_line(line)
        if faults:
            return f"line {number}: {faults[0]}"
    return None


def main():
    build = sys.argv[1]
    cases = sorted(p for p in (HERE / "cases").iterdir() if p.is_dir())
    if "--update" in sys.argv:
        case = HERE / "cases" / sys.argv[sys.argv.index("--update") + 1]
        code, out, err = run(build, case, "1")
        if code != 0:
            sys.exit(f"{case.name}: exit status {code}: {err}")
        (case / "expect.jsonl").write_text(out)
        print(f"rewrote {case / 'expect.jsonl'}: {len(out.splitlines())} lines; read the diff before you commit")
        return 0
    failed = False
    for case in cases:
        fault = judge(build, case)
        failed = failed or fault is not None
        print(f"PASS case {case.name}" if fault is None else f"FAIL case {case.name}: {fault}")
    return failed


sys.exit(main())
