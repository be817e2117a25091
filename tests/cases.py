#!/usr/bin/env python3
"""Golden cases: tests/cases/NAME/ holds expect.jsonl, README.md (purpose, origin) and a capture.

usage: cases.py BUILD [--update NAME...]     (NAME all: every case)

A case's capture is its own input.pcap or, named in `capture` on one line, a file of tests/captures. An
`arguments` file holds further arguments of vigied. Every case runs with 1, 2 and 4 workers and must print
the same bytes each time; every line must satisfy the schema. A golden output is rewritten only by --update.
Version and digest of the rules are taken out: a rule that a case does not meet must not change it.
"""
import difflib, pathlib, re, shlex, subprocess, sys

HERE = pathlib.Path(__file__).resolve().parent
WORKERS = ("1", "2", "4")
PRODUCER = re.compile(r'"producer":\{"version":"[^"]*","rules":"sha256:[0-9a-f]{64}"')
NO_PRODUCER = '"producer":{"version":"0","rules":"sha256:%s"' % ("0" * 64)
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
    return done.returncode, PRODUCER.sub(NO_PRODUCER, done.stdout.decode()), done.stderr.decode()


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
        names = sys.argv[sys.argv.index("--update") + 1:]
        for case in cases if names == ["all"] else [HERE / "cases" / name for name in names]:
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
