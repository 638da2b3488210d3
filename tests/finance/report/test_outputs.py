"""What was made by weighings: hand arithmetic, what makes it less sure, what is refused, and how it opens."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tally_chain.verify.verifier import examine
from tally_edge.authority import Enrolment, SigningPlace
from tally_edge.errors import ConfigError
from tally_edge.statement import Kind
from tally_finance.activity import boundary_file
from tally_finance.errors import FootprintError, QuantityError
from tally_finance.factors.shipping import shipped
from tally_finance.footprint.replay import decode, replay
from tally_finance.report import inventory_file, opening
from tally_finance.report.making import report_of
from tests.finance.activity import works
from tests.finance.report import mill, weighed
from tests.world import START, World

DAYS = mill.DAYS


def plant(**how: Any) -> World:
    return weighed.weigh(works.run(weighed.opened(), DAYS), DAYS, **how)


def told(world: World, folder: Path, text: str = weighed.INVENTORY, store: str = weighed.STORE) -> dict[str, Any]:
    (folder / "store.toml").write_text(store)
    return dict(json.loads(mill.made(world, folder, text=text).encode()))


def check(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in found["checks"] if one["name"] == name)


def test_weighings_say_what_was_made_and_how_surely(tmp_path: Path) -> None:
    """59 trucks of a ton: each error of 40 kg at 15 t and at 14 t is the same in all of them (OIML R 76, class III)."""
    found = told(plant(), tmp_path)
    (coil,), (output,) = found["products"], found["outputs"]
    assert (coil["amount"], output["amount"], coil["output"]) == ("59000", "59000", "output-1")
    systematic = 2 * (DAYS * 40) ** 2 * Decimal(1) / 3
    u95 = 2 * (systematic + DAYS * 100).sqrt()
    assert u95 <= Decimal(coil["amount_u95"]) <= u95 + Decimal("0.01")
    kg, u_kg = Decimal(coil["kg"]), Decimal(coil["u95_kg"])
    per_unit = Decimal(coil["kg_per_unit"])
    by_hand = per_unit * ((u_kg / kg) ** 2 + (u95 / 59_000) ** 2).sqrt()
    assert abs(Decimal(coil["kg_per_unit_u95"]) - by_hand) < Decimal("0.00003")  # U95 of the kilograms is rounded up
    above = Decimal(coil["kg_per_unit_conservative"]) - Decimal(coil["kg_per_unit_u95"])
    assert abs(above - per_unit) <= Decimal("0.000001")
    assert coil["unstated"] == ["factor electricity.grid CN 2023"]
    assert check(found, "output of coil")["holds"] is True
    assert check(found, "output of coil beside its counters")["holds"] is True


def test_a_counter_without_a_limit_says_nothing_of_its_error(tmp_path: Path) -> None:
    world = works.run(works.opened(), DAYS)
    (plain,) = told(world, tmp_path, mill.INVENTORY)["products"]
    assert "amount_u95" not in plain
    assert "output of coil: coils" in plain["unstated"]
    limit = '[[meter]]\nname = "coils"\nlimit_percent = 2\n\n[products]'
    (stated,) = told(world, tmp_path, mill.INVENTORY.replace("[products]", limit))["products"]
    expired = Decimal("0.04") * Decimal("0.57735027") * 2 * 59_000  # nobody states a certificate: twice the limit
    assert 0 <= Decimal(stated["amount_u95"]) - expired < Decimal("0.01")
    assert Decimal(stated["kg_per_unit_u95"]) > Decimal(plain["kg_per_unit_u95"])


def test_the_lower_of_tickets_and_running_sums_counts(tmp_path: Path) -> None:
    """Tickets that nobody shows are not made up; what the sums alone say was not weighed truck by truck."""
    found = told(plant(told=50), tmp_path)
    assert found["products"][0]["amount"] == "50000"
    against = check(found, "output of coil")
    assert (against["holds"], against["made"]) == (False, True)
    assert "tickets say 50000" in against["text"]
    beside = check(found, "output of coil beside its counters")
    assert beside["holds"] is False
    assert beside["text"] == "the counters say 18.000 % more than the weighings"


def test_more_on_the_tickets_than_the_scale_counted(tmp_path: Path) -> None:
    world = works.run(weighed.opened(), DAYS)
    weighed.weigh(world, DAYS, extra=[(DAYS * works.DAY_H - 6, 1000)])
    found = told(world, tmp_path)
    assert found["products"][0]["amount"] == "59000"
    assert check(found, "output of coil")["holds"] is False


def test_an_expired_certificate_makes_it_less_sure(tmp_path: Path) -> None:
    sure = told(plant(), tmp_path)["products"][0]
    late = weighed.weigh(works.run(weighed.opened(START + 86_400), DAYS), DAYS)
    found = told(late, tmp_path)
    assert Decimal(found["products"][0]["amount_u95"]) > Decimal("1.9") * Decimal(sure["amount_u95"])
    assert "had none" in check(found, "output of coil")["text"]


def test_a_month_that_used_far_more_for_a_ton_is_told(tmp_path: Path) -> None:
    """Eight months; in the last one coils were weighed twice over, and the meters saw nothing of it."""
    days = 243
    loads = [1000] * 212 + [3000] * 31
    world = weighed.weigh(works.run(weighed.opened(), days), days, loads_kg=loads)
    (tmp_path / "store.toml").write_text(weighed.STORE)
    found = json.loads(mill.made(world, tmp_path, days, weighed.INVENTORY).encode())
    said = check(found, "electricity for coil")
    assert (said["made"], said["holds"]) == (True, False)
    assert said["text"].startswith("1 of 8 months")
    assert check(found, "output of coil beside its counters")["holds"] is False


def test_out_of_the_store_needs_what_lies_there(tmp_path: Path) -> None:
    with pytest.raises(QuantityError, match="no gauge of Coil store sees"):
        told(plant(), tmp_path, weighed.INVENTORY.replace("store.toml", 'store.toml"\nway = "out'))


def test_what_is_no_evidence_of_an_output_is_refused(tmp_path: Path) -> None:
    other = weighed.STORE.replace("mill:bridge", "mill:bridge9")
    with pytest.raises(QuantityError, match="bridge9: the bundle has no weighings"):
        told(plant(), tmp_path, store=other)
    with pytest.raises(ConfigError, match=r"store of coil: scale\.point: is missing"):
        told(plant(), tmp_path, store=weighed.STORE.replace("point =", "place ="))
    with pytest.raises(QuantityError, match="bridge: the bundle has no weighings"):
        told(works.run(weighed.opened(), DAYS), tmp_path)
    with pytest.raises(FootprintError, match="not shared out over nothing"):
        told(weighed.weigh(works.run(weighed.opened(), DAYS), DAYS, told=0), tmp_path)


def test_an_output_opens_to_its_statements(tmp_path: Path) -> None:
    world = plant()
    (tmp_path / "store.toml").write_text(weighed.STORE)
    report = mill.made(world, tmp_path, text=weighed.INVENTORY)
    found = json.loads(report.encode())
    assert opening.steps_down(found, "product-1") <= opening.MOST_STEPS
    logged = {sha256(entry).hexdigest() for entry in world.entries}
    rows = opening.weighings(report, "output-1")
    assert rows == found["outputs"][0]["statements"]
    assert {one["statement"] for one in rows} <= logged
    assert sum(Decimal(one["amount"]) for one in rows) == 59_000
    with pytest.raises(FootprintError, match="no output-9 follows"):
        opening.weighings(report, "output-9")


def test_no_order_of_the_statements_shows(tmp_path: Path) -> None:
    """Not in weighings, nor in what is said of those that are wrong."""
    world = plant(told=50, extra=[(30, 0), (54, 0), (78, 0)])
    sheet = mill.sheets(tmp_path, weighed.INVENTORY)
    (tmp_path / "store.toml").write_text(weighed.STORE)
    read, limits = inventory_file.load(sheet), boundary_file.load(tmp_path / "boundary.toml")
    of, rng = works.examined(world, DAYS), random.Random(2)
    first = report_of(of, read, limits, shipped(), (bytes(32),))
    assert len(first.products[0].output.attested.remarks) > 1  # type: ignore[union-attr]  # it is attested
    for _ in range(3):
        mixed = replace(of, statements=tuple(rng.sample(of.statements, len(of.statements))))
        again = report_of(mixed, read, limits, shipped(), (bytes(32),))
        assert again.encode() == first.encode()


def test_the_trace_replays_what_was_made(tmp_path: Path) -> None:
    world = plant()
    (tmp_path / "store.toml").write_text(weighed.STORE)
    report = mill.made(world, tmp_path, text=weighed.INVENTORY)
    results, (coil,) = replay(decode(report.trace.encode())), report.products
    assert results["product-1.per-unit.conservative"] == coil.per_unit.conservative.number
    assert results["product-1.output.u95"] == coil.output_u95.number  # type: ignore[union-attr]  # it has one


def products(coil: str, scrap: str, head: str = "") -> str:
    """The inventory with two products, each with what says how much was made of it."""
    before, _, after = mill.INVENTORY.partition("[products]")
    names = f'[[products.product]]\nname = "coil"\n{coil}\n[[products.product]]\nname = "scrap"\n{scrap}\n'
    return f"{before}[products]\n{head}\n{names}\n{after[after.index('[[rounded]]') :]}"


def test_two_products_share_what_was_made(tmp_path: Path) -> None:
    """By quantity a product's part rests on both outputs, its footprint by the unit on their sum: d(E/Q) = -E/Q² dQ."""
    text = products('attested = "store.toml"', 'made = ["coils"]')
    text += '\n[[meter]]\nname = "coils"\nlimit_percent = 2\n'
    found = told(plant(), tmp_path, text)
    coil, scrap = found["products"]
    assert (coil["share"], scrap["share"], coil["amount"], scrap["amount"]) == ("0.5", "0.5", "59000", "59000")
    total, emitted = Decimal(118_000), Decimal(coil["kg"]) * 2
    of_kg = Decimal(found["figures"]["total-location"]["u95_kg"]) / emitted
    of_outputs = sum(Decimal(one["amount_u95"]) ** 2 for one in (coil, scrap))  # two instruments
    by_hand = emitted / total * (of_kg**2 + of_outputs / total**2).sqrt()
    for one in (coil, scrap):
        assert abs(Decimal(one["kg_per_unit_u95"]) - by_hand) < Decimal("0.00004")


