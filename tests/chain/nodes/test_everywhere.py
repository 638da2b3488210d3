"""The shared anchoring suite: what the client promises, on the embedded engine, on anvil, and on a real network."""

from __future__ import annotations

import dataclasses
import itertools
import random
from pathlib import Path

import pytest

from tally_chain.anchoring import setup
from tally_chain.anchoring.events import AnchorEventKind
from tally_chain.anchoring.fees import offer
from tally_chain.anchoring.journal import read_states
from tally_chain.anchoring.keys import FeeOffer, Transaction
from tally_chain.anchoring.profile import GWEI
from tally_chain.anchoring.reading import AnchorTarget, read_anchors, read_head
from tally_chain.anchoring.transacting import without_waiting
from tally_chain.engine.interface import BlockTag, Fees
from tally_chain.errors import (
    AnchorRefusedError,
    EngineUnavailableError,
    ForeignChainError,
    ForeignContractError,
    Refusal,
    SendRefusedError,
    UnknownLogError,
)
from tests.chain.anchoring.engines import Around, Faulty, ProcessDied, anchorer
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import OWNER, PEOPLE, STRANGER, TX_KEY, Stage, fresh_log_id
from tests.chain.nodes.chains import anchored, drive, expected, give, journal_of, kinds, settle

pytestmark = pytest.mark.slow

SIZES = (4, 9, 20)


def test_each_head_is_anchored_once_and_becomes_final(chain: Stage, tmp_path: Path) -> None:
    with anchorer(chain.engine, chain.registered(), tmp_path, chain.profile) as client:
        assert client.head() is None
        give(client, *SIZES)
        happened = kinds(drive(client))
        # On the network a block may be replaced by itself, when two signers sealed at once.
        assert happened.count("seen") - happened.count("reorganised") == happened.count("final") == 3
        assert anchored(client) == expected(*SIZES)
        head = client.head()
        assert head is not None
        assert (head.size, head.root, head.sequence) == (20, oracle.root(0, 20), 3)
        for anchor in client.history():
            block, outcome = chain.engine.block(anchor.block_number), chain.engine.outcome(anchor.tx_hash)
            assert block is not None
            assert outcome is not None
            assert block.hash == anchor.block_hash == outcome.block_hash
            assert block.time_seconds == anchor.block_time_seconds
    assert read_states(journal_of(tmp_path)) == {"final": 3}


def test_a_lost_journal_is_recovered_from_the_contract(chain: Stage, tmp_path: Path) -> None:
    target = chain.registered()
    with anchorer(chain.engine, target, tmp_path / "first", chain.profile) as client:
        give(client, 4, 9)
        drive(client)
    with anchorer(chain.engine, target, tmp_path / "second", chain.profile) as client:
        assert client.base_size() == 9
        give(client, 20)
        drive(client)
        assert anchored(client) == expected(*SIZES)


def test_what_another_life_anchored_is_found_and_not_sent_again(chain: Stage, tmp_path: Path) -> None:
    target = chain.registered()
    with anchorer(chain.engine, target, tmp_path, chain.profile) as client:
        give(client, *SIZES)
        for old, new in ((0, 4), (4, 20)):
            chain.send(TX_KEY, "anchor", target.log_id, new, oracle.root(0, new), oracle.proof(old, new))
        nonce = chain.engine.nonce(TX_KEY.address)
        happened = kinds(drive(client))
        assert happened.count("seen") - happened.count("reorganised") == happened.count("final") == 2
        assert happened.count("superseded") == 1
        assert "sent" not in happened
        assert chain.engine.nonce(TX_KEY.address) == nonce
        assert anchored(client) == expected(4, 20)


def test_a_wrong_proof_is_refused_before_it_costs_anything(chain: Stage, tmp_path: Path) -> None:
    with anchorer(chain.engine, chain.registered(), tmp_path, chain.profile) as client:
        give(client, 4)
        drive(client)
        before = chain.engine.nonce(TX_KEY.address)
        client.submit(9, oracle.root(0, 9), oracle.proof(5, 9))
        (event,) = [event for event in drive(client) if event.kind is AnchorEventKind.REFUSED]
        assert event.text.startswith("LogAnchorInconsistent(")
        assert chain.engine.nonce(TX_KEY.address) == before
        give(client, 9)
        drive(client)
        assert anchored(client) == expected(4, 9)


