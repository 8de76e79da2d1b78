# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""SetHandler mssl-status (contract section 12): who sees what, in which form; what is wrong is named."""

import json
import os
import re
import signal
import subprocess

import pytest
from lib import broker, http, tls
from lib.ca import write
from lib.live import live_server, serial
from lib.server import IS_ROOT, ROOT, wait_until
from lib.world import file_pair

STATUS = """
<Location /status>
SetHandler mssl-status
MSSLStatus %s
</Location>
"""
CSP = ("default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; "
       "base-uri 'none'")


def ask(s, path="/status", method="GET", headers=(), alpn="http/1.1"):
    with tls.Client(s.port, "a.test", alpn=[alpn]).connect() as conn:
        kind = http.Http2 if alpn == "h2" else http.Http1
        return kind(conn).request("a.test", path, method, headers=headers)


def get_json(s, query=""):
    return json.loads(ask(s, "/status?format=json" + query).text)


@pytest.fixture(scope="module")
def full(module_server, ca):
    s = live_server(module_server, ca, more=STATUS % "full")
    s.conf = s.conf.replace("SSLEngine on", "SSLEngine on\nProtocols h2 http/1.1")
    s.modules += ["http2", "status"]
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    with s:
        yield s


@pytest.mark.parametrize("alpn", ["http/1.1", "h2"])
@pytest.mark.parametrize("headers,query,kind", [
    ((), "", "text/html; charset=utf-8"), ([("Accept", "application/json")], "", "application/json"),
    ([("Accept", "text/html,*/*")], "?format=json", "application/json"),
    ([("Accept", "application/openmetrics-text,text/plain;version=0.0.4;q=0.5,*/*;q=0.1")], "",
     "text/plain; version=0.0.4; charset=utf-8"),
    ((), "?format=prometheus", "text/plain; version=0.0.4; charset=utf-8")])
def test_forms(full, alpn, headers, query, kind):
    r = ask(full, "/status" + query, headers=headers, alpn=alpn)
    assert (r.status, r.get("Content-Type")) == (200, kind), r
    assert r.get("Content-Security-Policy") == CSP and r.get("X-Content-Type-Options") == "nosniff"
    assert r.get("Cache-Control") == "no-store" and r.get("Vary") == "Accept"
    head = ask(full, "/status" + query, "HEAD", headers, alpn)
    assert (head.status, head.get("Content-Type"), head.body) == (200, kind, b"")


def test_html(full):
    text = ask(full).text
    assert text.startswith("<!DOCTYPE html>") and "<h1>Certificates</h1>" in text
    assert "<script" not in text and "src=" not in text and "//" not in text.replace("<!DOCTYPE", "")
    assert '<label for="host">' in text


def test_json(full):
    for key in ("server", "key_access", "broker", "totals", "inventory", "stores", "handshakes", "refused", "switch",
                "force_https", "cache", "attention", "attention_cut"):
        assert key in get_json(full), key
    seen = get_json(full)
    assert seen["schema"] == "mssl/1"
    assert set(seen["server"]) == {"version", "httpd", "openssl", "hostname", "started", "configured", "generation",
                                   "children"}
    assert seen["server"]["version"] and seen["server"]["children"] == 3
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", seen["server"]["started"])
    assert set(seen["handshakes"]) == {"sni", "intent", "trusted", "session", "dummy", "rejected", "acme"}
    before = seen["handshakes"]["sni"]
    assert get_json(full)["handshakes"]["sni"] == before + 1
    assert seen["key_access"] == ("broker" if IS_ROOT else "direct")


def test_prometheus(full):
    """promtool takes it; and another server's Prometheus finds what the contract names."""
    text = ask(full, "/status?format=prometheus").text
    subprocess.run(["promtool", "check", "metrics"], input=text, text=True, check=True)
    for name in ("mssl_build_info", "mssl_start_time_seconds", "mssl_handshakes_total", "mssl_redirects_total",
                 "mssl_requests_refused_total", "mssl_switch_requests_total", "mssl_self_redirects_total",
                 "mssl_store_lookups_total", "mssl_store_entries", "mssl_intent_cache_up"):
        assert re.search(r"(?m)^%s[{ ]" % name, text), name


@pytest.mark.parametrize("query,says", [
    ("format=xml", "format: &#39;xml&#39; is not accepted"), ("state=bad", "add list=1"),
    ("nonsense", "&#39;nonsense&#39; is no parameter"), ("list=1&limit=0", "limit: &#39;0&#39;"),
    ("format=%zz", "begins no escape"), ("%3Cscript%3E", "is no parameter")])
def test_wrong_parameters(full, query, says):
    r = ask(full, "/status?" + query)
    assert r.status == 400 and says in r.text and "<script" not in r.text, r.text


