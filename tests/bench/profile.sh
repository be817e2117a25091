#!/bin/sh
# Where the instructions go: callgrind over the whole pipeline on a short corpus, by part and the top 25 functions.
# Instruction counts hardly depend on what else the machine does, so they compare versions.
#
# usage: profile.sh BUILD [CORPUS] [STAGE] [SCALE]
#   CORPUS  elephants, mixed or many (default: each of them)
#   STAGE   of bench_stages (default: whole)
#   SCALE   of the corpus (default: 0.01, of elephants 0.1)
set -eu
build=${1:?usage: profile.sh BUILD [CORPUS] [STAGE] [SCALE]}
stage=${3:-whole}
folder=$build/bench/profile
mkdir -p "$folder"
if ! command -v valgrind > /dev/null; then
    echo "profile.sh: valgrind is not installed" >&2
    exit 1
fi

# count CAPTURE OUT: runs under callgrind; what is counted begins with the first packet.
count() {
    valgrind -q --tool=callgrind --toggle-collect=measure_read --toggle-collect=end_stages \
        --callgrind-out-file="$2" "$build/bench/bench_stages" "$stage" "$1" rules > "$2.log" 2>&1 || {
        cat "$2.log" >&2
        exit 1
    }
}

for corpus in ${2:-elephants mixed many}; do
    scale=${4:-$([ "$corpus" = elephants ] && echo 0.1 || echo 0.01)}
    capture=$folder/$corpus-$scale.pcap
    made=$("$build/bench/make_corpus" "$corpus" "$capture" "$scale")
    out=$folder/$corpus-$stage.callgrind
    count "$capture" "$out"
    total=$(sed -n 's/^\(summary\|totals\): \([0-9]*\).*/\2/p' "$out" | head -1)
    packets=$(echo "$made" | cut -d' ' -f2)
    echo "$made"
    echo "stage $stage: $total instructions, $((total / packets)) a packet"
    echo "instructions a packet, share, part (of app: what its files' names begin with; base: what others call of it)"
    callgrind_annotate --auto=no --threshold=100 "$out" |
        awk -v packets="$packets" -f "$(dirname "$0")/profile_parts.awk" | sort -rn
    # "instructions (share)  function  file", without folders and without the library's path.
    callgrind_annotate --auto=no --threshold=100 "$out" |
        sed -n 's/^ *\([0-9,]\+\) *(\( *[0-9.]\+%\)) *\([^ ]*:\)\([^: ]*\)\( .*\)\{0,1\}$/\1 \2 \4 \3\5/p' |
        awk '{ gsub(/.*\//, "", $4); sub(/:$/, "", $4); sub(/.*\//, "", $5); sub(/\]$/, "", $5)
               printf "%15s %7s  %-36s %s %s\n", $1, $2, $3, $4, $5 }' | head -25
    echo
done
