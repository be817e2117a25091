#!/usr/bin/env bash
# Runs every fuzz target that was built, as many at once as there are cores: tests/fuzz.sh FUZZ_BUILD_DIR SECONDS
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

run_target() {
    local target=$1 name corpus
    name=$(basename "$target")
    mkdir "$work/$name"
    corpus=("$work/$name")
    [ ! -d "$seeds/${name#fuzz_}" ] || corpus+=("$seeds/${name#fuzz_}")
    if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$build/$name-" "${corpus[@]}" >"$work/$name.output" 2>&1; then
        echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name.output") executions, ok"
    else
        echo "$name: FAILED"
        tail -n 60 "$work/$name.output"
        touch "$work/failed"
    fi
}

found=0
for target in "$build"/fuzz_*; do
    if [ ! -f "$target" ] || [ ! -x "$target" ]; then
        continue
    fi
    found=1
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
        wait -n
    done
    run_target "$target" &
done
wait
if [ "$found" -eq 0 ]; then
    echo "$0: no fuzz target in $build" >&2
    exit 66
fi
[ ! -e "$work/failed" ]
