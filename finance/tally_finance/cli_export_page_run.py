"""What `tallystick finance export html` and `pdf` do."""

from __future__ import annotations

import argparse
from hashlib import sha256

from tally_chain.cli import verify
from tally_edge import durable
from tally_edge.errors import ConfigError
from tally_finance.export import html, pdf
from tally_finance.export.verified import Verified, kept_verified
from tally_finance.report.again import step
from tally_finance.report.folder import Kept

OK = 0


def run_html(options: argparse.Namespace) -> int:
    """Write the HTML page."""
    kept, verified = _kept(options)
    return _write(options, html.html(kept, verified.mark).encode(), verified)


def run_pdf(options: argparse.Namespace) -> int:
    """Write the PDF."""
    kept, verified = _kept(options)
    return _write(options, pdf.pdf(kept, verified.mark), verified)


def _kept(options: argparse.Namespace) -> tuple[Kept, Verified]:
    if options.out.exists():
        raise ConfigError(f"{options.out} exists already")
    found = kept_verified(options)
    step("writing the pages 排版中")
    return found


def _write(options: argparse.Namespace, data: bytes, verified: Verified) -> int:
    durable.write_file(options.out, data)
    verify.show_everything()
    print(f"{options.out}  sha256 {sha256(data).hexdigest()}")
    print(verified.mark or "computed again from the evidence, the same byte for byte 已复算，逐字节一致")
    return OK
