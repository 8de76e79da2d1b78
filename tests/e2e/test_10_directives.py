# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Directives (contract section 6): inheritance, seen from outside, and every bad value."""

import os
import re

import pytest
from lib import tls
from lib.server import IS_ROOT
from lib.world import ask, file_pair, new_address

# {server, vhost, both, neither}: (is it set at the server, is it set in the vhost)
PLACES = {"server": (1, 0), "vhost": (0, 1), "both": (1, 1), "neither": (0, 0)}


class Probe:
    """One vhost on p0, with server level and vhost level lines, and questions to it."""

    def __init__(self, new_server, ca, server="", vhost="", own=True, engine="MSSLEngine on\n"):
        s = self.server = new_server(ports=2)
        self.own = ca.leaf("own.test")
        self.own.write_joined(s.path("own.pem"))
        self.leaves = {}
        for where in ("server", "vhost"):
            for name in ("a.test", where + ".test"):
                leaf = ca.leaf(name)
                file_pair(leaf, s.path("store-" + where), name)
                self.leaves[where, name] = leaf
        s.site("own.test")
        s.conf = ("%s<VirtualHost 127.0.0.1:{p0}>\nServerName own.test\nSSLEngine on\n%s%s"
                  "DocumentRoot {dir}/www/own.test\n%s</VirtualHost>\n"
                  % (server, engine, "SSLCertificateFile {dir}/own.pem\n" if own else "", vhost))

    def start(self):
        self.server.start()
        return self

    def client(self, sni):
        return tls.Client(self.server.port, sni, source=new_address())

    def serial(self, sni):
        with self.client(sni).connect() as conn:
            return conn.serial

    def get(self, sni, host, path="/"):
        with self.client(sni).connect() as conn:
            return ask(self.server, conn, host, path)

    def alert(self, sni):
        with pytest.raises(tls.TLSError) as e:
            self.client(sni).connect()
        return e.value.alert


def place(where, line):
    """The lines at server and at vhost level; {w} in them is where they stand."""
    at_server, in_vhost = PLACES[where]
    return (line.replace("{w}", "server") if at_server else "",
            line.replace("{w}", "vhost") if in_vhost else "")


def winner(where):
    return {"server": "server", "vhost": "vhost", "both": "vhost", "neither": None}[where]


@pytest.mark.parametrize("at_server", ["", "on", "off"])
@pytest.mark.parametrize("in_vhost", ["", "on", "off"])
def test_engine(new_server, ca, at_server, in_vhost):
    server = "MSSLEngine %s\n" % at_server if at_server else ""
    vhost = "MSSLEngine %s\n" % in_vhost if in_vhost else ""
    p = Probe(new_server, ca, server + "MSSLCertStore dir:{dir}/store-server\n", vhost,
              engine="").start()
    on = (in_vhost or at_server or "off") == "on"
    assert p.serial("a.test") == (p.leaves["server", "a.test"] if on else p.own).serial
    assert p.get("own.test", "nope.test").status == (421 if on else 200)


@pytest.mark.parametrize("where", PLACES)
def test_cert_store(new_server, ca, where):
    p = Probe(new_server, ca, *place(where, "MSSLCertStore dir:{dir}/store-{w}\n")).start()
    won = winner(where)
    assert p.serial("a.test") == (p.leaves[won, "a.test"] if won else p.own).serial
    if where == "both":
        # A vhost's list replaces the server's.
        assert p.serial("server.test") == p.own.serial


def test_cert_stores_are_tried_in_order(new_server, ca):
    for first, second in (("server", "vhost"), ("vhost", "server")):
        p = Probe(new_server, ca, "MSSLCertStore dir:{dir}/store-%s\n"
                  "MSSLCertStore dir:{dir}/store-%s\n" % (first, second)).start()
        assert p.serial("a.test") == p.leaves[first, "a.test"].serial
        assert p.serial(second + ".test") == p.leaves[second, second + ".test"].serial


