"""A follower that goes on from what it remembered is as good as one that read everything, and believes no forgery."""

from __future__ import annotations

import pytest

from tally_chain.policy import Accept
from tally_edge import cbor
from tally_edge.errors import TallyError
from tally_finance.watch.codes import Code
from tally_finance.watch.follow import Follower
from tally_finance.watch.limits import Limits
from tally_finance.watch.watching import Watch
from tests.finance.watch.test_follow import NOW, Published, Told, following, looked, pledged
from tests.finance.watch.yard import Yard
from tests.world import HOUR, START


async def followed(yard: Yard) -> tuple[Published, Follower, Watch]:
    source = Published(yard)
    follower, _, watch = following(source)
    await looked(follower)
    return source, follower, watch


def busy() -> Yard:
    """Everything that is remembered: weighings, a gap, what is missing, what failed."""
    yard = Yard()
    yard.world.log(yard.weigh(START + 500, 14_000, 44_000))
    yard.world.log(yard.world.gap(0, 1))
    yard.world.readings((1, 1))  # signed and not logged: missing
    yard.world.log(yard.world.readings((2, 2)))
    twin = Yard()
    yard.world.log(twin.world.readings((1, 7)))  # a fork
    return yard


async def test_what_is_recalled_is_what_was_heard_and_goes_on_without_reading_again() -> None:
    yard = busy()
    source, follower, watch = await followed(yard)
    before = watch.alerts
    assert {one.code for one in before} >= {Code.OUTBOUND_WITHOUT_ORDER, Code.EVIDENCE_FAILS, Code.GAP_DECLARED}
    data = follower.remembered()
    assert data is not None
    again, _, other = following(source)
    again.recall(data)
    assert again.size == follower.size
    source.asked.clear()
    await looked(again)
    assert other.alerts == before
    assert source.asked == ["checkpoint"], "nothing is read that was read"
    left = yard.world.log(yard.weigh(START + 600, 14_000, 40_000))
    for one in (follower, again):
        await looked(one)
    assert other.alerts == watch.alerts
    assert any(left.id in one.evidence for one in other.alerts)


async def test_nothing_is_said_of_what_was_recalled_before_the_log_answers() -> None:
    source, follower, _ = await followed(busy())
    data = follower.remembered()
    assert data is not None
    source.fails = lambda _: None
    again, _, watch = following(source)
    again.recall(data)
    await looked(again)
    assert watch.alerts == ()


async def test_a_log_that_went_back_behind_what_is_remembered_contradicts_itself() -> None:
    source, follower, _ = await followed(busy())
    data = follower.remembered()
    assert data is not None
    source.size = follower.size - 1
    again, told, _ = following(source)
    again.recall(data)
    await looked(again)
    assert told.raised() == [Code.LOG_CONTRADICTS]


async def test_there_is_nothing_to_remember_before_the_log_was_read() -> None:
    follower, _, _ = following(Published(Yard()))
    assert follower.remembered() is None


@pytest.mark.parametrize("where", ["checkpoint", "peak", "size", "origin", "version", "noise"])
async def test_a_memory_that_does_not_hold_is_none(where: str) -> None:
    source, follower, _ = await followed(busy())
    item = cbor.decode(follower.remembered() or b"")
    assert isinstance(item, list)
    place = item[3]
    assert isinstance(place, list)
    match where:
        case "checkpoint":
            place[0] = bytes(place[0])[:-3] + b"AAA"  # type: ignore[arg-type]
        case "peak":
            place[2] = [bytes(32), *place[2][1:]]  # type: ignore[index,misc]
        case "size":
            place[1] = 1
        case "origin":
            item[1] = "other.example/log"
        case "version":
            item[0] = 2
        case _:
            item[4] = 7
    again, _, _ = following(source)
    with pytest.raises(TallyError):
        again.recall(cbor.encode(item))
    assert again.size == 0


async def test_a_memory_of_another_policy_is_none() -> None:
    source, follower, _ = await followed(busy())
    data = follower.remembered()
    assert data is not None
    yard = source.yard
    watch = Watch(yard.world.origin, yard.policy(Accept(simulated=True)), pledged, Limits(), begun_at=NOW)
    again = Follower(source, yard.vkey, watch, lambda: NOW, Told())
    with pytest.raises(TallyError, match="another log, policy or version"):
        again.recall(data)


async def test_a_forged_weighing_in_a_memory_is_not_believed() -> None:
    source, follower, watch = await followed(busy())
    item = cbor.decode(follower.remembered() or b"")
    assert isinstance(item, list)
    forged = Yard().weigh(START + HOUR, 14_000, 90_000)
    item[5] = [[3, forged.encoded[:-64] + bytes(63) + b"\x01"]]
    again, _, other = following(source)
    again.recall(cbor.encode(item))
    await looked(again)
    out = [one for one in other.alerts if one.code is Code.OUTBOUND_WITHOUT_ORDER]
    assert out == []
    assert any(one.code is Code.OUTBOUND_WITHOUT_ORDER for one in watch.alerts)
