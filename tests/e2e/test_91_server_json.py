# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""What httpd's parent tells of its configuration: MSSLStateDir/server.json, vhosts, and -D DUMP_MSSL."""

import json
import os
import pwd
import stat
import subprocess

import pytest

from lib.server import BROKER_USER, HTTPD, IS_ROOT, wait_until

STEWARD = next(u.pw_name for u in pwd.getpwall() if u.pw_name in ("mail", "news", "man"))

CONF = """
MSSLUser %s %s
MSSLCertStore dir:{dir}/store
MSSLCheckInterval 1500ms
MSSLSwitchURL https://switch.test:{p1}/go
MSSLTrustNoSNI a.test 192.0.2.0/24 2001:db8::/32
<VirtualHost 127.0.0.1:{p0}>
ServerName notice.test
SSLEngine on
MSSLEngine on
DocumentRoot {dir}/www/notice
</VirtualHost>
<VirtualHost 127.0.0.1:{p0}>
ServerName a.test
ServerAlias www.a.test *.wild.test
DocumentRoot "{dir}/www/a site"
MSSLUnknownHost reject
</VirtualHost>
<VirtualHost 127.0.0.1:{p1}>
ServerName switch.test
SSLEngine on
SSLCertificateFile {dir}/switch.pem
</VirtualHost>
""" % (BROKER_USER, STEWARD)


def dump(s):
    p = subprocess.run([HTTPD, "-t", "-D", "DUMP_MSSL", "-f", s.conf_path], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True, timeout=60, env=s._environ())
    assert p.returncode == 0, p.stderr
    return p.stdout


def read(s, name):
    with open(s.path("run", "mssl", name)) as f:
        return f.read()


@pytest.fixture
def server(new_server, ca):
    s = new_server(CONF)
    ca.leaf("switch.test").write_joined(s.path("switch.pem"))
    ca.leaf("a.test").write_joined(s.path("store", "a.test.pem"))
    for folder in ("notice", "a site"):
        os.makedirs(s.path("www", folder))
    return s


def test_schema(server):
    s = server
    with s:
        text = read(s, "server.json")
    d = json.loads(text)
    assert text.isascii()
    assert (d["schema"], d["state_dir"]) == ("mssl-server/1", s.path("run", "mssl"))
    assert d["pid_file"] == s.path("run", "httpd.pid")
    assert d["users"]["broker"] == BROKER_USER and d["users"]["steward"] == STEWARD
    assert d["settings"]["check_interval"] == 1.5 and d["settings"]["negative_timeout"] == 5
    assert d["stores"] == [{"label": "dir:" + s.path("store"), "provider": "dir",
                            "argument": s.path("store"), "path": s.path("store"), "issued": False}]
    assert {(row["address"], row["port"]) for row in d["listeners"]} == {("127.0.0.1", p) for p in s.ports}
    assert d["proxy_protocol"] is False
    by_name = {v["server_name"]: v for v in d["vhosts"]}
    a, notice, switch = by_name["a.test"], by_name["notice.test"], by_name["switch.test"]
    assert a["aliases"] == ["www.a.test", "*.wild.test"]
    assert a["file"] == s.conf_path and a["document_root"] == s.path("www", "a site")
    with open(s.conf_path) as f:
        assert "<VirtualHost" in f.read().splitlines()[a["line"] - 1]
    assert (a["tls"], a["engine"], a["guarded"], a["unknown_host"]) == (False, False, True, "reject")
    assert (notice["tls"], notice["engine"], notice["guarded"]) == (True, True, True)
    assert (switch["tls"], switch["engine"], switch["guarded"]) == (True, False, False)
    assert switch["certificate_files"] == [s.path("switch.pem")]
    assert a["stores"] == [0] and a["switch_url"] == "https://switch.test:%d/go" % s.ports[1]
    assert a["trusted"] == [{"name": "a.test", "ranges": ["192.0.2.0/24", "2001:db8::/32"]}]
    sites = next(x for x in d["addresses"] if x["sockets"] == [{"address": "127.0.0.1", "port": s.ports[0]}])
    assert sites["guarded"] and [d["vhosts"][i]["server_name"] for i in sites["vhosts"]] == ["notice.test", "a.test"]


