"""Every alert stands where it must, and not just beside it."""

from __future__ import annotations

import dataclasses
import random
import re
import string
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.findings import MAX_DETAIL_CHARS
from tally_finance.errors import WatchError
from tally_finance.quantity.attested import Standing
from tally_finance.release.order import ReleaseOrder
from tally_finance.release.picker import SeenPlate
from tally_finance.watch.alert import Alert, compare
from tally_finance.watch.codes import Code
from tally_finance.watch.judge import between, standing
from tally_finance.watch.limits import Limits
from tally_finance.watch.row import Severity
from tally_finance.watch.seen import Seen, joined
from tally_finance.watch.seen_goods import Weighing
from tests.finance.watch import moments
from tests.finance.watch.moments import MOMENTS, NOW, OTHER, TRUCK

LIMITS = Limits()
HAN = re.compile(r"[\u4e00-\u9fff]")


def codes(seen: Seen) -> set[Code]:
    return {alert.code for alert in standing(seen, LIMITS)}


EVERYTHING = joined(*(moment.stands for moment in MOMENTS.values()))


def test_every_code_has_its_moment() -> None:
    assert MOMENTS.keys() == set(Code)


@pytest.mark.parametrize("code", Code, ids=lambda code: code.name)
def test_an_alert_stands_at_its_limit_and_not_beside_it(code: Code) -> None:
    moment = MOMENTS[code]
    raised = [alert for alert in standing(moment.stands, LIMITS) if alert.code is code]
    assert raised
    assert code not in codes(moment.near)
    for alert in raised:
        assert alert.evidence
        assert all(len(digest) == 32 for digest in alert.evidence)
        assert "{" not in alert.sentence + alert.sentence_zh
        assert HAN.search(alert.sentence_zh)
        assert str(code.number) in str(alert)


@pytest.mark.parametrize("code", Code, ids=lambda code: code.name)
def test_an_alert_is_raised_stands_and_ends(code: Code) -> None:
    moment = MOMENTS[code]
    raised = between(moment.near, moment.stands, LIMITS)
    assert code in {alert.code for alert in raised.raised}
    again = between(moment.stands, moment.stands, LIMITS)
    assert code in {alert.code for alert in again.standing}
    assert again.raised == again.ended == ()
    assert code in {alert.code for alert in between(moment.stands, moment.near, LIMITS).ended}


def test_numbers_are_unique_and_the_sentences_have_the_same_fields() -> None:
    assert len({code.number for code in Code}) == len(Code)
    assert len({code.value.chinese for code in Code}) == len(Code)
    for code in Code:
        row = code.value
        fields = [
            sorted({name for _, name, _, _ in string.Formatter().parse(text) if name})
            for text in (row.sentence, row.sentence_zh)
        ]
        assert fields[0] == fields[1], code.name
        assert HAN.search(row.chinese)
        assert row.remedy.endswith(".")
        assert 1 <= row.number // 100 <= 7


def test_what_is_missing_or_stale_blocks_new_credit() -> None:
    """I10: silence never passes."""
    for code in (Code.ATTESTATION_OLD, Code.PRICE_STALE, Code.SILENT, Code.LOG_QUIET, Code.STATEMENT_MISSING):
        assert code.blocks
    assert all(code.blocks for code in Code if code.severity is Severity.URGENT)


@given(st.randoms(use_true_random=False))
def test_the_order_of_what_is_seen_does_not_matter(draws: random.Random) -> None:
    shuffled = dataclasses.replace(
        EVERYTHING,
        **{
            field.name: tuple(draws.sample(value, len(value)))
            for field in dataclasses.fields(Seen)
            if isinstance(value := getattr(EVERYTHING, field.name), tuple)
        },
    )
    assert {alert.key for alert in standing(shuffled, LIMITS)} == {alert.key for alert in standing(EVERYTHING, LIMITS)}


ALERTS = st.lists(
    st.builds(Alert, st.sampled_from([Code.SURPLUS, Code.LEAK, Code.HELD]), st.sampled_from("abc"), st.just({})),
    unique_by=lambda alert: alert.key,
)


