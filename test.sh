#!/usr/bin/env bash
# Builds everything and runs every test. Ends with one line: "N passed, N failed".
#   ./test.sh                        all
#   ./test.sh --filter Replay        the tests whose class or method name contains "Replay"
#   ./test.sh --filter-class …       any other option goes to the test programs (Microsoft.Testing.Platform) as it is
# IDJAG_TEST_JOBS is the number of test programs that run side by side (default: 2).
# IDJAG_TEST_LIMIT is the time that one test program has, in seconds (default: 2400); one that hangs is ended, and its
# output names every test that was still running after two minutes.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$ROOT"
# shellcheck source=scripts/prerequisites.sh
. scripts/prerequisites.sh
# shellcheck source=scripts/build.sh
. scripts/build.sh

passed=0 failed=0 skipped=0 ran=()
results="$ROOT/TestResults"

main() {
  local options=() filtered=false
  while [ $# -gt 0 ]; do
    case "$1" in
      --filter) [ $# -ge 2 ] || stop "--filter needs a part of a name"; options+=(--filter-method "*$2*"); filtered=true; shift ;;
      --filter=*) options+=(--filter-method "*${1#--filter=}*"); filtered=true ;;
      --filter-*) options+=("$1"); filtered=true ;;
      *) options+=("$1") ;;
    esac
    shift
  done

  # In a subshell: whatever is missing, the last line is still the count.
  if ! (ensure_prerequisites); then failed=1; finish; fi
  ensure_prerequisites   # again for the variables that it exports
  if ! (ensure_node_programs && ensure_chromium); then failed=1; finish; fi
  say "Building …"
  if ! quiet_build IdJagBroker.sln; then
    say "The build failed."
    failed=1
    finish
  fi

  # Tests of the policies that the repository ships, by the program that it ships.
  if [ "$filtered" = false ]; then test_policies; fi

  local projects=() project
  for project in tests/*Tests/*.csproj; do
    project=$(basename "$(dirname "$project")")
    if has_sources "$project"; then projects+=("$project"); else printf '%-40s no test files yet\n' "$project"; fi
  done
  [ ${#projects[@]} -gt 0 ] || { say "There are no tests."; failed=1; finish; }

  # Programs in the background do not hear Ctrl-C: pass it on.
  trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM
  local running=() i
  for project in "${projects[@]}"; do
    local jobs=${IDJAG_TEST_JOBS:-2} threads=()
    # The broker's own takes longer than all others together and mostly waits for its database. It comes last, and alone: others beside it would spoil what it measures in time.
    if [ "$project" = IdJagBroker.Tests ]; then jobs=1 threads=(--max-threads 4); fi
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do sleep 0.2; done
    timeout --kill-after=30 "${IDJAG_TEST_LIMIT:-2400}" \
      dotnet exec "tests/$project/bin/Release/net10.0/$project.dll" --no-progress --no-ansi --long-running 120 --xunit-diagnostics on ${threads[@]+"${threads[@]}"} ${options[@]+"${options[@]}"} \
      >"$results/$project.log" 2>&1 </dev/null &
    running+=($!)
  done
  for i in "${!projects[@]}"; do
    local status=0
    wait "${running[$i]}" || status=$?
    count "${projects[$i]}" "$status" "$filtered"
  done
  if [ $((passed + failed + skipped)) -eq 0 ]; then
    say "No test ran."
    failed=1
  fi
  finish
}

test_policies() {
  local log="$results/policies.log"
  if dotnet exec src/IdJagBroker/bin/Release/net10.0/idjag.dll policy test policies --min-coverage 100 >"$log" 2>&1 </dev/null; then
    printf '%-40s %s\n' "policies" "$(tail -n 1 "$log")"
  else
    cat "$log"
    failed=$((failed + 1))
  fi
}

has_sources() {
  [ -n "$(find "tests/$1" \( -name bin -o -name obj \) -prune -o -name '*.cs' -print -quit)" ]
}

# A program that ends without its summary (a crash, a wrong option) is a failure, as is one whose tests were not found.
count() {
  local name=$1 status=$2 filtered=$3 log="$results/$1.log" p f s remark=""
  ran+=("$log")
  p=$(summary succeeded "$log") f=$(summary failed "$log") s=$(summary skipped "$log")
  if [ -z "$p$f$s" ]; then
    p=0 f=1 s=0 remark="ended without a result (exit code $status)"
    if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then remark="was ended: it did not finish in ${IDJAG_TEST_LIMIT:-2400} s"; fi
  elif [ $((p + f + s)) -eq 0 ]; then
    if [ "$filtered" = true ]; then return 0; fi
    f=1 remark="has test files, but no test ran"
  elif [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
    f=1 remark="ended with exit code $status"
  fi
  if [ "$f" -gt 0 ] || [ "$s" -gt 0 ]; then cat "$log"; fi
  printf '%-40s %s passed, %s failed, %s skipped   %s\n' "$name" "$p" "$f" "$s" "$remark"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

summary() {
  sed -n "/^Test run summary:/,\$s/^ *$1: \([0-9][0-9]*\)\$/\1/p" "$2" | tail -n 1
}

# The names of the tests that failed come last, where whoever sees the end of a long output finds them. A skipped test is a check that did not happen: the run is not green.
finish() {
  if [ "$failed" -gt 0 ]; then cat ${ran[@]+"${ran[@]}"} /dev/null | grep '^failed ' || true; fi
  local line="$passed passed, $failed failed"
  if [ "$skipped" -gt 0 ]; then line="$line, $skipped skipped"; fi
  printf '%s\n' "$line"
  [ "$failed" -eq 0 ] && [ "$skipped" -eq 0 ] || exit 1
  exit 0
}

main "$@"
