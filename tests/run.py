#!/usr/bin/env python3
"""Runs the test programs named on the command line and counts.

usage: run.py [--jobs N] PROGRAM[:ARGUMENT...]...

A program is a cmocka binary (its tests are counted one by one) or any script: one that prints
`PASS name`, `FAIL name...` and `SKIP name: reason` lines is counted by these, any other counts as one.
The output of what failed is shown. The last line is 'N passed, N failed, N skipped'.
"""
import argparse, concurrent.futures, os, re, subprocess, sys, time

CMOCKA = re.compile(r"^\[\s+(OK|FAILED|SKIPPED)\s+\] (\S+)", re.M)


def run(command):
    begun = time.monotonic()
    words = command.split(":")
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=600)
        code, text = done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        code, text = 124, (late.stdout or b"").decode(errors="replace") + "\nno end in 600 s"
    except OSError as error:
        code, text = 127, str(error)
    return command, code, text, time.monotonic() - begun


def count(code, text):
    passed, failed, skips = 0, 0, re.findall(r"^SKIP (.*)$", text, re.M)
    tests = [m for m in CMOCKA.finditer(text) if not m.group(2).startswith(("test(s)", "group"))]
    results = {}
    for match in tests:
        if not match.group(2).isdigit() and not match.group(2).endswith(":"):
            results[match.group(2)] = match.group(1)
    if results:
        passed = sum(1 for r in results.values() if r == "OK")
        failed = sum(1 for r in results.values() if r == "FAILED")
    else:
        passed = len(re.findall(r"^PASS ", text, re.M))
        failed = len(re.findall(r"^FAIL ", text, re.M))
        if passed + failed + len(skips) == 0 and code == 0:
            passed = 1
    if code != 0 and failed == 0:
        failed = 1
    return passed, failed, skips


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("programs", nargs="+")
    args = parser.parse_args()
    totals = [0, 0, 0]
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for command, code, text, took in pool.map(run, args.programs):
            passed, failed, skips = count(code, text)
            totals = [totals[0] + passed, totals[1] + failed, totals[2] + len(skips)]
            print(f"{'FAIL' if failed else 'ok  '} {command}: {passed} passed, {failed} failed ({took:.1f} s)", flush=True)
            for skip in skips:
                print(f"SKIP {skip}")
            if failed:
                print("\n".join("    " + line for line in text.splitlines()[-80:]), flush=True)
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    return 1 if totals[1] or not totals[0] else 0


if __name__ == "__main__":
    sys.exit(main())
