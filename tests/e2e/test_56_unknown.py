# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""MSSLUnknownHost redirect:URL (contract section 4): GET and HEAD, to a known name or plain http; else the page."""

import pytest
from lib.world import check_own


def make(new_world, target):
    return new_world("light", vhost="MSSLUnknownHost redirect:%s\n" % target)


@pytest.mark.parametrize("target", ["https://a.test/sorry", "http://anywhere.example/sorry?x=1"])
@pytest.mark.parametrize("sni", ["nope.test", None, "b.test"])
def test_redirect(new_world, target, sni):
    w = make(new_world, target)
    with w.server:
        shown = w.leaf("b.test") if sni == "b.test" else w.dummy
        by = "sni" if sni == "b.test" else "dummy"
        for method in ("GET", "HEAD"):
            answer = w.get(w.client(sni), "nope.test", method=method)
            check_own(answer, 302, shown, by)
            assert answer.r.get("Location") == target
        answer = w.get(w.client(sni), "nope.test", method="POST")
        check_own(answer, 421, shown, by)
        assert answer.r.get("Location") is None


def test_no_redirect_to_a_name_without_a_certificate(new_world):
    """It would come back here."""
    w = make(new_world, "https://gone.test/sorry")
    with w.server:
        for sni in ("nope.test", None):
            for host in ("nope.test", "gone.test"):
                answer = w.get(w.client(sni), host)
                check_own(answer, 421, w.dummy, "dummy")
                assert answer.r.get("Location") is None
