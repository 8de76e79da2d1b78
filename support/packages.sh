# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
#
# For tests/run and conf-examples/demo/run, which read this file with ".".
#   install_missing PACKAGE...  has Debian's packages installed; fails with the reason in $missing_why
#   allow_services              undoes what an interrupted installation left; call it at the end

policy=
missing_why=
sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo

# Debian starts the services of packages on installation; a policy that says no stops that.
forbid_services() {
    [ ! -e /usr/sbin/policy-rc.d ] || return 0
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null && $sudo chmod 755 "$policy"
}

allow_services() {
    [ -z "$policy" ] || $sudo rm -f "$policy"
    policy=
}

install_missing() {
    missing=
    for package in "$@"; do
        case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
        *" installed") ;;
        *) missing="$missing $package" ;;
        esac
    done
    [ -n "$missing" ] || return 0
    if ! command -v apt-get >/dev/null; then
        missing_why="missing:$missing; this is not Debian, install what your system calls them"
        return 1
    fi
    if [ -n "$sudo" ] && ! command -v sudo >/dev/null; then
        missing_why="missing:$missing; run as root, or install sudo"
        return 1
    fi
    echo "installing:$missing"
    forbid_services
    missing_why=
    $sudo apt-get -q update || missing_why="apt-get update failed"
    # shellcheck disable=SC2086
    [ -n "$missing_why" ] || $sudo env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y install --no-install-recommends $missing || missing_why="cannot install:$missing"
    allow_services
    [ -z "$missing_why" ]
}
