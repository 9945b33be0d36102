#!/bin/sh
# What the Makefile's targets need. Usage: bootstrap.sh server | dev | bench | chromium | chromium-path | programs
#
#   server    .venv with mlflow-ext[server]
#   dev       the same, and what the tests and linters need
#   bench     .bench/venv with mlflow-ext[server] and the peers it is measured against
#   chromium  a Chromium for the browser tests, from the distribution; chromium-path prints where it is
#   programs  chromium, and PostgreSQL's server programs
#
# A step that needs root is taken when we are root or sudo asks nothing; otherwise one line names the command.
# NO_APT=1 leaves the system alone. In CI (CI=true) a missing program is a failure, elsewhere its tests are skipped.
set -eu

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# ---- system packages

apt_install() {
  [ -z "${NO_APT:-}" ] && command -v apt-get >/dev/null 2>&1 || return 1
  if [ "$(id -u)" = 0 ]; then as_root=""
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo -n"
  else return 1
  fi
  say "Installing with apt-get: $*"
  # RUNLEVEL=1: packages that bring a service do not start it
  $as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -q --no-install-recommends "$@" \
    >/dev/null 2>&1 </dev/null && return 0
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null 2>&1 </dev/null || return 1
  $as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -q --no-install-recommends "$@" \
    >/dev/null 2>&1 </dev/null
}

chromium_path() {
  for name in ${MLFLOW_EXT_CHROMIUM:-chromium chromium-browser google-chrome google-chrome-stable}; do
    command -v "$name" && return 0
  done
  return 1
}
has_chromium() { chromium_path >/dev/null; }

has_postgres() {
  command -v initdb >/dev/null 2>&1 && return 0
  for folder in /usr/lib/postgresql/*/bin; do [ -x "$folder/initdb" ] && return 0; done
  return 1
}

# need CHECK WHAT FOR PACKAGE...
need() {
  check=$1 what=$2 for=$3
  shift 3
  "$check" && return 0
  apt_install "$@" && "$check" && return 0
  line="$what is missing ($for): install it with  apt-get install -y $*"
  [ "${CI:-}" != true ] || die "$line"
  say "$line"
}

bring_chromium() { need has_chromium "Chromium" "the browser tests are skipped without it" chromium; }
bring_postgres() { need has_postgres "PostgreSQL" "the tests marked postgres are skipped without it" postgresql; }

# ---- Python

supported() { "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }
can_make_venv() { "$python" -c 'import ensurepip, venv' 2>/dev/null; }

find_python() {
  for python in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.10}; do
    command -v "$python" >/dev/null 2>&1 && supported "$python" && return 0
  done
  die "No Python from 3.10 to 3.13 found; install one with  apt-get install -y python3 python3-venv  or set PYTHON=/path/to/python"
}

make_venv() {
  folder=$1
  [ -x "$folder/bin/python" ] && "$folder/bin/python" -c 'import pip' 2>/dev/null && return 0
  find_python
  if ! can_make_venv; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    apt_install "python$version-venv" && can_make_venv ||
      die "$python can't make virtual environments yet: install that with  apt-get install -y python$version-venv"
  fi
  say "Making $folder with $("$python" --version)"
  "$python" -m venv "$folder"
}

# install VENV STAMP PIP-ARGUMENT...
install() {
  folder=$1 stamp=$2
  shift 2
  make_venv "$folder"
  say "Installing into $folder (once, a few minutes) ..."
  "$folder/bin/python" -m pip install -q --disable-pip-version-check 'pip>=25.1' </dev/null
  "$folder/bin/python" -m pip install -q --disable-pip-version-check "$@" </dev/null ||
    die "Installing failed; the lines above say why. It needs a package index that pip can reach."
  touch "$folder/$stamp"
}

case "${1:-}" in
  server) install .venv .ready-server -e '.[server]' ;;
  dev)
    install .venv .ready-dev -e '.[server]' --group test --group lint
    touch .venv/.ready-server
    ;;
  bench) install .bench/venv .ready-bench -e '.[server]' --group bench ;;
  chromium) bring_chromium ;;
  chromium-path) chromium_path ;;
  programs) bring_chromium; bring_postgres ;;
  *) die "usage: bootstrap.sh server | dev | bench | chromium | chromium-path | programs" ;;
esac
