#!/usr/bin/env python3
"""Rooms stay rooms: fails at files over 1,000 lines and functions over 100; prints the medians."""
import pathlib, re, statistics, sys

FILE_MAX, FUNCTION_MAX = 1000, 100


def functions(text):
    """(name, lines) of each function: a brace in the first column opens it, one closes it."""
    lines, start = text.splitlines(), None
    for number, line in enumerate(lines):
        if line == "{" and number and not lines[number - 1].startswith(("}", "#", "=")):
            start = number
        elif line == "}" and start is not None:
            head = " ".join(lines[max(0, start - 4):start])
            name = (re.findall(r"(\w+)\s*\(", head) or ["?"])[-1]
            yield name, number - start + 1
            start = None


def main():
    faults, files, sizes = [], [], []
    for path in sorted(pathlib.Path(".").glob("daemon/**/*.c")) + sorted(pathlib.Path("include").glob("**/*.h")):
        text = path.read_text()
        files.append(len(text.splitlines()))
        if files[-1] > FILE_MAX:
            faults.append(f"{path}: {files[-1]} lines")
        for name, lines in functions(text):
            sizes.append(lines)
            if lines > FUNCTION_MAX:
                faults.append(f"{path}: {name} has {lines} lines")
    print(f"{len(files)} files, median {statistics.median(files):.0f} lines, longest {max(files)}; "
          f"{len(sizes)} functions, median {statistics.median(sizes):.0f} lines, longest {max(sizes)}")
    print("\n".join(f"FAIL {fault}" for fault in faults) or "PASS sizes")
    return bool(faults)


sys.exit(main())
