"""A monthly deposit verified by computing it again (存证核验), numbered steps, none passed in silence. No IO.

1. the file holds together, and its key signed it            deposit_file.decode, before anything here
2. the key is one that the reader trusts
3. days add up to the month (以日保月)                        summing.of_days
4. the figures follow from the evidence                      body.body_of over a report that was computed again
5. tables and workbook are those that were signed            SHA-256; and what the body gives, drawn again
6. the deposit before is the one that it names, and what changed is told
7. it was made in time: its evidence was anchored by the last day, whatever its maker's clock says
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from tally_finance.close.checking import Step
from tally_finance.deposit import summing, tables
from tally_finance.deposit.body import Body, body_of, changes, figures_of
from tally_finance.deposit.calendar import Month
from tally_finance.deposit.deposit_file import Deposit
from tally_finance.errors import DepositError
from tally_finance.export import csv_text
from tally_finance.export.table import Stamp, time_text
from tally_finance.report import differing
from tally_finance.report.making import Report

FIGURES: Final = 4
"""The step without which nobody says that a deposit holds."""
TABLES: Final = "tables"
_MOST_SHOWN: Final = 5


@dataclass(frozen=True)
class Against:
    """What the reader has; what is None or missing is said to be unchecked. `trusted`: ids of keys.

    `anchored_by`: as the reader's own policy dates the evidence; `documents`: what stands beside the file, by name;
    `workbook`: whether the workbook among them is the one that the body gives.
    """

    trusted: frozenset[bytes]
    report: Report | None = None
    anchored_by: int | None = None
    documents: Mapping[str, bytes] = field(default_factory=dict)
    workbook: bool | None = None
    previous: Deposit | None = None


_Answer = tuple[bool | None, str]


def checked(deposit: Deposit, against: Against) -> tuple[Step, ...]:
    """The steps from the second on. Raises nothing: what can not be computed does not hold."""
    steps = (_key, _days, _figures, _documents, _previous, _in_time)
    whats = (
        ("the key is trusted", "签名密钥可信"),
        ("days add up to the month", "以日保月"),
        ("the figures follow from the evidence", "数字可由证据重算"),
        ("tables and workbook are those", "表格与签名一致"),
        ("the deposit before is that one", "与上次存证衔接"),
        ("it was made in time", "按期存证"),
    )
    found = []
    for number, (step, (what, chinese)) in enumerate(zip(steps, whats, strict=True), 2):
        holds, says = step(deposit, against)
        found.append(Step(number, what, chinese, holds, says))
    return tuple(found)


def _key(deposit: Deposit, against: Against) -> _Answer:
    name = deposit.key.kid.hex()
    return deposit.key.kid in against.trusted, f"signed by {name}"


def _days(deposit: Deposit, _: Against) -> _Answer:
    faults = list(summing.of_days(deposit.body))
    return not faults, "; ".join(faults[:_MOST_SHOWN]) or f"{len(deposit.body['media'])} media, exactly"


def _figures(deposit: Deposit, against: Against) -> _Answer:
    if against.report is None:
        return None, "no report was given"
    try:
        again = body_of(against.report, deposit.body["month"])
    except DepositError as error:
        return False, str(error)
    found = list(differing.differences(figures_of(deposit.body), figures_of(again)))
    if found:
        told = [f"{one.path} is {one.said}, not {one.computed}" for one in islice(found, _MOST_SHOWN)]
        return False, f"{len(found)} differ: {'; '.join(told)}"
    if not again["basis"]["holds"] or not again["basis"]["bounded"]:
        return False, "the same, but the evidence does not hold, or a sum is open"
    says, gives = _evidence(deposit.body), _evidence(again)
    if says == gives:
        return True, "the same, from the evidence that it names"
    if says["report"] == gives["report"]:
        return False, "the same figures, and it says something else of the evidence of that very report"
    return True, "the same, from other evidence"


def _evidence(body: Body) -> Body:
    return {name: value for name, value in body["basis"].items() if name != "anchored_by"}


def _documents(deposit: Deposit, against: Against) -> _Answer:
    signed = {one.name: one.sha256 for one in deposit.signed.documents}
    drawn, book = table_files(deposit.body), workbook_name(deposit.body)
    for name, data in drawn.items():
        if signed.get(name) != sha256(data).digest():
            return False, f"{name} was signed with other contents than the body's"
    if not signed.keys() <= {*drawn, book} or len(signed) < len(deposit.signed.documents):
        return False, "something was signed beside the tables and the workbook of the body"
    wrong = [name for name, data in sorted(against.documents.items()) if signed.get(name) != sha256(data).digest()]
    if wrong:
        return False, f"CHANGED, or not signed: {', '.join(wrong)}"
    missing = sorted(signed.keys() - against.documents.keys())
    if missing:
        return None, f"not beside the file: {', '.join(missing)}"
    if book in signed and not against.workbook:
        told = "was signed with other contents than the body's" if against.workbook is False else "was not drawn again"
        return against.workbook, f"{book} {told}"
    return True, f"{len(signed)} files"


def _previous(deposit: Deposit, against: Against) -> _Answer:
    named = deposit.body["previous"]
    if named is None:
        return True, "the first deposit of its month"
    if against.previous is None:
        return None, f"it names {named['statement']}, which was not given: {named['reason']}"
    before = against.previous
    if before.key.kid not in against.trusted:
        return False, f"the one before is signed by {before.key.kid.hex()}, none of those that are trusted"
    if before.statement.id.hex() != named["statement"]:
        return False, f"it names {named['statement']}, not {before.statement.id.hex()}"
    if any(before.body[name] != deposit.body[name] for name in ("entity", "site", "month")):
        return False, "the one before is of another site or month"
    if int(before.body["number"]) + 1 != int(deposit.body["number"]):
        return False, f"it is number {deposit.body['number']} after number {before.body['number']}"
    if named["changes"] != changes(before.body, deposit.body):
        return False, "it does not tell what it changed"
    return True, f"{len(named['changes'])} changed: {named['reason']}"


def _in_time(deposit: Deposit, against: Against) -> _Answer:
    month = Month(deposit.body["month"], ZoneInfo(deposit.body["timezone"]))
    due, signed_at = month.due[0], deposit.signed_at
    until, last = due.until, f"the last day was {due.last_day}"
    if signed_at < month.to_at:
        return False, f"its own maker signed at {time_text(signed_at)}, before its month was over"
    if deposit.body["previous"] is not None:
        before = against.previous
        if before is not None and before.signed_at >= until:
            return False, f"it restates one that its maker signed at {time_text(before.signed_at)}; {last}"
        return None, "it restates its month: the first deposit was due, not this one"
    if signed_at >= until:
        return False, f"its own maker signed at {time_text(signed_at)}; {last}"
    if against.report is None:
        return None, f"its maker's clock says {time_text(signed_at)}, and no evidence was given; {last}"
    if against.anchored_by is None:
        return None, f"its maker's clock says {time_text(signed_at)}, and no anchor dates the evidence; {last}"
    shown = f"the evidence was anchored by {time_text(against.anchored_by)}"
    if against.anchored_by >= until:
        return False, f"{shown}, after the time that its maker's clock says; {last}"
    return True, f"{shown}; {last}"


def table_files(body: Body) -> dict[str, bytes]:
    """The CSV files of a deposit and what says what they are, by their names in the package."""
    mark, found, entries = stamp(body), {}, []
    for one in tables.tables(body):
        lines = list(csv_text.encoded(one, mark))
        data = b"".join(lines)
        found[f"{TABLES}/{one.name}.csv"] = data
        entries.append(csv_text.index_entry(one, len(lines) - 1, sha256(data).hexdigest()))
    return {**found, f"{TABLES}/{csv_text.INDEX}": csv_text.index(entries, mark)}


def stamp(body: Body) -> Stamp:
    """What each table and sheet of a deposit carries: its report was computed again."""
    return Stamp(body["basis"]["report"], "", Month(body["month"], ZoneInfo(body["timezone"])).to_at)


def workbook_name(body: Body) -> str:
    """The workbook's name in the package."""
    return f"{body['month']}.xlsx"