@pytest.mark.parametrize("where", PLACES)
def test_certificate(new_server, ca, where):
    p = Probe(new_server, ca, *place(where, "MSSLCertificate a.test {dir}/store-{w}/a.test.pem\n"))
    p.start()
    won = winner(where)
    assert p.serial("a.test") == (p.leaves[won, "a.test"] if won else p.own).serial


@pytest.mark.parametrize("where", PLACES)
def test_dummy(new_server, ca, where):
    p = Probe(new_server, ca, *place(where, "MSSLDummyCertificate {dir}/store-{w}/a.test.pem\n"))
    p.start()
    won = winner(where)
    for sni in ("nope.test", None, "127.0.0.1"):
        assert p.serial(sni) == (p.leaves[won, "a.test"] if won else p.own).serial
    # One given by MSSLDummyCertificate covers nothing, whatever it says.
    answer = p.get("nope.test", "a.test")
    assert (answer.status, answer.by, answer.log["ok"]) == (421, "dummy", "0")


@pytest.mark.parametrize("where", PLACES)
def test_switch_url(new_server, ca, where):
    server, vhost = place(where, "MSSLSwitchURL https://{w}.test:4433/go\n")
    p = Probe(new_server, ca, "MSSLDummyCertificate {dir}/store-server/a.test.pem\n" + server, vhost)
    p.start()
    won = winner(where)
    answer = p.get(None, "own.test:%d" % p.server.port, "/x?y=z")
    if won:
        assert answer.status == 302
        assert answer.r.get("Location") == ("https://%s.test:4433/go?https://own.test:%d/x?y=z"
                                            % (won, p.server.port))
    else:
        assert answer.status == 421 and answer.r.get("Location") is None
    assert answer.by == "dummy"


@pytest.mark.parametrize("where", PLACES)
def test_unknown_host(new_server, ca, where):
    p = Probe(new_server, ca, *place(where, "MSSLUnknownHost redirect:http://{w}.test/lost\n"))
    p.start()
    won = winner(where)
    answer = p.get("nope.test", "nope.test")
    assert answer.status == (302 if won else 421)
    assert answer.r.get("Location") == ("http://%s.test/lost" % won if won else None)


def test_unknown_host_of_the_vhost_wins(new_server, ca):
    p = Probe(new_server, ca, "MSSLUnknownHost reject\n", "MSSLUnknownHost page\n").start()
    assert p.get("nope.test", "nope.test").status == 421
    p = Probe(new_server, ca, "MSSLUnknownHost page\n", "MSSLUnknownHost reject\n").start()
    assert p.alert("nope.test") == ("server", tls.ALERT_NAME)
    p = Probe(new_server, ca, "MSSLUnknownHost redirect:http://x.test/\n", "MSSLUnknownHost page\n")
    assert p.start().get("nope.test", "nope.test").r.get("Location") is None


@pytest.mark.parametrize("where", PLACES)
def test_no_sni(new_server, ca, where):
    switch = ("MSSLSwitchURL https://switch.test/go\n"
              "MSSLDummyCertificate {dir}/store-server/server.test.pem\n")
    server, vhost = place(where, "MSSLNoSNI page\n")
    p = Probe(new_server, ca, switch + server, vhost).start()
    assert p.get(None, "own.test").status == (421 if winner(where) else 302)
    server, vhost = place(where, "MSSLNoSNI reject\n")
    p = Probe(new_server, ca, switch + server, vhost).start()
    if winner(where):
        assert p.alert(None) == ("server", tls.ALERT_NAME)
    else:
        assert p.get(None, "own.test").status == 302


def test_no_sni_of_the_vhost_wins(new_server, ca):
    switch = "MSSLSwitchURL https://switch.test/go\nMSSLDummyCertificate {dir}/own.pem\n"
    p = Probe(new_server, ca, switch + "MSSLNoSNI reject\n", "MSSLNoSNI switch\n").start()
    assert p.get(None, "own.test").status == 302
    p = Probe(new_server, ca, switch + "MSSLNoSNI switch\n", "MSSLNoSNI reject\n").start()
    assert p.alert(None) == ("server", tls.ALERT_NAME)


