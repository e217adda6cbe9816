# shellcheck shell=bash
# Sourced: in_venv PACKAGE==VERSION… runs the Python program on standard input with these packages, in a temporary folder.
in_venv() {
  local folder
  folder=$(mktemp -d)
  # shellcheck disable=SC2064  # the folder of this call
  trap "rm -rf '$folder'" EXIT
  python3 -m venv "$folder/env"
  "$folder/env/bin/pip" install --quiet --disable-pip-version-check "$@" numpy==2.4.6 2>/dev/null
  # onnx2torch imports torchvision for detection operators alone, and that is built for one torch.
  if [[ " $* " == *" onnx2torch=="* ]]; then
    mkdir "$folder/torchvision"
    echo >"$folder/torchvision/__init__.py"
    echo "roi_align = None" >"$folder/torchvision/ops.py"
  fi
  cat >"$folder/program.py"
  (cd "$folder" && env/bin/python -W ignore program.py)
}
