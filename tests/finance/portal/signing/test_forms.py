"""Every kind has a form, and what a form says is what is signed, exactly or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.receipts.kinds.kind import Kind, Measure
from tally_chain.receipts.operations import KINDS, from_plain
from tally_finance.book.reasons import Why
from tally_finance.portal.signing import prepared, refusals
from tally_finance.portal.signing.field_words import field_words, signer_words
from tally_finance.portal.signing.kind_words import CONTRACTS, kind_words
from tally_finance.portal.signing.widgets import NEW_NUMBERS, Aid, Input, filled, grams, instant, local, widgets_of
from tally_gateway.errors import ApiError
from tally_gateway.pages.shown import CHINA

NOW = 1_800_000_000
TEXTS = {
    Measure.ID: "0x" + "5a" * 32, Measure.ORGANISATION: "5b" * 32, Measure.DIGEST: "5c" * 32, Measure.GRAMS: "12.5",
    Measure.FEN: "1234.56", Measure.TIME: "2030-01-31T18:00", Measure.DURATION: "86400", Measure.PPM: "1000",
    Measure.MM: "8000", Measure.COUNT: "2", Measure.PLACE: "0\n1", Measure.ROLE: "5", Measure.HOLD: "2",
    Measure.YES_NO: "yes", Measure.OUTLINE: "114.3,30.5\n114.301,30.5\n114.301,30.501",
    Measure.WEIGHINGS: "0x" + "01" * 32 + " 31.48t\n" + "02" * 32 + " 1000kg",
}  # fmt: skip
LISTS = {Measure.GRAMS: "1t\n500kg", Measure.FEN: "1.00\n2.50", Measure.ROLE: "keeper\nverifier"}


def form_of(kind: Kind) -> dict[str, str]:
    return {
        field.name: LISTS.get(field.measure, TEXTS[field.measure])
        if field.type.endswith("[]")
        else TEXTS[field.measure]
        for field in kind.fields
        if field.measure not in (Measure.HEAD, Measure.BLOCK)
    }


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_kind_is_filled_in_and_read(name: str) -> None:
    kind = KINDS[name]
    sent = filled(kind, form_of(kind), NOW, CHINA)
    assert [one.name for one in sent.widgets if one.wrong is not None] == []
    assert sent.values is not None
    heads = {
        field.name: ["0x" + "00" * 32] if field.type.endswith("[]") else "0x" + "00" * 32
        for field in kind.fields
        if field.measure is Measure.HEAD
    }
    blocks = {field.name: "7" for field in kind.fields if field.measure is Measure.BLOCK}
    from_plain(name, {**heads, **blocks, **sent.values})
    for one in sent.widgets:
        assert one.label.english != one.label.chinese
        assert one.label == field_words(name, one.name)
    assert kind_words(name).chinese == kind.chinese
    assert kind.contract in CONTRACTS
    for signer in kind.signers:
        assert signer_words(signer.whose).english != signer_words(signer.whose).chinese


def test_an_empty_form_says_what_is_needed() -> None:
    kind = KINDS["Offer"]
    sent = filled(kind, {}, NOW, CHINA)
    assert sent.values is None
    wrong = {one.name: one.wrong for one in sent.widgets if one.wrong is not None}
    assert set(wrong) == {"receipt", "lender", "quantity", "terms", "until", "maturity"}
    assert {one.chinese for one in wrong.values()} == {"必填"}


def test_goods_leave_by_what_was_weighed() -> None:
    kind = KINDS["Execute"]
    widgets = {one.name: one for one in widgets_of(kind, {}, NOW, CHINA)}
    assert widgets["leftAt"].value == local(NOW, CHINA)
    assert [name for name, one in widgets.items() if not one.is_needed] == ["serials", "places"]
    wrong = {one.name: one.wrong for one in filled(kind, {}, NOW, CHINA).widgets if one.wrong is not None}
    assert wrong["evidence"].chinese == "必填"
    assert "serials" not in wrong


def test_numbers_that_must_be_new_are_those_that_the_tables_say() -> None:
    new = {(kind.name, field.name) for kind in KINDS.values() for field in kind.fields if "never used" in field.meaning}
    assert set(NEW_NUMBERS.items()) == new
    for kind, name in new:
        assert {one.name: one.aid for one in widgets_of(KINDS[kind], {}, NOW, CHINA)}[name] is Aid.NUMBER


def test_a_paper_may_be_named_by_its_file() -> None:
    aids = {one.name: one.aid for one in widgets_of(KINDS["Attest"], {}, NOW, CHINA)}
    assert Aid.FILE not in aids.values()
    assert {one.name: one.aid for one in widgets_of(KINDS["Split"], {}, NOW, CHINA)}["documents"] is Aid.FILE
    assert {one.name: one.aid for one in widgets_of(KINDS["Hold"], {}, NOW, CHINA)}["reason"] is Aid.FILE


def test_what_a_link_names_stands_there() -> None:
    widgets = {one.name: one for one in widgets_of(KINDS["Hold"], {"receipt": "0x12", "role": "5"}, NOW, CHINA)}
    assert widgets["receipt"].value == "0x12"
    assert widgets["role"].input is Input.CHOICE
    assert widgets["deadline"].value == local(NOW + 7 * 86_400, CHINA)


@pytest.mark.parametrize("text", ["", "-1", "1e3", "1.0000001", "NaN", "1,25", "１"])
def test_a_quantity_is_exact_or_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        grams(text, "t")
    kind = KINDS["Release"]
    assert filled(kind, {"quantity": text}, NOW, CHINA).values is None


def test_thousands_may_be_grouped() -> None:
    assert grams("1,250.5", "kg") == "1250500"
    assert grams("1 250", "t") == "1250000000"


@given(st.integers(0, 4_000_000_000))
def test_a_time_reads_as_it_was_written(at: int) -> None:
    assert instant(local(at, CHINA), CHINA) == at - at % 60


def test_every_reason_is_said_in_both_languages() -> None:
    told = "; ".join(f"{why} of 0x12: because" for why in Why)
    found = refusals.refusal(ApiError(409, "not allowed", told))
    assert len(found.reasons) == len(Why)
    assert all(one.english != one.chinese for one in found.reasons)
    late = refusals.refusal(ApiError(409, "not allowed", "not any more: not-covered of F-1: 1 fen"))
    assert [one.chinese for one in late.reasons] == ["办理后担保不足。"]
    with pytest.raises(ApiError):
        refusals.must_be_told(ApiError(429, "too much", "wait"))


def test_every_act_has_its_form() -> None:
    for act in prepared.ACTS.values():
        for one in prepared.form_of(act, {}, NOW, CHINA):
            assert one.label.english != one.label.chinese
        with pytest.raises(prepared.UnfitError) as caught:
            prepared.body_of(act, {}, {}, NOW, CHINA)
        assert any(one.wrong is not None for one in caught.value.widgets)


def test_a_picker_is_one_digest_as_often_as_its_form_is_sent() -> None:
    form = {"receipt": "5a" * 32, "quantity": "1", "plate": "沪A·12345", "driver": "licence 0001", "salt": "0a" * 16}
    act = prepared.ACTS["order"]
    first, picker = prepared.body_of(act, form, {}, NOW, CHINA)
    assert prepared.body_of(act, form, {}, NOW, CHINA) == (first, picker)
    assert picker is not None
    assert picker.plate == "沪A12345"
    assert first["picker"] == "0x" + picker.digest.hex()
    other, _ = prepared.body_of(act, form | {"salt": "0b" * 16}, {}, NOW, CHINA)
    assert other["picker"] != first["picker"]
