"""What `tallystick finance close deposit` does."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from tally_chain.cli import verify as trust
from tally_edge import durable, passphrase, signer
from tally_edge.errors import ConfigError, DecodeError
from tally_finance import xlsx
from tally_finance.cli_desk_run import DOES_NOT_HOLD, OK, clock, say
from tally_finance.deposit import deposit_file, summing, tables
from tally_finance.deposit.anchored import anchored_by
from tally_finance.deposit.body import Before, Body, body_of
from tally_finance.deposit.calendar import Month
from tally_finance.deposit.checking import FIGURES, TABLES, Against, checked, stamp, table_files, workbook_name
from tally_finance.deposit.deposit_file import Deposit
from tally_finance.errors import DepositError
from tally_finance.export.verified import Verified, kept_verified

_NOT_SOUND = "the evidence does not hold, or a sum is open. 证据不成立或合计未封闭。"
_WORDS = {True: "holds 成立", False: "DOES NOT HOLD 不成立", None: "not looked at 未核对"}


def run_make(options: argparse.Namespace) -> int:
    """The package of a month in a new folder; the signed file is written last."""
    if options.out.exists():
        raise ConfigError(f"{options.out} exists already; a deposit is never overwritten")
    key = signer.load(options.sign_key, passphrase.read(options.sign_passphrase_file))
    before = _before(options)
    _, verified = kept_verified(options)
    body = _body(options, verified, before)
    deposit_file.check(body, clock())  # before anything is written
    files = {**table_files(body), workbook_name(body): _workbook(body)}
    durable.make_folder(options.out / TABLES)
    for name, data in files.items():
        durable.write_file(options.out / name, data)
    documents = {name: sha256(data).digest() for name, data in files.items()}
    deposit = deposit_file.sign(body, documents, key, clock())
    path = options.out / f"{body['month']}.deposit"
    durable.write_file(path, deposit_file.encode(deposit))
    return _made(options, deposit, path)


def _before(options: argparse.Namespace) -> Before | None:
    if (options.previous is None) != (not options.reason):
        raise DepositError("--previous and --reason stand together: which deposit is restated, and why")
    return None if options.previous is None else read(options.previous).before(options.reason)


def _body(options: argparse.Namespace, verified: Verified, before: Before | None) -> Body:
    assert verified.report is not None  # noqa: S101  `unverified` is False here
    return body_of(verified.report, options.month, before, _anchored(options, verified, options.month))


def _anchored(options: argparse.Namespace, verified: Verified, text: str) -> int | None:
    """By when the evidence of a month was anchored, by the reader's policy."""
    report, bundle = verified.report, verified.bundle
    if report is None or bundle is None:
        return None
    month = Month(text, report.activity.site.boundary.zone)
    policy = trust.policy_of(options, trust.now_of(options))
    return anchored_by(report, bundle, policy, (month.from_at, month.to_at))


def _workbook(body: Body) -> bytes:
    from tally_finance.export import to_excel  # noqa: PLC0415  takes half a second to import

    title = f"{body['entity']}, {body['site']}, {body['month']} 月度存证"
    return to_excel.workbook(tables.tables(body), stamp(body), title)


def _beside(folder: Path) -> dict[str, bytes]:
    """The workbook and the tables of a package, by their names in it."""
    files = sorted([*folder.glob("*.xlsx"), *folder.glob(f"{TABLES}/*")])
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files if path.is_file()}


def _made(options: argparse.Namespace, deposit: Deposit, path: Path) -> int:
    body = deposit.body
    sound = body["basis"]["holds"] and body["basis"]["bounded"]
    changed = [] if body["previous"] is None else body["previous"]["changes"]
    told = {
        "file": str(path),
        "deposit": deposit.statement.id.hex(),
        "key_id": deposit.key.kid.hex(),
        "digest": deposit.signed.body.hex(),
        "number": body["number"],
        "due": body["due"],
        "sound": sound,
        "changes": changed,
    }
    lines = [f"deposit {told['deposit']}, signed by key {told['key_id']}", *_sums(body)]
    lines += [f"due       {one['name']} {one['chinese']}: by the end of {one['last_day']}" for one in body["due"]]
    lines += [f"changed   {one['path']}: {one['before']} is now {one['after']}" for one in changed]
    if not sound:
        lines.append(_NOT_SOUND)
    trust.show_everything()
    say(options, told, [*lines, str(path)])
    return OK if sound else DOES_NOT_HOLD


