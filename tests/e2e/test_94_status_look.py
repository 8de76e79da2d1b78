# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The status and what it explains, with the longest names, on a phone and a desk: by Chromium."""

import os

import pytest
from lib import look
from lib.ca import write
from lib.live import live_server
from lib.server import wait_until
from lib.world import file_pair
from test_94_status import STATUS, ask, get_json

pytestmark = pytest.mark.skipif(look.CHROMIUM is None, reason="needs chromium: BROWSER=1 sh tests/run installs it")

LONGEST = ".".join(["a" * 63, "b" * 63, "c" * 63, "long.test"])
BAD = "shop." + "d" * 63 + ".test"


def test_fits(module_server, ca, tmp_path):
    s = live_server(module_server, ca, more=STATUS % "full", main="MSSLInventory on 1s\n")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    file_pair(ca.leaf(LONGEST), s.path("store"), LONGEST)
    write(s.path("store", BAD + ".pem"), "garbage")
    s.expect("MSSL0110")
    pages = {"status": "", "longest": "?host=" + LONGEST, "bad": "?host=" + BAD, "right-to-left": "?host=xn--mgbh0fb.test",
             "nothing": "?host=%22%3E"}
    with s:
        wait_until(lambda: any(row["name"] == BAD for row in get_json(s)["attention"]), lambda: get_json(s)["attention"])
        for name, query in pages.items():
            text = ask(s, "/status" + query).text
            assert "<main>" in text, text
            write(os.path.join(str(tmp_path), name + ".html"), text)
    assert look.find_faults(str(tmp_path), [name + ".html" for name in pages]) == []
