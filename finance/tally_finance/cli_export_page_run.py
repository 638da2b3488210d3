"""What `tallystick finance export html` and `pdf` do."""

from __future__ import annotations

import argparse
from hashlib import sha256

from tally_chain.cli import verify
from tally_edge import durable
from tally_edge.errors import ConfigError
from tally_finance.export import html, pdf
from tally_finance.export.verified import Verified, kept_verified

OK = 0


def run_html(options: argparse.Namespace) -> int:
    """Write the HTML page."""
    kept, verified = kept_verified(options)
    return _write(options, html.html(kept, verified.mark).encode(), verified)


def run_pdf(options: argparse.Namespace) -> int:
    """Write the PDF."""
    kept, verified = kept_verified(options)
    return _write(options, pdf.pdf(kept, verified.mark), verified)


def _write(options: argparse.Namespace, data: bytes, verified: Verified) -> int:
    if options.out.exists():
        raise ConfigError(f"{options.out}: is there already")
    durable.write_file(options.out, data)
    verify.show_everything()
    print(f"{options.out}  sha256 {sha256(data).hexdigest()}")
    print(verified.mark or "computed again from the evidence, the same byte for byte 已复算，逐字节一致")
    return OK