@given(ALERTS, ALERTS)
def test_what_changed_is_whole_and_nothing_is_told_twice(before: list[Alert], after: list[Alert]) -> None:
    changes = compare(before, after)
    keys = [{alert.key for alert in part} for part in (changes.raised, changes.standing, changes.ended)]
    assert keys[0] | keys[1] == {alert.key for alert in after}
    assert keys[1] | keys[2] == {alert.key for alert in before}
    assert not keys[0] & keys[1]
    assert not keys[2] & (keys[0] | keys[1])


@given(st.integers(-100, 100), st.integers(0, 200), st.integers(0, 50))
def test_a_shortage_needs_the_upper_bound_below_what_was_weighed(shift: int, width: int, allowance: int) -> None:
    """Noise and time alone never make one: a wider interval around the same middle is never short where a narrow one
    is not."""
    lower, upper = Decimal(1000 + shift - width), Decimal(1000 + shift + width)
    seen = moments.lot(lower_kg=lower, upper_kg=upper, allowance_kg=Decimal(allowance))
    assert (Code.SHORT in codes(seen)) == (upper < 1000 - allowance)


def test_a_short_standing_is_a_shortage_whatever_the_bounds() -> None:
    assert Code.SHORT in codes(moments.lot(standing=Standing.SHORT, en=Decimal("2.5")))
    assert Code.SHORT in codes(moments.lot(standing=Standing.SHORT, weighed_kg=None))
    assert Code.SHORT not in codes(moments.lot(upper_kg=Decimal(0), weighed_kg=None)), "nobody knows what was weighed"


def test_the_gravest_line_alone_speaks_for_a_loan() -> None:
    assert codes(moments.loan("900000")) == {Code.LIQUIDATION_LINE}
    assert codes(moments.loan("760000")) == {Code.WARNING_LINE}
    (alert,) = standing(moments.loan("750000.01"), LIMITS)
    assert alert.said == {"ltv": "0.7501", "line": "0.75", "cash": "50000.01"}


def test_goods_that_are_worth_nothing_are_beyond_every_line() -> None:
    seen = moments.loan("10")
    (loan,) = seen.loans
    position = dataclasses.replace(loan.position, reserve=Decimal(1_000_000))
    worthless = dataclasses.replace(seen, loans=(dataclasses.replace(loan, position=position),))
    (alert,) = standing(worthless, LIMITS)
    assert (alert.code, alert.said["ltv"]) == (Code.LIQUIDATION_LINE, "∞")


def test_what_left_before_the_pledge_came_in_or_left_over_another_scale_needs_no_order() -> None:
    for other in (moments.weighing(came=True), moments.weighing(point="another"), moments.weighing(at=NOW - 100)):
        assert codes(moments.left(other, since=NOW - 99)) == set()
    assert codes(moments.left(moments.weighing(), since=NOW - 99)) == {Code.OUTBOUND_WITHOUT_ORDER}


def test_what_the_chain_accounts_for_is_told_of_no_more() -> None:
    load = moments.weighing()
    assert codes(moments.left(load, accounted=load.ticket.evidence)) == set()


def test_outbound_without_an_order_is_told_of_for_as_long_as_it_is_known() -> None:
    assert codes(moments.left(moments.weighing(at=NOW - 5 * moments.DAY))) == {Code.OUTBOUND_WITHOUT_ORDER}


@pytest.mark.parametrize(
    ("load", "order", "why"),
    [
        (moments.weighing(), moments.order(plate=OTHER), "no-order"),
        (moments.weighing(at=NOW), moments.order(until=NOW - 1), "outside-window"),
        (moments.weighing(vehicle=OTHER), moments.order(), "plate-unknown"),
    ],
)
def test_it_is_told_why_a_load_counts_for_no_order(load: Weighing, order: ReleaseOrder, why: str) -> None:
    (alert,) = standing(moments.left(load, orders=(order,)), LIMITS)
    assert (alert.code, alert.said["why"]) == (Code.OUTBOUND_WITHOUT_ORDER, why)
    assert alert.evidence == (load.statement_id,)


def test_orders_that_can_not_be_cover_nothing() -> None:
    (alert,) = standing(moments.left(moments.weighing(), orders=(moments.order(), moments.order())), LIMITS)
    assert alert.code is Code.OUTBOUND_WITHOUT_ORDER
    assert "an order stands there twice" in alert.sentence