def test_nothing_says_twice_what_was_made(tmp_path: Path) -> None:
    """By the unit of either of two products there would be half of what was emitted."""
    store = 'attested = "store.toml"'
    with pytest.raises(FootprintError, match=r"scrap: .*:bridge weighs coil already"):
        told(plant(), tmp_path, products(store, store))
    with pytest.raises(ConfigError, match=r"products\.product: 'coils' counts for two products"):
        told(plant(), tmp_path, products('made = ["coils"]', 'made = ["coils"]'))


def test_a_scale_is_no_counter_of_another_product(tmp_path: Path) -> None:
    """Its running sum is what its tickets say."""
    scale = '\n[[version.meter]]\nname = "bridge"\nmedium = "output"\nrole = "counter"\n'
    scale += f'point = "{weighed.BRIDGE}"\nregister = "kg_in"\nunit = "kg"\n'
    (tmp_path / "store.toml").write_text(weighed.STORE)
    both = products('made = ["bridge"]', 'attested = "store.toml"')
    with pytest.raises(FootprintError, match="coil: bridge is of what weighs scrap already"):
        mill.made(plant(), tmp_path, text=both, boundary=works.SHEET + scale)
    own = products('made = ["bridge"]\nattested = "store.toml"', 'made = ["coils"]')
    report = mill.made(plant(), tmp_path, text=own, boundary=works.SHEET + scale)
    assert [one.output.amount.number for one in report.products] == [59_000, 59_000]


