# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""What the tests of the switch share."""

from .world import ask

STACK_1 = dict(ciphers="ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
               suites="TLS_AES_128_GCM_SHA256")
STACK_2 = dict(ciphers="ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384",
               suites="TLS_AES_256_GCM_SHA384")


def same_address(make, setup="light", **kw):
    """The switch on the sites' own address, a name among the others."""
    extra = ("<VirtualHost 127.0.0.1:{p0}>\nServerName switch.test\nDocumentRoot {dir}/www/switch.test\n"
             "<Location /go>\nSetHandler mssl-switch\n</Location>\n</VirtualHost>\n")
    vhost = ""
    if setup == "one":
        extra, vhost = "", ("<Location /go>\n<If \"%{HTTP_HOST} =~ /^switch\\.test/\">\n"
                            "SetHandler mssl-switch\n</If>\n</Location>\n")
    if setup == "full":
        extra = extra.replace("DocumentRoot", "SSLEngine on\nMSSLEngine on\nDocumentRoot")
    return make(setup, extra=extra, vhost=vhost,
                switch="MSSLSwitchURL https://switch.test:{p0}/go\n", **kw)


def url(w, name, path="/", port=0):
    return "https://%s:%d%s" % (name, w.server.ports[port], path)


def switch(w, query, client=None, method="GET", path="/go", **kw):
    """A request for the switch on its own address. query None: no question mark."""
    client = client or w.client("switch.test", 2)
    with client.connect() as conn:
        return ask(w.server, conn, "switch.test:%d" % client.addr[1],
                   path + ("" if query is None else "?" + query), method, **kw)
