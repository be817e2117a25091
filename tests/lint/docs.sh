#!/usr/bin/env bash
# CONFIG.md is what the binary prints. usage: docs.sh BUILD
if diff -u CONFIG.md <("$1/vigied" --print-docs); then
    echo "PASS CONFIG.md is what the binary prints"
else
    echo "FAIL CONFIG.md is not what the binary prints: make docs"
    exit 1
fi