def _sums(body: Body) -> list[str]:
    return [
        f"{one['name']}: bought 外购 {one['month']['bought']} {one['unit']}, made 自发 {one['month']['made']}, "
        f"fed in 上网 {one['month']['fed_in']}, used 消耗 {one['month']['used']}; {one['month']['state']}"
        for one in body["media"]
    ]


def run_verify(options: argparse.Namespace) -> int:
    """The steps; exit code 1 where one does not hold, or the figures were not computed again."""
    deposit = read(options.file)
    beside = _beside(options.file.parent)
    book = beside.get(workbook_name(deposit.body))
    verified = Verified(None) if options.folder is None else kept_verified(options)[1]
    against = Against(
        trusted=frozenset(options.signer),
        report=verified.report,
        anchored_by=None if verified.report is None else _anchored(options, verified, deposit.body["month"]),
        documents=beside,
        workbook=None if book is None else xlsx.same(book, _workbook(deposit.body)),
        previous=None if options.previous is None else read(options.previous),
    )
    steps = checked(deposit, against)
    computed = any(step.number == FIGURES and step.holds for step in steps)
    holds = False if any(step.holds is False for step in steps) else True if computed else None
    told = {
        "holds": holds,
        "site": deposit.body["site"],
        "month": deposit.body["month"],
        "steps": [{"number": one.number, "what": one.what, "holds": one.holds, "says": one.says} for one in steps],
    }
    lines = [f"{deposit.body['site']} {deposit.body['month']}", "1. the file holds together 文件完整: holds 成立"]
    lines += [f"{one.number}. {one.what} {one.chinese}: {_WORDS[one.holds]} ({one.says})" for one in steps]
    if holds is None:
        lines.append("the figures were not computed again: give the report 数字未经复算，不能说成立")
    trust.show_everything()
    say(options, told, lines)
    return OK if holds else DOES_NOT_HOLD


def run_year(options: argparse.Namespace) -> int:
    """Months against the year; exit code 1 where they are not the same."""
    found = [read(path) for path in options.files]
    newest = _newest(found, options.signer)
    kept, verified = kept_verified(options)
    other = [one for one in found if any(one.body[name] != kept.said[name] for name in ("entity", "site", "timezone"))]
    if other:
        raise DepositError(f"the deposit of {other[0].body['site']}, {other[0].body['month']}, is of another site")
    months = list(summing.of_year(kept.said, {month: one.body for month, one in newest.items()}))
    same = not any(one.faults for one in months)
    sound = _is_sound(verified)
    told = {
        "same": same,
        "sound": sound,
        "months": [{"month": one.month, "differs": list(one.faults)} for one in months],
    }
    lines = [f"{one.month}: {'; '.join(one.faults) or 'the same 一致'}" for one in months]
    lines.append("months add up to the year 以月保年: " + _WORDS[same])
    if not sound:
        lines.append(f"the year's report: {_NOT_SOUND}")
    trust.show_everything()
    say(options, told, lines)
    return OK if same and sound else DOES_NOT_HOLD


def _is_sound(verified: Verified) -> bool:
    """Whether a report that was computed again says of its evidence that it holds and leaves no sum open."""
    report = verified.report
    return report is not None and report.verdict.holds and report.activity.is_bounded


def _newest(found: Sequence[Deposit], trusted: Sequence[bytes]) -> dict[str, Deposit]:
    """The last deposit of each month. Raises DepositError for one of a strange key, and where two or none follow."""
    newest: dict[str, Deposit] = {}
    for one in sorted(found, key=lambda one: (one.body["month"], int(one.body["number"]))):
        month, previous = one.body["month"], one.body["previous"]
        if one.key.kid not in trusted:
            raise DepositError(f"the deposit of {month} is signed by {one.key.kid.hex()}, none of those you named")
        before = newest.get(month)
        if (None if before is None else before.statement.id.hex()) != (previous and previous["statement"]):
            raise DepositError(f"deposit {one.body['number']} of {month} does not follow the one before it: give each")
        newest[month] = one
    return newest


def read(path: Path) -> Deposit:
    """The deposit of a file. Raises SignatureError where it was changed, DecodeError for what is no deposit."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DecodeError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        deposit = deposit_file.decode(data)
        ZoneInfo(deposit.body["timezone"])
    except (DecodeError, DepositError) as error:
        raise DepositError(f"{path}: this is no monthly deposit: {error}") from None
    return deposit
