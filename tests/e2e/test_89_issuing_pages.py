# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""What a visitor meets while a certificate is being made: a page that says so, and nothing of a website."""

import datetime
import json
import os
import shutil
import subprocess
import time

import pytest
from lib import http, tls
from lib.broker import name_of
from lib.ca import write
from lib.ctl import Ctl
from lib.live import ONE_CHILD
from lib.server import IS_ROOT, wait_until
from lib.steward import USERS, own_ids
from lib.world import ask, check_own, new_address
from test_89_issuing_conf import issue, make, state
from test_94_status import STATUS
from test_99_url import Remote

CONF = USERS.replace("httpd:{dir}/mssl-steward", "external") + """MSSLCheckInterval 150ms
MSSLNegativeTimeout 150ms
MSSLDummyCertificate {dir}/dummy.pem
%s<VirtualHost 127.0.0.1:{p0}>
ServerName first.test
SSLEngine on
MSSLEngine on
</VirtualHost>
%s"""
PLAIN = """<VirtualHost 127.0.0.1:{p1}>
ServerName %s
%s
</VirtualHost>
"""
PLAIN_HOSTS = PLAIN % ("a.test", "") + PLAIN % ("forced.test", "MSSLForceHTTPS on") + PLAIN % ("auto.test",
                                                                                              "MSSLForceHTTPS auto")


def stamp(seconds=0):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def put_job(s, name, what, **more):
    """As the steward writes it."""
    path = state(s, "jobs", name.replace("*", "_"))
    fields = {"state": what, "since": stamp(), **more}
    write(path, "mssl-job/1\nname: %s\n" % name + "".join("%s: %s\n" % f for f in fields.items()))
    os.chown(path, *own_ids())
    return path


def get(s, name, sni=None, **kw):
    with tls.Client(s.port, sni or name, source=new_address()).connect() as conn:
        return ask(s, conn, name, **kw)


def wait_page(s, name, code, **kw):
    return wait_until(lambda: (lambda a: "page " + code in a.body and a)(get(s, name, **kw)), code)


@pytest.fixture
def server(new_server, ca):
    return make(new_server, ca, vhost=PLAIN_HOSTS, conf=CONF, main=ONE_CHILD)    # each remembers for a second


def test_from_wanted_to_served(server, ca):
    s = server
    with s:
        check_own(get(s, "a.test"), 421)
        assert "page MSSL-P03" in get(s, "a.test").body and get(s, "a.test").r.get("Retry-After") is None
        put_job(s, "a.test", "wanted")
        answer = wait_page(s, "a.test", "MSSL-P16")
        check_own(answer, 421)
        assert answer.r.get("Retry-After") == "5" and answer.r.get("Cache-Control") == "no-store"
        assert 'href="http://a.test:%d/"' % s.ports[1] in answer.body
        assert "wird gerade erstellt" in get(s, "a.test", headers=[("Accept-Language", "de")]).body
        put_job(s, "a.test", "ordered")
        wait_page(s, "a.test", "MSSL-P16")
        put_job(s, "a.test", "pending", waits_for="the owner", until=stamp(86400))
        answer = wait_page(s, "a.test", "MSSL-P17")
        assert answer.status == 421 and answer.r.get("Retry-After") is None
        for what in ("failed", "declined", "gone"):
            put_job(s, "a.test", "wanted")
            wait_page(s, "a.test", "MSSL-P16")
            put_job(s, "a.test", what)
            wait_page(s, "a.test", "MSSL-P03")
        # Just installed, and not seen by all yet; an old one that is gone from the store is none.
        put_job(s, "a.test", "installed", installed=stamp())
        wait_page(s, "a.test", "MSSL-P16")
        put_job(s, "a.test", "installed", installed=stamp(-3600))
        wait_page(s, "a.test", "MSSL-P03")
        put_job(s, "a.test", "ordered")
        issue(s, ca.leaf("a.test"), "a.test")
        wait_until(lambda: get(s, "a.test").status != 421, "the website")


