# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Every file of conf-examples/ starts a server as it is, and keeps what it promises."""

import glob
import os
import re
import shutil
import socket

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from lib import http, tls
from lib.browser import Browser
from lib.ca import write
from lib.ctl import Ctl
from lib.server import BROKER_USER, BUILD, IS_ROOT, ROOT, free_ports, libexecdir, marker, wait_until
from lib.steward import USERS, install
from lib.world import Answer, check_own, new_address

EXAMPLES = os.path.join(ROOT, "conf-examples")
SITES = ("www.example.com", "shop.example.net")
FOLDERS = SITES + ("notice", "example.com", "blog.example.org", "members.example.com",
                   "notice.example.com", "other.example.org")


class Example:
    """A server that runs one file, with the files in place of which it speaks."""

    def __init__(self, make, ca, file, **defines):
        self.ca, self.leaves = ca, {}
        self.server = make(modules=["vhost_alias"], ports=1, policy=False)
        s = self.server
        self.switch_port, = free_ports(1)
        values = {"MSSL_IP": "127.0.0.1", "MSSL_PORT": s.port, "MSSL_SWITCH_PORT": self.switch_port,
                  "MSSL_CERTS": s.path("certs"), "MSSL_WWW": s.path("www"),
                  "MSSL_CHALLENGES": s.path("challenges"), "MSSL_ISSUERS": s.path("issuers"), **defines}
        os.mkdir(s.path("challenges"), 0o755)
        write(s.path("issuers", "uacme"), "#!/bin/sh\nexit 31\n", 0o755)
        shutil.copy(os.path.join(ROOT, "tools/issuers/manual"), s.path("issuers", "manual"))
        # Changes in the store count at once, in all children.
        s.conf = "MSSLCheckInterval 0\nMSSLNegativeTimeout 0\n"
        s.conf += "".join("Define %s %s\n" % v for v in values.items())
        s.conf += "Include %s\n" % os.path.join(EXAMPLES, file)
        self._file()
        for folder in FOLDERS:
            s.site(folder)

    def _file(self):
        certs = self.server.path("certs")
        for name in ("www.example.com", "example.com", "shop.example.net", "notice.example.com",
                     "switch.example.com", "members.example.com", "dummy", "_.example.org"):
            leaf = self.ca.leaf("dummy.invalid" if name == "dummy" else name.replace("_", "*"))
            leaf.write_joined(os.path.join(certs, name + ".pem"))
            self.leaves[name] = leaf
        for name in SITES + ("blog.example.org",):
            leaf = self.ca.leaf(name)
            leaf.write_split(*[os.path.join(certs, "own", name + ext) for ext in (".crt", ".key")])
            self.leaves["own/" + name] = leaf
        self.ca.write(os.path.join(certs, "own", "members-ca.crt"))
        with open(os.path.join(certs, "sites.map"), "w") as f:
            f.write("# one more site\nmapped.example.com own/mapped.pem\n")
        leaf = self.leaves["mapped.example.com"] = self.ca.leaf("mapped.example.com")
        leaf.write_joined(os.path.join(certs, "own", "mapped.pem"))

    def get(self, sni, host, path="/", port=None, host_ip="127.0.0.1", **kw):
        """One connection, one request."""
        kw.setdefault("source", new_address())
        client = tls.Client(port or self.server.port, sni, host=host_ip, **kw)
        with client.connect() as conn:
            talk = http.talk(conn)
            return Answer(conn, talk, talk.request(host, path), None)

    def alert(self, sni, **kw):
        with pytest.raises(tls.TLSError) as e:
            self.get(sni, sni or "x", **kw)
        return e.value.alert

    def url(self, name, path="/", port=None):
        return "https://%s:%d%s" % (name, port or self.server.port, path)

    # What the examples promise

    def check_site(self, name, sni=True, leaf=None, content=None, host=None, **kw):
        answer = self.get(name if sni else None, host or name, **kw)
        assert (answer.status, answer.body) == (200, marker(content or name) + "\n"), answer.r
        assert answer.serial == self.leaves[leaf or name].serial, "another certificate"

    def check_dummy(self, sni, host, leaf, status=421):
        answer = self.get(sni, host)
        check_own(answer, status)
        if leaf:
            assert answer.serial == self.leaves[leaf].serial, "another certificate"
        else:
            assert answer.serial not in [one.serial for one in self.leaves.values()]
        return answer

    def check_sites(self):
        """The sites with SNI, a name that nobody has, and one site's name under another's."""
        for name in SITES:
            self.check_site(name)
        self.check_dummy(SITES[0], SITES[1], SITES[0])

    def check_switch(self, switch_port, leaf="switch.example.com", dummy=None, names=SITES):
        """A client without SNI: site, switch, site in one round, and then it stays."""
        switch = self.url("switch.example.com", "/", switch_port)
        b = Browser(source=new_address())
        for name in names:
            b.visits.clear()
            r = b.go(self.url(name, "/?q"))
            assert r.text == marker(name) + "\n", "\n".join(map(str, b.visits))
            assert [(u, s) for u, s, _ in b.visits] == [
                (self.url(name, "/?q"), 302), (switch + "?" + self.url(name, "/?q"), 302),
                (self.url(name, "/?q"), 200)]
            assert b.visits[2][2] == self.leaves[name].serial
            if leaf:
                assert b.visits[1][2] == self.leaves[leaf].serial, "another certificate at the switch"
            assert b.go(self.url(name)).text == marker(name) + "\n" and len(b.visits) == 4
        b.close()
        check_own(self.get(None, "switch.example.com:%d" % switch_port, port=switch_port,
                           path="/?https://www.evil.example/"), 404)
        self.check_dummy(None, SITES[0] + ":%d" % self.server.port, dummy, 302)


