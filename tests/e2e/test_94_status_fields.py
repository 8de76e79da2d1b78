# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
What programs read of the status (contract sections 12, 13): each field of JSON and each name of Prometheus
is fixed, so that other people's alerts go on working. Fields are added, never taken away.
"""

import contextlib
import json
import os
import re
import subprocess

import pytest
from lib import http, tls
from lib.ca import write
from lib.ctl import Ctl
from lib.live import live_server
from lib.server import IS_ROOT, ROOT, wait_until
from lib.world import file_pair
from test_94_status import STATUS, ask, get_json

FIELDS = {
    "": "schema key_access broker totals inventory stores handshakes refused switch force_https cache attention "
        "attention_cut jobs",
    "server": "version httpd openssl hostname started configured generation children",
    "broker": "alive pid started deaths requests timeouts",
    "totals": "names certificates valid expiring urgent expired not_yet_valid bad at_risk degraded shadowed excluded",
    "inventory": "enabled complete walk_started walk_ended names_seen next",
    "stores": "label reachable reason names certificates bad soonest_not_after",
    "handshakes": "sni intent trusted session dummy rejected acme",
    "refused": "known_sni known_nosni unknown no_name client_cert proxy unproven",
    "switch": "switched bad_target unknown loop later",
    "force_https": "to_https to_http loops_broken self_redirects",
    "cache": "entries negative hits misses loads looks evictions",
    "attention": "name store state reason tag not_after days_left file since in_service",
}

EXPLAIN = {
    "": "name given state verdict severity sentence certificates looked site with_sni without_sni http dns live job "
        "problems fixes",
    "certificates": "names key_type bits issuer serial sha256 not_before not_after days_left lifetime_days file key_file "
                    "store by in_service chain_complete note",
    "looked": "store key what found file state reason",
    "site": "server_name file line by document_root https_engine guarded address",
    "with_sni": "certificate answer location page status",
    "without_sni": "certificate answer location page status switch needs",
    "http": "force answer location",
    "dns": "a aaaa expected matches",
    "live": "sni address sha256 status location ms",
    "problems": "id text tag",
    "fixes": "text command",
}

# Name, and the labels of its series.
METRICS = {
    "mssl_build_info": "version httpd openssl", "mssl_start_time_seconds": "", "mssl_config_load_time_seconds": "",
    "mssl_handshakes_total": "by", "mssl_requests_refused_total": "reason", "mssl_redirects_total": "to",
    "mssl_switch_requests_total": "result", "mssl_self_redirects_total": "", "mssl_store_lookups_total": "result",
    "mssl_store_loads_total": "", "mssl_store_looks_total": "", "mssl_store_evictions_total": "",
    "mssl_store_entries": "kind", "mssl_store_up": "store", "mssl_broker_deaths_total": "", "mssl_inventory_up": "",
    "mssl_intent_cache_up": "", "mssl_names": "store state", "mssl_certificates": "store",
    "mssl_certificate_soonest_not_after_timestamp_seconds": "store",
    "mssl_certificate_not_after_timestamp_seconds": "name store key_type", "mssl_certificate_names_cut": "",
    "mssl_inventory_complete": "", "mssl_inventory_last_walk_timestamp_seconds": "",
    "mssl_inventory_walk_duration_seconds": "",
}

VALUES = {
    ("mssl_handshakes_total", "by"): FIELDS["handshakes"], ("mssl_requests_refused_total", "reason"): FIELDS["refused"],
    ("mssl_redirects_total", "to"): "switch https http other", ("mssl_switch_requests_total", "result"): FIELDS["switch"],
    ("mssl_store_lookups_total", "result"): "hit miss negative", ("mssl_store_entries", "kind"): "pair negative",
}


@pytest.fixture(scope="module")
def server(module_server, ca):
    """Good names and one that needs attention, all read once."""
    s = live_server(module_server, ca, more="MSSLInventory on 1s\n" + STATUS % "full", ports=2,
                    vhosts="<VirtualHost 127.0.0.1:{p1}>\nServerName a.test\n</VirtualHost>\n")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    write(s.path("store", "bad.test.pem"), "garbage")
    leaf = ca.leaf("chain.test", intermediate=True, aia="http://ca.invalid/1")
    write(s.path("store", "chain.test.pem"), leaf.cert_pem + leaf.key_pem)      # incomplete: a problem
    s.site("a.test")
    with s:
        wait_until(lambda: get_json(s)["inventory"]["walk_ended"] and get_json(s)["totals"]["bad"] == 1,
                   lambda: get_json(s))
        yield s


def missing(seen, fields):
    """What is not there of {object: its fields}; of a list, its first."""
    lacks = []
    for place, names in fields.items():
        found = seen[place] if place else seen
        found = (found or [{}])[0] if isinstance(found, list) else found or {}
        lacks += ["%s.%s" % (place, name) for name in names.split() if name not in found]
    return lacks


def test_json_fields(server):
    seen = get_json(server)
    fields = {k: v for k, v in FIELDS.items() if k != "broker" or IS_ROOT}
    assert missing(seen, fields) == []
    assert seen["schema"] == "mssl/1"


def test_prometheus_names(server):
    text = ask(server, "/status?format=prometheus").text
    wanted = dict(METRICS, **({"mssl_broker_up": ""} if IS_ROOT else {}))
    for name, labels in wanted.items():
        lines = re.findall(r"(?m)^%s(?:\{(.*)\})? [-+.0-9e]+$" % name, text)
        assert lines, name
        kind = "counter" if name.endswith("_total") else "gauge"
        assert "\n# TYPE %s %s\n" % (name, kind) in "\n" + text, name
        for line in lines:
            assert re.findall(r'(\w+)="(?:[^"\\]|\\.)*"', line) == labels.split(), (name, line)
    for (name, label), values in VALUES.items():
        seen = re.findall(r'(?m)^%s\{%s="(\w+)"\}' % (name, label), text)
        assert set(values.split()) <= set(seen) and len(set(seen)) == len(seen), (name, seen)


def test_explain_fields(server):
    """msslctl sees more than a thread of httpd may, under the same names."""
    seen = get_json(server, "&host=a.test")
    only_there = ("dns", "live", "problems")
    live = {k: v for k, v in EXPLAIN.items() if k not in only_there}
    assert missing(seen, live) == [] and seen["verdict"] != "unknown", seen
    bad = get_json(server, "&host=bad.test")
    assert missing(bad, {"fixes": EXPLAIN["fixes"]}) == [] and bad["state"] == "bad", bad
    ctl = Ctl(server)("explain", "a.test", "--json").json
    assert missing(ctl, {k: v for k, v in EXPLAIN.items() if k != "problems"}) == [], ctl
    ctl = Ctl(server)("explain", "chain.test", "--json", "--no-live").json
    assert missing(ctl, {"problems": EXPLAIN["problems"]}) == [], ctl


COUNTED = ("handshakes", "refused", "redirects", "switch", "force_https", "hints", "cache", "broker")


def test_explain_leaves_no_trace(server):
    """No counter, no pair and no "there is none" in a cache, no intent: whoever asks changes nothing."""
    names = ["a.test", "bad.test", "never.asked.test", "x.a.test", "first.test", "a..b"]
    with tls.Client(server.port, "a.test", alpn=["http/1.1"]).connect() as conn:
        here = http.Http1(conn)             # one connection, so that one child's memory is looked at

        def counted():
            seen = json.loads(here.request("a.test", "/status?format=json").text)
            return {key: seen.get(key) for key in COUNTED}

        before = counted()
        for name in names:
            for form in ("json", "html"):
                r = here.request("a.test", "/status?format=%s&host=%s" % (form, name))
                assert r.status == 200, r
        assert counted() == before
        # The address that asked is nobody's who has been sent to a name; and what is counted is seen.
        with tls.Client(server.port, None).connect() as old:
            assert old.serial == server.dummy.serial
        assert counted()["handshakes"]["dummy"] == before["handshakes"]["dummy"] + 1


def test_two_explanations_at_once(new_server, ca):
    """Of a whole server, whichever child is asked; then 503, and nobody waits."""
    s = live_server(new_server, ca, more="MSSLInventory on 1s\n" + STATUS % "full")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    hold, seen = s.path("hold"), s.path("hold.seen")
    library = s.path("hold.so")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-U_FORTIFY_SOURCE", "-D_GNU_SOURCE", "-o", library,
                    os.path.join(ROOT, "tests", "e2e", "clock", "hold.c")], check=True)
    s.env.update(LD_PRELOAD=library, HOLD=hold)
    write(seen, "")
    os.chmod(seen, 0o666)
    with s, contextlib.ExitStack() as stack:
        wait_until(lambda: get_json(s)["inventory"]["complete"], "the first walk")
        write(hold, "")
        held = []
        try:
            for n in (1, 2):
                conn = stack.enter_context(tls.Client(s.port, "a.test", alpn=["http/1.1"]).connect())
                held.append(http.Http1(conn))
                held[-1].send(http.build("a.test", "/status?format=json&host=a.test"))
                wait_until(lambda: os.path.getsize(seen) == n * len("held\n"), "number %d to be under way" % n)
            for form in ("json", "html"):
                r = ask(s, "/status?host=a.test&format=" + form)
                assert r.status == 503 and int(r.get("Retry-After")) > 0 and "ask again" in r.text, r
        finally:
            os.unlink(hold)
        assert [h.read().status for h in held] == [200, 200]
        assert get_json(s, "&host=a.test")["verdict"] != "unknown"
