"""What `tallystick finance footprint renew` does."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from tally_chain.cli import verify
from tally_chain.findings import printable
from tally_edge import text_table
from tally_finance.errors import ExportError
from tally_finance.report import again, folder, inventory_file
from tally_finance.report.folder import Kept
from tally_finance.report.renewed import Moved, Renewed, renewed
from tally_finance.review.versions import THRESHOLD

SAME, MOVED = 0, 1
_NEWEST: Final = "factors   edition {} (因子版本): none has shipped since"
_OLDER: Final = (
    "factors   edition {} (因子版本): others have shipped since; `finance footprint renew` says what they change"
)
_NONE: Final = "factors   no edition (因子版本) that ever shipped is the one that the report names: {}"


def edition_line(kept: Kept) -> str:
    """Of which edition a report's factors are."""
    name, said = kept.folder / folder.REPORT, str(kept.said.get("registry", ""))
    inputs = folder.inputs_of(inventory_file.loaded(kept.sheets, name), name, said)
    if inputs.registry.digest.hex() != said:
        return _NONE.format(printable(said))
    return (_NEWEST if inputs.is_newest else _OLDER).format(inputs.edition.day)


def run_renew(options: argparse.Namespace) -> int:
    """Compute a report by the factors of its time and by those that ship now, and say what moves."""
    kept = folder.read(options.folder)
    report, _ = again.again(options, kept)
    if report.encode() != kept.data:
        raise ExportError(f"{options.folder}: is another report than its evidence gives: `verify` says where")
    now, _ = again.again(options, kept, anew=True)
    found = renewed(kept.said, json.loads(now.encode()))
    if options.out is not None:
        folder.write(options.out, now, _evidence(options, kept))
    verify.show_everything()
    print("\n".join([edition_line(kept), *_told(found)]))
    if options.out is not None:
        print(f"\nreport {now.digest.hex()}\n{options.out / folder.REPORT}")
    return MOVED if found.moved else SAME


def _evidence(options: argparse.Namespace, kept: Kept) -> list[bytes]:
    paths: list[Path] = options.bundles or list(kept.bundles)
    return [path.read_bytes() for path in paths]


def _told(found: Renewed) -> list[str]:
    rows = [("figure 指标", "then 原值", "now 现值", "change 变化")]
    rows += [(printable(one.name), _kg(one.then), _kg(one.now), _change(one)) for one in found.figures]
    return [
        *(f"no more   {_factor(one)}" for one in found.no_more),
        *(f"instead   {_factor(one)}" for one in found.instead),
        "",
        *text_table.render(rows, rule=True),
        "",
        "a figure is another one: 数值有变" if found.moved else "no figure moves: 数值不变",
    ]


def _kg(amount: Fraction | None) -> str:
    return "not there" if amount is None else f"{round(amount)} kg"


def _change(one: Moved) -> str:
    if one.part is None:
        return ""
    percent = round(one.part * 100, 3)
    text = f"{'+' if percent > 0 else ''}{Decimal(percent.numerator) / Decimal(percent.denominator):.3f} %"
    return f"{text}, significant 重大" if abs(one.part) > Fraction(THRESHOLD) else text


def _factor(one: Mapping[str, Any]) -> str:
    words = (one["activity"], one["region"], one["data_year"], one["basis"])
    return printable(f"{' '.join(map(str, words))}: {one['value']} {one['unit']} ({str(one['digest'])[:12]})")