@pytest.mark.parametrize("file", ["10-switch-on-its-own-port.conf", "22-one-vhost.conf",
                                  "30-switch-on-the-sites-address.conf", "31-switch-on-its-own-address.conf"])
def test_fresh_machine(new_server, ca, file):
    """No certificate is there yet: it starts, says so, and takes the first ones without a reload."""
    e = Example(lambda **kw: new_server("", **kw), ca, file, MSSL_SWITCH_IP="127.0.0.2")
    s, port, ip = e.server, e.switch_port, "127.0.0.1"
    if file.startswith("3"):
        port, ip = s.port, "127.0.0.2" if file.startswith("31") else "127.0.0.1"
    if file.startswith("31"):
        s.conf = "Listen 127.0.0.2:%d\n" % s.port + s.conf
    os.rename(s.path("certs"), s.path("later"))
    os.mkdir(s.path("certs"), 0o755)
    missing = r"MSSL0190: .*'switch\.example\.com'"
    s.expect(missing)
    assert s.configtest()[0] == 0
    with s:
        s.wait_error(missing)
        e.check_dummy(None, "www.example.com", None)
        for name in ("switch.example.com", "www.example.com"):
            os.rename(s.path("later", name + ".pem"), s.path("certs", name + ".pem"))
        e.check_site("www.example.com")
        for sni in (None, "switch.example.com"):
            answer = e.get(sni, "switch.example.com:%d" % port, port=port, host_ip=ip)
            assert answer.serial == e.leaves["switch.example.com"].serial
            check_own(answer, 200)


@pytest.fixture
def start(new_server, ca):
    def start(file, listen=None, **defines):
        example = Example(lambda **kw: new_server("", **kw), ca, file, **defines)
        if listen:
            example.server.conf = "Listen 127.0.0.1:%d\n" % listen + example.server.conf
        # No user or program of the steward on this machine.
        example.server.expect("MSSL0215: ", "MSSL0234: ", "MSSL0235: ")
        example.server.start()
        return example
    return start


def test_10_switch_on_its_own_port(start):
    e = start("10-switch-on-its-own-port.conf")
    e.check_sites()
    e.check_site("example.com", content="www.example.com")
    e.check_site("blog.example.org", leaf="_.example.org", content="notice")
    e.check_dummy("nobody.example", "nobody.example", None)
    e.check_switch(e.switch_port)


def test_20_light_vhosts(start):
    e = start("20-light-vhosts.conf")
    e.check_sites()
    e.check_site("example.com", content="www.example.com")
    e.check_site("blog.example.org", leaf="_.example.org")
    e.check_site("other.example.org", leaf="_.example.org", content="notice")
    e.check_dummy("nobody.example", "nobody.example", "dummy")
    e.check_dummy(None, "www.example.com", "dummy")