def test_the_key_itself_cannot_rewrite_shorten_or_fork(chain: Stage) -> None:
    """Valid signatures of the right key, and proofs that fit other sizes, roots and shapes."""
    log_id = chain.anchored(9)
    good = oracle.proof(9, 20)
    tries: list[tuple[int, bytes, list[bytes], str]] = [
        (9, oracle.root(0, 10), [], "LogAnchorOtherRoot"),
        (4, oracle.root(0, 4), [], "LogAnchorBehind"),
        (20, oracle.root(0, 21), good, "LogAnchorInconsistent"),
        (33, oracle.root(0, 20), good, "LogAnchorInconsistent"),
        (20, oracle.root(0, 20), oracle.proof(8, 20), "LogAnchorInconsistent"),
        (20, oracle.root(0, 20), good[:-1], "LogAnchorInconsistent"),
        (20, oracle.root(0, 20), [*good, good[-1]], "LogAnchorInconsistent"),
        (20, oracle.root(0, 20), good[::-1], "LogAnchorInconsistent"),
        (20, oracle.root(0, 20), [], "LogAnchorInconsistent"),
    ]
    for size, root, proof, reason in tries:
        assert chain.revert(TX_KEY, "anchor", log_id, size, root, proof).startswith(f"{reason}("), (size, reason)
    head = read_head(chain.engine, chain.contract, log_id)
    assert (head.size, head.root) == (9, oracle.root(0, 9))
    assert chain.accepts(log_id, 20, oracle.root(0, 20), good)


def test_a_rotated_key_and_a_retired_log_stop_the_client(chain: Stage, tmp_path: Path) -> None:
    rotated, retired = chain.registered(), chain.registered()
    with anchorer(chain.engine, rotated, tmp_path / "rotated", chain.profile) as client:
        give(client, 4)
        names = {"contract": chain.contract, "log_id": rotated.log_id}
        setup.rotate(chain.engine, OWNER, without_waiting(chain.profile), tx_key=STRANGER.address, **names)  # type: ignore[arg-type]
        settle(chain)
        with pytest.raises(AnchorRefusedError, match="transaction key"):
            drive(client)
    successor = fresh_log_id()
    with anchorer(chain.engine, retired, tmp_path / "retired", chain.profile) as client:
        give(client, 4)
        opened = setup.succeed(
            chain.engine,
            OWNER,
            without_waiting(chain.profile),
            contract=chain.contract,
            old_log_id=retired.log_id,
            new_log_id=successor,
            tx_key=TX_KEY.address,
        )
        settle(chain)
        with pytest.raises(AnchorRefusedError, match="retired"):
            drive(client)
    with anchorer(chain.engine, opened, tmp_path / "successor", chain.profile) as client:
        give(client, 4)
        drive(client)
        assert anchored(client) == expected(4)


def test_another_chain_contract_or_log_is_refused(chain: Stage, tmp_path: Path) -> None:
    target = chain.registered()
    wrong: list[tuple[AnchorTarget, type[Exception]]] = [
        (dataclasses.replace(target, chain_id=target.chain_id + 1), ForeignChainError),
        (dataclasses.replace(target, genesis_hash=bytes(32)), ForeignChainError),
        (dataclasses.replace(target, contract=OWNER.address), ForeignContractError),
        (dataclasses.replace(target, log_id=fresh_log_id()), UnknownLogError),
    ]
    for number, (pinned, error) in enumerate(wrong):
        folder = tmp_path / str(number)
        with anchorer(chain.engine, pinned, folder, chain.profile) as client, pytest.raises(error):
            client.submit(4, oracle.root(0, 4), [])


def test_the_history_is_proven_complete_whatever_the_pages(chain: Stage) -> None:
    log_id = chain.anchored(SIZES[0])
    for old, new in itertools.pairwise(SIZES):
        chain.send(TX_KEY, "anchor", log_id, new, oracle.root(0, new), oracle.proof(old, new))
    whole = read_anchors(chain.engine, chain.contract, log_id)
    assert [(anchor.sequence, anchor.size) for anchor in whole] == list(enumerate(SIZES, 1))
    for span in (1, 2, 3):
        assert read_anchors(chain.engine, chain.contract, log_id, span_blocks=span) == whole
    assert read_anchors(chain.engine, chain.contract, log_id, after_sequence=2) == whole[2:]


