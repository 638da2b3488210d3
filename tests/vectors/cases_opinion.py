"""Cases of opinions: a bank's conclusion and a third party's verification that are taken, and files that are not."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from hashlib import sha256

from tally_edge import cbor, statement
from tally_edge import wire as codec
from tally_edge.keys import Signer
from tally_edge.statement import Claims, Kind
from tally_finance.review import opinions
from tally_finance.review.opinions import (
    Accreditation,
    Bound,
    Conclusion,
    Decision,
    Level,
    Root,
    Said,
    Type,
    Verification,
)
from tests.vectors import testkeys
from tests.vectors.case import Case
from tests.vectors.readers import READERS

REVIEWER = testkeys.p256_test_key(11)
NOW, YEAR_S = 1_790_000_000, 365 * 86_400


def _digest(name: str) -> bytes:
    return sha256(name.encode()).digest()


BOUND = Bound(
    _digest("report"),
    _digest("trace"),
    _digest("factors"),
    "tallystick footprint method 1",
    (Root(_digest("log"), 35_040, _digest("root")),),
)
CONCLUSION = Conclusion(
    BOUND, "Bank of the Yangtze 长江银行", "Li Na 李娜", "Rolling Mill Ltd", "GL-1", "an electric furnace", "1.4.2",
    Decision.WITH_CONDITIONS, ("a meter at the oxygen plant by June",), 50_000, 1, NOW + YEAR_S,
)  # fmt: skip
VERIFICATION = Verification(
    BOUND, "Verifier GmbH", "A. Muster", "Rolling Mill Ltd", "ISO 14064-3:2019",
    Accreditation("CNAS", "V-0017", NOW + YEAR_S), "no tie to borrower or bank", Level.LIMITED, Type.QUALIFIED, 50_000,
    NOW + YEAR_S, "a week of June rests on a ceiling", NOW - 86_400,
)  # fmt: skip
UNMODIFIED = dataclasses.replace(VERIFICATION, type=Type.UNMODIFIED, level=Level.REASONABLE, basis=None)


def cases() -> Iterator[Case]:
    """All of them."""
    for name, why, said in (
        ("a-conclusion", "A bank's conclusion with a condition.", CONCLUSION),
        ("a-verification", "A verification, qualified and with its basis.", VERIFICATION),
        ("unmodified", "A verification, unmodified.", UNMODIFIED),
    ):
        data = {"input": opinions.encode(opinions.sign(said, REVIEWER, NOW))}
        yield Case("opinion", name, why, data, READERS["opinion"](data))
    yield from _bad()


def _file(made: statement.Statement, signer: Signer = REVIEWER, media: str = opinions.MEDIA_TYPE) -> bytes:
    return cbor.encode({1: media, 2: made.encoded, 3: signer.public_key.encode()})


def _said(said: Said, kind: Kind, about: str | None = None) -> statement.Statement:
    """A signature that holds, over whatever is said."""
    kid = REVIEWER.public_key.kid
    subject = about or f"urn:tallystick:report:{said.bound.report.hex()}"
    claims = Claims(kind, kid, f"urn:tallystick:key:{kid.hex()}", subject, NOW)
    return statement.sign(claims, codec.encode(said), REVIEWER)


def _bad() -> Iterator[Case]:
    def bad(name: str, why: str, data: bytes, error: str, says: str) -> Case:
        return Case("opinion", name, why, {"input": data}, error=(error, says))

    def another(said: Said, **changes: object) -> bytes:
        kind = Kind.CONCLUSION if isinstance(said, Conclusion) else Kind.VERIFICATION
        return _file(_said(dataclasses.replace(said, **changes), kind))

    sound = _said(CONCLUSION, Kind.CONCLUSION)
    yield bad(
        "another-key",
        "The key beside it is another.",
        _file(sound, testkeys.STRANGER),
        "SignatureError",
        "another than",
    )
    yield bad(
        "another-kind", "A verification that says a conclusion.", _file(_said(CONCLUSION, Kind.VERIFICATION)),
        "StatementError", "must be a map",
    )  # fmt: skip
    yield bad("a-close", "A close is no opinion.", _file(_said(CONCLUSION, Kind.CLOSE)), "ReviewError", "is no opinion")
    about = f"urn:tallystick:report:{_digest('another').hex()}"
    yield bad(
        "another-subject", "Its subject is another report.", _file(_said(CONCLUSION, Kind.CONCLUSION, about)),
        "ReviewError", "subject is another report",
    )  # fmt: skip
    unrooted = dataclasses.replace(BOUND, roots=())
    yield bad(
        "no-root", "Bound to no head.", another(CONCLUSION, bound=unrooted), "ReviewError", "bound to no evidence"
    )
    yield bad("no-end", "It ended before it began.", another(CONCLUSION, until=NOW), "ReviewError", "three years")
    beyond = NOW + opinions.MAX_VALID_S + 1
    yield bad("too-long", "Good for too long.", another(VERIFICATION, until=beyond), "ReviewError", "three years")
    yield bad(
        "conditions-left-out", "Conditions that are not there.", another(CONCLUSION, conditions=()),
        "ReviewError", "conditions stand",
    )  # fmt: skip
    yield bad(
        "eligible-with-conditions", "Eligible, and yet with conditions.",
        another(CONCLUSION, decision=Decision.ELIGIBLE), "ReviewError", "conditions stand",
    )  # fmt: skip
    yield bad("no-basis", "Qualified for nothing.", another(VERIFICATION, basis=None), "ReviewError", "says what for")
    yield bad(
        "unmodified-with-basis", "Unmodified, and yet with a basis.", another(VERIFICATION, type=Type.UNMODIFIED),
        "ReviewError", "says what for",
    )  # fmt: skip
    changed = bytearray(sound.encoded)
    changed[-1] ^= 1
    broken = cbor.encode({1: opinions.MEDIA_TYPE, 2: bytes(changed), 3: REVIEWER.public_key.encode()})
    yield bad("a-bit-changed", "A bit of the signature.", broken, "SignatureError", "does not verify")
    yield bad("another-type", "Another media type.", _file(sound, media="text/plain"), "ReviewError", "is no opinion")
    yield bad("trailing-byte", "A byte behind the file.", _file(sound) + b"\x00", "CborError", "trailing")