def test_dump_is_the_same(server):
    s = server
    with s:
        assert dump(s) == read(s, "server.json")


def test_vhosts_in_httpds_order(server):
    s = server
    with s:
        lines = [line.split("\t") for line in read(s, "vhosts").splitlines()]
    at = "127.0.0.1:%d" % s.ports[0]
    mine = [f for f in lines if f[0] == at]
    assert [(f[1], f[2], f[3]) for f in mine] == [("guarded", "notice.test", "-"),
                                                  ("guarded", "a.test", "www.a.test *.wild.test")]
    assert mine[1][5] == s.path("www", "a site") and mine[1][4].startswith(s.conf_path + ":")
    assert all(len(f) == 7 for f in lines) and mine[1][6] == "issue"


def test_written_only_when_changed(server):
    s = server
    with s:
        path = s.path("run", "mssl", "server.json")
        before = os.stat(path)
        s.graceful()
        assert os.stat(path).st_ino == before.st_ino
        s.graceful(s.conf.replace("1500ms", "2s"))
        wait_until(lambda: json.loads(read(s, "server.json"))["settings"]["check_interval"] == 2, "the new setting")
    assert not [n for n in os.listdir(s.path("run", "mssl")) if n.startswith(".")]     # nothing half written


@pytest.mark.skipif(not IS_ROOT, reason="needs root")
def test_owner_and_mode(server):
    s = server
    with s:
        home = os.stat(s.path("run", "mssl"))
        assert (home.st_uid, stat.S_IMODE(home.st_mode)) == (0, 0o711)
        for name in ("server.json", "vhosts"):
            st = os.stat(s.path("run", "mssl", name))
            assert (st.st_uid, st.st_gid, stat.S_IMODE(st.st_mode)) == (0, pwd.getpwnam(STEWARD).pw_gid, 0o640)
        s.graceful(s.conf.replace(STEWARD, "no-such-user"))
        st = wait_until(lambda: next((x for x in [os.stat(s.path("run", "mssl", "vhosts"))] if x.st_gid == 0), None), "")
        assert stat.S_IMODE(st.st_mode) == 0o600


@pytest.mark.skipif(not IS_ROOT, reason="needs root")
def test_landed_folder_is_widened(server):
    s = server
    os.makedirs(s.path("run", "mssl"), mode=0o700)
    with s:
        assert stat.S_IMODE(os.stat(s.path("run", "mssl")).st_mode) == 0o711


def test_link_in_its_place_is_no_way_out(server):
    """A file that a link in the state folder points to is left alone."""
    s = server
    os.makedirs(s.path("run", "mssl"), mode=0o711)
    with open(s.path("other"), "w") as f:
        f.write("theirs")
    os.symlink(s.path("other"), s.path("run", "mssl", "server.json"))
    with s:
        assert not os.path.islink(s.path("run", "mssl", "server.json"))
        json.loads(read(s, "server.json"))
    with open(s.path("other")) as f:
        assert f.read() == "theirs"


def test_not_written_is_a_warning(new_server, ca):
    s = new_server("MSSLCertStore dir:{dir}/store\nMSSLStateDir {dir}/state\nMSSLDummyCertificate {dir}/d.pem\n"
                   "<VirtualHost 127.0.0.1:{p0}>\nServerName a.test\nSSLEngine on\nMSSLEngine on\n</VirtualHost>\n",
                   expect=["MSSL0210"])
    ca.leaf("d.test").write_joined(s.path("d.pem"))
    os.makedirs(s.path("state"), mode=0o777)
    os.chmod(s.path("state"), 0o777)
    with s:
        s.wait_error("MSSL0210: MSSLStateDir: .* writable by nobody else")
    assert os.listdir(s.path("state")) == []