@pytest.mark.parametrize("where", PLACES)
def test_trust(new_server, ca, where):
    stores = ("MSSLCertStore dir:{dir}/store-server\nMSSLCertStore dir:{dir}/store-vhost\n"
              "MSSLDummyCertificate {dir}/own.pem\n")
    server, vhost = place(where, "MSSLTrustNoSNI {w}.test 127.0.0.0/8\n")
    p = Probe(new_server, ca, stores + server, vhost).start()
    won = winner(where)
    answer = p.get(None, "own.test")
    if won:
        assert answer.serial == p.leaves[won, won + ".test"].serial
        assert (answer.status, answer.by) == (200, "trusted")
    else:
        assert (answer.serial, answer.status, answer.by) == (p.own.serial, 421, "dummy")


@pytest.mark.parametrize("where", PLACES)
def test_contact(new_server, ca, where):
    p = Probe(new_server, ca, *place(where, "MSSLContact help@{w}.test\n")).start()
    won = winner(where)
    assert re.findall(r"help@\w+\.test", p.get("own.test", "nope.test").body)[:1] == (
        ["help@%s.test" % won] if won else [])


@pytest.mark.parametrize("where", PLACES)
def test_page_template(new_server, ca, where):
    p = Probe(new_server, ca, *place(where, "MSSLPageTemplate {dir}/{w}.html\n"))
    for name in ("server", "vhost"):
        with open(p.server.path(name + ".html"), "w") as f:
            f.write("<p>by %s, {{code}}</p>" % name)
    won = winner(where)
    body = p.start().get("own.test", "nope.test").body
    assert body == ("<p>by %s, MSSL-P01</p>" % won) if won else "<main>" in body, body


@pytest.mark.parametrize("line", [
    "MSSLIntentCache shmcb", "MSSLIntentTimeout 60s", "MSSLStateDir {dir}/run/state"])
def test_server_only(new_server, ca, line):
    """What is for the whole server is taken there and refused in a vhost."""
    assert Probe(new_server, ca, line + "\n").server.configtest()[0] == 0
    code, out = Probe(new_server, ca, "", line + "\n").server.configtest()
    assert code != 0 and re.search(r"%s(:| cannot occur)" % line.split()[0], out), out


GOOD = [
    "MSSLCertStore dir:store-server",
    "MSSLCertStore map:{dir}/good.map",
    "MSSLCertificate a.test,A.TEST. {dir}/store-server/a.test.pem",
    "MSSLCertificate a.test {dir}/a.crt {dir}/a.key",
    "MSSLCertificate *.wild.test {dir}/wild.pem",
    "MSSLCertificate a.test {dir}/expired.pem",
    "MSSLDummyCertificate {dir}/a.crt {dir}/a.key",
    "MSSLSwitchURL http://switch.test/go",
    "MSSLSwitchURL https://switch.test",
    "MSSLSwitchURL https://Switch.Test:8443/a/b",
    "MSSLUnknownHost redirect:http://www.host.test/",
    "MSSLUnknownHost redirect:https://own.test/unknown",
    "MSSLNoSNI switch",
    "MSSLPublicAddress 192.0.2.1 2001:db8::1",
    "MSSLTrustNoSNI own.test 10.0.0.0/8 192.0.2.1 2001:db8::/32",
    "MSSLIntentCache shmcb:{dir}/run/intents(65536)",
    "MSSLIntentTimeout 5m",
    "MSSLIntentTimeout 90",
    "MSSLContact help@host.test",
    "MSSLContact 'Our \u201chelp\u201d, +49 30 1'",
    "MSSLContact Our help, https://host.test/",
    "MSSLContact https://host.test/help?x",
    "MSSLPageTemplate {dir}/page.html",
    "MSSLPageTemplate page.html",
]


