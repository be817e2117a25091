#!/usr/bin/env python3
"""Functions that have no place here, and words that promise work for later."""
import pathlib, re, sys

BANNED = {
    r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|strncpy|strncat)\s*\(": "unbounded or easily misused",
    r"\b(atoi|atol|atof)\s*\(": "numbers are parsed with their errors",
    r"\b(rand|random|srand)\s*\(": "not repeatable, not random",
    r"\balloca\s*\(": "stack of unknown size",
    r"\b(TODO|FIXME|XXX|HACK)\b": "belongs into an issue",
    r"\bgethostbyname|getaddrinfo\s*\(": "the daemon asks no resolver",
}


def main():
    faults = []
    for path in sorted(pathlib.Path(".").glob("daemon/**/*.[ch]")) + sorted(pathlib.Path("include").glob("**/*.h")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for pattern, reason in BANNED.items():
                if re.search(pattern, line):
                    faults.append(f"{path}:{number}: {line.strip()} ({reason})")
    print("\n".join(f"FAIL {fault}" for fault in faults) or "PASS banned functions")
    return bool(faults)


sys.exit(main())
