#!/bin/bash
# Fuzzes every parser of the RTSP target and the time rules of the Recorder:
# Tests/Fuzz/run.sh SECONDS [SEED]
#
# SECONDS is for all targets together. Compiles the sources of Domain, RTSP (without the one
# file that needs Crypto) and Recorder/Time and the entries with plain swiftc into one program in .build-fuzz, which knows
# its target by its name; the corpus grows in .build-fuzz/corpus and is used again. Ends with 1 if a target crashed, hung or ran out of memory;
# the input is then kept in .build-fuzz/crashes and repeated by .build-fuzz/TARGET FILE.
set -u
seconds=${1:?usage: Tests/Fuzz/run.sh SECONDS [SEED]}
seed=${2:-20260101}
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$root/.build-fuzz
targets="FuzzClient FuzzDescription FuzzChallenge FuzzH264 FuzzH265 FuzzAAC FuzzParameterSets FuzzTime"
mkdir -p "$out/sources" "$out/crashes"

# They become one module here, so that no entry needs a package of its own.
rm -f "$out"/sources/*.swift
for file in "$root"/Sources/{Domain,RTSP,Recorder/Time}/*.swift; do
    name=$(basename "$file")
    [ "$name" = DigestHash.swift ] && continue
    sed -E 's/^(package )?import Domain$//' "$file" >"$out/sources/$name"
done
cp "$root"/Tests/Fuzz/*.swift "$out/sources/"

newest=$(ls -t "$out/fuzz" "$root"/Sources/{Domain,RTSP,Recorder/Time}/*.swift "$root"/Tests/Fuzz/*.swift \
    2>/dev/null | head -1)
if [ "$newest" != "$out/fuzz" ]; then
    echo "building"
    swiftc -O -wmo -swift-version 6 -parse-as-library -package-name sparc -sanitize=fuzzer \
        -enable-upcoming-feature NonisolatedNonsendingByDefault \
        -module-name Fuzzed -use-ld=lld -o "$out/fuzz" "$out"/sources/*.swift || exit 1
fi
for target in $targets; do ln -f "$out/fuzz" "$out/$target"; done

status=0
each=$((seconds / $(echo $targets | wc -w)))
[ "$each" -ge 1 ] || each=1
for target in $targets; do
    corpus=$out/corpus/$target
    mkdir -p "$corpus"
    # Output to a file and no backtracer: both have hung after a crash.
    SWIFT_BACKTRACE=enable=no timeout -s KILL $((each + 60)) "$out/$target" \
        -max_total_time=$each -seed="$seed" -timeout=10 -rss_limit_mb=512 -max_len=4096 \
        -print_final_stats=1 -artifact_prefix="$out/crashes/$target-" "$corpus" \
        </dev/null >"$out/$target.log" 2>&1
    code=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$target.log")
    edges=$(grep -o 'cov: [0-9]*' "$out/$target.log" | tail -1)
    echo "$target: ${runs:-no} runs, ${edges:-cov: ?}, exit $code"
    if [ "$code" -ne 0 ]; then
        status=1
        tail -20 "$out/$target.log"
    fi
done
exit $status