def prepare_files(p, ca):
    s = p.server
    a = p.leaves["server", "a.test"]
    a.write_split(s.path("a.crt"), s.path("a.key"))
    ca.leaf("a.test", key="rsa").write_split(s.path("rsa.crt"), s.path("rsa.key"))
    ca.leaf("*.wild.test").write_joined(s.path("wild.pem"))
    ca.expired("a.test").write_joined(s.path("expired.pem"))
    for name, text in (("garbage.pem", "no certificate here\n"), ("empty.pem", ""),
                       ("truncated.pem", a.cert_pem[:-60]), ("keyonly.pem", a.key_pem),
                       ("good.map", "a.test store-server/a.test.pem\n"),
                       ("page.html", "<p>{{text}}</p>"), ("script.html", "<p>{{text}}\n<script>x</script>"),
                       ("bare.html", "<p class={{code}}>{{text}}")):
        with open(s.path(name), "w") as f:
            f.write(text)
    with open(s.path("huge.pem"), "w") as f:
        f.write(a.cert_pem + a.key_pem + "#" * (1024 * 1024))


@pytest.mark.parametrize("line", GOOD)
def test_good_value(new_server, ca, line):
    dummy = "" if line.startswith("MSSLDummyCertificate ") else "MSSLDummyCertificate {dir}/own.pem\n"
    p = Probe(new_server, ca, dummy + line + "\n")
    prepare_files(p, ca)
    p.server.expect(r"MSSL0111: .*expired")
    code, out = p.server.configtest()
    assert code == 0, out
    p.start()