def test_over_picking_adds_the_loads_of_an_order() -> None:
    loads = (moments.weighing(), moments.weighing(2, at=NOW - 50))
    seen = moments.left(*loads, orders=(moments.order(kg=59_000),))
    (alert,) = standing(seen, LIMITS)
    assert alert.code is Code.OVER_PICKED
    assert alert.said == {"out_g": "60000000", "ordered_g": "59000000"}
    assert alert.evidence == (b"\x01" * 32, *(load.statement_id for load in loads))


def test_one_ticket_number_on_two_loads_hides_neither() -> None:
    """An order covers a weighing, not a number that a keeper can write twice."""
    load = moments.weighing()
    twin = dataclasses.replace(load, ticket=dataclasses.replace(load.ticket, alibi=2, plate=None))
    assert twin.ticket.number == load.ticket.number
    assert len(standing(moments.left(load, twin), LIMITS)) == 3  # both without an order, one without a plate
    found = standing(moments.left(load, twin, orders=(moments.order(),)), LIMITS)
    assert {alert.code for alert in found} == {Code.OUTBOUND_WITHOUT_ORDER, Code.WEIGHED_WITHOUT_VEHICLE}


def test_one_vehicle_may_show_one_tare() -> None:
    assert Code.SAME_TARE not in codes(moments.tares(9, TRUCK))
    assert Code.SAME_TARE in codes(moments.tares(4, TRUCK, None))
    assert Code.SAME_TARE in codes(moments.tares(4, None))


def test_an_unopened_plate_is_at_no_two_sites() -> None:
    both = moments.weighing(), moments.weighing(2, site="other")
    assert codes(moments.weighed(*both)) == {Code.TRUCK_AT_TWO_SITES}
    assert codes(moments.weighed(*both, openings=())) == set()
    misread = [SeenPlate("??", one.ticket.alibi.to_bytes(16, "big")) for one in both]
    assert codes(moments.weighed(*both, openings=misread)) == set()
    assert codes(moments.weighed(moments.weighing(), moments.weighing(2, point="scale 2"))) == set()


def test_the_way_between_two_sites_may_be_known() -> None:
    seen = moments.weighed(moments.weighing(), moments.weighing(2, site="other", at=NOW - 60 + 700))
    far = Limits(journeys_s={("other", "yard"): 701})
    assert [alert.code for alert in standing(seen, far)] == [Code.TRUCK_AT_TWO_SITES]
    assert codes(seen) == set()


def test_quotes_from_later_and_from_strangers_are_not_fresh() -> None:
    stranger = dataclasses.replace(moments.quotes(100)[0], source="x")
    later = dataclasses.replace(moments.quotes(100, 100)[1], at=NOW + 1)
    assert codes(moments.market(*moments.quotes(100), stranger, later)) == {Code.PRICE_STALE}


def test_a_meter_that_never_spoke_is_silent_from_when_it_was_planned() -> None:
    assert codes(moments.meter(None, since=NOW - 6361)) == {Code.SILENT}
    assert codes(moments.meter(None, since=NOW - 6360)) == set()


def test_a_keeper_who_is_the_depositor_is_related() -> None:
    seen = moments.keeping(frozenset({"keeper"}))
    (alert,) = standing(seen, LIMITS)
    assert alert.said["shared"] == "keeper"


def test_texts_of_others_can_not_act_on_a_terminal() -> None:
    seen = moments.log(contradicts="x\x1b[2J\n" + "y" * 1000)
    (alert,) = standing(seen, LIMITS)
    assert alert.sentence.isprintable()
    assert len(alert.sentence) == MAX_DETAIL_CHARS


@pytest.mark.parametrize(
    "wrong",
    [
        {"floor_share": Decimal(1)},
        {"floor_share": Decimal("-0.1")},
        {"same_tare": 1},
        {"silence_tenths": 9},
        {"ahead_s": {}},
        {"told_s": -1},
        {"quiet_s": -1},
    ],
)
def test_limits_that_are_none_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(WatchError):
        Limits(**wrong)  # type: ignore[arg-type]
