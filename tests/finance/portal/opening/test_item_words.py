"""Items of a report by names that people use."""

from __future__ import annotations

from tally_finance.portal.opening.item_words import brief, facts, title


def test_items_have_names_and_numbers_have_groups() -> None:
    assert title("total-market").chinese == "合计 基于市场"
    assert title("line-4").english == "Line of the footprint 4"
    assert title("medium-steam").english == "medium-steam"
    item = {"id": "line-4", "factor": "ab" * 32, "gas": "CO2", "gas_kg": "102980.344292", "scope": "1"}
    assert [value for _, value in facts(item)] == ["ab" * 32, "CO2", "102,980.344292", "1"]
    assert [value for _, value in brief(item, 2)] == ["CO2", "102,980.344292"]


def test_a_quotient_of_twenty_digits_is_rounded_and_says_so() -> None:
    item = {"id": "line-3", "gas_kg": "31077955680851357993/343491750000000", "kg_per_unit": "1/4"}
    assert [value for _, value in facts(item)] == ["≈ 90,476.570924", "0.25"]
