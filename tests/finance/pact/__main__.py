"""`make pact`: asks every conformance case of PACT 3.0 of a running host, a line each."""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tally_edge.pinned_tls import client_context
from tests.finance.pact.conformance import CASES, Context
from tests.finance.pact.published import published
from tests.finance.pact.running import pair


def main() -> int:
    """1 where a case fails."""
    logging.disable()
    schema, failed = published(), 0
    with (
        tempfile.TemporaryDirectory() as folder,
        pair(Path(folder)) as both,
        httpx.Client(verify=client_context(both.ours.ca), trust_env=False) as http,
    ):
        context = Context(both, http, schema)
        context.begin()
        for number, (title, case) in CASES.items():
            began = time.monotonic()
            try:
                case(context)
                said = "passed"
            except AssertionError as error:
                failed += 1
                said = f"FAILED {error}"
            print(f"#{number:5} {title:55} {said} ({(time.monotonic() - began) * 1000:.0f} ms)", flush=True)
    beside = "the published schema" if schema else "no published schema beside the project: only our own reader"
    print(f"{len(CASES) - failed} of {len(CASES)} passed; documents checked by our own reader and {beside}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
