"""What is offered for a unit of gas, beside pools that want both numbers outbid, as go-ethereum's does."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import pytest
import rlp  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.anchoring.alarms import Alarm
from tally_chain.anchoring.client import Anchorer
from tally_chain.anchoring.fees import OverCap, highest, offer
from tally_chain.anchoring.keys import FeeOffer, Transaction, fee_of
from tally_chain.anchoring.profile import ANVIL, EMBEDDED, FISCO_BCOS, GETH_FAMILY, GWEI, PROFILES, ChainProfile
from tally_chain.engine.interface import Fees
from tally_chain.errors import Refusal, SendRefusedError
from tests.chain.anchoring.engines import Around, Clock, Pool, anchorer
from tests.chain.anchoring.test_client import PATIENT, give, kinds
from tests.chain.contracts.stage import OWNER, TX_KEY, Stage

REPLACING = [profile for profile in PROFILES.values() if profile.replace_percent]
WEI = st.integers(0, 300 * GWEI)
FEES = st.builds(
    lambda base, tip, more: Fees(base, tip, base + more), WEI, st.integers(0, 20 * GWEI), st.integers(0, 20 * GWEI)
)


def outbids(new: FeeOffer, old: FeeOffer, percent: int = 10) -> bool:
    """go-ethereum's rule (core/txpool/legacypool/list.go, Add)."""
    pairs = ((new.max_fee_wei, old.max_fee_wei), (new.priority_fee_wei, old.priority_fee_wei))
    return all(one > other and one >= other * (100 + percent) // 100 for one, other in pairs)


@given(history=st.lists(FEES, min_size=1, max_size=30), profile=st.sampled_from(REPLACING))
def test_each_replacement_outbids_both_numbers_or_the_cap_is_reached(
    history: list[Fees], profile: ChainProfile
) -> None:
    waiting: FeeOffer | None = None
    for fees in history:
        found = offer(fees, profile, waiting)
        if isinstance(found, OverCap):
            asked = fees.base_fee_wei + fees.priority_fee_wei
            if asked > profile.fee_cap_wei:
                assert "the chain asks" in found.text
                continue
            assert "outbidding" in found.text
            assert waiting is not None
            assert waiting.max_fee_wei * (100 + profile.replace_percent) > 100 * profile.fee_cap_wei
            continue
        assert found.priority_fee_wei <= found.max_fee_wei <= profile.fee_cap_wei
        assert found.max_fee_wei >= fees.base_fee_wei + fees.priority_fee_wei
        if waiting is not None and waiting.max_fee_wei:
            assert outbids(found, waiting, profile.replace_percent)
        waiting = found


def test_offers() -> None:
    quiet = Fees(base_fee_wei=100, priority_fee_wei=2, gas_price_wei=102)
    capped = dataclasses.replace(EMBEDDED, fee_cap_wei=150, replace_percent=10)
    assert offer(quiet, EMBEDDED) == FeeOffer(dynamic=True, max_fee_wei=202, priority_fee_wei=2)
    assert offer(quiet, capped) == FeeOffer(dynamic=True, max_fee_wei=150, priority_fee_wei=2)
    waiting = FeeOffer(dynamic=True, max_fee_wei=130, priority_fee_wei=10)
    assert offer(quiet, capped, waiting) == FeeOffer(dynamic=True, max_fee_wei=150, priority_fee_wei=11)
    dear = offer(quiet, capped, dataclasses.replace(waiting, max_fee_wei=140))
    assert isinstance(dear, OverCap)
    assert "(140 wei, tip 10) takes 154 wei" in dear.text
    asked = offer(quiet, dataclasses.replace(capped, fee_cap_wei=101))
    assert isinstance(asked, OverCap)
    assert asked.text == "the chain asks 102 wei for a unit of gas, the profile's cap is 101"
    free = FeeOffer(dynamic=False, max_fee_wei=0, priority_fee_wei=0)
    assert offer(Fees(0, 0, 0), FISCO_BCOS) == free
    assert offer(Fees(0, 0, 0), FISCO_BCOS, free) == free
    assert isinstance(offer(Fees(0, 0, 5), FISCO_BCOS), OverCap)
    nothing = FeeOffer(dynamic=True, max_fee_wei=0, priority_fee_wei=0)
    assert offer(Fees(0, 0, 0), PROFILES["besu-qbft"], nothing) == nothing
    assert highest([]) is None
    assert highest([waiting, FeeOffer(dynamic=True, max_fee_wei=90, priority_fee_wei=20)]) == FeeOffer(
        dynamic=True, max_fee_wei=130, priority_fee_wei=20
    )


@pytest.mark.parametrize("dynamic", [True, False])
def test_what_a_signed_transaction_offers(dynamic: bool) -> None:
    fee = FeeOffer(dynamic=dynamic, max_fee_wei=7 * GWEI, priority_fee_wei=GWEI if dynamic else 7 * GWEI)
    assert fee_of(TX_KEY.sign(Transaction(1, 3, OWNER.address, b"\x01", 50_000, fee)).raw) == fee
    for nonsense in (b"", b"\x02", b"\x02\xff", rlp.encode([b"\x01"]), b"\x02" + rlp.encode([b"\x01"])):
        with pytest.raises(ValueError, match="no signed transaction"):
            fee_of(nonsense)


class GethPool(Pool):
    """A pool of one place: who comes later must outbid who waits. `fees` are what the test says."""

    now = Fees(0, 0, 0)

    def fees(self) -> Fees:
        return self.now

    def send_raw_transaction(self, raw: bytes) -> bytes:
        if self.waiting and raw != self.waiting[0] and not outbids(fee_of(raw), fee_of(self.waiting[0])):
            raise SendRefusedError(Refusal.UNDERPRICED, "replacement transaction underpriced")
        if raw not in self.waiting:
            self.waiting.clear()
        return super().send_raw_transaction(raw)


class Telling(Around):
    """A node whose fees are what the test says."""

    now = Fees(0, 0, 0)

    def fees(self) -> Fees:
        return self.now


def too_dear(client: Anchorer) -> list[str]:
    return [state.text for state in client.alarms if state.alarm is Alarm.FEE_TOO_HIGH]


def test_a_fee_that_falls_and_rises_again_is_outbid_all_the_same(embedded: Stage, tmp_path: Path) -> None:
    """The base fee goes from 10 to 1 to 20 gwei: the tip that was offered in between must not come back lower."""
    pool, clock = GethPool(embedded.engine), Clock()
    profile = dataclasses.replace(PATIENT, fee_cap_wei=GETH_FAMILY.fee_cap_wei)
    with anchorer(pool, embedded.registered(), tmp_path, profile, clock) as client:
        give(client, 4)
        for base in (10, 1, 20, 25, 26, 27, 28):
            pool.now = Fees(base * GWEI, GWEI, (base + 1) * GWEI)
            assert kinds(client.step()) == ["sent"]
            assert too_dear(client) == []
            clock.now += 60
        assert len(client._journal.attempts(client.pending()[0])) == 7
        pool.now = Fees(150 * GWEI, GWEI, 151 * GWEI)
        while kinds(client.step()) == ["sent"]:
            clock.now += 60
        (text,) = too_dear(client)
        assert "outbidding the transaction that waits" in text
        assert "the chain asks" not in text
        pool.mine()
        assert kinds(client.step()) == ["seen", "final"]
        assert client.alarms == ()


def test_what_waits_from_a_life_without_a_journal_is_outbid_in_the_end(embedded: Stage, tmp_path: Path) -> None:
    pool, clock = GethPool(embedded.engine), Clock()
    target = embedded.registered()
    pool.now = Fees(GWEI, 5 * GWEI, 6 * GWEI)
    with anchorer(pool, target, tmp_path / "lost", PATIENT, clock) as client:
        give(client, 4)
        assert kinds(client.step()) == ["sent"]
    pool.now = Fees(GWEI, GWEI, 2 * GWEI)
    with anchorer(pool, target, tmp_path / "new", PATIENT, clock) as client:
        give(client, 9)
        tries = 0
        while kinds(client.step()) != ["sent"]:
            clock.now += 10
            tries += 1
            assert tries < 20
        pool.mine()
        assert kinds(client.step()) == ["seen", "final"]


@pytest.mark.evm_node
def test_a_real_pool_takes_each_replacement(anvil: Stage, tmp_path: Path) -> None:
    """The fees that are asked fall and rise while anvil's own pool holds what was sent."""
    clock, target, node = Clock(), anvil.registered(), Telling(anvil.engine)
    anvil.rpc("evm_setAutomine", False)
    try:
        with anchorer(node, target, tmp_path, ANVIL, clock) as client:
            give(client, 4)
            for base in (10, 1, 20, 25, 28):
                node.now = Fees(base * GWEI, GWEI, (base + 1) * GWEI)
                assert kinds(client.step()) == ["sent"]
                clock.now += ANVIL.replace_after_seconds
            attempts = client._journal.attempts(client.pending()[0])
            assert len(attempts) == 5
            assert all(outbids(new.fee, old.fee) for old, new in itertools.pairwise(attempts))
            pool: Any = anvil.rpc("txpool_content")
            (waiting,) = [found for key, found in pool["pending"].items() if key.lower() == TX_KEY.address.lower()]
            (shown,) = waiting.values()
            assert shown["hash"] == "0x" + attempts[-1].tx_hash.hex()
            anvil.rpc("evm_mine")
            while client.pending():
                client.step()
    finally:
        anvil.rpc("evm_mine")
        anvil.rpc("evm_setAutomine", True)
