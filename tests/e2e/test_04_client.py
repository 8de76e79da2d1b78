# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The tests' own client: what it says of a server is so."""

import os
import signal
import socket
import time

from lib import broker, tls
from lib.server import wait_until


def says(port):
    """Whether a client whose server is silent says so, after its time. In a process of its own."""
    began = time.monotonic()
    try:
        tls.Client(port, "a.test", timeout=2).connect()
    except tls.TLSError as e:
        return tls.LATE in str(e) and time.monotonic() - began >= 2
    return False


def test_a_wait_that_is_cut_short_goes_on():
    """Stopped and continued, as by a machine that is frozen and thawed: no answer is missing yet."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pid = os.fork()
        if pid == 0:
            os._exit(0 if says(listener.getsockname()[1]) else 1)
        with listener.accept()[0] as conn:
            assert conn.recv(65536)
            wait_until(lambda: broker.state_of(pid)["State"][0] == "S", "the wait for an answer")
            os.kill(pid, signal.SIGSTOP)
            wait_until(lambda: broker.state_of(pid)["State"][0] == "T", "the stop")
            os.kill(pid, signal.SIGCONT)
            assert os.waitpid(pid, 0)[1] == 0
