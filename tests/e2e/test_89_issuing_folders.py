# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""MSSLIssueFor folders: a folder that is made has its certificate, and nothing that only looks like one has."""

import os
import re
import shutil
import time

import pytest
from lib import fuse, tls
from lib.ca import write
from lib.issuing import FAKE, Issuing
from lib.server import IS_ROOT, WWW, wait_until
from lib.world import new_address

FOLDERS = "MSSLIssueFor folders:{dir}/sites/%0\nMSSLIssuePreflight off\n"


def make(new_server, ca, more=FOLDERS + FAKE, sites=("one.example.com",), **kw):
    i = Issuing(new_server, ca, more, **kw)
    for site in sites:
        os.makedirs(i.server.path("sites", site))
    return i


def shown(s, name):
    with tls.Client(s.port, name, source=new_address()).connect() as conn:
        return conn.serial


def site(i, name):
    return i.server.path("sites", name)


def test_made_and_served(new_server, ca):
    i = make(new_server, ca)
    with i.server as s:
        job = i.wait_job("one.example.com", "installed")
        assert job["source"] == "folders"
        os.mkdir(site(i, "two.example.com"))
        i.wait_job("two.example.com", "installed")
        wait_until(lambda: shown(s, "two.example.com") == int(i.job("two.example.com")["serial"], 16), "its certificate")
        out = i.ctl("doctor", "two.example.com", "nobody.example.com").out
        assert "may have a certificate, by a folder" in out
        assert "nobody vouches for it" in out
        # A graceful restart goes on, and orders nothing anew.
        s.graceful()
        os.mkdir(site(i, "three.example.com"))
        i.wait_job("three.example.com", "installed")
        assert i.count("issue", "one.example.com") == 1


def test_gone_and_back(new_server, ca):
    """A name that leaves serves on, as everywhere; a folder that cannot be looked at leaves nothing."""
    i = make(new_server, ca, sites=("one.example.com", "two.example.com"))
    with i.server as s:
        i.wait_job("one.example.com", "installed")
        i.wait_job("two.example.com", "installed")
        s.expect("MSSL0244", "MSSL0231")
        os.rename(s.path("sites"), s.path("unmounted"))
        s.wait_error(re.escape("MSSL0244: MSSLIssueFor folders:%s: '%s': does not exist; create it or mount it; the names that it had "
                   "stay in force, new ones are not seen" % (s.path("sites", "%0"), s.path("sites"))))
        # Over a restart, too, which is not held up by it.
        mark = s.log_mark()
        s.graceful()
        with open(i.state("inventory.d", "folders")) as f:
            assert "one.example.com\ntwo.example.com\n" in f.read()
        s.wait_error("MSSL0244", mark)
        os.rename(s.path("unmounted"), s.path("sites"))
        s.wait_error(re.escape("MSSL0245: MSSLIssueFor folders:%s: was listed again" % s.path("sites", "%0")))
        assert i.job("one.example.com")["state"] == "installed"
        os.rmdir(site(i, "one.example.com"))
        s.expect("one.example.com")
        i.wait_job("one.example.com", "gone")
        assert shown(s, "one.example.com") == int(i.job("one.example.com")["serial"], 16)
        os.mkdir(site(i, "one.example.com"))
        i.wait_job("one.example.com", "installed")
        assert i.count("issue", "one.example.com") == 1
        assert i.job("two.example.com")["state"] == "installed"


@pytest.mark.skipif(not IS_ROOT, reason="needs root: other owners")
def test_what_does_not_count(new_server, ca):
    """Links, other owners, odd names, files; '!NAME', NAME.none and MSSLIssue off as for every source."""
    i = make(new_server, ca, "MSSLIssueFor list:{dir}/names\nMSSLCertStore dir:{dir}/store\n" + FOLDERS + FAKE,
             sites=("Upper.example.com", ".dot.example.com", "_.example.com", "b\u00fccher.example.com", "com", "localhost",
                    "a_b.example.com", "script.example.com", "out.example.com", "none.example.com", "off.example.com"))
    s = i.server
    s.conf += "<VirtualHost 127.0.0.1:{p0}>\nServerName off.example.com\nMSSLIssue off\n</VirtualHost>\n"
    write(s.path("names"), "!out.example.com\n")
    write(s.path("store", "none.example.com.none"), "")
    shutil.chown(site(i, "script.example.com"), WWW)
    os.mkdir(s.path("elsewhere"))
    os.symlink(s.path("elsewhere"), site(i, "link.example.com"))
    write(site(i, "file.example.com"), "")
    with s:
        os.mkdir(site(i, "last.example.com"))
        i.wait_job("last.example.com", "installed")
        assert {n for _, n, _ in i.calls() if n} == {"last.example.com"}
        # NAME.none is known once the inventory has read that store, before anything was ordered.
        assert sorted(n for n in os.listdir(i.state("jobs")) if n[0] != ".") == ["last.example.com"]