# line, and what the sentence must say (about what is wrong, or what is accepted)
BAD = [
    ("MSSLEngine perhaps", r"On or Off|on or off|on, off"),
    ("MSSLCertStore nowhere:/x", r"unknown provider 'nowhere'.*dir.*map|nowhere.*dir"),
    ("MSSLCertStore /etc/ssl", r"dir:"),
    ("MSSLCertStore :", r"dir:"),
    ("MSSLCertStore dir:", r"dir:"),
    ("MSSLCertStore dir:{dir}/none", r"{dir}/none"),
    ("MSSLCertStore dir:{dir}/a.crt", r"a\.crt.*director|director.*a\.crt"),
    ("MSSLCertStore map:{dir}/none.map", r"{dir}/none\.map"),
    ("MSSLCertStore map:{dir}/store-server", r"store-server"),
    ("MSSLCertificate a.test {dir}/none.pem", r"{dir}/none\.pem"),
    ("MSSLCertificate a.test {dir}/a.crt {dir}/none.key", r"{dir}/none\.key"),
    ("MSSLCertificate a.test {dir}/store-server", r"store-server"),
    ("MSSLCertificate a.test {dir}/garbage.pem", r"garbage\.pem"),
    ("MSSLCertificate a.test {dir}/empty.pem", r"empty\.pem"),
    ("MSSLCertificate a.test {dir}/truncated.pem", r"truncated\.pem"),
    ("MSSLCertificate a.test {dir}/huge.pem", r"huge\.pem"),
    ("MSSLCertificate a.test {dir}/a.crt", r"key"),
    ("MSSLCertificate a.test {dir}/keyonly.pem", r"certificate"),
    ("MSSLCertificate a.test {dir}/a.crt {dir}/rsa.key", r"match|belong"),
    ("MSSLCertificate a.test {dir}/a.crt {dir}/garbage.pem", r"key"),
    ("MSSLCertificate b.test {dir}/store-server/a.test.pem", r"b\.test"),
    ("MSSLCertificate a.test,b.test {dir}/store-server/a.test.pem", r"b\.test"),
    ("MSSLCertificate *.test {dir}/store-server/a.test.pem", r"\*\.test"),
    ("MSSLCertificate 127.0.0.1 {dir}/store-server/a.test.pem", r"127\.0\.0\.1.*name"),
    ("MSSLCertificate a..test {dir}/store-server/a.test.pem", r"a\.\.test.*name"),
    ("MSSLCertificate ../a.test {dir}/store-server/a.test.pem", r"name"),
    ("MSSLCertificate b\u00fccher.test {dir}/store-server/a.test.pem", r"name"),
    ("MSSLCertificate , {dir}/store-server/a.test.pem", r"name"),
    ("MSSLDummyCertificate {dir}/none.pem", r"{dir}/none\.pem"),
    ("MSSLDummyCertificate {dir}/garbage.pem", r"garbage\.pem"),
    ("MSSLDummyCertificate {dir}/a.crt", r"key"),
    ("MSSLDummyCertificate {dir}/a.crt {dir}/rsa.key", r"match|belong"),
    ("MSSLSwitchURL /go", r"https://"),
    ("MSSLSwitchURL ftp://switch.test/go", r"https://"),
    ("MSSLSwitchURL https://192.0.2.1/go", r"name|IP|address"),
    ("MSSLSwitchURL https://[2001:db8::1]/go", r"name|IP|address"),
    ("MSSLSwitchURL https://user@switch.test/go", r"user"),
    ("MSSLSwitchURL https://switch.test/go#x", r"fragment|#"),
    ("MSSLSwitchURL https://switch.test/go?x", r"query|\?"),
    ("MSSLSwitchURL https://switch.test:99999/go", r"port"),
    ("MSSLSwitchURL https://switch.test:0/go", r"port"),
    ("MSSLSwitchURL https://b\u00fccher.test/go", r"MSSLSwitchURL"),
    ("MSSLSwitchURL https:///go", r"name|host"),
    ("MSSLUnknownHost perhaps", r"page.*reject.*redirect"),
    ("MSSLUnknownHost redirect:", r"https?://"),
    ("MSSLUnknownHost redirect:javascript:alert(1)", r"https?://"),
    ("MSSLUnknownHost redirect:/local", r"https?://"),
    ("MSSLUnknownHost redirect://host.test/", r"https?://"),
    ("MSSLNoSNI perhaps", r"switch.*page.*reject"),
    ("MSSLTrustNoSNI a.test", r"MSSLTrustNoSNI"),
    ("MSSLTrustNoSNI a.test 10.0.0.0/99", r"10\.0\.0\.0/99"),
    ("MSSLPublicAddress", r"MSSLPublicAddress"),
    ("MSSLPublicAddress 192.0.2.1 host.test", r"host\.test.*192\.0\.2\.1 or 2001:db8::1"),
    ("MSSLPublicAddress 192.0.2.0/24", r"192\.0\.2\.0/24"),
    ("MSSLTrustNoSNI a.test somewhere", r"somewhere"),
    ("MSSLTrustNoSNI a.test 10.0.0.0/8 2001:db8::/200", r"2001:db8::/200"),
    ("MSSLTrustNoSNI 127.0.0.1 10.0.0.0/8", r"127\.0\.0\.1.*name"),
    ("MSSLIntentCache nowhere", r"nowhere.*shmcb"),
    ("MSSLIntentCache redis:127.0.0.1:6379", r"redis.*socache_redis|socache_redis"),
    ("MSSLIntentCache shmcb:{dir}/run/intents(12", r"MSSLIntentCache"),
    ("MSSLIntentTimeout soon", r"MSSLIntentTimeout"),
    ("MSSLIntentTimeout 0", r"MSSLIntentTimeout"),
    ("MSSLIntentTimeout -5s", r"MSSLIntentTimeout"),
    ("MSSLIntentTimeout 5fortnights", r"MSSLIntentTimeout"),
    ("MSSLCacheSize 0", r"'0'.*1 to 10000000"),
    ("MSSLCacheSize 10000001", r"1 to 10000000"),
    ("MSSLCacheSize 4k", r"'4k'.*1 to 10000000"),
    ("MSSLCheckInterval soon", r"'soon'.*0 to a year"),
    ("MSSLCheckInterval 366d", r"0 to a year"),
    ("MSSLNegativeTimeout -1", r"'-1'.*0 to a year"),
    ("MSSLStateDir {dir}/a.crt", r"a\.crt"),
    ("MSSLChallengeDir {dir}/a.crt", r"a\.crt' is there and no directory, move it away"),
    ("MSSLChallengeDir {dir}/gone", r"make it: install -d -m 755 {dir}/gone"),
    ("MSSLSchemeHeader none x", r"'none' stands alone"),
    ("MSSLContact", r"empty.*mail address"),
    ("MSSLContact \"\"", r"empty.*mail address"),
    ("MSSLContact 'one' two", r"closing quote"),
    ("MSSLContact help@", r"mail address"),
    ("MSSLContact https://", r"host"),
    ("MSSLContact javascript:alert(1)", r"URL.*https"),
    ("MSSLContact a\x1bb", r"line"),
    ("MSSLContact " + "x" * 201, r"200"),
    ("MSSLPageTemplate {dir}/none.html", r"{dir}/none\.html"),
    ("MSSLPageTemplate {dir}/store-server", r"store-server"),
    ("MSSLPageTemplate {dir}/huge.pem", r"huge\.pem"),
    ("MSSLPageTemplate {dir}/script.html", r"script\.html: line 2: <script>"),
    ("MSSLPageTemplate {dir}/bare.html", r"bare\.html: line 1: .*quotes"),
]