def test_21_full_vhosts(start):
    e = start("21-full-vhosts.conf")
    e.check_sites()
    e.check_dummy("nobody.example", "nobody.example", None)
    e.check_switch(e.switch_port)
    # TLS settings of their own.
    assert e.alert("www.example.com", version=tls.TLS12) == ("server", 70)
    e.check_site("shop.example.net", version=tls.TLS12)
    # The certificate of the virtual host itself counts where the store has none.
    os.unlink(e.server.path("certs", "shop.example.net.pem"))
    e.check_site("shop.example.net", leaf="own/shop.example.net")
    # Client certificates: over a connection of its own only.
    client = e.ca.leaf("visitor", client=True)
    client.write_split(e.server.path("visitor.crt"), e.server.path("visitor.key"))
    cert = (e.server.path("visitor.crt"), e.server.path("visitor.key"))
    e.check_site("members.example.com", cert=cert)
    with pytest.raises(tls.TLSError):
        e.get("members.example.com", "members.example.com")
    e.check_dummy("www.example.com", "members.example.com", "www.example.com")
    e.check_dummy(None, "members.example.com", None)


def test_22_one_vhost(start):
    e = start("22-one-vhost.conf")
    e.check_sites()
    e.check_site("example.com")
    e.check_site("www.example.com", host="WWW.Example.COM.:%d" % e.server.port)
    e.check_site("other.example.org", leaf="_.example.org")
    e.check_dummy("nobody.example", "nobody.example", None)
    e.check_switch(e.switch_port)
    # A new site is a folder and a file.
    e.server.site("new.example.net")
    leaf = e.leaves["new.example.net"] = e.ca.leaf("new.example.net")
    leaf.write_joined(e.server.path("certs", "new.example.net.pem"))
    e.check_site("new.example.net")


def test_30_switch_on_the_sites_address(start):
    e = start("30-switch-on-the-sites-address.conf")
    e.check_sites()
    e.check_dummy("nobody.example", "nobody.example", "switch.example.com")
    e.check_switch(e.server.port, leaf=None, dummy="switch.example.com")
    e.check_switch(e.server.port, dummy="switch.example.com", names=SITES[:1])
    answer = e.get("switch.example.com", "switch.example.com:%d" % e.server.port)
    assert (answer.status, answer.serial) == (200, e.leaves["switch.example.com"].serial)


def test_31_switch_on_its_own_address(new_server, ca):
    e = Example(lambda **kw: new_server("", **kw), ca, "31-switch-on-its-own-address.conf",
                MSSL_SWITCH_IP="127.0.0.2")
    e.server.conf = "Listen 127.0.0.2:%d\n" % e.server.port + e.server.conf
    e.server.start()
    e.check_sites()
    e.check_dummy("nobody.example", "nobody.example", None)
    # Both are on one port, so this client looks its addresses up.
    source, target = new_address(), e.url("shop.example.net", "/p")
    switch = e.url("switch.example.com", "/?" + target)
    answer = e.get(None, "shop.example.net:%d" % e.server.port, "/p", source=source)
    assert (answer.status, answer.r.get("Location")) == (302, switch)
    answer = e.get(None, "switch.example.com:%d" % e.server.port, "/?" + target, source=source,
                   host_ip="127.0.0.2")
    assert (answer.status, answer.r.get("Location")) == (302, target)
    assert answer.serial == e.leaves["switch.example.com"].serial
    e.check_site("shop.example.net", sni=False, source=source)


def test_40_trusted_proxy(start):
    e = start("40-trusted-proxy.conf", MSSL_PROXIES='"127.9.9.9 2001:db8::80"')
    e.check_sites()
    for name in SITES:
        e.check_site(name, sni=False, leaf="www.example.com", source="127.9.9.9")
    e.check_site("www.example.com", sni=False, source="127.9.9.9",
                 host="127.0.0.1:%d" % e.server.port)
    answer = e.get(None, "nobody.example", source="127.9.9.9")
    assert (answer.status, answer.has_content()) == (421, False)
    assert e.alert(None) == ("server", tls.ALERT_NAME)
    e.check_dummy("nobody.example", "nobody.example", None)


def test_50_existing_mod_ssl(start):
    e = start("50-existing-mod_ssl.conf")
    # What the store has wins; what it has not comes from the virtual host, as before.
    for name in SITES:
        e.check_site(name)
        os.unlink(e.server.path("certs", name + ".pem"))
    for name in SITES:
        e.check_site(name, leaf="own/" + name)
    e.check_dummy("nobody.example", "nobody.example", "own/www.example.com")
    e.check_site("www.example.com", sni=False, leaf="own/www.example.com")
    e.check_dummy(None, "shop.example.net", "own/www.example.com")
    # An alias that the certificate does not cover: drop a file in.
    e.check_dummy("www.shop.example.net", "www.shop.example.net", "own/shop.example.net")
    leaf = e.leaves["www.shop.example.net"] = e.ca.leaf("www.shop.example.net")
    leaf.write_joined(e.server.path("certs", "www.shop.example.net.pem"))
    e.check_site("www.shop.example.net", content="shop.example.net")


