# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
Hosting panels (docs/moving.md): the folders, owners, modes and links as ISPConfig, HestiaCP and Virtualmin make
them, below the test's folder; conf-examples/panel-map writes the map from the panel's virtual hosts. Shown: the
certificate by SNI, a renewal as the panel does it, without reload, and that a customer harms only himself.
"""

import os
import pwd
import subprocess
import tempfile

import pytest
from lib import tls
from lib.ca import write
from lib.live import check_all, live_server, serial, settle
from lib.server import IS_ROOT, ROOT, wait_until
from lib.world import new_address

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: panels give files to customers")

PANEL_MAP = os.path.join(ROOT, "conf-examples", "panel-map")
CUSTOMERS = ("games", "news")       # accounts that every Debian has

VHOSTS = """<VirtualHost 127.0.0.1:%(port)d>
    ServerName %(name)s
    ServerAlias www.%(name)s
    DocumentRoot %(docroot)s
    SSLEngine on
    SSLCertificateFile %(cert)s
    SSLCertificateKeyFile %(key)s
%(more)s</VirtualHost>
"""


def own(path, owner, mode):
    entry = pwd.getpwnam(owner)
    os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
    if mode is not None:
        os.chmod(path, mode)
    return path


def folder(path, owner="root", mode=0o755):
    os.makedirs(path, exist_ok=True)
    return own(path, owner, mode)


def in_place(path, text, owner="root", mode=0o600):
    """As cp, cat and file_put_contents do: what is there keeps its inode, and is short meanwhile."""
    with open(path, "w") as f:
        f.write(text)
    own(path, owner, mode)


def renamed(path, text, owner="root", mode=0o600):
    own(write(path, text, mode), owner, mode)


class Panel:
    """The files of one site, whose customer has this account."""
    more = ""

    def __init__(self, s, number):
        self.s, self.name, self.user = s, "site%d.test" % number, CUSTOMERS[number]
        self.number = number

    def vhost(self):
        values = dict(port=self.s.port, name=self.name, docroot=self.s.path("www"), cert=self.cert,
                      key=self.key, more=self.more)
        write(self.s.path("sites", "100-%s.vhost" % self.name), VHOSTS % values)


class Hestia(Panel):
    """bin/v-add-web-domain-ssl, v-update-web-domain-ssl; func/rebuild.sh; default.stpl."""

    def __init__(self, s, number):
        super().__init__(s, number)
        home = folder(s.path("home", self.user), self.user, 0o711)
        folder(home + "/conf")
        folder(home + "/conf/web", mode=0o751)
        self.data = folder(s.path("hestia", "data", "users", self.user, "ssl"), mode=0o770)
        self.at = folder("%s/conf/web/%s/ssl" % (home, self.name)) + "/" + self.name
        self.cert, self.key = self.at + ".crt", self.at + ".key"
        self.more = "    SSLCertificateChainFile %s.ca\n" % self.at

    def renew(self, leaf):
        for at, mode in ((self.data + "/" + self.name, 0o660), (self.at, 0o640)):
            for end in ("crt", "key", "pem", "ca"):
                if os.path.exists("%s.%s" % (at, end)):
                    os.unlink("%s.%s" % (at, end))
            in_place(at + ".crt", leaf.cert_pem, mode=mode)
            in_place(at + ".key", leaf.key_pem, mode=mode)
            in_place(at + ".pem", leaf.cert_pem + "\n" + leaf.chain_pem, mode=mode)
            in_place(at + ".ca", leaf.chain_pem, mode=mode)


class IspConfig(Panel):
    """server/lib/classes/letsencrypt.inc.php, apache2_plugin.inc.php: acme.sh writes into the site's folder."""

    def __init__(self, s, number):
        super().__init__(s, number)
        web = folder(s.path("clients", "client%d" % number, "web%d" % number))
        folder(web + "/web", self.user, 0o711)
        self.ssl = folder(web + "/ssl")
        self.cert, self.key = ("%s/%s-le.%s" % (self.ssl, self.name, end) for end in ("crt", "key"))

    def renew(self, leaf):
        in_place(self.key, leaf.key_pem)
        in_place(self.cert, leaf.cert_pem + leaf.chain_pem, mode=0o644)


