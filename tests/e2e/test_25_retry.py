# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""HelloRetryRequest (RFC 8446 section 4.1.4): two ClientHellos, one decision, the right certificate."""

import pytest
from lib import tls
from lib.server import wait_until
from lib.wire import retry_hello
from lib.world import check_own, check_site

# Not the group that OpenSSL's clients send a key share for: each handshake takes a second ClientHello.
GROUPS = "SSLOpenSSLConfCmd Groups P-384\n"


@pytest.fixture(scope="module")
def retry(module_world):
    w = module_world("light", vhost=GROUPS)
    with w.server:
        yield w


def client(w, sni, **kw):
    return w.client(sni, version=tls.TLS13, **kw)


def test_the_server_asks_for_another_key_share(retry):
    """One handshake, two decisions: so the other tests here test what they say."""
    before = retry.server.count_error("MSSL0030")
    client(retry, "a.test").connect().close()
    wait_until(lambda: retry.server.count_error("MSSL0030") == before + 2, "two ClientHellos")


@pytest.mark.parametrize("name", ["a.test", "b.test", "w1.wild.test"])
def test_names(retry, name):
    check_site(retry.get(client(retry, name), name), name, retry.leaf(name), "sni")


def test_dummy(retry):
    check_own(retry.get(client(retry, "nope.test"), "nope.test"), 421, retry.dummy, "dummy")
    check_own(retry.get(client(retry, None), "a.test"), 302, retry.dummy, "dummy")


def test_intent(retry):
    c = client(retry, None)
    retry.wish(c, "a.test")
    check_site(retry.get(c, "a.test"), "a.test", retry.leaf("a.test"), "intent")


def test_resumption(retry):
    c = client(retry, "a.test")
    session = retry.get(c, "a.test").session
    answer = retry.get(c, "a.test", session=session)
    assert answer.reused
    check_site(answer, "a.test", retry.leaf("a.test"), "session")
    other = retry.get(c.but(sni="b.test"), "b.test", session=session)
    assert not other.reused
    check_site(other, "b.test", retry.leaf("b.test"), "sni")


@pytest.mark.parametrize("policy", ["strict", "secure", "authonly", "insecure"])
def test_another_name_in_the_second_hello(new_world, policy):
    """RFC 8446 section 4.1.2 has it the same; mod_ssl keeps the vhost of the first."""
    w = new_world("light", vhost=GROUPS, directives="SSLVHostSNIPolicy %s\n" % policy)
    w.server.expect(r"MSSL001[45]: .*")
    with w.server:
        for first, second in ((b"a.test", b"a.test"), (None, None), (b"nope.test", b"nope.test")):
            assert retry_hello(w.server.port, first, second) == ("handshake", 2)
        mark = w.server.log_mark()
        for first, second in ((b"a.test", b"b.test"), (b"a.test", None), (None, b"a.test"),
                              (b"a.test", b"nope.test"), (b"nope.test", b"a.test")):
            assert retry_hello(w.server.port, first, second) == ("alert", tls.ALERT_PARAMETER)
        assert w.server.count_error("MSSL0035", mark) == 5
