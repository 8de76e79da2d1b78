# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
Visitors that ask for bad names as fast as they get an answer, whatever that is. In a process of their own:
what they cost the interpreter is not to count as time of the server.
"""

import os
import subprocess
import sys
import threading

from lib import tls

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Nuisances:
    """with Nuisances(port, names, sources): one visitor for each address of sources, the names in turn."""

    def __init__(self, port, names, sources):
        self.command = [sys.executable, "-m", "lib.nuisance", str(port), ",".join(names)] + sources

    def __enter__(self):
        self.process = subprocess.Popen(self.command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.wait("asking")
        return self

    def wait(self, word):
        """asking: they begin (with does that); answered: one of them had its first answer."""
        assert self.process.stdout.readline().decode() == word + "\n", "the nuisances ended"

    def __exit__(self, *_):
        """Each has its last answer first: a server that is stopped meanwhile would wait for them."""
        assert self.process.poll() is None, "the nuisances ended by themselves"
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def ask(port, name, source, answered, stop):
    while not stop.is_set():
        try:
            with tls.Client(port, name, source=source).connect():
                if not answered.is_set():
                    answered.set()
                    print("answered", flush=True)
        except (tls.TLSError, OSError):
            pass


def main(port, names, *sources):
    names, answered, stop = names.split(","), threading.Event(), threading.Event()
    print("asking", flush=True)
    threads = [threading.Thread(target=ask, args=(int(port), names[i % len(names)], source, answered, stop))
               for i, source in enumerate(sources)]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
