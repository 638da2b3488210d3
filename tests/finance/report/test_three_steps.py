"""Every id of real reports, down to statement bytes and a proof, in three steps at most; and no network is asked.

Four reports: a works with weighings and a tenant, a site with two logs, a simulated dyehouse with water, drain and
weighbridge, and the steel plant's year. Proofs are checked by the algorithm of RFC 9162 alone, and the difference of
the registers in the statements must be what the interval says.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tally_chain import bundle as bundles
from tally_chain import policy_text
from tally_chain.bundle import Bundle
from tally_chain.verify.carried import Carried
from tally_edge import senml, statement
from tally_edge.command import main
from tally_edge.statement import Kind, Statement
from tally_finance.report import evidence, opening, telling_products
from tally_finance.report.making import Report
from tests.finance.activity import works
from tests.finance.report import dyehouse, mill, test_steel_year, test_two_logs, two_logs, weighed
from tests.finance.report.test_commands import root_by
from tests.finance.report.test_passed_on import LESS
from tests.world import START

Made = tuple[Report, Bundle]


def of_works(folder: Path) -> Made:
    """Weighings, a tenant, coal equivalent, a certificate, a table that rounds."""
    world = weighed.weigh(works.run(weighed.opened(), mill.DAYS), mill.DAYS)
    (folder / "store.toml").write_text(weighed.STORE)
    text = weighed.INVENTORY.replace("[market]", LESS.format(meter="furnace") + "\n[market]")
    text = text.replace('as = "electricity"\n', 'as = "electricity"\ncoal = "energy.electricity"\n')
    return mill.made(world, folder, text=text), world.bundle(hours=mill.DAYS * works.DAY_H)


def of_two_logs(folder: Path) -> Made:
    """Each log with a bundle."""
    site = two_logs.played(mill.DAYS)
    both = site.bundles(mill.DAYS)
    return test_two_logs.made(test_two_logs.examined(site, both), both, folder), evidence.together(both)


def of_dyehouse(folder: Path) -> Made:
    """Trucks, jets and a drain."""
    played = dyehouse.played()
    return dyehouse.reported(played, folder), played.bundle


def of_steel_year(folder: Path) -> Made:
    """A year of quarter hours, the plant's own where the shared data is there."""
    return test_steel_year.reported(folder, "CN"), test_steel_year.bundled()


@pytest.mark.parametrize("make", [of_works, of_two_logs, of_dyehouse, of_steel_year], ids=lambda one: one.__name__)
def test_every_id_leads_to_statements_and_proofs_in_three_steps(make: Callable[[Path], Made], tmp_path: Path) -> None:
    report, bundle = make(tmp_path)
    said = json.loads(report.encode())
    every = opening.openable(said)
    assert {*said["figures"], *said["resources"], "line-1", "medium-1", "medium-1-month-1"} <= every.keys()
    proven = Proven(bundle, {one["root"] for one in said["roots"]})
    below: dict[str, set[str]] = {}
    for name, item in every.items():
        if opening.is_load(item):
            below[name] = set(of_load(report, str(item["load"]), proven))
        elif opening.is_output(item):
            below[name] = set(of_output(report, name, proven))
            assert below[name], name
    for name, item in every.items():
        ends = reached(every, name, opening.MOST_STEPS - 1)
        if rests_on_devices(item):
            assert set().union(*(below.get(one, set()) for one in ends)), name
        else:
            assert not item["opens"], name
    assert max(opening.steps_down(said, name) for name in every) <= opening.MOST_STEPS


def rests_on_devices(item: dict[str, Any] | Any) -> bool:
    """All but factors, which open to their published source, and checks that were not made or are of the sheet."""
    if "sources" in item:
        assert all(one["locator"] and one["title"] for one in item["sources"])
        return False
    if "holds" in item:
        return bool(item["opens"])
    return True


def reached(every: dict[str, Any], name: str, steps: int) -> set[str]:
    """An item and what lies so many steps below it, at most."""
    found, edge = {name}, {name}
    for _ in range(steps):
        edge = {str(one) for each in edge for one in every[each]["opens"]}
        found |= edge
    return found


