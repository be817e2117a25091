#!/usr/bin/env python3
"""Include directions (design, section 3): a stage sees itself, base and the stages below it, never one above."""
import pathlib, re, sys

# Bottom up; stages of one row do not see each other.
ROWS = [["base"], ["capture"], ["decode"], ["flow"], ["app"], ["rule"], ["verdict", "control"], ["sink"], ["ctl"]]
RANK = {stage: rank for rank, row in enumerate(ROWS) for stage in row}
INCLUDE = re.compile(r'^\s*#\s*include\s+"(?:daemon/)?([a-z_]+)/', re.M)


def main():
    faults = []
    for path in sorted(pathlib.Path(".").glob("daemon/*/*.[ch]")) + sorted(pathlib.Path(".").glob("include/*/*.h")):
        stage = path.parts[1]
        for target in INCLUDE.findall(path.read_text()):
            if target not in RANK:
                faults.append(f"{path}: includes {target}/, which is no stage")
            elif target != stage and RANK[target] >= RANK[stage]:
                faults.append(f"{path}: {stage} includes {target}/, which is not below it")
    for path in sorted(pathlib.Path("include").glob("*/*.h")):
        own = f"{path.parts[1]}/{path.name}"
        for line in re.findall(r'#\s*include\s+"([^"]+)"', path.read_text()):
            other = pathlib.Path("include") / line
            if other.exists() and f'"{own}"' in other.read_text():
                faults.append(f"{path} and {other} include each other")
    print("\n".join(f"FAIL {fault}" for fault in faults) or "PASS layers")
    return bool(faults)


sys.exit(main())
