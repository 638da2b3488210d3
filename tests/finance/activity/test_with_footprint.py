"""What a footprint takes of a load: its amount by registers, its ceiling apart, its hours with what nobody measured."""

from __future__ import annotations

import numpy as np
import pytest

from tally_finance.errors import FootprintError
from tally_finance.footprint.loads import Piece, metered
from tally_finance.footprint.metering import Instrument, Kind
from tally_finance.footprint.spans import Span
from tests.finance.activity import works
from tests.finance.activity.test_site import exchanged
from tests.finance.activity.works import GRID, WATER


def test_a_load_with_an_estimate_is_a_line() -> None:
    grid = works.report(exchanged(GRID, "energy_import", "kWh"), 31).site.terms[0].meters["grid"]
    assert grid.facts is not None
    old, new = (Instrument(GRID, Kind.ELECTRICITY, grid.facts.accuracy_class, None, serial=one) for one in "ab")
    (turn,) = grid.meter.turns
    edges = np.array([grid.load.from_at, turn.at, grid.load.to_at])
    pieces = [
        Piece(one.from_at, one.to_at, {state.word: share for state, share in one.shares.items()})
        for one in grid.load.between(edges)
    ]
    spans = [Span(one.from_at, one.to_at, by) for one, by in zip(pieces, (old, new), strict=True)]
    line = metered(grid.load, spans, pieces)
    assert [sum(one.shares.values()) for one in pieces] == [1000 + 600, 600 + 2000]
    assert line.estimated == 1200
    assert line.line.amount.number == grid.load.total == 4200
    assert line.data == grid.load.digest


def test_a_load_with_something_missing_is_none() -> None:
    water = works.report(exchanged(WATER, "volume", "m3"), 31).site.terms[0].meters["water"]
    with pytest.raises(FootprintError, match="a part is missing"):
        metered(water.load, [Span(water.load.from_at, water.load.to_at, Instrument(WATER, Kind.WATER, "2", None))])
