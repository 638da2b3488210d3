"""What `tallystick finance footprint report`, `verify` and `open` do."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from tally_chain.cli import verify
from tally_chain.findings import printable
from tally_chain.verify.carried import Carried
from tally_chain.verify.verdict import time_text
from tally_edge import text_table
from tally_finance.cli_report_renew_run import edition_line
from tally_finance.export import words
from tally_finance.report import again, differing, evidence, folder, inventory_file, opening
from tally_finance.report.allowed import caveat
from tally_finance.report.evidence import Proven
from tally_finance.report.folder import Kept
from tally_finance.report.making import Report

OK, DOES_NOT_HOLD = 0, 1
_MOST_LINES: Final = 40


def run_report(options: argparse.Namespace) -> int:
    """Make a report."""
    folder.must_be_new(options.out)
    inventory = inventory_file.load(options.sheet)
    report, _ = again.made(options, options.bundles, inventory, options.sheet)
    folder.write(options.out, report, [path.read_bytes() for path in options.bundles])
    verify.show_everything()
    print("\n".join(_told(json.loads(report.encode()))))
    print(f"\nreport {report.digest.hex()}\n{options.out / folder.REPORT}")
    return OK if _is_sound(report) else DOES_NOT_HOLD


def run_verify(options: argparse.Namespace) -> int:
    """Compute a report again."""
    kept = folder.read(options.folder)
    report, _ = again.again(options, kept)
    verify.show_everything()
    anew = json.loads(report.encode())
    found = list(differing.differences(kept.said, anew))
    if report.trace.encode() != kept.trace:
        found.append(differing.Difference(folder.TRACE, kept.said["trace"], report.trace.digest.hex()))
    for one in islice(found, _MOST_LINES):
        said, computed = (printable(text) if text is not None else "nothing" for text in (one.said, one.computed))
        print(f"differs   {printable(one.path)}: the report says {said}, the evidence gives {computed}")
    if len(found) > _MOST_LINES:
        print(f"…         {len(found) - _MOST_LINES} more")
    same = not found and report.encode() == kept.data
    print("the same, byte for byte: 逐字节一致" if same else "the report is another one: 不一致")
    print(edition_line(kept))
    if report.verdict.holds and (told := caveat(anew)):
        print(told)
    if not _is_sound(report):
        print("the evidence does not hold, or a sum is open. 证据不成立或合计未封闭。")
    print(f"report {sha256(kept.data).hexdigest()}")
    return OK if same and _is_sound(report) else DOES_NOT_HOLD


def run_open(options: argparse.Namespace) -> int:
    """Open something of a report."""
    kept = folder.read(options.folder)
    item, below = opening.opened(kept.said, options.figure)
    verify.show_everything()
    if opening.is_output(item):
        return _open_output(options, kept, item)
    if not opening.is_load(item):
        if options.json:
            print(json.dumps({"item": item, "opens": below}, ensure_ascii=False, indent=1))
        else:
            print("\n".join([*_item_lines(item), *[f"  opens {_summary(one)}" for one in below]]))
        return OK
    report, bundle = again.again(options, kept)
    rows = opening.intervals(report, str(item["load"]), options.from_at, options.to_at)
    ends = [row[name] for row in rows for name in ("first", "last") if row[name] is not None]
    ids = list(dict.fromkeys(bytes.fromhex(end["statement"]) for end in ends))
    proofs = evidence.proven(Carried(bundle), ids)
    if options.json:
        told = {name.hex(): _proof(one) for name, one in proofs.items()}
        print(json.dumps({"item": item, "intervals": rows, "statements": told}, ensure_ascii=False, indent=1))
    else:
        print("\n".join([*_item_lines(item), "", *_interval_lines(rows), "", *_proof_lines(ids, proofs)]))
    return OK


def _open_output(options: argparse.Namespace, kept: Kept, item: Mapping[str, Any]) -> int:
    """The weighings of an attested output, with their proofs."""
    report, bundle = again.again(options, kept)
    rows = opening.weighings(report, str(item["id"]))
    ids = list(dict.fromkeys(bytes.fromhex(row["statement"]) for row in rows))
    proofs = evidence.proven(Carried(bundle), ids)
    if options.json:
        told = {name.hex(): _proof(one) for name, one in proofs.items()}
        print(json.dumps({"item": {**item, "statements": rows}, "statements": told}, ensure_ascii=False, indent=1))
        return OK
    table = [("number 编号", "at", "amount", "statement")]
    table += [
        (printable(row["name"]), time_text(int(row["at"])), row["amount"], row["statement"][:16])
        for row in rows[:_MOST_LINES]
    ]
    left = len(rows) - len(rows[:_MOST_LINES])
    more = [f"… {left} more (--json)"] if left else []
    shown = [*_item_lines(item), "", *text_table.render(table, rule=True), *more, "", *_proof_lines(ids, proofs)]
    print("\n".join(shown))
    return OK


def _is_sound(report: Report) -> bool:
    return report.verdict.holds and report.activity.is_bounded


def _told(said: Mapping[str, Any]) -> list[str]:
    holds = said["integrity"]["holds"]
    rows = [("figure 指标", "kgCO2e", "U95", "conservative 保守值")]
    rows += [(name, one["kg"], one["u95_kg"], one["conservative_kg"]) for name, one in said["figures"].items()]
    rows += [
        (f"{one['id']} {printable(one['name'])}", one["kg"], one["u95_kg"], one["conservative_kg"])
        for one in said["products"]
    ]
    zone = ZoneInfo(said["timezone"])
    begin, end = (words.moment(said[name], zone) for name in ("from", "to"))
    return [
        "The evidence holds. 证据成立。" if holds else "The evidence does not hold. 证据不成立。",
        f"{printable(said['site'])}, {begin} to {end} {said['timezone']}",
        *(_finding(*one) for one in _findings(said["integrity"]["findings"]).items()),
        "",
        *text_table.render(rows, rule=True),
        "",
        *(_completeness(one) for one in said["media"]),
        *(
            f"passed on {printable(one['use'])} to {printable(one['to'])}: {one['amount']} {one['unit']}"
            for one in said["passed_on"]
        ),
        *(_resource(one) for one in said["resources"].values()),
        *(f"rounding  {printable(one['name'])}: {_rounding(one)}" for one in said["rounded"]),
        *(
            f"{'check' if one['holds'] else 'against' if one['made'] else 'not made':9} "
            f"{printable(one['name'])}: {printable(one['text'])}"
            for one in said["checks"]
        ),
        *(_remark(one) for one in said["remarks"]),
        *(f"mark      {printable(mark)}" for mark in said["marks"]),
    ]


def _remark(one: Mapping[str, Any]) -> str:
    weight, name = "blocks" if one["blocks"] else "remark", str(words.both(one["name"], words.REMARKS))
    return f"{weight:9} {printable(name)}, {printable(one['touches'])}: {printable(one['text'])}"


def _findings(found: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str, str], list[str]]:
    """What is more than a note, the same once, with all that it touches."""
    touched: dict[tuple[str, str, str], list[str]] = {}
    for one in found:
        if one["severity"] != "note":
            touched.setdefault((one["severity"], one["code"], one["text"]), []).append(one["touches"])
    return touched


def _finding(what: tuple[str, str, str], touches: Sequence[str]) -> str:
    severity, code, text = what
    more = f" and {len(touches) - 1} more" if len(touches) > 1 else ""
    return f"{severity:9} {code}  {printable(text)}  [{printable(touches[0])}{more}]"


def _completeness(one: Mapping[str, Any]) -> str:
    parts = ", ".join(f"{word} {share} %" for word, share in one["percent"].items() if share not in {"", "0.000"})
    return f"complete  {printable(one['name'])}: {parts}; longest gap {words.lasted(one['longest_gap_s'])}"


def _resource(one: Mapping[str, Any]) -> str:
    told = f"{one['tce']} tce, 折标准煤" if "tce" in one else f"{one['amount']} {one['unit']}, 用水量"
    return f"used      {one['id']}: {told}; U95 {one['u95']} {one['unit']}"


def _rounding(one: Mapping[str, Any]) -> str:
    text = f"rounding every interval to {one['step_t']} t loses {one['lost_percent']} % of {one['exact_t']} t"
    return f"{text}; the table itself {one['stated_lost_percent']} %" if one["stated_t"] else text


def _item_lines(item: Mapping[str, Any]) -> list[str]:
    """What an item says of itself, its lists left to --json."""
    return [f"{name:22} {printable(str(value))}" for name, value in item.items() if not isinstance(value, list | dict)]


def _summary(one: Mapping[str, Any]) -> str:
    words = [str(one[name]) for name in ("name", "activity", "region", "data_year", "basis") if name in one]
    amount = next((f"{one[name]} {unit}" for name, unit in (("kg", "kgCO2e"),) if name in one), "")
    amount = amount or (f"{one['total']} {one['unit']}" if "total" in one else "")
    amount = amount or (f"{one['value']} {one['unit']}" if "value" in one else "")
    return printable(f"{one['id']:12} {' '.join(words)}: {amount}")


def _interval_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    table = [("from", "to", "quantity", "state", "last register 末端表底", "statement")]
    shown = rows if len(rows) <= _MOST_LINES else [*rows[: _MOST_LINES // 2], *rows[-_MOST_LINES // 2 :]]
    for row in shown:
        place, name = (
            ("nobody read it", "") if row["last"] is None else (row["last"]["place"], row["last"]["statement"])
        )
        times = [time_text(int(row[word])) for word in ("from", "to")]
        table.append((*times, row["quantity"], row["state"], printable(place), name[:16]))
    left = len(rows) - len(shown)
    return [*text_table.render(table, rule=True), *([f"… {left} between (--from, --to, --json)"] if left else [])]


def _proof_lines(ids: Sequence[bytes], proofs: Mapping[bytes, Proven]) -> list[str]:
    """The first and the last statement with their proofs."""
    lines: list[str] = []
    for name in dict.fromkeys((*ids[:1], *ids[-1:])):
        one = proofs.get(name)
        if one is None:
            lines.append(f"statement {name.hex()}: not in the bundle")
            continue
        place = f"entry {one.index} of {one.size} in {printable(one.origin)}"
        lines += [f"statement {name.hex()}", f"  {place}", f"  bytes {one.encoded.hex()}"]
        lines += [f"  path  {step.hex()}" for step in one.path]
    return lines


def _proof(one: Proven) -> dict[str, Any]:
    return {
        "log": one.origin,
        "entry": str(one.index),
        "size": str(one.size),
        "bytes": one.encoded.hex(),
        "path": [step.hex() for step in one.path],
    }