def test_50_is_an_ordinary_configuration_without_its_two_lines(new_server, ca):
    e = Example(lambda **kw: new_server("", mssl=False, **kw), ca, "50-existing-mod_ssl.conf")
    with open(os.path.join(EXAMPLES, "50-existing-mod_ssl.conf")) as f:
        text = f.read()
    assert len(re.findall(r"^MSSL\w+ .*$", text, re.M)) == 2
    e.server.conf = "".join(re.findall("Define .*\n", e.server.conf)) + re.sub(r"(?m)^MSSL\w+ .*$", "", text)
    e.server.start()
    for name in SITES:
        e.check_site(name, leaf="own/" + name)


def test_reference(start):
    e = start("reference.conf")
    e.check_sites()
    e.check_site("mapped.example.com", content="notice")
    e.check_site("blog.example.org", leaf="own/blog.example.org")
    refused = e.check_dummy("nobody.example", "nobody.example", "dummy")
    assert 'href="mailto:support@example.com"' in refused.body
    e.check_switch(e.switch_port, dummy="dummy")


def test_mods_available(new_server):
    """What a2enmod links: the comments are settings that are accepted, and name the defaults."""
    s = new_server("", modules=["socache_redis"])
    with open(os.path.join(BUILD, "mssl.load")) as f:
        load = f.read()
    assert load == ("# Depends: ssl socache_shmcb\n"
                    "LoadModule mssl_module %s/mod_mssl.so\n" % libexecdir())
    with open(os.path.join(EXAMPLES, "mods-available", "mssl.conf")) as f:
        text = f.read()
    settings = re.findall(r"(?m)^#(MSSL.*)$", text)
    assert len(settings) == 3
    s.conf = "Define APACHE_RUN_DIR %s\n" % s.path("run") + text + "\n".join(settings) + "\n"
    code, out = s.configtest()
    assert code == 0, out


def test_every_file_has_its_test():
    files = {os.path.basename(f) for f in glob.glob(os.path.join(EXAMPLES, "*.conf"))}
    with open(__file__) as f:
        tested = set(re.findall(r'"([\w-]+\.conf)"', f.read()))
    assert files == tested - {"mssl.conf"}, files ^ tested


def test_60_force_https(start):
    plain, = free_ports(1)
    e = start("60-force-https.conf", listen=plain, MSSL_PLAIN_PORT=plain, MSSL_PROXIES="127.9.9.9")

    def ask(host, headers=(), source="127.0.0.1"):
        with socket.create_connection(("127.0.0.1", plain), 15, (source, 0)) as sock:
            return http.Http1(http.Wire(sock)).request(host, headers=headers)
    e.check_sites()
    for name in SITES:
        r = ask(name)
        assert (r.status, r.get("Location")) == (302, e.url(name)), r
    assert ask("other.example.com").status in (403, 404)   # no certificate: as if nothing were
    with open(e.server.path("www", SITES[0], ".htaccess"), "w") as f:
        f.write("MSSLForceHTTPS none\n")
    assert ask(SITES[0]).text == marker(SITES[0]) + "\n"
    r = ask(SITES[1], [("X-Forwarded-Proto", "https")], "127.9.9.9")
    assert r.text == marker(SITES[1]) + "\n", r


def test_60_https_by_default(new_server, ca):
    """A site over http from the beginning, and over https as soon as there is a certificate."""
    plain, = free_ports(1)
    e = Example(lambda **kw: new_server("", **kw), ca, "60-https-by-default.conf", MSSL_PLAIN_PORT=plain)
    s = e.server
    s.conf = ("Listen 127.0.0.1:%d\nMSSLUser %s %s\nMSSLSteward external\n"
              % (plain, BROKER_USER, next(u for u in ("games", "lp", "mail") if u != BROKER_USER))) + s.conf

    def ask(host):
        with socket.create_connection(("127.0.0.1", plain), 15) as sock:
            return http.Http1(http.Wire(sock)).request(host)
    with s:
        for name in SITES:
            assert ask(name).text == marker(name) + "\n"
            check_own(e.get(name, name), 421)
        issued = s.path("run", "mssl", "issued")
        e.leaves["www.example.com"].write_joined(os.path.join(issued, "www.example.com.pem"))
        wait_until(lambda: ask("www.example.com").get("Location") == e.url("www.example.com"), "https")
        e.check_site("www.example.com")
        assert ask("shop.example.net").status == 200
        with open(s.path("run", "mssl", "vhosts")) as f:
            fields = {line.split("\t")[2]: line.rstrip("\n").split("\t")[6] for line in f}
        assert (fields["www.example.com"], fields["shop.example.net"]) == ("issue", "-")


