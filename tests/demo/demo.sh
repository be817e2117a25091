#!/usr/bin/env bash
# The main job on real captures, with a real Redis of its own: what a person sees in the first minute.
# usage: demo.sh BUILD. Leaves nothing running and nothing behind.
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
captures=$here/../captures
work=$(mktemp -d)
redis=""
cleanup() {
    [ -z "$redis" ] || { kill "$redis" 2>/dev/null && wait "$redis" 2>/dev/null; } || true
    rm -rf "$work"
}
trap cleanup EXIT INT TERM
url=unix://$work/redis.sock

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

redis-server --port 0 --unixsocket "$work/redis.sock" --save '' --appendonly no --dir "$work" \
    --logfile "$work/redis.log" --daemonize no &
redis=$!
for _ in $(seq 50); do
    [ "$(redis-cli -s "$work/redis.sock" ping 2>/dev/null)" = PONG ] && break
    sleep 0.1
done

replay() {
    "$build/vigied" -c "$here/demo.yaml" --redis "$url" "$@" \
        -r "$captures/xtream_login_playlist.pcap" -r "$captures/xtream_redirect_lb.pcap" \
        -r "$captures/stalker_handshake_play.pcap" -r "$captures/m3u_gzip_chunked.pcap" \
        -r "$captures/legal_blog_about_iptv.pcap" >"$work/events.jsonl"
}

say "1. Replaying Xtream, Stalker, playlist and ordinary traffic into Redis (block.approve: manual)"
replay --set block.approve=manual
echo "$(wc -l <"$work/events.jsonl") detections"

say "2. Detections, read from Redis: vigiectl tail"
"$build/vigiectl" --redis "$url" tail --from-start --count "$(wc -l <"$work/events.jsonl")"

say "3. Proposals for blocking, waiting for an operator: vigiectl blocks"
"$build/vigiectl" --redis "$url" blocks

say "4. Why one server is not proposed: vigiectl show"
"$build/vigiectl" --redis "$url" show "$(sed -n 's/.*"server":{"ip":"\([^"]*\)","port":\([0-9]*\).*"eligible":false.*/\1:\2/p' "$work/events.jsonl" | tail -n 1)"

say "5. The same with block.approve: auto (under the order named in the configuration)"
replay --set block.approve=auto
"$build/vigiectl" --redis "$url" blocks

say "6. How a score came about: vigied --explain"
"$build/vigied" -c "$here/demo.yaml" --explain -r "$captures/xtream_login_playlist.pcap"