class Proven:
    """Statements by id, each once: its bytes hash to the id, and its path leads to a root that the report names."""

    def __init__(self, bundle: Bundle, roots: set[str]) -> None:
        self._carried, self._roots = Carried(bundle), roots
        self._known: dict[str, Statement] = {}

    def __call__(self, ids: set[str]) -> dict[str, Statement]:
        """The statements."""
        wanted = [bytes.fromhex(one) for one in sorted(ids - self._known.keys())]
        found = evidence.proven(self._carried, wanted)
        assert found.keys() == set(wanted)
        for name, one in found.items():
            assert sha256(one.encoded).digest() == name
            path = [step.hex() for step in one.path]
            proof = {"entry": str(one.index), "size": str(one.size), "bytes": one.encoded.hex(), "path": path}
            assert root_by(proof).hex() in self._roots  # type: ignore[arg-type]  # as the command's JSON has it
            self._known[name.hex()] = statement.decode(one.encoded)
        return {one: self._known[one] for one in ids}


def of_load(report: Report, digest: str, proven: Proven) -> Iterator[str]:
    """The statements of a load; the registers that two of them show differ by what the interval between them says."""
    meter = next(
        meter
        for term in report.activity.site.terms
        for meter in term.meters.values()
        if meter.load.digest.hex() == digest
    )
    load, ratio = meter.load, 1 if meter.facts is None else meter.facts.multiplier
    ends = {end.statement_id.hex() for row in load.intervals() for end in (row.first, row.last) if end is not None}
    known = proven(ends)
    for row in load.intervals():
        if row.first is None or row.last is None:
            continue
        first, last = row.first.statement_id.hex(), row.last.statement_id.hex()
        shown = [registers(known[name]) for name in (first, last)]
        values = [of.get((load.register, at)) for of, at in zip(shown, (row.from_at, row.to_at), strict=True)]
        assert (values[1] - values[0]) * ratio == row.quantity, (load.point, row)  # type: ignore[operator]  # both are there
    yield from ends


def of_output(report: Report, name: str, proven: Proven) -> Iterator[str]:
    """The weighings of an output: what the statement says of that time is what the report says."""
    rows = opening.weighings(report, name)
    known = proven({row["statement"] for row in rows})
    for row in rows:
        shown = registers(known[row["statement"]])
        assert abs(shown["net", int(row["at"])]) == Decimal(row["amount"])
        yield row["statement"]
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal(telling_products.outputs(report)[0]["amount"])


@lru_cache(maxsize=100_000)
def registers(signed: Statement) -> dict[tuple[str, int], Decimal]:
    """What a statement says in numbers, by register and time."""
    if signed.claims.kind is not Kind.READINGS:
        return {}
    return {
        (one.register, one.taken_at): Decimal(one.value)
        for one in senml.decode(signed.payload)
        if isinstance(one.value, int | Decimal) and not isinstance(one.value, bool)
    }


def test_a_report_is_made_verified_and_opened_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object, **__: object) -> NoReturn:
        raise AssertionError("the network was asked")

    for name in ("socket", "create_connection", "getaddrinfo", "socketpair"):
        monkeypatch.setattr(socket, name, refused)
    world = weighed.weigh(works.run(weighed.opened(), mill.DAYS), mill.DAYS)
    (tmp_path / "bundle.tally").write_bytes(bundles.encode(world.bundle(hours=mill.DAYS * works.DAY_H)))
    (tmp_path / "policy.toml").write_text(policy_text.write(works.policy_of(world)))
    (tmp_path / "store.toml").write_text(weighed.STORE)
    trust = ["--policy", str(tmp_path / "policy.toml"), "--at", str(START + 395 * works.DAY_S)]
    sheet, out = mill.sheets(tmp_path, weighed.INVENTORY), tmp_path / "report"
    command = ["finance", "footprint", "report", str(tmp_path / "bundle.tally"), *trust, "--sheet", str(sheet)]
    assert main([*command, "--out", str(out)]) == 0
    for name in ("bundle.tally", "inventory.toml", "boundary.toml", "certificates.csv", "store.toml"):
        (tmp_path / name).unlink()
    assert main(["finance", "footprint", "verify", str(out), *trust]) == 0
    assert "the same, byte for byte" in capsys.readouterr().out
    assert main(["finance", "footprint", "open", str(out), "output-1", *trust]) == 0
    told = capsys.readouterr().out
    assert "ticket W1" in told
    assert "… 19 more (--json)" in told
    assert "  path  " in told
    assert main(["finance", "footprint", "open", str(out), "output-1", *trust, "--json"]) == 0
    opened = json.loads(capsys.readouterr().out)
    assert len(opened["item"]["statements"]) == len(opened["statements"]) == mill.DAYS
    assert {root_by(one) for one in opened["statements"].values()} == {world.root}
