#!/usr/bin/env bash
# tests/readme.sh PROGRAM [--update]: the README's example is what the program prints. --update rewrites it.
set -euo pipefail
program=$1
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

run() { { printf '```\n$ scripts/run\n'; "$program" configs/seed.json || true; printf '```\n'; } | sed 's/ *$//'; }
shown() { sed -n '/^<!-- example: begin -->$/,/^<!-- example: end -->$/p' README.md | sed '1d;$d'; }
# The README was written with one LibTorch; the tests may run on another.
any_version() { sed 's/LibTorch [0-9.]*/LibTorch VERSION/'; }

if [ "${2:-}" = --update ]; then
  block=$(mktemp)
  trap 'rm -f "$block"' EXIT
  run >"$block"
  sed -i -e "/^<!-- example: begin -->\$/r $block" -e '/^<!-- example: begin -->$/,/^<!-- example: end -->$/{/^<!-- example/!d}' README.md
fi
[ -n "$(shown)" ] || { echo "README.md has no example between its two marks"; exit 1; }
diff <(shown | any_version) <(run | any_version) ||
  { echo "README.md shows another report than the program prints: tests/readme.sh PROGRAM --update rewrites it"; exit 1; }
