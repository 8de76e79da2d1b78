# shellcheck shell=sh
# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
#
# For tests/platforms/run, which reads this file with ".": a Debian in a folder. What is called in a
# subshell ends with exec, so that its process is the one to kill. Where the machine lets us, that is in
# namespaces of its own: whatever is mounted or still runs in there ends with it.
#   can_mount                    whether it does
#   make_debian ROOT SUITE [ARCH]  (subshell) debootstrap, from MIRROR
#   furnish ROOT SUITE           what a machine has and debootstrap does not bring, and the checkout in /mssl
#   take_packages ROOT SUITE PACKAGE...  (subshell) of that suite, sid or experimental, in a sid
#   in_debian ROOT COMMAND...    (subshell) runs it in /mssl

MIRROR=${MIRROR:-http://deb.debian.org/debian}

can_mount() {
    unshare --mount --pid --fork mount -t proc proc /proc 2>/dev/null
}

make_debian() {
    set -- debootstrap --variant=minbase ${3:+"--arch=$3"} "$2" "$1" "$MIRROR"
    if can_mount; then
        exec unshare --mount --fork --kill-child "$@"
    fi
    exec "$@"
}

furnish() {
    [ ! -e /dev/fuse ] || cp -a /dev/fuse "$1/dev/" || return
    [ -e "$1/etc/hosts" ] || echo "127.0.0.1 localhost" >"$1/etc/hosts"
    # Mirrors of sid may be weeks old.
    [ "$2" != sid ] || echo 'Acquire::Check-Valid-Until "false";' >"$1/etc/apt/apt.conf.d/10old"
    mkdir "$1/mssl" &&
        tar -cf - --exclude=./.git --exclude="./$BUILD" . | tar -xf - --no-same-owner -C "$1/mssl"
}

# What they need and sid has not, apt takes from there too.
take_packages() {
    root=$1
    echo "deb $MIRROR $2 main" >"$root/etc/apt/sources.list.d/more.list" || exit
    shift
    # shellcheck disable=SC2016
    in_debian "$root" sh -c 'suite=$1 && shift && apt-get -q update && DEBIAN_FRONTEND=noninteractive \
        exec apt-get -q -y install --no-install-recommends -t "$suite" "$@"' take_packages "$@"
}

# The folder is a mount of its own, as the root of a machine is: who makes a namespace of mounts in there
# could not part it from this one's otherwise. The shell between stays: it is the first process of its
# namespace, and buries orphans.
in_debian() {
    root=$1
    shift
    set -- chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        WERROR="${WERROR:-}" ${CC:+CC="$CC"} ${http_proxy:+http_proxy="$http_proxy"} sh -c 'cd /mssl && "$@"' in_debian "$@"
    # shellcheck disable=SC2016
    if can_mount; then
        exec unshare --mount --pid --fork --kill-child sh -c \
            'mount --bind "$0" "$0" && mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev/shm" && "$@"
            exit $?' "$root" "$@"
    fi
    exec "$@"
}
