"""The worked numbers, each with all its inputs."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import QuantityError
from tally_finance.estimate import Estimate, total
from tally_finance.quantity.attested import Rules, Standing, attest
from tally_finance.quantity.loss import QUOTAS, dried, expected
from tally_finance.quantity.sampling import chance_to_find, needed_to_find
from tally_finance.quantity.scale import Scale, Standard
from tally_finance.quantity.stocktake import Density, Gauge, by_serials, misses_that_count

D = Decimal
NEVER = 2**40
SCALE = Scale("bridge/2026", D(20), D(10), NEVER)
"""e = 20 kg; half of it is what a net weighing varies by."""


def rounded(value: Decimal, digits: str) -> Decimal:
    return value.quantize(D(digits))


def test_a_scale_is_held_to_its_class() -> None:
    """e = 20 kg: to 10 t 20 kg in service, to 40 t 40 kg, to 200 t 60 kg."""
    assert [SCALE.limit_kg(D(load)) for load in (0, 10_000, 10_001, 40_000, 40_001, 200_000)] == [
        20,
        20,
        40,
        40,
        60,
        60,
    ]
    with pytest.raises(QuantityError, match="200001 kg is more than 10000 intervals of 20 kg"):
        SCALE.limit_kg(D(200_001))


def test_one_truck() -> None:
    """47 t full, 15 t empty: the square root of 60^2 + 40^2, over the root of three, is 41.6 kg."""
    net = SCALE.net(D(47_000), D(15_000), 0)
    assert net.value == 32_000
    (full, empty) = net.shared.values()
    assert rounded((full * full + empty * empty).sqrt(), "0.1") == D("41.6")
    assert (full > 0, empty < 0) == (True, True)


def test_three_hundred_trucks() -> None:
    """300 trucks of 32 t: 12.5 t, a tenth of a per cent. Taken as independent it would be 0.74 t."""
    trucks = [SCALE.net(D(47_000), D(15_000), 0) for _ in range(300)]
    all_in = total(trucks)
    assert all_in.value == 9_600_000
    assert rounded(all_in.u / 1000, "0.1") == D("12.5")
    assert rounded(all_in.u / all_in.value * 100, "0.01") == D("0.13")
    naive = sum((one.variance for one in trucks), D(0)).sqrt()
    assert rounded(naive / 1000, "0.01") == D("0.74")


def test_what_comes_and_goes_over_one_scale_cancels() -> None:
    """300 trucks in, 300 as heavy out: only what is each weighing's own is left, 10 kg times the root of 600."""
    trucks = total(SCALE.net(D(47_000), D(15_000), 0) for _ in range(300))
    left = trucks - trucks
    assert left.value == 0
    assert rounded(left.u, "0.1") == D("244.9")
    other = total(Scale("other/2026", D(20), D(10), NEVER).net(D(47_000), D(15_000), 0) for _ in range(300))
    assert rounded((trucks - other).u / 1000, "0.1") == D("17.7")  # another scale has another error


def test_scales_of_one_standard_are_wrong_together() -> None:
    weights = Standard("weights of 2026", D("0.0002"))
    one, other = (Scale(name, D(20), D(0), NEVER, (weights,)) for name in "ab")
    both = one.net(D(47_000), D(15_000), 0) + other.net(D(47_000), D(15_000), 0)
    assert both.shared["standard/weights of 2026"] == D("12.8")  # 64 t at 0.02 %
    assert (one.net(D(47_000), D(15_000), 0) - other.net(D(47_000), D(15_000), 0)).shared[
        "standard/weights of 2026"
    ] == 0


def test_after_its_certificate_a_scale_is_believed_less() -> None:
    scale = Scale("bridge/2025", D(20), D(0), 1_000)
    good, expired = (scale.net(D(47_000), D(15_000), at) for at in (1_000, 1_001))
    assert rounded(good.u, "0.1") == D("41.6")
    assert rounded(expired.u, "0.1") == D("83.3")


