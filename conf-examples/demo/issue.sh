# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
#
# The tour of "sh conf-examples/demo/run --issue", which reads this file with ".": a virtual host is added,
# and its site has HTTPS. pebble, an authority for tests, runs on loopback; uacme asks it.

# The system's roots are whom uacme trusts: for this server alone they are the demo's CA.
SYSTEM_ROOTS=/etc/ssl/certs/ca-certificates.crt
authority=

stop_authority() {
    for pid in $authority; do
        kill "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    authority=
}

wait_for() { # wait_for SECONDS COMMAND...
    tries=$(($1 * 10))
    shift
    while ! "$@"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.1
    done
}

has_roots() {
    curl -s -f --noproxy '*' --cacert "$work/ca.crt" "https://localhost:$ca_status/roots/0" >"$work/root.pem"
}

start_authority() {
    ca_port=$(find_port 14000)
    ca_status=$(find_port $((ca_port + 1)))
    dns_port=$(find_port $((ca_status + 1)))
    make_pair localhost ecdsa
    cat >"$work/pebble.json" <<END
{"pebble": {"listenAddress": "127.0.0.1:$ca_port", "managementListenAddress": "127.0.0.1:$ca_status",
 "certificate": "$work/localhost.crt", "privateKey": "$work/localhost.key",
 "httpPort": $http_port, "tlsPort": $site_port, "ocspResponderURL": ""}}
END
    # Every name leads here.
    pebble-challtestsrv -dns01 "127.0.0.1:$dns_port" -http01 '' -https01 '' -tlsalpn01 '' \
        -management "127.0.0.1:$(find_port $((dns_port + 1)))" -defaultIPv4 127.0.0.1 -defaultIPv6 '' \
        >"$work/dns.log" 2>&1 &
    authority=$!
    PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0 pebble -config "$work/pebble.json" \
        -dnsserver "127.0.0.1:$dns_port" >"$work/pebble.log" 2>&1 &
    authority="$authority $!"
    wait_for 10 has_roots || give_up "pebble does not start" "$work/pebble.log"
}

# add_site NAME: a virtual host, as a panel would write it
add_site() {
    mkdir -p "$work/www/$1"
    printf '<!DOCTYPE html>\n<title>page of %s</title>\n' "$1" >"$work/www/$1/index.html"
    cat >"$work/sites/$1.conf" <<END
<VirtualHost 127.0.0.1:$site_port>
    ServerName   $1
    DocumentRoot www/$1
</VirtualHost>
END
}

# As another user, and with other roots: the rest of the machine sees nothing of it.
as_nobody() {
    unshare --mount sh -ec 'mount --bind "$0" "$1"; shift; exec "$@"' "$work/ca.crt" $SYSTEM_ROOTS \
        setpriv --reuid "$user" --regid "$(id -gn "$user")" --clear-groups "$@"
}

run_httpd() { # run_httpd COMMAND
    as_nobody "$httpd" -f "$demo/issue.conf" -C "Define DEMO_DIR $work" -C "Define DEMO_MODULES $modules" \
        -C "Define DEMO_MSSL $module" -C "Define DEMO_PORT $site_port" -C "Define DEMO_HTTP_PORT $http_port" \
        -C "Define DEMO_CA_PORT $ca_port" -C "Define DEMO_STEWARD $work/mssl-steward" \
        -C "Define DEMO_ISSUER $work/issuers/uacme" -k "$1" >"$work/start.log" 2>&1
}

is_up() { grep -q 'resuming normal operations' "$work/error.log" 2>/dev/null; }

start_issuing() {
    [ "$(id -u)" -eq 0 ] || give_up "--issue needs root: uacme trusts the system's roots, which are others for it here"
    find_user
    site_port=$(find_port 8443)
    http_port=$(find_port 8080)
    mkdir "$work/run" "$work/run/mssl" "$work/sites" "$work/issuers" "$work/www" "$work/www/notice.example.com"
    make_ca
    # Programs are root's, and whoever they run as can get at them.
    cp "$BUILD/mssl-steward" "$work/mssl-steward"
    cp "$msslctl" "$work/msslctl"
    cp tools/issuers/* "$work/issuers/"
    chmod 755 "$work/mssl-steward" "$work/msslctl" "$work/issuers/"*
    start_authority
    chown "$user" "$work/run" "$work/run/mssl"
    chmod 700 "$work/run/mssl"
    : >"$work/error.log" && chown "$user" "$work/error.log"
    run_httpd start || give_up "httpd does not start" "$work/start.log"
    wait_for 10 is_up || give_up "httpd did not come up" "$work/error.log"
}

# Whose certificate a name is shown, for the line that judges it.
ask_issued() {
    curl -s -v -k --noproxy '*' --resolve "$1:$site_port:127.0.0.1" --max-time 20 -i "https://$1:$site_port/" \
        >"$out" 2>"$out.tls" </dev/null
    cert=$(sed -n 's/^\* *issuer: .*CN *= *\(Pebble\).*/\1/p' "$out.tls" | head -n 1)
    cert=${cert:+by $cert}
    cert=${cert:-stand-in}
    take_answer
}

is_issued() {
    ask_issued "$1"
    [ "$cert" = "by Pebble" ]
}

# expect_issued NAME: within half a minute it is served under a certificate of the authority
expect_issued() {
    wait_for 30 is_issued "$1"
    expect "$1" "by Pebble" 200 "page of $1"
    say "      $(($(date +%s) - begun)) s after it was added"
}

issue_tour() {
    out=$work/answer
    heading "A visitor asks for"
    ask_issued plum.example.com
    expect "plum.example.com (no vhost)" stand-in 421 "There is no certificate for this name"
    add_site plum.example.com
    add_site fig.example.org
    begun=$(date +%s)
    run_httpd graceful || give_up "httpd does not restart" "$work/start.log"
    say "two virtual hosts are added, and httpd reads them:"
    expect_issued plum.example.com
    expect_issued fig.example.org
    ask_issued stranger.example.com
    expect "stranger.example.com" stand-in 421 "There is no certificate for this name"
    say "
${bold}msslctl jobs${plain}"
    as_nobody env COLUMNS=78 "$work/msslctl" --state-dir "$work/run/mssl" jobs >"$out" 2>&1 </dev/null ||
        give_up "msslctl jobs does not find all issued" "$out"
    sed 's/^/  /' "$out"
}
