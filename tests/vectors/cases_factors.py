"""Cases of signed factors: files that are taken, and files that are not."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from typing import Any

from tally_edge import cbor, statement
from tally_edge import wire as codec
from tally_edge.cbor import Item
from tally_edge.statement import Claims, Kind
from tally_finance.factors import own_file
from tally_finance.factors.factor import Basis, Factor, Read, Source, form_of
from tally_finance.factors.own_file import Signed
from tally_finance.factors.unit import Unit
from tests.vectors import testkeys
from tests.vectors.case import Case
from tests.vectors.readers import READERS

MILL = testkeys.p256_test_key(9)
NOW = 1_790_000_000
CONTRACT = Factor(
    activity="electricity.grid",
    region="supplier:grid",
    data_year=2025,
    basis=Basis.SUPPLIER,
    value=Decimal("0.2050"),
    unit=Unit.parse("kgCO2/kWh"),
    sources=(Source("supply contract 12", "annex 2", Read.PRIMARY),),
    licence="by contract",
    u_percent=Decimal("2.5"),
)
WATER = Factor(
    activity="water.supply",
    region="CN-JS",
    data_year=2025,
    basis=Basis.UPSTREAM,
    value=Decimal("0.17"),
    unit=Unit.parse("kgCO2/m3"),
    sources=(Source("水厂 statement of 2025", "page 3", Read.COPY), Source("its bill", "June", Read.TRANSCRIPTION)),
    licence="facts",
    reporting_year=2026,
    note="自有因子",
    supersedes=bytes(range(32)),
)


def cases() -> Iterator[Case]:
    """All of them."""
    key = MILL.public_key.encode()
    for name, why, factors in (
        ("of-one", "A supplier's factor, with its uncertainty.", [CONTRACT]),
        ("of-two", "Two factors in the order of their digests; one supersedes another.", [WATER, CONTRACT]),
    ):
        data = {"input": own_file.encode("Mill 4", factors, MILL, NOW), "key": key}
        yield Case("factors", name, why, data, READERS["factors"](data))
    yield from _bad(key)


def _made(items: list[Item], said: Signed | None = None, kind: Kind = Kind.FACTORS) -> bytes:
    """A file whose statement is sound, over whatever it holds."""
    body = cbor.encode({1: items})
    told = said or Signed("Mill 4", sha256(body).digest(), max(1, len(items)))
    kid = MILL.public_key.kid
    claims = Claims(kind, kid, f"urn:tallystick:key:{kid.hex()}", "urn:tallystick:factors:x", NOW)
    made = statement.sign(claims, codec.encode(told), MILL)
    return cbor.encode({1: own_file.MEDIA_TYPE, 2: made.encoded, 3: body, 4: MILL.public_key.encode()})


def _bad(key: bytes) -> Iterator[Case]:
    one: dict[int | str, Item] = codec.to_item(form_of(CONTRACT))
    ordered: list[Item] = [
        codec.to_item(form_of(factor)) for factor in sorted((CONTRACT, WATER), key=lambda factor: factor.digest)
    ]

    def bad(name: str, why: str, data: bytes, error: str, says: str) -> Case:
        return Case("factors", name, why, {"input": data, "key": key}, error=(error, says))

    def changed(**changes: Item) -> bytes:
        return _made([{**one, **{int(label[1:]): value for label, value in changes.items()}}])

    stranger = own_file.encode("Mill 4", [CONTRACT], testkeys.STRANGER, NOW)
    yield bad(
        "a-stranger", "Signed by a key that the reader does not know.", stranger, "SignatureError", "none of those"
    )
    yield bad(
        "another-kind", "A close's signature.", _made([one], kind=Kind.CLOSE), "StatementError", "signs no factors"
    )
    wrong = Signed("Mill 4", bytes(32), 1)
    yield bad("another-body", "The body is another than was signed.", _made([one], wrong), "SignatureError", "CHANGED")
    yield bad("not-in-order", "Factors stand by their digests.", _made(ordered[::-1]), "FactorError", "order of their")
    yield bad("one-twice", "A factor stands once.", _made([one, one]), "FactorError", "order of their digests")
    swapped = {**codec.to_item(form_of(WATER)), 7: codec.to_item(form_of(WATER))[7][::-1]}  # type: ignore[index]
    yield bad("sources-swapped", "Sources stand in one order.", _made([swapped]), "FactorError", "order of its sources")
    frame: Any = cbor.decode(own_file.encode("M", [CONTRACT], MILL, NOW))
    exchanged = cbor.encode({**frame, 4: testkeys.STRANGER.public_key.encode()})
    yield bad("another-key", "The file carries another key.", exchanged, "SignatureError", "another than the one that")
    yield bad("no-factor", "A file without a factor.", _made([]), "FactorError", "order of their digests")
    yield bad("no-source", "A factor without a source.", changed(_7=[]), "FactorError", "1 to 8 sources")
    source: Item = {1: "a notice", 3: "copy"}
    yield bad("no-locator", "A source without a locator.", changed(_7=[source]), "StatementError", "is missing")
    yield bad(
        "blank-locator", "A locator of blanks.", changed(_7=[{1: "a", 2: " ", 3: "copy"}]), "FactorError", "locator"
    )
    yield bad("no-licence", "A licence of blanks.", changed(_8=" "), "FactorError", "licence")
    yield bad("unknown-unit", "A unit that nobody knows.", changed(_6="kgCO2/BTU"), "FactorError", "is no unit")
    yield bad("unknown-basis", "A basis that nobody knows.", changed(_4="nearby"), "FactorError", "nearby")
    yield bad("a-float", "A value as a float's writing.", changed(_5="2.05e-1"), "FactorError", "plain digits")
    yield bad("leading-zero", "A number has one writing.", changed(_5="00.205"), "FactorError", "plain digits")
    yield bad("below-zero", "A factor below zero.", changed(_5="-0.205"), "FactorError", "plain digits")
    yield bad("unknown-label", "A label that a factor has not.", changed(_13=1), "StatementError", "unknown labels")
    yield bad("trailing-byte", "A byte behind the file.", own_file.encode("M", [CONTRACT], MILL, NOW) + b"\x00",
              "CborError", "trailing")  # fmt: skip