@pytest.mark.skipif(not IS_ROOT, reason="root only: the steward is a user of its own")
def test_61_commercial(new_server, ca):
    """Requested by a command for two names, carried by hand, in service for both; the site without a free one waits."""
    plain, = free_ports(1)
    e = Example(lambda **kw: new_server("", **kw), ca, "61-commercial.conf", MSSL_PLAIN_PORT=plain)
    s = e.server
    install(s)
    s.conf = ("Listen 127.0.0.1:%d\nMSSLInventory on 1s\nMSSLIssuePreflight off\n" % plain
              + USERS.replace("{dir}", s.dir)) + s.conf
    s.expect("MSSL0251: steward: ")                       # the free ones, of which nobody answers here
    ctl = Ctl(s)
    with s:
        said = ctl("request", "shop.example.net,www.example.com", "--issuer", "hand")
        assert said.code == 0 and "pending" in said.err, said
        request = x509.load_pem_x509_csr(said.out.encode())
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == ["shop.example.net", "www.example.com"]
        assert ctl("pending").code == 1
        cert = ca._issue("shop.example.net", request.public_key(), ca.cert, ca.key, sans=list(names))
        write(s.path("shop.crt"), cert.public_bytes(serialization.Encoding.PEM).decode())
        said = ctl("approve", "shop.example.net", s.path("shop.crt"))
        # An example has no root of a test's: the chain is judged, and that is what is said.
        assert said.code == 1 and "does not lead to a root of this system" in said.out, said
        assert ctl("decline", "shop.example.net").code == 0


def test_62_folders(new_server, ca):
    """A folder is a site over http at once, is told to the steward, and is over https as soon as it has a certificate."""
    plain, = free_ports(1)
    e = Example(lambda **kw: new_server("", **kw), ca, "62-folders.conf", MSSL_PLAIN_PORT=plain)
    s = e.server
    s.conf = ("Listen 127.0.0.1:%d\nMSSLInventory on 1s\nMSSLUser %s %s\nMSSLSteward external\n"
              % (plain, BROKER_USER, next(u for u in ("games", "lp", "mail") if u != BROKER_USER))) + s.conf

    def ask(host):
        with socket.create_connection(("127.0.0.1", plain), 15) as sock:
            return http.Http1(http.Wire(sock)).request(host)

    def listed():
        try:
            with open(s.path("run", "mssl", "inventory.d", "folders")) as f:
                return f.read().split("\n")
        except FileNotFoundError:
            return []
    with s:
        wait_until(lambda: set(SITES) <= set(listed()), listed)
        s.site("new.example.net")
        assert ask("new.example.net").text == marker("new.example.net") + "\n"
        check_own(e.get("new.example.net", "new.example.net"), 421)
        wait_until(lambda: "new.example.net" in listed(), listed)
        leaf = e.leaves["new.example.net"] = ca.leaf("new.example.net")
        leaf.write_joined(os.path.join(s.path("run", "mssl", "issued"), "new.example.net.pem"))
        wait_until(lambda: ask("new.example.net").get("Location") == e.url("new.example.net"), "https")
        e.check_site("new.example.net")
        assert ask(SITES[0]).text == marker(SITES[0]) + "\n"


def test_70_challenges(start):
    plain, = free_ports(1)
    e = start("70-challenges.conf", listen=plain, MSSL_PLAIN_PORT=plain)
    path = "/.well-known/acme-challenge/token"

    def ask(host, path="/"):
        with socket.create_connection(("127.0.0.1", plain), 15) as sock:
            return http.Http1(http.Wire(sock)).request(host, path)
    e.check_sites()
    for host in SITES + ("new.example.biz",):
        assert ask(host, path).status == (301 if host == SITES[1] else 404)
    write(e.server.path("challenges" + path), "token.thumb")
    for host in SITES + ("new.example.biz",):
        assert (ask(host, path).status, ask(host, path).text) == (200, "token.thumb")
        assert e.get(host, host, path).body == "token.thumb"
    assert ask(SITES[0]).text == marker(SITES[0]) + "\n"
    assert ask(SITES[1]).status == 301
    e.check_dummy("new.example.biz", "new.example.biz", None)
