"""A lot's attested quantity opens to bundles, to statements, and to every step of a statement's check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tally_chain import bundle
from tally_edge import statement
from tally_edge.proof import leaf_hash, root_of_path
from tally_finance.api.forms import written
from tally_finance.api.rights import Role
from tally_finance.desk.sheet import StoreSheet
from tally_trial import plants
from tally_trial.play import play
from tally_trial.scene import look_at
from tests.chain.contracts.stage import Stage
from tests.chain.receipts.yard import yard_on
from tests.chain.registry.parties import fresh, parties_on
from tests.finance.api.counter import Counter, counter
from tests.finance.desk.office import DAY, office
from tests.finance.quantity.sheet import SHEET


@pytest.fixture(scope="module")
def made(embedded: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Counter, bytes]]:
    """A desk that took two days of a silo as evidence of its lot, and that bundle."""
    played = play(look_at(plants.opened("grain-silo", 5, 2), 5, only={"weighbridge", "level_a", "level_b"}))
    desk = office(yard_on(parties_on(embedded)), tmp_path_factory.mktemp("desk"), quantity_age_s=366 * DAY)
    desk.desk.sheet = replace(desk.desk.sheet, stores={desk.lot: StoreSheet(SHEET, Path("store.toml"))})
    desk.desk.policy = played.policy
    data = bundle.encode(played.bundle)
    with counter(desk) as opened:
        assert opened.post(Role.LENDER, f"/v1/lots/{written(desk.lot)}/evidence", data).status_code == 201
        yield opened, data


def test_a_quantity_opens_down_to_the_anchor(made: tuple[Counter, bytes]) -> None:
    """Bundle, verdict, quantity, a point's statements, one of them; its proof is computed again from what is told."""
    desk, data = made
    base = f"/v1/lots/{written(desk.office.lot)}/evidence"
    listed = desk.get(Role.LENDER, base).json()
    assert [(one["digest"], one["size_bytes"]) for one in listed] == [(written(sha256(data).digest()), len(data))]
    at = f"{base}/{listed[0]['digest']}"
    told = desk.get(Role.LENDER, at).json()
    assert told["verdict"]["holds"]
    quantity = told["quantity"]
    assert int(quantity["lower_g"]) < int(quantity["estimate_g"]) < int(quantity["upper_g"])
    assert told["statements"] == []
    subject = next(one for one in told["subjects"] if one["statements"] > 10)
    first = desk.get(Role.LENDER, at, subject=subject["subject"], limit=10).json()
    assert (len(first["statements"]), first["statements_in_all"]) == (10, subject["statements"])
    last = desk.get(Role.LENDER, at, subject=subject["subject"], skip=subject["statements"] - 1).json()
    assert (len(last["statements"]), last["statements_in_all"]) == (1, subject["statements"])
    assert told["subjects_in_all"] == len(told["subjects"])
    assert desk.get(Role.LENDER, at, skip_subjects=1, limit=1).json()["subjects"] == told["subjects"][1:2]
    chosen = first["statements"][5]
    opened = desk.get(Role.LENDER, f"{at}/statements/{chosen['id']}").json()["opened"]
    assert opened["holds"]
    assert [one["outcome"] for one in opened["steps"]] == ["held"] * 9
    encoded = bytes.fromhex(opened["encoded"])
    assert statement.decode(encoded).id.hex() == chosen["id"]
    path = [bytes.fromhex(node) for node in opened["path"]]
    assert root_of_path(leaf_hash(encoded), opened["entry"], opened["size"], path).hex() == opened["root"]
    assert opened["not_after"] is not None
    file = desk.get(Role.LENDER, f"{at}/bundle")
    assert file.content == data
    assert "attachment" in file.headers["content-disposition"]


def test_what_is_not_there_or_not_yours(made: tuple[Counter, bytes]) -> None:
    desk, data = made
    base, digest = f"/v1/lots/{written(desk.office.lot)}/evidence", written(sha256(data).digest())
    for path in (f"{base}/{written(fresh())}", f"{base}/{digest}/statements/{'00' * 32}"):
        assert desk.get(Role.LENDER, path).status_code == 404
    assert desk.get(Role.LENDER, f"/v1/lots/{written(fresh())}/evidence").status_code == 404
    assert desk.get(Role.LENDER, f"/v1/lots/{written(fresh())}/evidence/{digest}/bundle").status_code == 404
    statement = f"{base}/{digest}/statements/{'00' * 32}"
    for role in (Role.KEEPER, Role.DEPOSITOR, Role.INSPECTOR, Role.COURT):
        for path in (base, f"{base}/{digest}", f"{base}/{digest}/bundle"):
            assert desk.get(role, path).status_code == 403
        # The lot's keeper opens the statements of its scale, by their ids.
        assert desk.get(role, statement).status_code == (404 if role is Role.KEEPER else 403)


def test_a_policy_that_changed_verifies_anew(made: tuple[Counter, bytes]) -> None:
    """What was verified under another policy, or more than an hour ago, is not shown as verified now."""
    desk, data = made
    at = f"/v1/lots/{written(desk.office.lot)}/evidence/{written(sha256(data).digest())}"
    assert desk.get(Role.LENDER, at).json()["verdict"]["holds"]
    policy = desk.office.desk.policy
    assert policy is not None
    desk.office.desk.policy = replace(policy, logs=(replace(policy.logs[0], roots=()),))
    told = desk.get(Role.LENDER, at).json()
    assert not told["verdict"]["holds"]
    assert told["quantity"] is None
    assert "does not hold" in told["unreckoned"]
    desk.office.desk.policy = None
    assert desk.get(Role.LENDER, at).status_code == 404
    desk.office.desk.policy = policy
