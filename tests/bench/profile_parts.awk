# Sums callgrind_annotate's lines by what the code belongs to: a stage of ours (of app: what its files begin with),
# or a library. Input lines: "INSTRUCTIONS (SHARE)  FILE:FUNCTION [OBJECT]"; a line without an object is inlined code.
function part_of(file, object) {
    if (file ~ /daemon\/app\//) {
        sub(/.*daemon\/app\//, "", file)
        sub(/[_.].*/, "", file)
        return "app/" file
    }
    if (match(file, /(daemon|include)\/[a-z]+\//)) {
        split(substr(file, RSTART), words, "/")
        return words[2] == "app" ? "app/frame" : words[2]
    }
    if (file ~ /daemon\//) return "pipeline"
    if (file ~ /tests\/bench/) return "the bench itself"
    if (object ~ /\.so/) {
        sub(/.*\//, "", object)
        sub(/\.so.*/, "", object)
        return object
    }
    return "libc"
}
/^ *[0-9,]+ +\(/ && !/PROGRAM TOTALS/ {
    instructions = $1
    gsub(/,/, "", instructions)
    line = $0
    sub(/^[^)]*\) */, "", line)
    file = line
    sub(/:[^:]*$/, "", file)
    object = line ~ /\[/ ? line : ""
    sub(/.*\[/, "", object)
    sum[part_of(file, object)] += instructions
    total += instructions
}
END {
    for (part in sum) {
        if (sum[part] >= total / 200) printf "%8d %6.1f%%  %s\n", sum[part] / packets, 100 * sum[part] / total, part
    }
}