def test_wildcard(server, ca):
    """A wildcard that is being made, or waits, is one for each name that it covers."""
    s = server
    with s:
        put_job(s, "*.wild.test", "ordered")
        wait_page(s, "a.wild.test", "MSSL-P16")
        for name in ("wild.test", "a.b.wild.test"):
            assert "page MSSL-P03" in get(s, name).body, name
        put_job(s, "*.wild.test", "pending", waits_for="the owner", until=stamp(86400))
        wait_page(s, "a.wild.test", "MSSL-P17")
        put_job(s, "b.wild.test", "ordered")
        wait_page(s, "b.wild.test", "MSSL-P16")
        put_job(s, "*.wild.test", "failed")
        wait_page(s, "a.wild.test", "MSSL-P03")


def test_other_connections(server, ca):
    """Under another name's certificate the connection lives on; without SNI it ends; HEAD and POST as GET."""
    s = server
    with s:
        put_job(s, "b.test", "ordered")
        issue(s, ca.leaf("c.test"), "c.test")
        wait_page(s, "b.test", "MSSL-P16")
        wait_until(lambda: get(s, "c.test").status != 421, "the website of c.test")
        with tls.Client(s.port, "c.test", source=new_address()).connect() as conn:
            talk = http.talk(conn)
            for method in ("GET", "POST"):
                r = talk.request("b.test", method=method)
                assert r.status == 421 and "page MSSL-P16" in r.text and r.get("Connection") is None
                assert "a class=\"go\"" not in r.text           # no virtual host over http has that name
        with tls.Client(s.port, None, source=new_address()).connect() as conn:
            r = http.talk(conn).request("b.test")
            assert (r.status, r.get("Retry-After"), r.get("Connection")) == (421, "5", "close")


@pytest.mark.parametrize("name, has_link", [("a.test", True), ("auto.test", True), ("forced.test", False),
                                            ("other.test", False)])
def test_link_to_http(server, name, has_link):
    s = server
    with s:
        put_job(s, name, "wanted")
        body = wait_page(s, name, "MSSL-P16").body
        assert ('href="http://%s:%d/"' % (name, s.ports[1]) in body) == has_link
        assert body.count("href=") == has_link


def test_foreign_files(server):
    """What is no job of the steward's says nothing: another user's, damaged, a link, a FIFO."""
    s = server
    with s:
        write(state(s, "jobs", "a.test"), "garbage\n")
        os.chown(state(s, "jobs", "a.test"), *own_ids())
        os.symlink(put_job(s, "real.test", "wanted"), state(s, "jobs", "b.test"))
        os.mkfifo(state(s, "jobs", "c.test"))
        names = ["a.test", "b.test", "c.test"]
        if os.geteuid() == 0:
            os.chown(put_job(s, "d.test", "wanted"), 1, 1)
            names.append("d.test")
        wait_page(s, "real.test", "MSSL-P16")
        for name in names:
            assert "page MSSL-P03" in get(s, name).body, name


def test_redirect_waits(server):
    """MSSLUnknownHost redirect: is for names that nobody makes a certificate for."""
    s = server
    s.conf = s.conf.replace("MSSLEngine on", "MSSLEngine on\nMSSLUnknownHost redirect:http://first.test:{p1}/none")
    with s:
        put_job(s, "a.test", "wanted")
        wait_page(s, "a.test", "MSSL-P16")
        assert get(s, "none.test").status == 302


def test_not_where_nothing_is_issued(new_server, ca):
    s = make(new_server, ca, issue="", store="MSSLCertStore dir:{dir}/store\n", vhost=PLAIN_HOSTS, conf=CONF)
    with s:
        os.mkdir(state(s, "jobs"), 0o711)
        os.chown(state(s, "jobs"), *own_ids())
        put_job(s, "a.test", "wanted")
        time.sleep(1.2)
        assert "page MSSL-P03" in get(s, "a.test").body