def test_a_counter_of_two_products_with_stated_shares_is_told(tmp_path: Path) -> None:
    halves = ('made = ["coils"]\nshare = "1/2"',) * 2
    found = told(plant(), tmp_path, products(*halves, head='reason = "machine hours"'))
    said = check(found, "output by coils")
    assert (said["made"], said["holds"]) == (True, False)
    assert said["text"] == "it counts what was made of coil and of scrap: each is told by the unit of both"


def test_weighings_that_people_enter_are_no_attestation(tmp_path: Path) -> None:
    world = weighed.opened()
    key = world.device.signer.public_key.encode()
    for points, place in (((weighed.BRIDGE,), SigningPlace.BY_HAND), ((*works.REGISTERS, weighed.BRIDGE), world.place)):
        world.state(Kind.ENROLMENT, world.device.issuer, Enrolment(world.device.issuer, key, points, place, "a form"))
    weighed.weigh(works.run(world, DAYS), DAYS)
    policy = works.policy_of(world)
    policy = replace(policy, accept=replace(policy.accept, by_hand=True))
    found = examine(world.bundle(hours=DAYS * works.DAY_H), policy, now=START + 395 * works.DAY_S)
    (tmp_path / "store.toml").write_text(weighed.STORE)
    read = mill.inventory(tmp_path, weighed.INVENTORY)
    report = json.loads(report_of(found, read, works.boundary(), shipped(), (bytes(32),)).encode())
    said = check(report, "output of coil")
    assert (said["holds"], said["text"]) == (False, f"{weighed.BRIDGE}: is entered by hand")