class IspConfigUpload(IspConfig):
    """What a customer uploads: certificate and bundle in one file."""

    def __init__(self, s, number):
        super().__init__(s, number)
        self.cert, self.key = ("%s/%s.%s" % (self.ssl, self.name, end) for end in ("crt", "key"))

    def renew(self, leaf):
        in_place(self.cert, leaf.cert_pem + "\n" + leaf.chain_pem, mode=0o644)
        in_place(self.key, leaf.key_pem, mode=0o400)


class IspConfigCertbot(IspConfig):
    """Links of root's into certbot's live/, which certbot swings."""
    issued = 0

    def renew(self, leaf):
        self.issued += 1
        live = leaf.write_certbot(self.s.closed + "/letsencrypt", self.name, self.issued)
        self.live = live + "/" + self.name
        for link, target in ((self.cert, "fullchain.pem"), (self.key, "privkey.pem")):
            if not os.path.lexists(link):
                os.symlink("%s/%s" % (self.live, target), link)


class Virtualmin(Panel):
    """feature-ssl.pl: /etc/ssl/virtualmin/ID of root's, closed; install_letsencrypt_cert's order."""
    owner, mode = "root", 0o600

    def place(self):
        folder(self.s.path("etc-ssl-virtualmin"), mode=0o700)
        return folder(self.s.path("etc-ssl-virtualmin", "17%d" % self.number), mode=0o700)

    def __init__(self, s, number):
        super().__init__(s, number)
        self.at = self.place()
        self.cert, self.key = self.at + "/ssl.combined", self.at + "/ssl.key"

    def save(self, what, text):
        renamed("%s/ssl.%s" % (self.at, what), text, self.owner, self.mode)

    def renew(self, leaf):
        self.save("cert", leaf.cert_pem)
        self.save("key", leaf.key_pem)
        self.save("ca", leaf.chain_pem)
        self.save("combined", leaf.cert_pem + "\n" + leaf.chain_pem + "\n")
        self.save("everything", leaf.key_pem + "\n" + leaf.cert_pem + "\n" + leaf.chain_pem + "\n")


class VirtualminHome(Virtualmin):
    """The older place, in the customer's home and his."""
    mode = 0o700

    def place(self):
        self.owner = self.user
        return folder(os.path.join(self.s.closed, "home", self.user), self.user, 0o750)

    def save(self, what, text):
        in_place("%s/ssl.%s" % (self.at, what), text, self.owner, self.mode)


PANELS = [Hestia, IspConfig, IspConfigUpload, IspConfigCertbot, Virtualmin, VirtualminHome]


def panel_map(s, *files):
    files = files or sorted(s.path("sites", f) for f in os.listdir(s.path("sites")))
    return subprocess.run([PANEL_MAP, s.path("panel.map"), *files], capture_output=True, text=True, timeout=30)


@pytest.fixture
def closed():
    """As /etc is: no folder above it may be written by others, as /tmp may; behind a link that counts."""
    with tempfile.TemporaryDirectory(prefix="mssl-e2e-panels.", dir="/var/lib") as path:
        yield folder(path)


def served(new_server, ca, panel, closed, store="map:{dir}/panel.map"):
    """(server, two sites, their leaves), not started."""
    s = live_server(new_server, ca, store, more="MSSLEngine on\n", vhosts="IncludeOptional {dir}/sites/*.vhost\n")
    s.closed = closed
    if panel is Hestia:
        s.expect("AH02559")     # SSLCertificateChainFile is deprecated
    sites, leaves = [panel(s, n) for n in (0, 1)], []
    for site in sites:
        leaves.append(issue(ca, site))
        site.renew(leaves[-1])
        site.vhost()
    r = panel_map(s)
    assert (r.returncode, r.stdout, r.stderr) == (0, "", "")
    return s, sites, leaves


def issue(ca, site):
    return ca.leaf(site.name, "www." + site.name, intermediate=True)


def shown(s, name):
    with tls.Client(s.port, name, source=new_address()).connect() as conn:
        return conn.serial, conn.chain_length


def renew(s, ca, sites, leaves, number):
    """Renewed, and served: not what mod_ssl loaded at the start, to which a name could fall back."""
    leaves[number] = issue(ca, sites[number])
    sites[number].renew(leaves[number])
    for name in (sites[number].name, "www." + sites[number].name):
        wait_until(lambda: serial(s, name) == leaves[number].serial, "the renewed certificate of " + name)


