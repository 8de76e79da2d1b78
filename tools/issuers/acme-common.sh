# shellcheck shell=sh disable=SC2034 # read by the issuers uacme and lego
# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
#
# What issuers of ACME CAs have in common: their options, secrets, and what a problem that the CA tells
# means. lib/issue/issuer.h has the environment, lib/issue/result.h what is said back.

say() { # say FIELD TEXT: a line of "result", where there is a folder for it
    [ -z "${MSSL_CHAIN:-}" ] || printf '%s: %s\n' "$1" "$2" >>result
}

give_up() { # give_up CODE TEXT
    printf '%s\n' "$2" >&2
    say text "$2"
    exit "$1"
}

# take_options ISSUER ARGUMENT...: the options of docs/issuers.md as variables, what is behind them as verb
take_options() {
    directory='' staging='' contact=${MSSL_CONTACT:-} challenge='' eab='' env='' profile='' ca_file=''
    dns='' dns_hook='' dns_resolver='' issuer=$1
    shift
    while [ $# -gt 1 ]; do
        option=$1
        case $option in
        --by-request)
            shift
            continue
            ;;
        --*=*)
            value=${option#*=}
            option=${option%%=*}
            ;;
        *)
            [ $# -gt 2 ] || give_up 32 "$option wants a value"
            value=$2
            shift
            ;;
        esac
        shift
        case $option in
        --directory) directory=$value ;;
        --staging) staging=$value ;;
        --contact) contact=$value ;;
        --challenge) challenge=$value ;;
        --eab) eab=$value ;;
        --env) env=$value ;;
        --profile) profile=$value ;;
        --ca-file) ca_file=$value ;;
        --dns) dns=$value ;;
        --dns-hook) dns_hook=$value ;;
        --dns-resolver) dns_resolver=$value ;;
        *) give_up 32 "$option is no option of the issuer $issuer" ;;
        esac
    done
    verb=${1:-}
    [ -z "${MSSL_STAGING:-}" ] || directory=$staging
}

# The secrets: the environment, and "KEYID:KEY" as credentials.
read_secrets() {
    if [ -n "$env" ]; then
        [ -r "$env" ] || give_up 32 "--env $env cannot be read"
        while IFS= read -r line; do
            case $line in [A-Za-z_]*=*) export "${line?}" ;; esac
        done <"$env"
    fi
    if [ -n "$eab" ]; then
        { IFS= read -r credentials || [ -n "${credentials:-}" ]; } <"$eab" \
            || give_up 32 "--eab $eab cannot be read"
        case $credentials in
        ?*:?*) ;;
        *) give_up 32 "--eab $eab is to be one line, KEYID:KEY" ;;
        esac
    fi
}

# "retry after 2026-11-29 20:05:00 UTC", as Let's Encrypt says it.
read_retry() {
    printf '%s\n' "$1" | sed -n 's/.*retry after \([0-9-]*\)[ T]\([0-9:]*\) *[UZ].*/\1T\2Z/p'
}

# Whose fault it is: refuse TYPE DETAIL, a problem in the CA's words (RFC 8555 section 6.7).
refuse() {
    case $1 in
    dns) class=dns ;;
    connection | tls) class=connection ;;
    unauthorized | incorrectResponse) class=unauthorized ;;
    caa) class=caa ;;
    rejectedIdentifier | unsupportedIdentifier | policy) class=policy ;;
    rateLimited)
        retry=$(read_retry "$2")
        [ -z "$retry" ] || say retry-at "$retry"
        give_up 30 "$2"
        ;;
    externalAccountRequired | accountDoesNotExist | userActionRequired) give_up 32 "$2" ;;
    *) give_up 31 "$2" ;;
    esac
    # Of an account: what it shows is not what the CA knows.
    [ "$verb" != register ] || give_up 32 "$2"
    say class "$class"
    give_up 20 "$2"
}

# The number of RFC 5280 section 5.3.1.
number_reason() {
    case ${MSSL_REASON:-} in
    keyCompromise) echo 1 ;;
    affiliationChanged) echo 3 ;;
    superseded) echo 4 ;;
    cessationOfOperation) echo 5 ;;
    *) echo 0 ;;
    esac
}

say_curl() {
    command -v curl >/dev/null || echo "without the program curl no CA is asked when to renew (Debian: apt install \
curl)" >&2
}
