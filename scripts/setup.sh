#!/usr/bin/env bash
# setup.sh lab | env | test: make .venv with the packages for lessons, grading or tests; each includes the previous one.
# setup.sh more: also install programs for the slow tests: LibreOffice saves sheets of marks, and it, Inkscape (150 MB, but what
#   lecturers edit pictures with), librsvg and poppler show pictures, TeX compiles slides, ffmpeg makes films.
# setup.sh bench: make .venv-bench with the libraries that bench/ compares coursekit with; PEERS chooses them.
# setup.sh peers: make .venv-nbgrader and .venv-otter with the graders that bench/peers compares coursekit with.
# If something cannot be installed, print one sentence that says how to fix it, and exit with status 2.
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}

fail() { echo "setup: $1" >&2; exit 2; }

as_root() {  # run a command as root, if no password is needed
  if [ "$(id -u)" = 0 ]; then "$@"; elif sudo -n true 2>/dev/null; then sudo "$@"; else return 1; fi
}

debian() {  # install Debian packages; status 1 if that is not possible
  command -v apt-get >/dev/null || return 1
  as_root true || return 1
  as_root apt-get update -qq \
    && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

make_venv() {
  if type -P "$PYTHON" >/dev/null && ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    fail "$("$PYTHON" -V 2>&1) is too old: install Python 3.11 or newer, then run make PYTHON=/path/to/python3.11"
  fi
  local has_venv=("$PYTHON" -c 'import venv, ensurepip')
  if ! "${has_venv[@]}" 2>/dev/null; then
    echo "setup: installing python3-venv from the distribution"
    debian python3-venv && "${has_venv[@]}" 2>/dev/null \
      || fail "$PYTHON or its venv module is missing: as root, run apt-get install python3-venv"
  fi
  # --clear replaces an incomplete environment
  [ -x .venv/bin/pip ] || "$PYTHON" -m venv --clear .venv
}

install() {
  .venv/bin/pip install --quiet --disable-pip-version-check -c constraints.txt "$@" \
    || fail "the packages could not be downloaded: check the network, then run the same command again"
}

has_seccomp() { PATH=$PATH:/sbin ldconfig -p | grep libseccomp.so.2 >/dev/null; }

has_bubblewrap() { type -P bwrap >/dev/null || [ -x .venv/bin/bwrap ]; }

grading_sandbox() {  # grading also runs without these, and says how its sandbox is weaker
  has_seccomp || debian libseccomp2 \
    || echo "setup: for a stronger sandbox, as root, run apt-get install libseccomp2"
  type -P bwrap >/dev/null || debian bubblewrap || has_bubblewrap \
    || echo "setup: for a stronger sandbox, as root, run apt-get install bubblewrap"
}

test_sandbox() {
  has_seccomp || fail "the tests need libseccomp: as root, run apt-get install libseccomp2"
  has_bubblewrap || fail "the tests need bubblewrap: as root, run apt-get install bubblewrap"
}

test_chromium() {
  type -P chromium google-chrome >/dev/null \
    || debian chromium fonts-dejavu-core || .venv/bin/playwright install chromium \
    || fail "the tests need Chromium: as root, run apt-get install chromium, or run .venv/bin/playwright install chromium"
  # Playwright's driver is a separate program that needs a library missing from a bare Debian
  .venv/bin/playwright --version >/dev/null 2>&1 || debian libatomic1 \
    || fail "Playwright does not start: as root, run apt-get install libatomic1"
}

case ${1:?pass lab, env, test, more, bench or peers} in
  lab)
    make_venv
    echo "setup: installing the course and JupyterLab"
    install -e '.[lab]'
    touch .venv/lab.done ;;
  env)
    echo "setup: installing the grader"
    install -e '.[lab,grade]'
    grading_sandbox
    touch .venv/env.done ;;
  test)
    echo "setup: installing the test requirements"
    install -e '.[test]'
    # a test installs the wheel into an empty environment, offline
    .venv/bin/pip download --quiet --disable-pip-version-check -c constraints.txt -d .venv/wheels . \
      || fail "the packages could not be downloaded: check the network, then run the same command again"
    rm -f .venv/wheels/coursekit_backprop-*
    echo "setup: looking for Chromium and the sandbox"
    test_chromium
    test_sandbox
    touch .venv/test.done ;;
  more)
    echo "setup: installing LibreOffice, Inkscape, librsvg, poppler, TeX and ffmpeg from the distribution"
    packages="libreoffice-calc libreoffice-draw inkscape librsvg2-bin poppler-utils texlive-latex-recommended texlive-pictures ffmpeg"
    # shellcheck disable=SC2086 # several words
    debian $packages \
      || type -P soffice inkscape rsvg-convert pdftotext pdflatex ffmpeg >/dev/null \
      || fail "make more needs other programs: as root, run apt-get install $packages"
    touch .venv/more.done ;;
  bench)
    [ -x .venv-bench/bin/pip ] || "$PYTHON" -m venv --clear .venv-bench
    .venv-bench/bin/pip install --quiet --disable-pip-version-check -e . || fail "coursekit could not be installed"
    # one by one: a library without a wheel for this machine is skipped, and the page lists it as not installed
    for peer in ${PEERS-micrograd autograd mygrad torch jax}; do
      .venv-bench/bin/pip install --quiet --disable-pip-version-check "$peer" || echo "setup: skipping $peer: it could not be installed" >&2
    done ;;
  peers)
    peer() {  # NAME PACKAGE...: make a separate environment, with coursekit, which the converted tests import
      [ -x ".venv-$1/bin/pip" ] || "$PYTHON" -m venv --clear ".venv-$1"
      ".venv-$1/bin/pip" install --quiet --disable-pip-version-check -e . "${@:2}" || fail "$1 could not be installed"
    }
    peer nbgrader nbgrader==0.9.6
    peer otter otter-grader==7.0.0 ipykernel ;;
  *) fail "unknown argument $1: pass lab, env, test, more, bench or peers" ;;
esac
