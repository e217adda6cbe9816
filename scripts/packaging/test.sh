#!/usr/bin/env bash
# scripts/packaging/test.sh BUILD-FOLDER LIBTORCH-LIB-FOLDER: makes the packages and runs the program out of each, unpacked elsewhere.
# Exit code 77 where dpkg's tools are missing.
set -euo pipefail
build=$1 torch=$2
for tool in cpack dpkg-deb dpkg-shlibdeps; do
  command -v "$tool" >/dev/null || { echo "skipped: no $tool" && exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$build" && cpack --config CPackConfig.cmake -B "$work/made") >"$work/log" 2>&1 || { cat "$work/log" && exit 1; }
fail() { echo "$*" && exit 1; }
cat >"$work/net.json" <<'SPEC'
{"input": [1, 3, 8, 8], "layers": [{"type": "Conv2d", "out_channels": 4, "kernel_size": 3}], "expect": [1, 4, 6, 6]}
SPEC
unset SHAPEDBG_ENGINE LD_LIBRARY_PATH

deb=$(ls "$work"/made/shapedbg_*.deb)
dpkg-deb -x "$deb" "$work/root"
dpkg-deb -f "$deb" Depends | grep -q 'libc6' || fail "the .deb names no library"
if dpkg-deb -f "$deb" Depends | grep -q torch; then fail "the program's .deb depends on LibTorch"; fi
"$work/root/usr/bin/shapedbg" --version | grep -q '^shapedbg [0-9]' || fail "the .deb's program does not start"
"$work/root/usr/bin/shapedbg" --device off "$work/net.json" | grep -q 'as expected' || fail "the .deb's program does not check"
for file in share/man/man1/shapedbg.1 share/bash-completion/completions/shapedbg share/zsh/vendor-completions/_shapedbg \
  share/fish/vendor_completions.d/shapedbg.fish; do
  [ -s "$work/root/usr/$file" ] || [ -s "$work/root/usr/$file.gz" ] || fail "the .deb lacks $file"
done

tar -xzf "$work"/made/shapedbg-*.tar.gz -C "$work"
folder=$(find "$work" -maxdepth 1 -type d -name 'shapedbg-*')
mv "$folder" "$work/anywhere"
case $torch in
  /usr/lib*) ;;  # the system's, which the loader knows
  *) mkdir "$work/anywhere/libtorch" && ln -s "$torch" "$work/anywhere/libtorch/lib" ;;
esac
"$work/anywhere/bin/shapedbg" --device cpu "$work/net.json" | grep -q 'cpu, LibTorch' || fail "the archive's program runs no network"
# It is the LibTorch that came along that is loaded, not the one of the build.
if [ -d "$work/anywhere/libtorch" ]; then
  loaded=$(ldd "$work/anywhere/lib/shapedbg/libshapedbg_engine.so")
  grep -q "libtorch_cpu.so => $work/anywhere" <<<"$loaded" || fail "the archive's engine loads another LibTorch: $loaded"
fi
ls -l "$work/made" | awk 'NF > 8 && !/_CPack/ {print $5, $9}'
