#!/bin/sh
# Keeps a copy of the block lists, as whoever fills a firewall or a name server would: files DIR/ip4, DIR/ip6
# and DIR/host with "TARGET EXPIRES" lines (Unix time; a line whose time has come counts no more).
# usage: consumer.sh SOCKET DIR
set -u
socket=$1 dir=$2 prefix='{vigie}' rev=''

ask() { redis-cli -e --raw -s "$socket" "$@" 2>/dev/null; }

# What changes while the sets are read stands behind `last` in the stream and is applied once more.
load() {
    last=$(ask XREVRANGE "$prefix:blocks" + - COUNT 1) && rev=$(ask GET "$prefix:blocks:rev") || return 1
    last=$(printf '%s\n' "$last" | head -n 1) last=${last:-0-0} rev=${rev:-0}
    for set in ip4 ip6 host; do
        members=$(ask ZRANGE "$prefix:block:$set" 0 -1 WITHSCORES) || return 1
        printf '%s' "${members:+$members
}" | paste -d ' ' - - > "$dir/$set.new" && mv "$dir/$set.new" "$dir/$set"
    done
}

# One change: the target's old line goes, and unless it is taken away a new one comes.
apply() {
    awk -v target="$3" '$1 != target' "$dir/$2" > "$dir/$2.new"
    case $1 in add | extend) echo "$3 $4" >> "$dir/$2.new" ;; esac
    mv "$dir/$2.new" "$dir/$2"
}

while :; do
    [ -n "$rev" ] || load || { rev=''; sleep 0.2; continue; }
    changes=$(ask XREAD COUNT 100 BLOCK 300 STREAMS "$prefix:blocks" "$last") || { rev=''; sleep 0.2; continue; }
    # An entry is its id and ten pairs; the first line is the stream's name.
    while read -r id && read -r _ && read -r number && read -r _ && read -r op && read -r _ && read -r set &&
        read -r _ && read -r target && read -r _ && read -r expires && for _ in 1 2 3 4 5; do read -r _; read -r _; done; do
        [ "$number" -le "$rev" ] || [ "$number" -eq $((rev + 1)) ] || { rev=''; break; } # trimmed: begin anew
        apply "$op" "$set" "$target" "$expires"
        last=$id rev=$((number > rev ? number : rev))
    done <<END
$(printf '%s\n' "$changes" | tail -n +2)
END
    # Nothing more to read, and Redis counts otherwise: it lost its data or was switched.
    [ -n "$changes" ] || [ "$(ask GET "$prefix:blocks:rev")" = "$rev" ] || [ "$rev" = 0 ] || rev=''
done
