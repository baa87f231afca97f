#!/bin/sh
# fresh-debian.sh [root|user]: does ./dev drive work on a Debian 12 that has Python 3.11 and nothing of ours?
#
# Makes such a system in a temporary folder from the host's mirror, clones the last commit into it, runs
# ./dev drive there, as root or as a user with sudo, and reads the drive from outside by iSCSI. Prints the time
# each step took. Needs root, mmdebstrap, libiscsi-bin and git on the host.
set -eu
who=${1:-root}
here=$(cd "$(dirname "$0")/.." && pwd)
root=$(mktemp -d "${TMPDIR:-/tmp}/fresh-debian.XXXXXX")
chmod 755 "$root"
drive=
clean() {
  # unshare itself ignores polite signals; its child gets one when it dies.
  [ -z "$drive" ] || kill -KILL "$drive" 2>/dev/null || true
  wait
  rm -rf --one-file-system "$root"
}
trap clean EXIT
trap 'exit 1' INT TERM
fail() { echo "FAILED: $*"; exit 1; }
now() { date +%s.%N; }
took() { echo "$1: $(echo "$(now) $2" | awk '{printf "%.1f s", $1 - $2}')"; }

. /etc/os-release
sources=$(grep -lsw "$VERSION_CODENAME" /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list |
  xargs grep -lE "(Suites:|^deb .*) $VERSION_CODENAME( |\$)" || true)
begun=$(now)
# shellcheck disable=SC2086
mmdebstrap -q --variant=minbase --include=python3,ca-certificates,sudo "$VERSION_CODENAME" "$root/system" $sources
took "system made ($(du -sm "$root/system" | cut -f 1) MB)" "$begun"

git clone -q "$here" "$root/system/srv/cdemu"
# The host may reach the network through certificates and names of its own.
cp /etc/resolv.conf /etc/hosts "$root/system/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$root/system/etc/ssl/certs/"
home=/root
if [ "$who" = user ]; then
  home=/home/somebody
  chroot "$root/system" useradd -m somebody
  echo 'somebody ALL=(ALL) NOPASSWD: ALL' >"$root/system/etc/sudoers.d/somebody"
  chroot "$root/system" chown -R somebody /srv/cdemu
fi

# inside COMMAND…: runs it there, with mounts and processes that end with it.
inside() {
  exec unshare --mount --pid --fork --kill-child=TERM sh -c '
    mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" || exit 1
    system=$1 who=$2
    shift 2
    if [ "$who" = user ]; then set -- sudo -u somebody -H "$@"; fi
    exec chroot "$system" "$@"' inside "$root/system" "$who" "$@"
}

serve() {
  begun=$(now)
  (inside env -i HOME="$home" PATH=/usr/sbin:/usr/bin:/sbin:/bin /srv/cdemu/dev drive --road auto) >"$root/log" 2>&1 &
  drive=$!
  until grep -q '^stop:' "$root/log"; do
    kill -0 "$drive" 2>/dev/null || { cat "$root/log"; fail "./dev drive ended"; }
    sleep 0.1
  done
  took "$1" "$begun"
}

stop() {
  begun=$(now)
  kill "$(pgrep -P "$drive")"
  wait "$drive" || true
  drive=
  took "stopped" "$begun"
  left=$(find "$root/system/tmp" -mindepth 1 | head -n 5)
  [ -z "$left" ] || fail "left behind: $left"
}

serve "./dev drive, first time"
cat "$root/log"
url=$(grep -o 'iscsi://[^ ]*' "$root/log" | head -n 1)
[ -n "$url" ] || fail "no URL"
echo "--- read from outside"
portal=${url%/*/*}
iscsi-ls -s "$portal" || fail "iscsi-ls"
iscsi-inq "$url" | grep -q 'Peripheral Device Type:MMC' || { iscsi-inq "$url"; fail "iscsi-inq"; }
iscsi-inq "$url" | head -n 12
iscsi-readcapacity16 "$url" || fail "iscsi-readcapacity16"
stop
serve "./dev drive, second time"
stop
echo "ok"