@pytest.mark.skipif(not IS_ROOT or shutil.which("strace") is None, reason="needs root and strace")
def test_an_unknown_name_costs_one_open(server):
    s = server
    with s:
        assert "page MSSL-P03" in get(s, "first.test").body
        pid = wait_until(lambda: [p for p in s.children() if name_of(p) in ("apache2", "httpd")
                                  and len(os.listdir("/proc/%d/task" % p)) > 5], "a child")[0]
        trace = subprocess.Popen(["strace", "-f", "-e", "trace=open,openat", "-o", s.path("trace"), "-p", str(pid)],
                                 stderr=subprocess.PIPE, text=True)
        assert "attached" in trace.stderr.readline()
        for i in range(20):
            assert "page MSSL-P03" in get(s, "n%d.test" % i).body
        for _ in range(20):
            assert "page MSSL-P03" in get(s, "same.test").body
        trace.terminate()
        trace.wait()
        opens = [line for line in open(s.path("trace")) if ".test" in line]
        assert len([line for line in opens if '"n' in line]) == 20, opens
        assert len([line for line in opens if '"same' in line]) < 5, opens


def test_explained(new_server, ca):
    """The status says how far it is, what is in the way, and what helps."""
    s = make(new_server, ca, vhost=PLAIN_HOSTS, main=ONE_CHILD, conf=CONF.replace("MSSLCheckInterval", "MSSLInventory on 1s\n"
                                                                  "MSSLCheckInterval") + STATUS % "full")
    ca.write(s.path("ca.pem"))
    remote = Remote(s, s.path("home"))
    with s:
        issue(s, ca.leaf("first.test"), "first.test")
        issue(s, ca.leaf("localhost"), "localhost")
        wait_until(lambda: get(s, "first.test").status != 421, "the website")

        def explained(name):
            return json.loads(get(s, "first.test", path="/status?format=json&host=" + name).body)
        wait_until(lambda: explained("first.test")["verdict"] != "unknown", "the first walk")
        assert explained("a.test")["job"] is None
        put_job(s, "a.test", "ordered", issuer="ca")
        seen = explained("a.test")
        assert seen["verdict"] == "no_certificate" and seen["job"]["state"] == "ordered", seen
        assert seen["sentence"].startswith("NO CERTIFICATE YET") and seen["with_sni"]["status"] == 421
        assert seen["fixes"][0]["command"] == "msslctl job a.test"
        put_job(s, "a.test", "failed", text="<b>nobody</b> answers", **{"class": "dns", "failures": "2"})
        seen = explained("a.test")
        assert seen["job"]["class"] == "dns" and seen["problems"][0]["id"] == "job_failed"
        page = get(s, "first.test", path="/status?host=a.test").body
        ctl = Ctl(s)
        seen = ctl("explain", "a.test", "--no-dns", "--no-live", "--json").json
        assert seen["job"]["state"] == "failed" and seen["problems"][0]["id"] == "job_failed", seen
        text = ctl("explain", "a.test", "--no-dns", "--no-live").out
        assert "msslctl retry a.test" in text and "failed since" in text and "2 failures" in text, text
        assert ctl("explain", "none.test", "--no-dns", "--no-live", "--json").json["job"] is None
        # Of a name that a wildcard covers, and all of it through the status.
        put_job(s, "*.wild.test", "ordered", issuer="ca")
        for name, state_of in (("a.test", "failed"), ("a.wild.test", "ordered"), ("none.test", None)):
            here = ctl("explain", name, "--no-dns", "--no-live", "--json").json
            there = remote("explain", name, "--json").json
            for key in ("job", "problems", "sentence"):
                assert here[key] == there[key], (key, here, there)
            assert here["fixes"][0] == there["fixes"][0]
            assert (here["job"] or {}).get("state") == state_of
        text = remote("explain", "a.wild.test").out
        assert "*.wild.test: ordered since" in text and "msslctl job '*.wild.test'" in text, text
        text = " ".join(remote("explain", "a.test").out.split())
        assert "could not be made (dns): <b>nobody</b> answers" in text and "msslctl retry a.test" in text, text
        assert "&lt;b&gt;nobody&lt;/b&gt; answers" in page and "<b>" not in page and "msslctl retry a.test" in page
