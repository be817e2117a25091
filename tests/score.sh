#!/usr/bin/env bash
# Scores the daemon on the labelled captures that stand beside the project, where they do. No part of the
# tests. usage: score.sh [BUILD] [arguments of score-captures]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build}
[ $# -eq 0 ] || shift
scorer=$root/../shared/tools/score-captures
if [ ! -x "$scorer" ]; then
    echo "no $scorer here: nothing to score"
    exit 0
fi
exec "$scorer" --daemon "$build/vigied" "$@"