@pytest.mark.skipif(not IS_ROOT, reason="needs root: mounts")
def test_one_that_hangs(new_server, ca):
    """A folder on a file system that does not answer delays no other's, and takes nothing away; nor does the end wait for it."""
    i = make(new_server, ca, "MSSLIssueFor folders:{dir}/far/sites/%0\n" + FOLDERS + FAKE)
    s = i.server
    os.makedirs(s.path("far", "sites", "far.example.org"))
    s.expect("MSSL0244: .*far/sites")       # who is let go when it is unmounted says so
    with s:
        i.wait_job("far.example.org", "installed")
        i.wait_job("one.example.com", "installed")
        with fuse.Hung(s.path("far")) as far:
            wait_until(lambda: far.hung > 0, "a look at it")
            os.mkdir(site(i, "two.example.com"))
            i.wait_job("two.example.com", "installed")
            assert i.job("far.example.org")["state"] == "installed"
            begun = time.monotonic()
            s.stop()
            assert time.monotonic() - begun < 20
        s.start()
        os.mkdir(s.path("far", "sites", "more.example.org"))
        i.wait_job("more.example.org", "installed")
        assert i.count("issue", "far.example.org") == 1


def test_ten_thousand(new_server, ca):
    """All are permitted within a look; the limit of orders is kept."""
    i = make(new_server, ca, FOLDERS + FAKE + "MSSLIssueLimit orders 3/1h\n", sites=())
    s = i.server
    os.mkdir(s.path("sites"))
    for n in range(10000):
        os.mkdir(site(i, "s%d.d%d.example.com" % (n, n % 100)))
    with s:
        wait_until(lambda: i.count("issue") == 3, lambda: "three orders: %s" % i.calls(), 60)
        out = i.ctl("doctor", "s9999.d99.example.com").out
        assert "10000 names" in out and "may have a certificate, by a folder" in out
        assert i.count("issue") == 3


@pytest.mark.skipif(not IS_ROOT, reason="needs root: httpd's User is who starts it")
@pytest.mark.parametrize("spoil, why", [
    (lambda s: os.chmod(s.path("sites"), 0o775), "is writable by others than its owner, who could permit any name; run: "
                                                 "chmod go-w "),
    (lambda s: shutil.chown(s.path("sites"), WWW), "belongs to httpd's User, whose scripts could permit any name; run: "
                                                   "chown root "),
    (lambda s: os.rename(s.path("sites"), s.path("x")), "does not exist; create it or mount it"),
    (lambda s: (os.rename(s.path("sites"), s.path("x")), os.symlink(s.path("x"), s.path("sites"))),
     "is a link, and none is followed"),
    (lambda s: (os.rmdir(s.path("sites", "one.example.com")), os.rmdir(s.path("sites")), write(s.path("sites"), "")),
     "is no folder"),
], ids=["open", "httpd", "missing", "link", "file"])
def test_refused_at_start(new_server, ca, spoil, why):
    """A start ends with a sentence; a restart goes on with what was known."""
    i = make(new_server, ca)
    s = i.server
    spoil(s)
    code, out = s.configtest()
    assert code != 0 and "MSSL0232: MSSLIssueFor: '" in out and why in out, out


@pytest.mark.parametrize("pattern, why", [
    ("sites/%0", "is no absolute path, use for example folders:/srv/www/%0"),
    ("{dir}/sites", "does not end in '/%0', which stands for the name; use for example folders:/srv/www/%0"),
    ("{dir}/sites/%0/htdocs", "does not end in '/%0'"),
    ("/home/*/web/%0", "has another '%' or a '*' in it: one folder has all names"),
    ("{dir}/../sites/%0", "has an empty part, '.' or '..' in it, use the plain path"),
])
def test_bad_patterns(new_server, ca, pattern, why):
    i = make(new_server, ca, FOLDERS.replace("{dir}/sites/%0", pattern) + FAKE)
    code, out = i.server.configtest()
    assert code != 0 and "MSSLIssueFor: 'folders:" in out and why in out, out


def test_restart_with_a_bad_folder(new_server, ca):
    i = make(new_server, ca)
    with i.server as s:
        i.wait_job("one.example.com", "installed")
        os.chmod(s.path("sites"), 0o777)
        os.mkdir(site(i, "smuggled.example.com"))
        s.expect("MSSL0231")
        s.expect("MSSL0244")
        s.graceful()
        s.wait_error("MSSL0244")
        os.chmod(s.path("sites"), 0o755)
        i.wait_job("smuggled.example.com", "installed")     # the admin says so now
        assert i.job("one.example.com")["state"] == "installed"
