"""Two lenders race for one receipt in seeded interleavings; the long form is `make races`."""

from __future__ import annotations

from tests.chain.receipts.race import races

RACES = 30


def test_of_two_lenders_exactly_one_wins_in_every_interleaving() -> None:
    won, answers = races(range(1, RACES + 1))
    print(dict(won), dict(answers))
    assert sum(won.values()) == RACES
    # Neither is favoured by who it is, and the one that is late is told who was first.
    assert set(won) == {"bank a", "bank b"}
    assert answers["Offer PledgesTaken"] > RACES
    assert answers["Offer SignedOverAnotherHead"] > 0
