#!/bin/sh
# Runs every fuzz target that was built: tests/fuzz.sh FUZZ_BUILD_DIR SECONDS
#
# The seeds in tests/fuzz/corpus/<name without fuzz_>/ are only read; what the fuzzer adds goes into a
# temporary folder, and an input that fails is kept in FUZZ_BUILD_DIR/<target>-*. One line a target; the status
# is not 0 where one failed.
set -u

if [ $# -ne 2 ]; then
    echo "usage: $0 FUZZ_BUILD_DIR SECONDS" >&2
    exit 64
fi
build=$1
seconds=$2
seeds=$(dirname "$0")/fuzz/corpus
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

failed=0
found=0
for target in "$build"/fuzz_*; do
    if [ ! -f "$target" ] || [ ! -x "$target" ]; then
        continue
    fi
    found=1
    name=$(basename "$target")
    mkdir -p "$work/$name"
    set -- "$work/$name"
    if [ -d "$seeds/${name#fuzz_}" ]; then
        set -- "$@" "$seeds/${name#fuzz_}"
    fi
    if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$build/$name-" "$@" >"$work/output" 2>&1; then
        executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/output")
        echo "$name: ${executions:-0} executions, ok"
    else
        echo "$name: FAILED"
        tail -n 60 "$work/output"
        failed=1
    fi
done
if [ "$found" -eq 0 ]; then
    echo "$0: no fuzz target in $build" >&2
    exit 66
fi
exit "$failed"
