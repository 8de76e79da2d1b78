# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
A site that is made in a hosting panel gets its certificate (docs/panels.md): with the folders, owners, links and virtual
hosts as ISPConfig, HestiaCP and Virtualmin make them, below the test's folder, and each panel's reload.
"""

import os

import pytest
from lib import http, tls
from lib.ca import write
from lib.issuing import FAKE, Issuing
from lib.server import IS_ROOT, marker, wait_until
from lib.world import new_address
from test_99_panels import CUSTOMERS, folder, own

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: panels give files to customers")

CONF = "MSSLEngine on\nMSSLIssuePreflight off\n<Directory {dir}>\nRequire all granted\nOptions FollowSymLinks\n</Directory>\n"
SITES = "IncludeOptional {dir}/sites/*.conf\n"
LIGHT = """<VirtualHost 127.0.0.1:%(plain)d 127.0.0.1:%(port)d>
    ServerName %(name)s
    ServerAlias www.%(name)s
    DocumentRoot %(root)s
</VirtualHost>
"""
FULL = """<VirtualHost 127.0.0.1:%(plain)d>
    ServerName %(name)s
    ServerAlias www.%(name)s
    DocumentRoot %(root)s
</VirtualHost>
<VirtualHost 127.0.0.1:%(port)d>
    ServerName %(name)s
    ServerAlias www.%(name)s
    DocumentRoot %(root)s
    SSLEngine on
    SSLCertificateFile %(at)s/ssl.combined
    SSLCertificateKeyFile %(at)s/ssl.key
</VirtualHost>
"""


def page(root, name, user):
    folder(root, user, 0o751)
    own(write(os.path.join(root, "index.html"), marker(name) + "\n"), user, 0o644)
    return root


class IspConfig:
    """Documents below clients/, a link in the name's place beside them; a template of one's own: both ports."""
    template = LIGHT

    def __init__(self, s):
        self.s = s
        self.www = folder(s.path("www"))

    def make(self, name, number):
        web = folder(os.path.join(self.www, "clients", "client%d" % number, "web%d" % number))
        root = page(os.path.join(web, "web"), name, CUSTOMERS[number])
        os.symlink(web, os.path.join(self.www, name))
        self.vhost(name, root)

    def vhost(self, name, root, at=""):
        write(self.s.path("sites", "100-%s.conf" % name), self.template % dict(
            name=name, root=root, at=at, plain=self.s.ports[1], port=self.s.port))


class Hestia(IspConfig):
    """home/USER is the customer's, web/ in it root's, NAME/public_html the customer's again."""

    def make(self, name, number):
        home = folder(self.s.path("home", CUSTOMERS[number]), CUSTOMERS[number], 0o711)
        site = folder(os.path.join(folder(os.path.join(home, "web")), name), CUSTOMERS[number], 0o751)
        self.vhost(name, page(os.path.join(site, "public_html"), name, CUSTOMERS[number]))


class Virtualmin(IspConfig):
    """home/USER/public_html; a virtual host of its own for TLS, with a certificate that signs itself."""
    template = FULL

    def __init__(self, s, ca):
        super().__init__(s)
        self.ca = ca

    def make(self, name, number):
        home = folder(self.s.path("home", CUSTOMERS[number]), CUSTOMERS[number], 0o750)
        os.chmod(home, 0o755)
        at = folder(self.s.path("etc-ssl-virtualmin", "17%d" % number), mode=0o700)
        self.own = self.ca.leaf(name, "www." + name, days=1800)
        write(at + "/ssl.combined", self.own.cert_pem, 0o600)
        write(at + "/ssl.key", self.own.key_pem, 0o600)
        self.vhost(name, page(os.path.join(home, "public_html"), name, CUSTOMERS[number]), at)


def make(new_server, ca, sources="MSSLIssueFor vhosts\n"):
    i = Issuing(new_server, ca, sources + CONF + FAKE)
    i.server.conf += SITES
    os.mkdir(i.server.path("sites"))
    return i


def visit(s, name):
    with tls.Client(s.port, name, source=new_address()).connect() as conn:
        return conn.serial, http.talk(conn).request(name, "/").text


def serial(i, name):
    return int(i.job(name)["serial"], 16)


@pytest.mark.parametrize("panel", [IspConfig, Hestia], ids=lambda p: p.__name__)
def test_site_on_both_ports(new_server, ca, panel):
    """The panel adds a site, and reloads: name and alias have a certificate each; it takes the site away: both are gone."""
    i = make(new_server, ca)
    s = i.server
    with s:
        p = panel(s)
        for number, name in enumerate(("one.example.com", "two.example.org")):
            p.make(name, number)
            s.graceful()
            for one in (name, "www." + name):
                assert i.wait_job(one, "installed")["source"] == "vhosts"
                wait_until(lambda: visit(s, one) == (serial(i, one), marker(name) + "\n"), "%s over https" % one)
        s.expect("one.example.com")
        os.unlink(s.path("sites", "100-one.example.com.conf"))
        s.graceful()
        i.wait_job("one.example.com", "gone")
        i.wait_job("www.one.example.com", "gone")
        assert i.job("two.example.org")["state"] == "installed"
        assert i.count("issue") == 4


def test_virtualmin(new_server, ca):
    """Its own certificate, which signs itself, stays until somebody asks for another: its command behind each change does."""
    i = make(new_server, ca, "MSSLIssueFor vhosts requests\n")
    s = i.server
    with s:
        p = Virtualmin(s, ca)
        p.make("shop.example.com", 0)
        IspConfig(s).make("beside.example.net", 1)
        s.graceful()
        i.wait_job("beside.example.net", "installed")
        i.wait_job("www.beside.example.net", "installed")
        assert visit(s, "shop.example.com") == (p.own.serial, marker("shop.example.com") + "\n")
        assert i.count("issue") == 2
        for one in ("shop.example.com", "www.shop.example.com"):
            i.ctl("request", one)
            assert i.wait_job(one, "installed")["source"] == "request"
            wait_until(lambda: visit(s, one) == (serial(i, one), marker("shop.example.com") + "\n"), one)


def test_folders_that_are_the_customers(new_server, ca):
    """Why panels' folders do not vouch: a home is its customer's, who can put any name there; a link leads anywhere."""
    i = make(new_server, ca)
    s = i.server
    conf = s.conf
    Hestia(s).make("one.example.com", 0)

    def use(*pattern):
        return conf.replace("MSSLIssueFor vhosts", "MSSLIssueFor folders:" + s.path(*pattern))
    code, out = s.configtest(use("home", CUSTOMERS[0], "web", "%0"))
    assert code != 0 and "'%s' belongs to uid " % s.path("home", CUSTOMERS[0]) in out, out
    code, out = s.configtest(use("home", "*", "web", "%0"))
    assert code != 0 and "whoever could make one of several could vouch for any name" in out, out
    IspConfig(s).make("two.example.com", 1)
    os.mkdir(s.path("www", "three.example.com"))
    s.conf = use("www", "%0")
    with s:
        i.wait_job("three.example.com", "installed")
        assert i.count("issue") == 1
