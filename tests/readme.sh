#!/usr/bin/env bash
# tests/readme.sh PROGRAM [--update]: the README's examples are what the files hold and the program prints.
# --update rewrites them.
set -euo pipefail
program=$1
program=$(realpath -- "$program")
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

fenced() { printf '```%s\n' "$1"; cat; printf '```\n'; }
print_example() { { printf '$ scripts/run\n'; "$program" configs/seed.json || true; } | fenced '' | sed 's/ *$//'; }
# The repeated half of a network, and what it comes to.
print_blocks() {
  sed -n -e '/^    "up": \[/,/^    \]/p' -e '/^  "decoder"/,/^  \],/p' configs/unet_padded.json | fenced json
  { printf '$ scripts/run sizes configs/unet_padded.json\n'; "$program" sizes configs/unet_padded.json | sed -n '1,/^  right/p'; printf '  ...\n'; } | fenced '' | sed 's/ *$//'
}
# A Python class and what it comes to; the class is the README's own.
print_python() {
  local folder
  folder=$(mktemp -d)
  sed -n '/^<!-- python: begin -->$/,/^<!-- python: end -->$/p' README.md | sed -n '/^```python$/,/^```$/p' | sed '1d;$d' >"$folder/coder.py"
  fenced python <"$folder/coder.py"
  { printf '$ shapedbg coder.py:Coder --input 1,1,28,28 --expect input\n'
    (cd "$folder"; "$program" coder.py:Coder --input 1,1,28,28 --expect input || true)
    printf '$ shapedbg fix coder.py:Coder --input 1,1,28,28 --expect input --write\n'
    (cd "$folder"; "$program" fix coder.py:Coder --input 1,1,28,28 --expect input --write || true); } | fenced '' | sed 's/ *$//'
  rm -r "$folder"
}
shown() { sed -n "/^<!-- $1: begin -->\$/,/^<!-- $1: end -->\$/p" README.md | sed '1d;$d'; }
# The README was written with one LibTorch; the tests may run on another.
any_version() { sed 's/LibTorch [0-9.]*/LibTorch VERSION/'; }

block=$(mktemp)
trap 'rm -f "$block"' EXIT
examples=(example blocks)
! python3 -c 'import torch' 2>/dev/null || examples+=(python)
for name in "${examples[@]}"; do
  "print_$name" >"$block"
  if [ "${2:-}" = --update ]; then
    sed -i -e "/^<!-- $name: begin -->\$/r $block" -e "/^<!-- $name: begin -->\$/,/^<!-- $name: end -->\$/{/^<!-- $name/!d}" README.md
  fi
  [ -n "$(shown "$name")" ] || { echo "README.md has no $name between its two marks"; exit 1; }
  diff <(shown "$name" | any_version) <(any_version <"$block") ||
    { echo "README.md shows something else than there is: tests/readme.sh PROGRAM --update rewrites it"; exit 1; }
done

# The pictures are what the program draws, by formula.
for name in seed unet_padded; do
  picture=docs/images/$name.svg
  "$program" check "configs/$name.json" --device off --format svg >"$block" || [ $? = 1 ]
  if [ "${2:-}" = --update ]; then cp "$block" "$picture"; fi
  cmp "$picture" "$block" || { echo "$picture is not what is drawn: tests/readme.sh PROGRAM --update rewrites it"; exit 1; }
done
