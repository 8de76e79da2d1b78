# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
MSSLChallengeDir with real clients and a real authority: certbot's webroot mode gets a certificate for
virtual hosts of every kind by one folder, against pebble; mod_md beside gets its own.
"""

import http.server
import os
import shutil
import subprocess
import threading

import pytest
from lib import http as lib_http
from lib import tls
from lib.pebble import MISSING, Pebble
from lib.server import libexecdir, marker, wait_until
from lib.world import new_address

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason="there is no %s here" % " and no ".join(MISSING)),
    pytest.mark.skipif(not shutil.which("certbot"), reason="there is no certbot here"),
]

# The virtual host of a site, over http and https.
KINDS = {
    "plain.test": "",
    "htaccess.test": "<Directory {dir}/www/htaccess.test>\nAllowOverride All\n</Directory>\n",
    "rewrite.test": "RewriteEngine on\nRewriteRule ^ https://elsewhere.test/ [R=301,L]\n",
    "redirect.test": "Redirect 301 / https://elsewhere.test/\n",
    "proxy.test": "ProxyPass / http://127.0.0.1:9/\n",
    "deny.test": "ErrorDocument 403 https://elsewhere.test/\n<Location />\nRequire all denied\n</Location>\n",
    "password.test": "<Location />\nAuthType Basic\nAuthName x\nAuthUserFile {dir}/passwd\nRequire valid-user\n"
                     "</Location>\n",
    "force.test": "MSSLForceHTTPS on {p0}\n",
}
# Names without a virtual host; the second is sent to https by what stands in front of it.
OTHERS = ("nobody.test", "cdn.test")

CONF = """
Protocols h2 http/1.1
MSSLCheckInterval 0
MSSLNegativeTimeout 0
MSSLChallengeDir {dir}/challenge
MSSLCertStore dir:{dir}/certbot/live
Listen 127.0.0.2:{p0}
<VirtualHost *:{p0}>
ServerName first.test
SSLEngine on
MSSLEngine on
DocumentRoot {dir}/www/first.test
Redirect gone /
</VirtualHost>
<VirtualHost 127.0.0.1:{p1}>
ServerName first.test
DocumentRoot {dir}/www/first.test
Redirect gone /
</VirtualHost>
"""
MODULES = "rewrite proxy proxy_http authn_file auth_basic authz_user http2".split()


class Cdn(http.server.BaseHTTPRequestHandler):
    """Sends everybody to https."""

    def do_GET(self):
        self.send_response(301)
        self.send_header("Location", "https://cdn.test:%d%s" % (self.server.to, self.path))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        self.server.asked.append(self.path)


@pytest.fixture
def server(new_server):
    def make(more="", modules=(), vhosts=""):
        s = new_server(CONF + more + "".join(
            "<VirtualHost *:{p0} 127.0.0.1:{p1}>\nServerName %s\nDocumentRoot {dir}/www/%s\n%s</VirtualHost>\n"
            % (name, name, lines) for name, lines in KINDS.items()) + vhosts, modules=MODULES + list(modules))
        for name in KINDS:
            s.site(name)
        for path in ("challenge", "certbot/live"):
            os.makedirs(s.path(path), 0o755)
        with open(s.path("www", "htaccess.test", ".htaccess"), "w") as f:
            f.write("RewriteEngine on\nRewriteRule ^ /index.html [L]\nRequire all denied\n")
        with open(s.path("passwd"), "w") as f:
            f.write("x:y\n")
        return s
    return make


def certbot(s, pebble, names):
    """As an admin runs it, with folders of its own."""
    argv = ["certbot", "certonly", "--non-interactive", "--agree-tos", "--register-unsafely-without-email",
            "--server", pebble.url, "--config-dir", s.path("certbot"), "--work-dir", s.path("certbot-work"),
            "--logs-dir", s.path("certbot-log"), "--webroot", "-w", s.path("challenge"), "--cert-name", names[0]]
    for name in names:
        argv += ["-d", name]
    env = dict(os.environ, REQUESTS_CA_BUNDLE=pebble.ca_file, LANG="C.UTF-8")
    p = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True, timeout=120)
    return p.returncode, p.stdout


def test_one_folder_for_every_kind_of_site(server, ca):
    """One order for all of them, over http, over https under the dummy, and for names that nobody has."""
    s = server()
    cdn = http.server.ThreadingHTTPServer(("127.0.0.2", s.ports[1]), Cdn)
    cdn.to, cdn.asked = s.ports[0], []
    threading.Thread(target=cdn.serve_forever, daemon=True).start()
    try:
        with s, Pebble(s.path("pebble"), ca, s.ports[1], s.ports[0]) as pebble:
            pebble.set_address("cdn.test", "127.0.0.2")
            names = list(KINDS) + list(OTHERS)
            code, out = certbot(s, pebble, names)
            assert code == 0, out + pebble.log()[-3000:]
            assert len(cdn.asked) > 0
            # Each name was asked for here, and answered by us; the one behind the CDN over https.
            def asked():
                return [x for x in s.access() if "/.well-known/acme-challenge/" in x["request"]]
            wait_until(lambda: {x["host"].split(":")[0] for x in asked() if x["status"] == "200"} == set(names), asked, 10)
            assert [x for x in asked() if x["host"].startswith("cdn.test") and x["proto"].startswith("TLS")]
            # certbot takes its files away. What it got serves at once, and the sites are as they were.
            assert not [f for _, _, files in os.walk(s.path("challenge")) for f in files]
            with tls.Client(s.port, "plain.test", source=new_address()).connect() as conn:
                assert "Pebble" in conn.cert.issuer.rfc4514_string()
                assert lib_http.talk(conn).request("plain.test").text == marker("plain.test") + "\n"
            with tls.Client(s.port, "nobody.test", source=new_address()).connect() as conn:
                assert lib_http.talk(conn).request("plain.test").status == 421
    finally:
        cdn.shutdown()
        cdn.server_close()


def test_without_the_line_it_fails(server, ca):
    """The same order, and no MSSLChallengeDir: what the line is for."""
    s = server()
    s.conf = s.conf.replace("MSSLChallengeDir {dir}/challenge\n", "")
    with s, Pebble(s.path("pebble"), ca, s.ports[1], s.ports[0]) as pebble:
        code, out = certbot(s, pebble, ["plain.test", "redirect.test"])
        assert code == 1 and "Some challenges have failed" in out, out


@pytest.mark.skipif(not os.path.exists(os.path.join(libexecdir(), "mod_md.so")), reason="there is no mod_md here")
def test_mod_md_beside(server, ca):
    """mod_md goes on getting its own name's certificate, and certbot gets the others', at one time."""
    s = server("MDStoreDir {dir}/md\nMDCertificateAgreement accepted\nServerAdmin admin@example.test\n"
               "MDPortMap http:{p1} https:{p0}\nMDCertificateAuthority {authority}\n"
               "MDCACertificateFile {dir}/pebble/ca.pem\nMDCAChallenges http-01\nMDomain md.test\n", modules=["md"],
               vhosts="<VirtualHost 127.0.0.1:{p1}>\nServerName md.test\n</VirtualHost>\n"
                      "<VirtualHost *:{p0}>\nServerName md.test\nSSLEngine on\nMSSLEngine on\n</VirtualHost>\n")
    s.expect("AH10045", "AH10059")
    pebble = Pebble(s.path("pebble"), ca, s.ports[1], s.ports[0])
    s.conf = s.conf.replace("{authority}", pebble.url)
    with pebble, s:
        code, out = certbot(s, pebble, ["plain.test", "proxy.test"])
        assert code == 0, out + pebble.log()[-3000:]
        wait_until(lambda: os.path.exists(s.path("md", "staging", "md.test", "pubcert.pem"))
                   or os.path.exists(s.path("md", "domains", "md.test", "pubcert.pem")),
                   lambda: "mod_md's certificate:\n" + s.error_log()[-3000:], 60)

        def asked():
            return [x for x in s.access() if "/.well-known/acme-challenge/" in x["request"]]
        # An answer's line of the access log comes behind it.
        wait_until(lambda: s.count_error("MSSL0223") == len([x for x in asked() if not x["host"].startswith("md.test")]),
                   asked, 10)
        assert {x["host"].split(":")[0] for x in asked() if x["status"] == "200"} == {
            "plain.test", "proxy.test", "md.test"}, asked()
