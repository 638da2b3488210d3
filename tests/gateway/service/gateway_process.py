"""Runs the gateway of a folder in a process of its own, for the tests that kill it."""

from __future__ import annotations

import sys

from tally_edge.command import main

if __name__ == "__main__":
    sys.exit(main(["gateway", "run", "--dir", sys.argv[1]]))
