"""What counters say was made, and what people say in their place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from tally_edge.authority import Correction, CorrectionReason, SigningPlace
from tally_edge.statement import Kind
from tests.finance.activity import works
from tests.finance.report import mill
from tests.world import START


def test_no_limit_of_a_counter_covers_what_people_say_of_it(tmp_path: Path) -> None:
    """Its readings are typed in, or a correction adds to them: U95 of the output is nobody's then."""
    text = mill.INVENTORY.replace("[products]", '[[meter]]\nname = "coils"\nlimit_percent = 2\n\n[products]')
    world = works.run(works.opened(), mill.DAYS)
    more = Correction(
        works.SCALE, "mass_out", START, START + works.DAY_S, 2000, "kg", CorrectionReason.WRONG_RATIO, "as weighed"
    )
    world.state(Kind.CORRECTION, works.SCALE, more, at=START + mill.DAYS * works.DAY_S)
    (coil,) = json.loads(mill.made(world, tmp_path, text=text).encode())["products"]
    assert (coil["amount"], "amount_u95" in coil) == ("60000", False)
    assert "output of coil: coils, corrected" in coil["unstated"]
    found = works.examined(works.run(works.opened(), mill.DAYS), mill.DAYS)
    (known,) = found.facts.keys.values()
    logged, enrolment = known.enrolments[0]
    form = replace(enrolment, points=(works.SCALE,), place=SigningPlace.BY_HAND)
    found.facts.keys[b"form"] = replace(known, enrolments=[(logged, form)])
    report = mill.report_of(found, mill.inventory(tmp_path, text), works.boundary(), mill.shipped(), (b"\1" * 32,))
    assert "output of coil: coils, entered by hand" in report.products[0].unstated
