# shellcheck shell=bash
# Sourced by scripts/run and scripts/test: everything between a bare machine and a configured build folder.
# All of it is idempotent, reads nothing from stdin and writes to stderr only, as stdout belongs to the report.
#
# Environment: SHAPEDBG_BUILD_DIR   build folder (default: build/ in the source tree)
#              SHAPEDBG_WERROR      ON makes warnings errors
#              SHAPEDBG_TORCH_INDEX a package index to ask for the LibTorch wheel when pip's own settings have none
#              LIBTORCH, Torch_DIR, CMAKE_PREFIX_PATH   a LibTorch of your own

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
build=${SHAPEDBG_BUILD_DIR:-$root/build}
case $build in /*) ;; *) build=$PWD/$build ;; esac

torch_version=2.13.0
torch_min_major=2
torch_root=   # the folder of its include/ and lib/, once found
torch_label=  # which LibTorch that is, for people

say() { printf 'shapedbg: %s\n' "$*" >&2; }
die() {
  say "error: $*"
  exit 2
}

# --- packages ---------------------------------------------------------------------------------------------------

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    return 1
  fi
}

apt_updated=
apt_install() {
  command -v apt-get >/dev/null || return 1
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then return 1; fi
  say "installing $*"
  if [ -z "$apt_updated" ]; then
    as_root apt-get update -q </dev/null >&2 || say "apt-get update failed, trying with the lists as they are"
    apt_updated=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" </dev/null >&2
}

# Headers that the compiler does not find, as Debian's package names.
missing_headers() {
  "${CXX:-g++}" -E -P -x c++ - <<'PROBE' 2>/dev/null | grep '^lib\|^nlohmann' || true
#if !__has_include(<CLI/CLI.hpp>)
libcli11-dev
#endif
#if !__has_include(<nlohmann/json.hpp>)
nlohmann-json3-dev
#endif
#if !__has_include(<spdlog/spdlog.h>)
libspdlog-dev
#endif
#if !__has_include(<zip.h>)
libzip-dev
#endif
#if !__has_include(<toml++/toml.h>)
libtomlplusplus-dev
#endif
#if !__has_include(<mimalloc.h>)
libmimalloc-dev
#endif
#if !__has_include(<gtest/gtest.h>)
libgtest-dev
#endif
PROBE
}

ensure_packages() {
  local missing=()
  command -v "${CXX:-g++}" >/dev/null || missing+=(g++)
  command -v cmake >/dev/null || missing+=(cmake)
  command -v ninja >/dev/null || missing+=(ninja-build)
  if [ ${#missing[@]} -gt 0 ] && [ "${missing[0]}" = g++ ]; then
    missing+=(libcli11-dev nlohmann-json3-dev libspdlog-dev libzip-dev libtomlplusplus-dev libmimalloc-dev libgtest-dev)
  else
    local headers
    headers=$(missing_headers)
    # shellcheck disable=SC2206  # one package name a word
    missing+=($headers)
  fi
  [ ${#missing[@]} -gt 0 ] || return 0
  apt_install "${missing[@]}" ||
    die "these packages are missing and cannot be installed here: ${missing[*]}; as root: apt-get install ${missing[*]}"
}

# What only the tests need: a JSON Schema validator that is not ours. The tests fall back to the system's Python too.
ensure_test_packages() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'from jsonschema import Draft202012Validator' >/dev/null 2>&1; then return 0; fi
  done
  apt_install python3-jsonschema ||
    die "the tests need python3-jsonschema, which cannot be installed here; as root: apt-get install python3-jsonschema"
}

# The sanitizers and libFuzzer of clang, which its package alone does not bring.
has_sanitizers() { compgen -G '/usr/lib/llvm-14/lib/clang/14*/lib/linux/libclang_rt.fuzzer-*.a' >/dev/null; }