def check(s, sites, leaves):
    for site, leaf in zip(sites, leaves):
        for name in (site.name, "www." + site.name):
            assert shown(s, name) == (leaf.serial, 2), name


@pytest.mark.parametrize("panel", PANELS, ids=lambda p: p.__name__)
def test_served_and_renewed(new_server, ca, panel, closed):
    """The site and its alias, with the chain; after a renewal the new one, which mod_ssl has not loaded."""
    s, sites, leaves = served(new_server, ca, panel, closed)
    s.expect("MSSL0110: ", "MSSL0115: ")    # a look between two files of a renewal
    before = os.stat(s.path("panel.map"))
    with s:
        check(s, sites, leaves)
        renew(s, ca, sites, leaves, 0)
        settle()
        check(s, sites, leaves)
        assert panel_map(s).returncode == 0
        assert os.stat(s.path("panel.map")).st_ino == before.st_ino, "nothing changed, and it was written"


@pytest.mark.parametrize("panel", PANELS, ids=lambda p: p.__name__)
def test_broken_files_cost_one_customer(new_server, ca, panel, closed):
    """Garbage in the key: the last good pair serves on, said once, and the neighbour is renewed meanwhile."""
    s, sites, leaves = served(new_server, ca, panel, closed)
    s.expect("MSSL0110: ", "MSSL0115: ")
    with s:
        renew(s, ca, sites, leaves, 0)
        check_all(s, {sites[0].name: leaves[0]})    # each child has it
        write(os.path.realpath(sites[0].key), "<html>\n")
        settle()
        check(s, sites, leaves)
        s.wait_error(r"MSSL0110: .*the file is a web page")
        renew(s, ca, sites, leaves, 1)
        check_all(s, {sites[0].name: leaves[0]})


@pytest.mark.parametrize("panel", [VirtualminHome], ids=lambda p: p.__name__)
def test_customer_cannot_have_the_neighbours(new_server, ca, panel, closed):
    """Where the customer may write the folder, a link of his to another's key is not followed."""
    s, sites, leaves = served(new_server, ca, panel, closed)
    s.expect("MSSL0110: ", "MSSL0115: ")
    both = ca.leaf(sites[0].name, "www." + sites[0].name, sites[1].name, "www." + sites[1].name, intermediate=True)
    sites[1].renew(both)        # one that would do for the customer, too
    leaves[1] = both
    with s:
        renew(s, ca, sites, leaves, 0)
        check_all(s, {sites[0].name: leaves[0]})
        for mine, theirs in ((sites[0].cert, sites[1].cert), (sites[0].key, sites[1].key)):
            os.unlink(mine)
            os.symlink(theirs, mine)
            own(mine, sites[0].user, None)
        settle()
        check_all(s, {sites[0].name: leaves[0], sites[1].name: both})
        s.wait_error(r"MSSL0110: .*%s.*owner" % sites[0].name)


def test_link_that_became_the_customers(new_server, ca, closed):
    """ISPConfig's link, given to the customer, to a file of root's: refused until it is root's again."""
    s, sites, leaves = served(new_server, ca, IspConfigCertbot, closed)
    s.expect("MSSL0110: ")
    with s:
        renew(s, ca, sites, leaves, 0)
        check_all(s, {sites[0].name: leaves[0]})
        old = leaves[0]
        own(sites[0].key, sites[0].user, None)
        leaves[0] = issue(ca, sites[0])
        sites[0].renew(leaves[0])
        settle()
        check_all(s, {sites[0].name: old, sites[1].name: leaves[1]})
        s.wait_error(r"MSSL0110: .*%s.*owner" % sites[0].name)
        own(sites[0].key, "root", None)
        wait_until(lambda: serial(s, sites[0].name) == leaves[0].serial, "the link mended")


def test_folder_that_others_may_write(new_server, ca, closed):
    """Behind the panel's link no folder may be writable by others: refused, and only this site."""
    s, sites, leaves = served(new_server, ca, IspConfigCertbot, closed)
    s.expect("MSSL0110: ")
    with s:
        renew(s, ca, sites, leaves, 0)
        check_all(s, {sites[0].name: leaves[0]})
        old = leaves[0]
        os.chmod(sites[0].live, 0o777)
        leaves[0] = issue(ca, sites[0])
        sites[0].renew(leaves[0])
        renew(s, ca, sites, leaves, 1)
        settle()
        check_all(s, {sites[0].name: old, sites[1].name: leaves[1]})
        s.wait_error(r"MSSL0110: .*%s.*writable" % sites[0].name)
        os.chmod(sites[0].live, 0o755)
        wait_until(lambda: serial(s, sites[0].name) == leaves[0].serial, "the folder mended")