@pytest.mark.parametrize("line,says", BAD, ids=[line for line, _ in BAD])
def test_bad_value_stops(new_server, ca, line, says):
    """One sentence that begins with the directive and says what is wrong."""
    p = Probe(new_server, ca, line + "\n")
    prepare_files(p, ca)
    code, out = p.server.configtest()
    assert code != 0, "accepted: " + line
    directive = line.split()[0]
    sentences = [x for x in out.splitlines() if re.match(r"%s(:| must be| takes| requires)" % directive, x)]
    assert len(sentences) == 1, out
    assert re.search(says.replace("{dir}", re.escape(p.server.dir)), sentences[0]), sentences[0]
    assert p.server.try_start()[0] != 0
    p.server.expect("MSSL", "AH00016")


def test_unreadable_file(new_server, ca):
    """A key file that the starting user cannot read (root can read all: then there is no such file)."""
    p = Probe(new_server, ca, "MSSLCertificate a.test {dir}/a.crt {dir}/a.key\n")
    prepare_files(p, ca)
    os.chmod(p.server.path("a.key"), 0)
    code, out = p.server.configtest()
    if IS_ROOT:
        assert code == 0, out
    else:
        assert code != 0 and "a.key" in out


def test_socache_module_missing(new_server, ca):
    """The default intent cache needs mod_socache_shmcb; the sentence says which line is missing."""
    s = new_server("<VirtualHost 127.0.0.1:{p0}>\nServerName own.test\nSSLEngine on\nMSSLEngine on\n"
                   "SSLCertificateFile {dir}/own.pem\n</VirtualHost>\n",
                   without=["socache_shmcb"], session_cache=False)
    ca.leaf("own.test").write_joined(s.path("own.pem"))
    code, out = s.configtest()
    assert code != 0 and "socache_shmcb" in out and "MSSLIntentCache" in out, out


def test_state_dir_of_others(new_server, ca):
    """httpd -t says what the start would; where no dummy is to be kept there, neither refuses anything."""
    conf = ("MSSLStateDir {dir}/state\n<VirtualHost 127.0.0.1:{p0}>\nServerName own.test\nSSLEngine on\n"
            "MSSLEngine on\n%s</VirtualHost>\n")
    own = "SSLCertificateFile {dir}/own.pem\n"
    s = new_server(conf % "")
    ca.leaf("own.test").write_joined(s.path("own.pem"))
    state = s.path("state")
    code, out = s.configtest()
    assert code == 0 and not os.path.exists(state), out     # the start makes it
    os.mkdir(state)
    os.chmod(state, 0o777)
    says = r"MSSL0012: no dummy certificate: '%s' must belong to uid \d+ and be writable by nobody else; run: chown" % state
    s.expect(says, "AH00016")
    code, out = s.configtest()
    assert code != 0 and re.search(says, out + s.error_log()), out
    mark = s.log_mark()
    code, out = s.try_start()
    assert code != 0 and re.search(says, out + s.error_log()[mark:]), out
    assert s.configtest(conf % own)[0] == 0
    os.chmod(state, 0o755)
    assert s.configtest()[0] == 0
    s.conf = conf % ""
    with s:
        assert os.path.exists(state)


