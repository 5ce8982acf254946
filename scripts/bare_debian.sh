#!/usr/bin/env bash
# Make a bare Debian 12 system, clone this repository into it, and run every command that README.md and docs/*.md show.
# Print a transcript, and exit with status 1 if a command's exit status is not the expected one. Needs root and mmdebstrap.
# The settings for reaching package registries (apt's sources, pip's settings, certificates) are copied from this machine.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "bare_debian: $1" >&2; exit 2; }
[ "$(id -u)" = 0 ] || fail "run this script as root: it installs a separate Debian system"
type -P mmdebstrap >/dev/null || apt-get install -y -qq mmdebstrap >/dev/null || fail "mmdebstrap is missing: run apt-get install mmdebstrap"

bare=$(mktemp -d /var/tmp/bare-debian.XXXXXX)
trap 'rm -rf --one-file-system "$bare"' EXIT

make_system() {
  local sources=(/etc/apt/sources.list.d/debian.sources)
  [ -e "${sources[0]}" ] || sources=(/etc/apt/sources.list)
  apt-config dump | grep -E '^Acquire::(https?|Check)' >"$bare.apt" || true
  mmdebstrap --quiet --mode=root --variant=minbase --include=ca-certificates,git,make \
    --aptopt="$bare.apt" bookworm "$bare" "${sources[@]}"
  rm -f "$bare.apt"
  echo 'APT::Get::Assume-Yes "true";' >"$bare/etc/apt/apt.conf.d/90assume-yes"
  cp -L /etc/resolv.conf /etc/hosts "$bare/etc/"
  cp -L /etc/ssl/certs/ca-certificates.crt "$bare/etc/ssl/certs/"
  # pip's index and certificate, but none of this machine's local packages
  { echo "[global]"; python3 -m pip config list | sed -nE "s/^(global|:env:)\.(index-url|cert|trusted-host)='(.*)'$/\2 = \3/p" | sort -u; } >"$bare/etc/pip.conf"
  git clone -q . "$bare/root/source"
  git clone -q "$bare/root/source" "$bare/root/clone"
  python3 scripts/documented_commands.py >"$bare/root/plan"
  cp scripts/bare_debian_inside.sh "$bare/root/inside"
}

enter() {  # uses pivot_root, because a sandbox in a chroot cannot create namespaces
  local variables
  variables=$(env | grep -E '^(SSL_CERT|REQUESTS_CA|CURL_CA|GIT_SSL|https?_proxy|PIP_(INDEX|CERT|DEFAULT_TIMEOUT))' || true)
  export bare variables
  unshare --mount --pid --fork --kill-child --propagation private bash -euc '
    mount --bind "$bare" "$bare"
    mount -t proc proc "$bare/proc"; mount --rbind /sys "$bare/sys"; mount --rbind /dev "$bare/dev"
    cd "$bare"; mkdir -p old; pivot_root . old; cd /; umount -l /old
    readarray -t settings <<<"$variables"
    exec env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb \
      DEBIAN_FRONTEND=noninteractive "${settings[@]}" bash /root/inside'
}

SECONDS=0
make_system
echo "Made a bare Debian 12 in $SECONDS s: mmdebstrap's minbase variant with ca-certificates, git and make; as root, no display."
enter
