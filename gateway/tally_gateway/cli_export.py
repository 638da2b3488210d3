"""`tallystick gateway export`: a bundle for a reader, at the newest head that the chain holds."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from tally_edge.cli_time import instant

OK: Final = 0


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the bundle to write")
    parser.add_argument("--totals", action="store_true", help="settlements alone, without the load curve")
    parser.add_argument("--point", action="append", default=[], metavar="URI", help="metering point; none: all")
    parser.add_argument(
        "--from", dest="from_at", type=instant, metavar="TIME", help="ISO 8601 with an offset; default: all there is"
    )
    parser.add_argument("--to", dest="to_at", type=instant, metavar="TIME", help="the end, excluded")
    parser.add_argument(
        "--link", dest="links", type=_size, action="append", default=[], metavar="SIZE",
        help="size of a head that the reader holds, to be linked to the bundle's; may be given again",
    )  # fmt: skip
    parser.set_defaults(run=run)


def _size(text: str) -> int:
    """A tree's size."""
    if not text.isdecimal() or not 0 < int(text) < 2**63:
        raise argparse.ArgumentTypeError(f"{text!r} is not the size of a head")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Make the bundle, at the newest anchored head, or where nothing is anchored at the newest checkpoint."""
    from tally_chain import bundle  # noqa: PLC0415
    from tally_chain.bundle import Content  # noqa: PLC0415
    from tally_edge import durable  # noqa: PLC0415
    from tally_gateway import anchor_link, config, keys_on_disk  # noqa: PLC0415
    from tally_gateway.anchored_log import wall_clock  # noqa: PLC0415
    from tally_gateway.export import LogKeys, Wanted, make_bundle  # noqa: PLC0415
    from tally_gateway.log.reader import LogReader  # noqa: PLC0415

    settings = config.load(options.dir)
    signers = keys_on_disk.load(options.dir, settings.passphrase())
    claims = anchor_link.claims_of(settings)
    size = claims[-1].size if claims else LogReader(options.dir).size
    if not claims:
        print("no head of this log is anchored: readers need its head from elsewhere", file=sys.stderr)
    made = make_bundle(
        options.dir,
        LogKeys(signers.checkpoint, signers.proof),
        Wanted(
            Content.TOTALS if options.totals else Content.FULL,
            options.from_at,
            options.to_at,
            frozenset(options.point),
            tuple(options.links),
        ),
        size=size,
        anchors=claims,
        now=wall_clock(),
        progress=_show,
        via=anchor_link.via_of(settings, size),
    )
    data = bundle.encode(made)
    durable.write_file(options.out, data)
    print(f"{options.out}: {len(data)} bytes, at size {size}", file=sys.stderr)
    return OK


def _show(done: int, whole: int) -> None:
    """Progress, not for every entry."""
    if done % 1000 == 0 or done == whole:
        print(f"\r{done} of {whole} entries", end="\n" if done == whole else "", file=sys.stderr, flush=True)