# What .ci/checks alone needs: a second compiler and the tools of style.
ensure_check_packages() {
  local missing=() tool
  for tool in clang-14:clang++-14 clang-format-14:clang-format-14 clang-tidy-14:clang-tidy-14 shellcheck:shellcheck; do
    command -v "${tool#*:}" >/dev/null || missing+=("${tool%:*}")
  done
  has_sanitizers || missing+=(libclang-rt-14-dev)
  [ ${#missing[@]} -gt 0 ] || return 0
  apt_install "${missing[@]}" ||
    die "the checks need ${missing[*]}, which cannot be installed here; as root: apt-get install ${missing[*]}"
}

# --- LibTorch ---------------------------------------------------------------------------------------------------

# take DIR LABEL: takes the LibTorch in DIR: its headers and libraries, whatever build it is, or where its CMake package lies;
# false when there is none.
take() {
  local sub root
  for sub in . torch libtorch ../.. ../../.. ../../../..; do
    root=$1/$sub
    [ -f "$root/include/torch/csrc/api/include/torch/torch.h" ] || continue
    if compgen -G "$root/lib/libtorch_cpu.so" >/dev/null || compgen -G "$root/lib/*/libtorch_cpu.so" >/dev/null; then
      torch_root=$(cd -- "$root" && pwd)
      torch_label=$2
      return 0
    fi
  done
  return 1
}

from_user() {
  local dir
  if [ -n "${LIBTORCH:-}" ]; then
    take "$LIBTORCH" "LIBTORCH ($LIBTORCH)" || die "LIBTORCH names \`$LIBTORCH\`, which holds no include/torch and lib/libtorch_cpu.so"
    return 0
  fi
  if [ -n "${Torch_DIR:-}" ]; then
    take "$Torch_DIR" "Torch_DIR ($Torch_DIR)" || die "Torch_DIR names \`$Torch_DIR\`, where no LibTorch is"
    return 0
  fi
  local IFS=':;'
  for dir in ${CMAKE_PREFIX_PATH:-}; do
    if [ -n "$dir" ] && take "$dir" "CMAKE_PREFIX_PATH ($dir)"; then return 0; fi
  done
  return 1
}

# The package's folder and version file, without importing torch (a second); any build: for CUDA and ROCm, too.
from_python() {
  command -v python3 >/dev/null || return 1
  local found
  found=$(python3 - "$torch_min_major" 2>/dev/null <<'PROBE'
import importlib.util, os, re, sys
spec = importlib.util.find_spec("torch")
folder = os.path.dirname(spec.origin)
text = open(os.path.join(folder, "version.py")).read()
version = re.search(r"^__version__\b.*=\s*(.*)$", text, re.M).group(1).strip("'\"")
assert int(version.split(".")[0]) >= int(sys.argv[1])
print(version, folder)
PROBE
  ) || return 1
  take "${found#* }" "the installed Python's ${found%% *} (${found#* })"
}

cache_folder() {
  local home=${HOME:-}
  if [ -n "${XDG_CACHE_HOME:-}" ]; then
    printf '%s\n' "$XDG_CACHE_HOME/shapedbg"
    return
  fi
  [ -n "$home" ] || home=$(getent passwd "$(id -u)" | cut -d: -f6) || true
  if [ -n "$home" ] && mkdir -p "$home/.cache/shapedbg" 2>/dev/null; then
    printf '%s\n' "$home/.cache/shapedbg"
  else
    printf '%s\n' "${TMPDIR:-/tmp}/shapedbg-$(id -u)"
  fi
}

# fetch_wheel FOLDER [PIP OPTIONS]: unpacks the CPU wheel into FOLDER. `+cpu` in the request is what keeps pip from
# ever choosing (and downloading gigabytes of) a CUDA build; the platform makes any Python do.
fetch_wheel() {
  local folder=$1
  shift
  PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --no-input --disable-pip-version-check --no-deps --no-compile \
    --only-binary=:all: --platform manylinux_2_28_x86_64 --python-version 3.11 \
    --implementation cp --abi cp311 --target "$folder" "$@" "torch==$torch_version+cpu" </dev/null >&2 &&
    grep -q "^__version__ = .*+cpu" "$folder/torch/version.py"
}

from_wheel() {
  local cache target
  [ "$(uname -m)" = x86_64 ] || return 1
  cache=$(cache_folder)
  target=$cache/libtorch-$torch_version
  if take "$target" "the wheel $torch_version+cpu ($target)"; then return 0; fi
  if ! python3 -m pip --version >/dev/null 2>&1 && ! apt_install python3-pip; then
    say "no pip to take the LibTorch wheel with"
    return 1
  fi
  mkdir -p "$cache" || return 1
  # Unpacked aside and renamed when whole: an interrupted download never counts as a LibTorch.
  find "$cache" -maxdepth 1 -name 'partial.*' -mmin +600 -exec rm -rf {} + 2>/dev/null || true
  partial=$(mktemp -d "$cache/partial.XXXXXX") || return 1
  trap 'rm -rf "$partial"' EXIT
  say "fetching the LibTorch wheel $torch_version+cpu with pip (about 190 MB, once)"
  if fetch_wheel "$partial" ||
    { [ -n "${SHAPEDBG_TORCH_INDEX:-}" ] && fetch_wheel "$partial" --index-url "$SHAPEDBG_TORCH_INDEX"; }; then
    mv -T "$partial" "$target" 2>/dev/null || true  # fails when another run was first: then its copy is taken
  fi
  rm -rf "$partial"
  trap - EXIT
  take "$target" "the wheel $torch_version+cpu ($target)" && return 0
  say "pip has no CPU build of torch $torch_version; SHAPEDBG_TORCH_INDEX can name an index that does" \
    "(PyTorch's CPU wheels, see its install page)"
  return 1
}

from_debian() {
  if ! dpkg -s libtorch-dev >/dev/null 2>&1; then apt_install libtorch-dev || return 1; fi
  take /usr "Debian's libtorch-dev"
}

# Looks once; later calls believe the note of the first as long as what it depends on is unchanged.
find_libtorch() {
  local note=$build/.libtorch key
  key="${LIBTORCH:-}|${Torch_DIR:-}|${CMAKE_PREFIX_PATH:-}|${XDG_CACHE_HOME:-}|${SHAPEDBG_TORCH_INDEX:-}"
  if [ -f "$note" ]; then
    local lines=()
    mapfile -t lines <"$note"
    if [ "${lines[0]:-}" = "$key" ] && [ -f "${lines[1]:-}/include/torch/csrc/api/include/torch/torch.h" ]; then
      torch_root=${lines[1]}
      torch_label=${lines[2]}
      return 0
    fi
  fi
  from_user || from_python || from_wheel || from_debian ||
    die "no LibTorch to be had; point LIBTORCH at an unpacked one (looked at CMAKE_PREFIX_PATH, Python, pip, Debian)"
  printf '%s\n%s\n%s\n' "$key" "$torch_root" "$torch_label" >"$note"
}

# --- build ------------------------------------------------------------------------------------------------------

# A file that includes torch/torch.h takes up to 2 GB to compile. One job where the memory is not told (no /proc), never
# none: to ninja that means as many as there are files.
build_jobs() {
  local cores fitting
  cores=$(nproc)
  fitting=$(awk '/^MemAvailable:/ {print int($2 / 2097152)}' /proc/meminfo 2>/dev/null) || true
  [ "${fitting:-0}" -ge 1 ] || fitting=1
  echo $((cores < fitting ? cores : fitting))
}

# Configures only when something that cmake does not watch itself has changed.
configure() {
  local stamp=$build/.configured
  local options=(-DCMAKE_BUILD_TYPE=Release -DSHAPEDBG_UNITY=ON "-DSHAPEDBG_LIBTORCH=$torch_root"
    "-DSHAPEDBG_WERROR=${SHAPEDBG_WERROR:-OFF}")
  local want="$root ${CXX:-} ${CXXFLAGS:-} ${LDFLAGS:-} ${options[*]}"
  if [ -f "$build/build.ninja" ] && [ -f "$stamp" ] && [ "$(<"$stamp")" = "$want" ]; then return 0; fi
  rm -f "$build/CMakeCache.txt" "$stamp"
  cmake -S "$root" -B "$build" -G Ninja "${options[@]}" </dev/null >&2 || die "cmake could not configure the build"
  printf '%s\n' "$want" >"$stamp"
}

# prepare TARGET…: everything up to built targets (none: all).
prepare() {
  ensure_packages
  mkdir -p "$build" || die "cannot make the build folder \`$build\`"
  exec 9>"$build/.lock"
  flock 9
  find_libtorch
  say "LibTorch: $torch_label"
  configure
  local command=(ninja -C "$build" -j "$(build_jobs)" "$@")
  # The first build shows how far it is; later ones are silent unless something fails.
  if [ -x "$build/bin/shapedbg" ]; then
    "${command[@]}" --quiet </dev/null 9>&- | sed '/^ninja: no work to do\.$/d' >&2 || die "the build failed"
  else
    "${command[@]}" </dev/null >&2 9>&- || die "the build failed"
  fi
  exec 9>&-
}
