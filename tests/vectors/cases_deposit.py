"""Cases of monthly deposits: files that are taken, one whose days do not add up, and files that are none."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from tally_edge import cbor, statement
from tally_edge import wire as codec
from tally_edge.keys import Signer
from tally_edge.statement import Claims, Kind
from tally_finance.deposit import deposit_file
from tally_finance.deposit.body import FORMAT, Body
from tally_finance.deposit.calendar import Month
from tally_finance.deposit.deposit_file import Document, Signed
from tally_finance.footprint.trace import canonical
from tests.vectors import testkeys
from tests.vectors.case import Case
from tests.vectors.readers import READERS

DEPOSITOR = testkeys.p256_test_key(12)
MONTH = Month("2026-02", ZoneInfo("Asia/Shanghai"))
NOW = MONTH.to_at + 5 * 86_400
DAY_S = 86_400


def _digest(name: str) -> bytes:
    return sha256(name.encode()).digest()


def _sums(days: int) -> dict[str, str]:
    """100 kWh in a day, 40 made, 10 fed in."""
    bought, made, fed_in = 100 * days, 40 * days, 10 * days
    sums = {"bought": bought, "made": made, "fed_in": fed_in, "used": bought + made - fed_in}
    states = {"measured": bought + made, "bridged": 0, "estimated": 0, "missing": 0}
    return {**{name: str(number) for name, number in {**sums, **states}.items()}, "state": "measured"}


def _body() -> Body:
    days = [
        {
            "day": f"2026-02-{number + 1:02}",
            "from": str(MONTH.from_at + number * DAY_S),
            "to": str(MONTH.from_at + (number + 1) * DAY_S),
            **_sums(1),
        }
        for number in range(28)
    ]
    medium = {"name": "electricity", "unit": "kWh", "as": ["electricity"], "stated": [], "month": _sums(28)}
    due = [
        {
            "name": one.name,
            "chinese": one.chinese,
            "days": str(one.days),
            "last_day": f"{one.last_day}",
            "until": str(one.until),
        }
        for one in MONTH.due
    ]
    return {
        "format": FORMAT,
        "method": "tallystick footprint method 1",
        "entity": "Rolling Mill Ltd 轧钢厂",
        "site": "Works 1",
        "timezone": MONTH.zone.key,
        "month": MONTH.text,
        "from": str(MONTH.from_at),
        "to": str(MONTH.to_at),
        "due": due,
        "boundary": [
            {
                "from": str(MONTH.from_at),
                "to": str(MONTH.to_at),
                "reason": "first sheet",
                "media": ["electricity"],
                "counters": [],
            }
        ],
        "media": [{**medium, "days": days}],
        "output": [],
        "working": [],
        "meters": [],
        "gaps": [],
        "corrections": [],
        "number": "1",
        "previous": None,
        "basis": {
            "report": _digest("report").hex(),
            "activity": _digest("activity").hex(),
            "evidence": [_digest("bundle").hex()],
            "heads": [{"origin": "log.example/1", "size": "2688", "root": _digest("root").hex()}],
            "holds": True,
            "bounded": True,
            "findings": [],
            "anchored_by": str(NOW - 3_600),
        },
    }


DOCUMENTS = {"2026-02.xlsx": _digest("workbook"), "tables/days.csv": _digest("days")}


def cases() -> Iterator[Case]:
    """All of them."""
    first = deposit_file.sign(_body(), DOCUMENTS, DEPOSITOR, NOW)
    again = _body()
    again["number"] = "2"
    again["previous"] = {
        "statement": first.statement.id.hex(),
        "number": "1",
        "reason": "a record came in late",
        "changes": [{"path": "media[0].month.bought", "before": "2700", "after": "2800"}],
    }
    short = _body()
    short["media"][0]["days"][3]["bought"] = "99"
    for name, why, body in (
        ("a-month", "February in Shanghai, 100 kWh a day.", _body()),
        ("a-restatement", "The second deposit of the month names the first.", again),
        ("days-do-not-add-up", "A day with a kilowatt hour less: the file is one, and what differs is told.", short),
    ):
        data = {"input": deposit_file.encode(deposit_file.sign(body, DOCUMENTS, DEPOSITOR, NOW))}
        yield Case("deposit", name, why, data, READERS["deposit"](data))
    yield from _bad()


def _file(
    data: bytes,
    *,
    signer: Signer = DEPOSITOR,
    shown: Signer = DEPOSITOR,
    kind: Kind = Kind.DEPOSIT,
    month: str = MONTH.text,
    media: str = deposit_file.MEDIA_TYPE,
) -> bytes:
    """A file whose signature holds, over whatever it says."""
    kid = signer.public_key.kid
    digest = sha256(data).digest()
    documents = tuple(Document(name, known) for name, known in sorted(DOCUMENTS.items()))
    said = Signed("Rolling Mill Ltd 轧钢厂", "Works 1", month, 1, _digest("report"), digest, documents)
    claims = Claims(kind, kid, f"urn:tallystick:key:{kid.hex()}", f"urn:tallystick:deposit:{digest.hex()}", NOW)
    made = statement.sign(claims, codec.encode(said), signer)
    return cbor.encode({1: media, 2: made.encoded, 3: data, 4: shown.public_key.encode()})


def _bad() -> Iterator[Case]:
    def bad(name: str, why: str, data: bytes, error: str, says: str) -> Case:
        return Case("deposit", name, why, {"input": data}, error=(error, says))

    def of(change: Callable[[Body], Any]) -> bytes:
        body = copy.deepcopy(_body())
        change(body)
        return _file(canonical(body))

    sound = canonical(_body())
    none = "DepositError", "its body is no"
    yield bad("another-key", "The key beside it is another.", _file(sound, shown=testkeys.STRANGER),
              "SignatureError", "another than")  # fmt: skip
    yield bad(
        "a-close", "A close is no deposit.", _file(sound, kind=Kind.CLOSE), "DepositError", "signs no monthly deposit"
    )
    yield bad(
        "another-type", "Another media type.", _file(sound, media="text/plain"), "DepositError", "holds no monthly"
    )
    yield bad("another-month", "What is signed names another month than the body.", _file(sound, month="2026-03"),
              "SignatureError", "another month")  # fmt: skip
    changed = _file(sound).replace(b'"bought":"2800"', b'"bought":"2700"')
    yield bad("another-body", "A figure that was changed after it was signed.", changed, "SignatureError", "CHANGED")
    yield bad("not-canonical", "A blank in the body.", _file(sound.replace(b",", b", ", 1)), *none)
    yield bad("not-json", "A body that ends in the middle.", _file(sound[:-1]), *none)
    yield bad("no-due", "Without the days that it is due.", of(lambda body: body.pop("due")), *none)
    much = of(lambda body: body["media"][0]["month"].update(bought="much"))
    yield bad("no-number", "A sum that is no number.", much, *none)
    yield bad("no-zone", "A clock that nobody knows.", of(lambda body: body.update(timezone="Mars/Olympus")), *none)
    yield bad("trailing-byte", "A byte behind the file.", _file(sound) + b"\x00", "CborError", "trailing")
