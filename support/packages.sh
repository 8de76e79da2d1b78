# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
#
# For tests/run and conf-examples/demo/run, which read this file with ".".
#   install_missing PACKAGE...  has Debian's packages installed; fails with the reason in $missing_why.
#                               Where there is no dpkg-query, what they are needed for must be there.
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

has_commands() {
    for command in "$@"; do
        command -v "$command" >/dev/null || return 1
    done
}

has_header() {
    printf '#include <%s>\n' stdarg.h stddef.h stdint.h setjmp.h "$1" | cc -E - >/dev/null 2>&1
}

# What a package of Debian is needed for, on a system that has it from elsewhere. What only some tests
# want is not asked for: those are skipped.
has_what_it_gives() {
    case $1 in
    gcc) has_commands cc gcc ;;
    apache2 | apache2-bin) has_commands apxs && has_commands "$(apxs -q SBINDIR)/$(apxs -q TARGET)" ;;
    apache2-dev) has_commands apxs ;;
    apache2-ssl-dev) has_commands apxs && [ -e "$(apxs -q INCLUDEDIR)/mod_ssl_openssl.h" ] ;;
    libtool) has_commands apxs && has_commands "$(apxs -q LIBTOOL | cut -d ' ' -f 1)" ;;
    libssl-dev) has_header openssl/ssl.h ;;
    libpsl-dev) has_header libpsl.h ;;
    libidn2-dev) has_header idn2.h ;;
    libcmocka-dev) has_header cmocka.h ;;
    python3-*) python3 -c "import ${1#python3-}" 2>/dev/null ;;
    gnutls-bin) has_commands gnutls-cli ;;
    binutils) has_commands nm objdump ;;
    redis-server | memcached | valgrind | libc6-dbg | libapache2-mod-security2 | certbot | pebble | groff-base) ;;
    *) has_commands "$1" ;;
    esac
}

is_missing() {
    if command -v dpkg-query >/dev/null; then
        case $(dpkg-query -W -f '${Status}' "$1" 2>/dev/null) in
        *" installed") return 1 ;;
        esac
        return 0
    fi
    ! has_what_it_gives "$1"
}

install_missing() {
    missing=
    for package in "$@"; do
        ! is_missing "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if ! has_commands dpkg-query apt-get; then
        missing_why="missing:$missing (as Debian calls them): install what your system calls them"
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