def test_site_that_the_panel_adds(new_server, ca, closed):
    """A third site counts when the map is written, without reload: its virtual host is not loaded yet."""
    s, sites, leaves = served(new_server, ca, Virtualmin, closed)
    with s:
        check(s, sites, leaves)
        third = ca.leaf("site2.test", "www.site2.test", intermediate=True)
        new = Virtualmin(s, 1)
        new.name, new.at = "site2.test", folder(s.path("etc-ssl-virtualmin", "172"), mode=0o700)
        new.cert, new.key = new.at + "/ssl.combined", new.at + "/ssl.key"
        new.renew(third)
        new.vhost()
        assert panel_map(s).returncode == 0
        wait_until(lambda: serial(s, "www.site2.test") == third.serial, "the new site")


def test_hestia_without_a_map(new_server, ca, closed):
    """The panel's own folder of a user is a store as it stands; aliases are not found there."""
    s, sites, leaves = served(new_server, ca, Hestia, closed, "dir:{dir}/hestia/data/users/games/ssl\n"
                              "MSSLCertStore dir:{dir}/hestia/data/users/news/ssl")
    s.expect("MSSL0110: ", "MSSL0115: ")
    with s:
        check(s, sites, leaves)
        old, leaves[0] = leaves[0], issue(ca, sites[0])
        sites[0].renew(leaves[0])
        wait_until(lambda: serial(s, sites[0].name) == leaves[0].serial, "the renewed certificate")
        assert serial(s, "www." + sites[0].name) == old.serial, "mod_ssl's, until the panel reloads"


# The map itself

def test_what_is_no_line(workdir):
    """Other chains, paths that are none, a name twice, names that are none: comments, and the rest stands."""
    class Here:
        path = staticmethod(lambda *parts: os.path.join(str(workdir), "panel-map-test", *parts))

    block = "<VirtualHost *:443>\nServerName %s\nServerAlias %s\nSSLCertificateFile %s\n%s</VirtualHost>\n"
    one = write(Here.path("one.vhost"), block % ("https://A.test:443", "www.a.test *.b.test bad,name \"c.test\"",
                                                 '"/a b/a.crt"', "SSLCertificateKeyFile /a.key\n"))
    two = write(Here.path("two.vhost"), block % ("own.test", "www.a.test", "/own.crt", "") +
                block % ("chain.test", "", "/x.crt", "SSLCertificateChainFile /y.bundle\n") +
                block % ("relative.test", "", "x.crt", "") + "<VirtualHost *:80>\nServerName plain.test\n"
                "</VirtualHost>\nSSLCertificateFile /main.crt\n")
    r = panel_map(Here, one, two)
    assert (r.returncode, r.stderr) == (0, "")
    with open(Here.path("panel.map")) as f:
        lines = f.read().splitlines()
    assert [line for line in lines if line[0] != "#"] == [
        'a.test,www.a.test,*.b.test,c.test "/a b/a.crt" "/a.key"', 'own.test "/own.crt"']
    for reason in ("www.a.test in two.vhost: another virtual host", "chain.test in two.vhost: its chain is a file",
                   "relative.test in two.vhost: SSLCertificateFile and SSLCertificateKeyFile must be whole paths"):
        assert any(line.startswith("# " + reason) for line in lines), reason
    r = panel_map(Here, one, Here.path("none.vhost"))
    assert r.returncode == 1 and "none.vhost: not a file that can be read" in r.stderr and "stays as it is" in r.stderr
    with open(Here.path("panel.map")) as f:
        assert f.read().splitlines() == lines
    assert sorted(os.listdir(Here.path())) == ["one.vhost", "panel.map", "two.vhost"]
    usage = subprocess.run([PANEL_MAP, Here.path("panel.map")], capture_output=True, text=True, timeout=30)
    assert usage.returncode == 2 and "usage: panel-map MAP VHOST-FILE..." in usage.stderr
