"""What a long full collection left alive is not walked again, but once a day."""

import gc
import sys
from collections.abc import Iterator

import pytest

from tally_finance.portal import process_turns
from tally_finance.portal.process_turns import LONG_S, THAWED_EVERY_S, ShortCollections


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """A process in which nobody took short turns yet and nothing is left alone; what this run had is put back."""
    turn, callbacks, left_alone = sys.getswitchinterval(), list(gc.callbacks), gc.get_freeze_count()
    gc.callbacks[:] = [one for one in callbacks if not isinstance(one, ShortCollections)]
    gc.unfreeze()
    yield
    sys.setswitchinterval(turn)
    gc.callbacks[:] = callbacks
    gc.unfreeze()
    if left_alone:
        gc.freeze()


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _collection(callback: ShortCollections, clock: _Clock, seconds: float, generation: int = 2) -> int:
    """How many objects are left alone after a collection that took so long."""
    callback("start", {"generation": generation})
    clock.now += seconds
    callback("stop", {"generation": generation, "collected": 0, "uncollectable": 0})
    return gc.get_freeze_count()


def test_only_a_long_full_collection_leaves_objects_alone() -> None:
    clock = _Clock()
    callback = ShortCollections(clock)
    assert _collection(callback, clock, LONG_S / 2) == 0
    assert _collection(callback, clock, 2 * LONG_S, generation=1) == 0
    assert _collection(callback, clock, 2 * LONG_S) > 1000


def test_once_a_day_all_objects_are_looked_at_again() -> None:
    clock = _Clock()
    callback = ShortCollections(clock)
    _collection(callback, clock, 2 * LONG_S)
    clock.now += THAWED_EVERY_S / 2
    assert _collection(callback, clock, 0.0) > 0
    clock.now += THAWED_EVERY_S / 2
    assert _collection(callback, clock, 0.0) == 0


def test_it_is_asked_by_the_interpreter_and_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_turns, "LONG_S", 3600.0)  # so that what follows the thaw is not frozen again
    process_turns.take_short_turns()
    process_turns.take_short_turns()
    (callback,) = (one for one in gc.callbacks if isinstance(one, ShortCollections))
    callback._thawed -= THAWED_EVERY_S
    gc.freeze()
    gc.collect()
    assert gc.get_freeze_count() == 0
    assert sys.getswitchinterval() == process_turns.TURN_S