@pytest.mark.parametrize("host,verdict", [("a..b", "not_a_name"), ("127.0.0.1", "not_a_name"),
                                          ("%3Cscript%3E", "not_a_name"), ("", "not_a_name")])
def test_explain_what_is_no_name(full, host, verdict):
    r = ask(full, "/status?host=" + host)
    assert r.status == 200 and "not a name" in r.text and "<script" not in r.text, r.text
    assert get_json(full, "&host=" + host)["verdict"] == verdict


def test_other_methods(full):
    for method in ("POST", "PUT", "DELETE"):
        r = ask(full, method=method)
        assert r.status == 405 and "GET" in r.get("Allow")


def test_the_guard_stands_before_it(full):
    with tls.Client(full.port, "nope.test").connect() as conn:
        r = http.Http1(conn).request("nope.test", "/status")
    assert r.status == 421 and "Needs attention" not in r.text


@pytest.mark.skipif(not IS_ROOT, reason="without root there is no broker")
def test_broker(full):
    seen = get_json(full)["broker"]
    pid = broker.wait_broker(full)
    assert (seen["alive"], seen["pid"]) == (True, pid)
    full.expect("MSSL0152")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: get_json(full)["broker"]["pid"] not in (pid, 0), "the new broker to be told of")
    now = get_json(full)["broker"]
    assert now["alive"] and now["deaths"] == seen["deaths"] + 1


def test_summary(new_server, ca):
    """No name, no path."""
    s = live_server(new_server, ca, more=STATUS % "summary")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    with s:
        for form in ("html", "json", "prometheus"):
            r = ask(s, "/status?format=" + form)
            assert r.status == 200 and "a.test" not in r.text and s.dir not in r.text, r.text
            assert "first.test" not in r.text
        for query in ("host=a.test", "list=1", "names=5"):
            r = ask(s, "/status?" + query)
            assert r.status == 403 and "MSSLStatus full" in r.text, r.text


def test_off(new_server, ca):
    """Nothing without MSSLStatus, and a customer cannot give it to himself."""
    s = live_server(new_server, ca, more="<Location /status>\nSetHandler mssl-status\n</Location>\n"
                    "<Directory {dir}/www>\nAllowOverride All\n</Directory>\n")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    s.site("a.test")
    s.site("a.test", path="own/index.html")
    s.expect("MSSL0214", "MSSLStatus not allowed here")
    write(s.path("www", "a.test", "own", ".htaccess"), "SetHandler mssl-status\n")
    with s:
        for path in ("/status", "/own/", "/status"):
            r = ask(s, path)
            assert r.status == 404 and "Certificates" not in r.text, r
        assert s.count_error("MSSL0214: .*MSSLStatus full") == 1
        write(s.path("www", "a.test", "own", ".htaccess"), "SetHandler mssl-status\nMSSLStatus full\n")
        assert ask(s, "/own/").status == 500


def test_mod_status(new_server, ca):
    s = live_server(new_server, ca, more="<Location /server-status>\nSetHandler server-status\n</Location>\n")
    s.modules.append("status")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    with s:
        assert serial(s, "a.test")
        text = ask(s, "/server-status?auto").text
        assert re.search(r"(?m)^MSSLBrokerUp: %d$" % IS_ROOT, text) and re.search(r"(?m)^MSSLHandshakesSNI: 2$", text)
        assert re.search(r"(?m)^MSSLRefused: 0$", text)
        assert "Certificates (mod_mssl)" in ask(s, "/server-status").text


@pytest.mark.parametrize("line,says", [
    ("<Location />\nMSSLStatus yes\n</Location>", "'yes' is not known, use off, summary or full"),
    ("MSSLStatus full", "not allowed"), ("<VirtualHost *>\nMSSLStatus full\n</VirtualHost>", "not allowed")])
def test_bad_values(new_server, line, says):
    rc, out = new_server(line).configtest()
    assert rc != 0 and says in out, out


def test_alerts():
    """The ready alerts are rules, on metrics that there are."""
    path = os.path.join(ROOT, "conf-examples", "prometheus")
    subprocess.run(["promtool", "check", "rules", os.path.join(path, "alerts.yml")], check=True,
                   stdout=subprocess.DEVNULL)
    with open(os.path.join(ROOT, "lib", "status", "prometheus.c")) as f:
        known = set(re.findall(r'"(mssl_[a-z_]+)"', f.read()))
    for file in ("alerts.yml", "grafana-dashboard.json"):
        with open(os.path.join(path, file)) as f:
            used = set(re.findall(r"\bmssl_[a-z_]+\b", f.read()))
        assert used and used <= known, used - known