def test_engine_optional_is_refused(new_server, ca):
    s = new_server("<VirtualHost 127.0.0.1:{p0}>\nServerName own.test\nSSLEngine optional\n"
                   "MSSLEngine on\nSSLCertificateFile {dir}/own.pem\n</VirtualHost>\n")
    ca.leaf("own.test").write_joined(s.path("own.pem"))
    code, out = s.configtest()
    assert code != 0 and "optional" in out, out


def test_bad_file_in_a_store_stops_nothing(new_server, ca):
    p = Probe(new_server, ca, "MSSLCertStore dir:{dir}/store-server\n")
    prepare_files(p, ca)
    for bad in ("garbage", "empty", "truncated", "keyonly", "huge"):
        os.rename(p.server.path(bad + ".pem"), p.server.path("store-server", bad + ".test.pem"))
    assert p.server.configtest()[0] == 0
    p.start()
    assert p.serial("a.test") == p.leaves["server", "a.test"].serial


GONE = ["MSSLCertStore dir:{dir}/store-server", "MSSLCertStore map:{dir}/good.map",
        "MSSLCertificate a.test {dir}/a.crt {dir}/a.key",
        "MSSLDummyCertificate {dir}/a.crt {dir}/a.key", "MSSLPageTemplate {dir}/page.html"]


@pytest.mark.parametrize("line", GONE)
def test_graceful_restart_survives_what_is_gone(new_server, ca, line):
    """What fails a first start never ends a running server: a missing store is one error line."""
    p = Probe(new_server, ca, line + "\n", "MSSLCertStore dir:{dir}/store-vhost\n"
              if "MSSLCertStore" not in line else "")
    prepare_files(p, ca)
    p.start()
    s = p.server
    mark = s.log_mark()
    for path in ("store-server", "good.map", "a.crt", "a.key", "page.html"):
        os.rename(s.path(path), s.path(path + ".gone"))
    assert s.configtest()[0] != 0
    s.expect(r"MSSL\d{4}: ")
    s.graceful()
    assert p.get("own.test", "own.test").status == 200
    s.wait_error(r"\[mssl:error\].*MSSL\d{4}: ", mark)


def test_what_clients_without_sni_need_is_said_once(new_server, ca):
    """SSLVHostSNIPolicy and its four lines are missing: one message with the lines to add."""
    s = new_server("MSSLSwitchURL https://switch.test/go\n" + "".join(
        "<VirtualHost 127.0.0.1:{p0}>\nServerName %s.test\n%sDocumentRoot {dir}/www\n</VirtualHost>\n"
        % (n, "SSLEngine on\nMSSLEngine on\nSSLCertificateFile {dir}/own.pem\n" if n == "own" else "")
        for n in ("own", "light")), policy=False)
    ca.leaf("own.test").write_joined(s.path("own.pem"))
    s.expect(r"MSSL\d{4}: .*SSLVHostSNIPolicy")
    with s:
        lines = [x for x in s.error_log().splitlines() if "SSLVHostSNIPolicy" in x]
        assert len(lines) == 1, lines
        for need in ("SSLVHostSNIPolicy authonly", "SSLVerifyClient none", "SSLVerifyDepth 1",
                     "SSLCARevocationCheck none", "SSLOCSPEnable off"):
            assert need in lines[0], lines[0]
        assert "insecure" not in lines[0]


def test_insecure_policy_is_warned_of(new_server, ca):
    s = new_server("SSLVHostSNIPolicy insecure\n<VirtualHost 127.0.0.1:{p0}>\nServerName own.test\n"
                   "SSLEngine on\nMSSLEngine on\nSSLCertificateFile {dir}/own.pem\n</VirtualHost>\n")
    ca.leaf("own.test").write_joined(s.path("own.pem"))
    s.expect(r"\[mssl:warn\].*MSSL\d{4}: .*insecure")
    with s:
        assert s.count_error(r"\[mssl:warn\].*MSSL\d{4}: .*insecure") == 1
