# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
How an HTTP/2 connection ends with an answer of ours (contract section 4): GOAWAY, and then the client
closes first. A browser that has just sent its next request would show an error if we did.
"""

import time

import hpack
import hyperframe.frame as frames
import pytest
from lib import http, tls
from lib.server import wait_until
from lib.world import check_site

DUMMY = [None, "nope.test"]


@pytest.fixture(scope="module", params=["event", "worker"])
def world(request, module_world):
    w = module_world("light", mpm=request.param)
    with w.server:
        yield w


def farewell(w, sni, **kw):
    """A connection, its HTTP/2, after an answer of ours and the GOAWAY behind it."""
    conn = w.client(sni, alpn=["h2"], **kw).connect()
    talk = http.Http2(conn)
    stream = talk.start("a.test")
    assert talk.wait(stream)[0].status == (302 if sni is None else 421)
    assert talk.is_closed() and talk.goaway == (0, stream), talk.goaway
    return conn, talk


def request(stream, host, path):
    """The bytes of a request that h2 would not send any more."""
    block = hpack.Encoder().encode([(":method", "POST"), (":scheme", "https"), (":path", path), (":authority", host)])
    return frames.HeadersFrame(stream, data=block, flags=["END_HEADERS", "END_STREAM"]).serialize()


@pytest.mark.parametrize("sni", DUMMY)
@pytest.mark.parametrize("version", [tls.TLS12, tls.TLS13])
def test_the_client_closes_first(world, sni, version):
    conn, _ = farewell(world, sni, version=version)
    assert conn.is_quiet(), "the server did"
    conn.close()


@pytest.mark.parametrize("sni", DUMMY)
def test_a_request_that_crosses_the_goodbye(world, sni):
    """It is above the GOAWAY's last stream: the client asks anew elsewhere, and nothing is done here."""
    conn, _ = farewell(world, sni)
    conn.send(request(3, "a.test", "/crossing"))
    assert conn.is_quiet(), "an answer, a reset, or the end"
    conn.finish()
    while conn.recv():
        continue
    conn.abort()
    assert not [e for e in world.server.access() if "/crossing" in e["request"]]


def test_nobody_is_cut_off(new_world):
    """The end of one stream is not the end of the others: those begun are answered first."""
    w = new_world("light")
    with w.server:
        with w.client(None, alpn=["h2"]).connect() as conn:
            talk = http.Http2(conn)
            # In one record: those that come behind the GOAWAY are none of its business.
            streams = [talk.start("a.test", flush=i == 19) for i in range(20)]
            assert {r.status for r in talk.wait(*streams)} == {302}
            assert talk.is_closed() and talk.goaway == (0, streams[-1])
            assert conn.is_quiet()
        with w.client("nope.test", alpn=["h2"]).connect() as conn:
            talk = http.Http2(conn)
            stream = talk.start("a.test", method="POST", has_end=False)     # a body that never ends
            assert talk.wait(stream)[0].status == 421
            assert talk.is_closed() and talk.goaway == (0, stream)


def test_the_moment_has_an_end(new_world):
    """A client that stays is left alone until KeepAliveTimeout, one that goes on talking is not for ever."""
    w = new_world("light", main="KeepAliveTimeout 1\n")
    with w.server:
        silent, _ = farewell(w, None)
        talking, _ = farewell(w, None)
        ping = frames.PingFrame(0, opaque_data=b"are you?").serialize()

        def is_ended():
            try:
                talking.send(ping)
                return not talking.is_quiet(0.1)
            except tls.TLSError:
                return True
        wait_until(is_ended, "the end of who goes on talking")
        while silent.recv():
            continue


def test_nobody_waits_for_them(new_world):
    """More such connections than httpd has threads, and others are answered as ever."""
    w = new_world("light")
    w.server.expect("AH10159|AH00484|AH03490")      # for a moment all threads have one
    with w.server:
        kept = [farewell(w, "nope.test")[0] for _ in range(60)]
        began = time.monotonic()
        check_site(w.get(w.client("a.test"), "a.test"), "a.test", w.leaf("a.test"), "sni")
        assert time.monotonic() - began < 10    # of the 20 s that httpd would leave them
        for conn in kept:
            conn.close()
