# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
A start, 200 handshakes, a graceful restart and a stop under valgrind: no error and no lost memory in
which a function of ours has a part. In `direct`, so that the code that reads certificates runs in
the children; the broker's runs in the unit tests, also under sanitizers.
"""

import glob
import os
import re
import subprocess

import pytest
from lib import http, tls
from lib.server import ASAN, HTTPD, MODULE, ROOT, marker

if ASAN:
    pytest.skip("a build with ASan does not run under valgrind", allow_module_level=True)

HANDSHAKES = 200


def our_functions():
    nm = subprocess.run(["nm", "--defined-only", MODULE], check=True, stdout=subprocess.PIPE, text=True)
    return {line.split()[-1] for line in nm.stdout.splitlines() if line.split()[-2] in "tT"}


def our_files():
    return {os.path.basename(path) for folder in ("lib/*", "httpd/*", "switch")
            for path in glob.glob(os.path.join(ROOT, folder, "*.c"))}


def findings(folder):
    """What valgrind says, each finding as one text."""
    paths = glob.glob(os.path.join(folder, "valgrind.*"))
    assert len(paths) >= 3, "the parent and children of two generations write a file each: %s" % paths
    for path in paths:
        with open(path, errors="replace") as f:
            yield from re.split(r"(?m)^==\d+== $\n", f.read())


def test_clean_under_valgrind(new_world, monkeypatch, tmp_path):
    w = new_world("light", mpm="worker", main="StartServers 1\nServerLimit 2\n",
                  directives="MSSLKeyAccess direct\nMSSLCheckInterval 100ms\n")
    s = w.server
    s.expect("MSSL0161: ", "MSSL0181: .*unmapping shared memory")    # valgrind's own cannot be given up
    for path in glob.glob(s.path("store", "*")):
        os.chmod(path, 0o644)
    os.chmod(s.dir, 0o777)      # children write their findings there
    command = tmp_path / "httpd"
    command.write_text("#!/bin/sh\nexec valgrind -q --leak-check=full --show-leak-kinds=definite "
                       "--num-callers=30 --keep-debuginfo=yes --log-file=%s/valgrind.%%p %s \"$@\"\n"
                       % (s.dir, HTTPD))
    command.chmod(0o755)
    monkeypatch.setattr("lib.server.HTTPD", str(command))
    with s:
        sessions = {}
        for i in range(HANDSHAKES):
            name = ("a.test", "b.test", "c.test", "nobody.test", None)[i % 5]
            kind = name, (tls.TLS12, tls.TLS13)[i // 5 % 2]
            with w.client(name, version=kind[1]).connect(sessions.get(kind)) as conn:
                r = http.Http1(conn).request(name or "a.test")
                sessions[kind] = conn.session
            if name in ("a.test", "b.test", "c.test"):
                assert r.text == marker(name) + "\n", r
            else:
                assert r.status in (302, 421), r
            if i == HANDSHAKES // 2:
                s.graceful()
    functions, files = our_functions(), our_files()
    ours = [text for text in findings(s.dir)
            if any(name in functions and file in files
                   for name, file in re.findall(r"0x[0-9A-F]+: (\w+) \((\w+\.c):\d+\)", text))]
    assert not ours, "\n".join(ours[:5])
