"""Operations in words: exact, complete, and loud about what is not understood."""

from __future__ import annotations

import re
from decimal import Decimal
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.receipts.kinds.kind import Field, HoldKind, Measure
from tally_chain.receipts.operations import KINDS, Operation
from tally_chain.receipts.sentences import SENTENCES
from tally_chain.receipts.words import HOLDS_CHINESE, ROLES_CHINESE, fen_words, grams_words, short_id, tell
from tally_chain.registry.roles import KeyRole
from tests.chain.receipts.values import operations

NOW = 1_900_000_000
HOLD = {
    "receipt": b"R" * 32, "head": b"H" * 32, "kind": 4, "role": 8, "quantity": 12_345_678, "reason": b"Q" * 32,
    "deadline": NOW,
}  # fmt: skip


def of(kind: str, sample: Operation | None = None, **values: object) -> Operation:
    shape = KINDS[kind].shape
    zeros = {"bool": False, "bytes32": b"\x01" * 32}
    made = {name: () if its.endswith("[]") else zeros.get(its, 0) for name, its in shape}
    return Operation(kind, made | values)


@pytest.mark.parametrize("name", sorted(KINDS))
@pytest.mark.parametrize("language", [0, 1])
def test_every_kind_has_a_sentence_that_names_what_matters(name: str, language: int) -> None:
    named = {field for _, field, _, _ in Formatter().parse(SENTENCES[name][language]) if field is not None}
    fields = {field.name: field for field in KINDS[name].fields}
    assert named <= set(fields)
    for field in fields.values():
        if field.measure in (Measure.ORGANISATION, Measure.GRAMS, Measure.FEN, Measure.WEIGHINGS):
            assert field.name in named, f"{name} moves {field.name} and does not say so"


def test_there_is_no_sentence_without_a_kind_and_no_role_or_hold_without_a_name() -> None:
    assert set(SENTENCES) == set(KINDS)
    assert set(ROLES_CHINESE) == set(KeyRole)
    assert set(HOLDS_CHINESE) == set(HoldKind)


@given(operations)
def test_every_operation_is_told_with_all_of_its_fields(operation: Operation) -> None:
    told = tell(operation, now_seconds=NOW)
    assert [field.name for field, _ in told.fields] == [name for name, _ in operation.about.shape]
    assert "{" not in told.english + told.chinese
    for field, shown in told.fields:
        for value in every(field, operation):
            if isinstance(value, bytes):
                assert "0x" + value.hex() in shown


def every(field: Field, operation: Operation) -> list[object]:
    value = operation.values[field.name]
    return list(value) if isinstance(value, tuple) else [value]


def test_a_hold_in_words() -> None:
    told = tell(Operation("Hold", HOLD), names={b"R" * 32: "Wuhan copper 7"})
    assert told.english == (
        "Hold 12.345678 t (12,345.678 kg) of receipt Wuhan copper 7 (0 kg: all of it) for lost, as court-liaison, "
        "because of 51515151…51515151."
    )
    assert told.chinese == (
        "以法院联络人身份冻结仓单 Wuhan copper 7 的 12.345678 t (12,345.678 kg)（0 kg 即全部），"
        "事由：挂失，依据 51515151…51515151。"
    )
    shown = {field.name: text for field, text in told.fields}
    assert shown["receipt"] == "0x" + "52" * 32 + " (Wuhan copper 7)"
    assert (shown["head"], shown["deadline"]) == ("0x" + "48" * 32, "2030-03-17T17:46:40Z")
    assert told.warnings == ()


def test_what_is_not_understood_or_can_not_be_right_is_loud() -> None:
    unknown = tell(Operation("Hold", {**HOLD, "kind": 9, "role": 77}), now_seconds=NOW + 1)
    assert "for UNKNOWN HOLD 9, as UNKNOWN ROLE 77" in unknown.english
    assert "UNKNOWN" in unknown.chinese
    assert unknown.warnings == (
        "TOO LATE: it counted until 2030-03-17T17:46:40Z",
        "UNKNOWN HOLD 9 in kind",
        "UNKNOWN ROLE 77 in role",
    )
    assert tell(Operation("Hold", HOLD), now_seconds=NOW).warnings == ()
    (long,) = tell(Operation("Hold", HOLD), now_seconds=NOW - 367 * 86_400).warnings
    assert long.startswith("LONG: it counts until")
    opened = of("OpenLot", witnesses=(b"A" * 32, b"B" * 32), roles=(5, 0))
    assert tell(opened).warnings == ("UNKNOWN ROLE 0 in roles",)
    short = of("OpenLot", witnesses=(b"A" * 32,), roles=(5, 6))
    assert tell(short).warnings == ("DOES NOT FIT: witnesses, roles are not of one length",)
    split = of("Split", numbers=(b"A" * 32,), quantities=(1,), pledged=(0,), documents=())
    assert "are not of one length" in tell(split).warnings[0]


@given(st.integers(0, 2**128 - 1))
def test_quantities_and_amounts_are_exact(number: int) -> None:
    words = grams_words(number)
    for unit, grams in (("t", 6), ("kg", 3)):
        found = re.search(rf"([0-9,.]+) {unit}\b", words)
        if found is not None:
            assert Decimal(found[1].replace(",", "")).as_tuple() == exact(number, grams).as_tuple()
    assert words.count("kg") == 1
    assert (" t (" in words) is (number >= 10**6)
    assert int(fen_words(number).removeprefix("CNY ").replace(",", "").replace(".", "")) == number


def exact(number: int, places: int) -> Decimal:
    text = str(number).rjust(places + 1, "0")
    whole, rest = text[:-places], text[-places:].rstrip("0")
    return Decimal(f"{whole}.{rest}" if rest else whole)


def test_other_measures_are_told_in_the_units_that_people_use() -> None:
    slot = of("AddSlot", outline=((1_134_000_000, 301_234_567), (-5, 0)), bottom=-1_250, top=3_000)
    shown = {field.name: text for field, text in tell(slot).fields}
    assert shown["outline"] == "113.4000000° E 30.1234567° N\n-0.0000005° E 0.0000000° N"
    assert (shown["bottom"], shown["top"]) == ("-1.25 m", "3 m")
    lot = of("OpenLot", allowancePpm=2_500, maxAgeSeconds=7 * 86_400, quorum=2)
    assert "fresh for 7 d, with a loss allowance of 0.25 %" in tell(lot).english
    inbound = of("RecordInbound", weighings=((b"E" * 32, 31_500_000), (b"F" * 32, 500)))
    assert "31.5005 t (31,500.5 kg) in 2 weighings" in tell(inbound).english
    assert "2 张磅单共 31.5005 t" in tell(inbound).chinese
    voucher = of("CreateVoucher", face=123_456_789, trade=bytes(32))
    assert "CNY 1,234,567.89" in tell(voucher).english
    assert "(trade: none)" in tell(voucher).english
    assert "（贸易：无）" in tell(voucher).chinese


def test_ids_are_short_only_in_sentences() -> None:
    value = bytes(range(32))
    assert short_id(value) == "00010203…1c1d1e1f"
    assert short_id(bytes(32)) == "none"
    assert short_id(value, {value: "Bank"}) == "Bank"