@pytest.mark.parametrize(("full", "empty"), [(10_000, 10_001), (10_000, -1)])
def test_a_truck_that_can_not_be(full: int, empty: int) -> None:
    with pytest.raises(QuantityError, match=r"scale bridge/2026 shows 10000 kg full and -?\d+ kg empty"):
        SCALE.net(D(full), D(empty), 0)


def test_book_and_stocktake_agree() -> None:
    """Book 5000 ± 8 t, measured 4975 ± 20 t: E_n 0.58, together 4996.55 ± 7.43 t, to lend against 4984.3 t."""
    stock = attest(Estimate(D(5_000_000), {}, D(8_000) ** 2), Estimate(D(4_975_000), {}, D(20_000) ** 2), Rules())
    assert stock.standing is Standing.AGREE
    assert stock.en is not None
    assert rounded(stock.en, "0.01") == D("0.58")
    assert rounded(stock.quantity_kg / 1000, "0.01") == D("4996.55")
    assert rounded(stock.u_kg / 1000, "0.01") == D("7.43")
    assert rounded(stock.lower_kg / 1000, "0.1") == D("4984.3")
    assert stock.lower_kg == D(4_984_332)  # 4996551.72… less 1.645 times 7427.81… is 4984332.97…
    assert not stock.is_short_of(D(5_000_000), D(10_000))


def test_by_volume() -> None:
    """A volume known to 1.5 % and a density known to 3 % make 3.35 %, and U95 is 6.7 %."""
    gauge = Gauge("silo-1", D(1_000), D(15), D(0), D(0))
    mass = gauge.volume([D("1.0000000")]).by(Density("wheat", D(780), D("23.4")).estimate)
    assert mass.value == 780_000
    assert rounded(mass.u / mass.value * 100, "0.01") == D("3.35")
    assert rounded(2 * mass.u / mass.value * 100, "0.1") == D("6.7")


def test_two_silos_of_one_density_are_wrong_together() -> None:
    density = Density("wheat", D(780), D("23.4")).estimate
    silos = [Gauge(name, D(1_000), D(0), D(0), D(0)).volume([D("1.0000000")]).by(density) for name in ("a", "b")]
    assert rounded(total(silos).u, "1") == 2 * 1_000 * D("23.4")


def test_a_level_read_four_times_flickers_half_as_much() -> None:
    gauge = Gauge("silo-1", D(1_000), D(0), D("0.003"), D("0.002"))
    once, four = (
        gauge.volume([D(one) for one in shown]) for shown in (["0.500"], ["0.498", "0.500", "0.501", "0.501"])
    )
    assert (once.value, four.value) == (500, 500)
    assert (rounded(once.own_variance, "0.001"), rounded(four.own_variance, "0.001")) == (D("4.083"), D("1.083"))
    assert once.shared == four.shared  # what it is wrong by for good no mean takes away
    with pytest.raises(QuantityError, match=r"gauge silo-1 shows 1\.01, which is no share of its height"):
        gauge.volume([D("1.01")])


def test_drying() -> None:
    """1,000 t at 10 % are 978.26 t at 8 %: ten times what nature may take in half a year is water."""
    left = dried(D(1_000_000), D("0.10"), D("0.08"))
    assert rounded(left / 1000, "0.01") == D("978.26")
    lost = expected(D(1_000_000), QUOTAS["grain"], 180 * 86_400, 180 * 86_400)
    assert lost.value == 500
    assert rounded(lost.u, "0.01") == D("288.68")  # anything from nothing to a tonne
    assert expected(D(1_000_000), QUOTAS["grain"], 180 * 86_400, 90 * 86_400).value == 250  # in the last half of it
    with pytest.raises(QuantityError, match="a moisture of 1 is no share below 1"):
        dried(D(1), D(1), D(0))


