"""Random operations by random parties: the rules and the contracts say the same, and every invariant holds throughout.

The long form is `make receipts-long`.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tally_chain.receipts.history import read_history
from tally_chain.receipts.rebuilding import rebuilt
from tally_chain.receipts.rules.apply import book_at
from tally_chain.receipts.rules.book import Book
from tests.chain.receipts.dice import Drawn, Seeded
from tests.chain.receipts.furnished import furnished
from tests.chain.receipts.play import NAMES, Player
from tests.chain.receipts.world import World, template

TITLE = ("issue", "endorse", "deliver", "split", "merge", "amend_or_replace", "hold", "lift", "surrender_or_cancel")
PLEDGE = ("offer", "accept", "register", "release", "order", "cancel_or_execute", "set_floor", "execute_dynamic")
DEFAULT = ("margin", "enforce_or_settle", "sell", "substitute", "attest", "apportion")


class Crowd(RuleBasedStateMachine):
    """A warehouse at work, in which anybody tries anything."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(furnished())

    def try_one_of(self, names: tuple[str, ...], data: st.DataObject) -> None:
        Player(self.world, Drawn(data)).step(names, spoiled_one_in=4)

    @rule(data=st.data())
    def anything(self, data: st.DataObject) -> None:
        self.try_one_of(NAMES, data)

    @rule(data=st.data())
    def title(self, data: st.DataObject) -> None:
        self.try_one_of(TITLE, data)

    @rule(data=st.data())
    def pledge(self, data: st.DataObject) -> None:
        self.try_one_of(PLEDGE, data)

    @rule(data=st.data())
    def default(self, data: st.DataObject) -> None:
        self.try_one_of(DEFAULT, data)

    def teardown(self) -> None:
        self.world.close()


TestCrowd = Crowd.TestCase
TestCrowd.settings = settings(
    max_examples=5,
    stateful_step_count=30,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def test_a_seeded_run_is_rebuilt_from_what_the_chain_proves() -> None:
    world = World(template())
    player = Player(world, Seeded(3))
    books: dict[int, Book] = {}
    for _ in range(120):
        player.step()
        books[world.block - 1] = world.book
    history = read_history(world.engine, world.contracts, world.organisations)
    assert rebuilt(history) == world.book
    for block, book in list(books.items())[::10]:
        assert rebuilt(history, block=block) == book
        assert book_at(world.empty, world.history, block=block) == book
    assert sum(name.endswith(" done") for name in world.counts) > 10
    world.close()