def test_what_was_mined_is_not_taken_again(chain: Stage) -> None:
    """The words of each node for the same refusal come to the same meaning."""
    log_id = chain.registered().log_id
    outcome = chain.send(TX_KEY, "anchor", log_id, 4, oracle.root(0, 4), [])
    assert chain.engine.outcome(outcome.tx_hash) == outcome
    stale = offer(chain.engine.fees(), chain.profile)
    assert isinstance(stale, FeeOffer)
    transaction = Transaction(chain.engine.identity().chain_id, 0, chain.contract, b"\x01\x02\x03\x04", 100_000, stale)
    with pytest.raises(SendRefusedError) as caught:
        chain.engine.send_raw_transaction(TX_KEY.sign(transaction).raw)
    assert caught.value.reason is Refusal.NONCE_TOO_LOW
    latest = chain.engine.block(BlockTag.LATEST)
    assert latest is not None
    assert chain.engine.block(latest.number + 10**6) is None


def test_lives_that_end_anywhere_anchor_each_head_once(chain: Stage, tmp_path: Path) -> None:
    """The answer is lost, or the process dies, at seeded places; every life continues what the one before left."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance, target = random.Random(seed), chain.registered()
    for life in range(12):
        error: type[BaseException] = chance.choice([EngineUnavailableError, ProcessDied])
        engine = Faulty(chain.engine, chance.randint(1, 40), after=chance.random() < 0.5, error=error)
        try:
            with anchorer(engine, target, tmp_path, chain.profile) as client:
                base = client.base_size()
                give(client, *(size for size in SIZES if size > base))
                drive(client)
        except (ProcessDied, EngineUnavailableError):
            continue
        if life > 3:
            break
    with anchorer(chain.engine, target, tmp_path, chain.profile) as client:
        base = client.base_size()
        give(client, *(size for size in SIZES if size > base))
        drive(client)
        assert anchored(client) == expected(*SIZES)
    assert read_states(journal_of(tmp_path)) == {"final": 3}


def test_an_unsent_transaction_is_sent_by_the_next_life(chain: Stage, tmp_path: Path) -> None:
    """The process dies after the signed bytes were stored and before anything was sent."""
    target = chain.registered()

    class Dying(Around):
        def send_raw_transaction(self, raw: bytes) -> bytes:
            raise ProcessDied

    with anchorer(Dying(chain.engine), target, tmp_path, chain.profile) as client:
        give(client, 4)
        with pytest.raises(ProcessDied):
            client.step()
    assert read_states(journal_of(tmp_path)) == {"signed": 1}
    nonce = chain.engine.nonce(TX_KEY.address)
    with anchorer(chain.engine, target, tmp_path, chain.profile) as client:
        drive(client)
        assert anchored(client) == expected(4)
    assert chain.engine.nonce(TX_KEY.address) == nonce + 1


@pytest.mark.evm_network
def test_the_pool_of_a_production_client_takes_each_replacement(on_network: Stage) -> None:
    """What waits for the nonce below it is outbid while fees fall and rise; a lower tip than before is refused."""
    key, identity = PEOPLE[-1], on_network.engine.identity()
    nonce = on_network.engine.nonce(key.address) + 1

    def send(fee: FeeOffer) -> None:
        transaction = Transaction(identity.chain_id, nonce, key.address, b"", 21_000, fee)
        on_network.engine.send_raw_transaction(key.sign(transaction).raw)

    waiting: FeeOffer | None = None
    for base in (10, 1, 20, 25, 26, 27, 28):
        found = offer(Fees(base * GWEI, GWEI, (base + 1) * GWEI), on_network.profile, waiting)
        assert isinstance(found, FeeOffer)
        send(found)
        waiting = found
    assert waiting is not None
    cheap = dataclasses.replace(waiting, max_fee_wei=2 * waiting.max_fee_wei)
    with pytest.raises(SendRefusedError) as caught:
        send(cheap)
    assert caught.value.reason is Refusal.UNDERPRICED