def test_the_quota_is_for_the_whole_time() -> None:
    day = 86_400
    grain = QUOTAS["grain"]
    assert [grain.share(days * day) for days in (0, 90, 180, 270, 360, 540, 720, 3_600)] == [
        D(0), D("0.0005"), D("0.001"), D("0.00125"), D("0.0015"), D("0.00175"), D("0.002"), D("0.002"),
    ]  # fmt: skip


def test_when_a_tag_is_missing() -> None:
    """Where 98 % of the tags are read, two misses in a row are rarer than one in a thousand."""
    assert misses_that_count(D("0.98"), D("0.001")) == 2
    assert misses_that_count(D(1), D("0.001")) == 1
    assert misses_that_count(D("0.9"), D("0.001")) == 4  # three in a row are one in a thousand, not rarer


def test_serials_need_their_witnesses() -> None:
    weights = {serial: Estimate(D(1_000), {}, D(1)) for serial in ("a", "b", "c")}
    seen = {"rfid": {"a": 100, "b": 100, "c": 100, "stranger": 100}, "camera": {"a": 100, "b": 99}}
    stock = by_serials(weights, seen, since=100, witnesses=2)
    assert (stock.serials, stock.missing, stock.mass.value, stock.mass.u) == (("a",), ("b", "c"), D(1_000), D(1))
    one = by_serials(weights, seen, since=100, witnesses=1)
    assert (one.missing, one.mass.value, one.mass.own_variance) == ((), D(3_000), D(3))


def test_a_sample_finds_no_small_fraud() -> None:
    """Nine bad of 6,337 (Rotterdam 2023): a look at 100 finds one with 13 %; 95 % takes 1,794, 28 % of all."""
    assert rounded(as_decimal(chance_to_find(6_337, 9, 100)) * 100, "0.1") == D("13.3")
    assert needed_to_find(6_337, 9, D("0.95")) == 1_794
    assert rounded(D(1_794) / 6_337 * 100, "1") == 28
    assert chance_to_find(6_337, 9, 1_793) < Fraction("0.95") <= chance_to_find(6_337, 9, 1_794)


def as_decimal(share: Fraction) -> Decimal:
    return D(share.numerator) / share.denominator


def test_a_small_sample_by_hand() -> None:
    """Two bad of five, two looked at: 1 - (3/5)(2/4) = 7/10."""
    assert chance_to_find(5, 2, 2) == Fraction(7, 10)
    assert [chance_to_find(5, 0, 5), chance_to_find(5, 2, 0), chance_to_find(5, 2, 4)] == [0, 0, 1]
    assert [needed_to_find(5, 2, D(share)) for share in ("0.4", "0.41", "0.7", "0.71", "1")] == [1, 2, 2, 3, 4]


@given(data=st.data())
def test_how_many_to_look_at_is_the_least(data: st.DataObject) -> None:
    whole = data.draw(st.integers(1, 200))
    bad = data.draw(st.integers(1, whole))
    confidence = D(data.draw(st.integers(1, 1_000))) / 1_000
    needed = needed_to_find(whole, bad, confidence)
    assert chance_to_find(whole, bad, needed) >= Fraction(confidence)
    assert needed == 0 or chance_to_find(whole, bad, needed - 1) < Fraction(confidence)


@pytest.mark.parametrize(("whole", "bad", "looked"), [(5, 6, 1), (5, -1, 1), (5, 1, 6), (5, 1, -1)])
def test_a_sample_that_can_not_be(whole: int, bad: int, looked: int) -> None:
    with pytest.raises(QuantityError, match=f"of {whole} pieces {bad} can not be bad, or {looked} not be looked at"):
        chance_to_find(whole, bad, looked)


@pytest.mark.parametrize(("bad", "confidence"), [(0, "0.9"), (6, "0.9"), (1, "0"), (1, "1.1")])
def test_a_confidence_that_can_not_be(bad: int, confidence: str) -> None:
    with pytest.raises(QuantityError, match="nobody finds"):
        needed_to_find(5, bad, D(confidence))
