"""Every revert, every event argument, and what each of them leaves behind; on the embedded chain and on anvil."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from eth_abi.abi import decode
from eth_utils.crypto import keccak

from tally_chain.anchoring import contract as abi
from tally_chain.anchoring import setup
from tally_chain.anchoring.reading import check_code, read_anchors, read_head
from tally_chain.engine.interface import Event, Outcome
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import OWNER, STRANGER, TX_KEY, Stage, fresh_log_id

ZERO_ADDRESS = "0x" + "00" * 20
ZERO_ID = bytes(32)


def the_event(outcome: Outcome, signature: str) -> Event:
    """The one event of a transaction, which must be of this signature."""
    (event,) = outcome.events
    assert event.topics[0] == keccak(text=signature)
    return event


def as_address(topic: bytes) -> str:
    (address,) = decode(["address"], topic)
    return str(address)


def same(topic: bytes, address: str) -> bool:
    return as_address(topic) == address.lower()


def hexed(value: bytes) -> str:
    return "0x" + value.hex()


def test_register_says_who(stage: Stage) -> None:
    log_id = fresh_log_id()
    event = the_event(stage.send(OWNER, "register", log_id, TX_KEY.address), "Registered(bytes32,address,address)")
    assert event.topics[1] == log_id
    assert same(event.topics[2], OWNER.address)
    assert same(event.topics[3], TX_KEY.address)
    assert event.data == b""
    head = read_head(stage.engine, stage.contract, log_id)
    assert (head.size, head.root, head.anchored_at, head.block_number, head.sequence) == (0, bytes(32), 0, 0, 0)
    assert (head.owner, head.tx_key, head.pending_owner) == (OWNER.address, TX_KEY.address, None)
    assert (head.predecessor, head.successor, head.retired) == (None, None, False)


def test_register_refuses(stage: Stage) -> None:
    known = stage.registered().log_id
    assert stage.revert(STRANGER, "register", known, TX_KEY.address) == f"LogAnchorKnownLog(logId={hexed(known)})"
    assert stage.revert(OWNER, "register", ZERO_ID, TX_KEY.address) == "LogAnchorZeroLogId()"
    assert stage.revert(OWNER, "register", fresh_log_id(), ZERO_ADDRESS) == "LogAnchorZeroKey()"


@pytest.mark.parametrize(
    ("function", "rest"),
    [
        ("head", ()),
        ("rotate", (TX_KEY.address,)),
        ("offerOwnership", (TX_KEY.address,)),
        ("acceptOwnership", ()),
        ("succeed", (b"\x01" * 32, TX_KEY.address)),
        ("anchor", (1, bytes(32), [])),
    ],
)
def test_unknown_log(stage: Stage, function: str, rest: tuple[object, ...]) -> None:
    log_id = fresh_log_id()
    assert stage.revert(OWNER, function, log_id, *rest) == f"LogAnchorUnknownLog(logId={hexed(log_id)})"


@pytest.mark.parametrize(
    ("function", "rest"),
    [
        ("rotate", (STRANGER.address,)),
        ("offerOwnership", (STRANGER.address,)),
        ("succeed", (b"\x02" * 32, STRANGER.address)),
    ],
)
@pytest.mark.parametrize("key", [STRANGER, TX_KEY])
def test_only_the_owner(stage: Stage, key: object, function: str, rest: tuple[object, ...]) -> None:
    log_id = stage.registered().log_id
    expected = f"LogAnchorNotOwner(logId={hexed(log_id)}, caller={key.address.lower()})"  # type: ignore[attr-defined]
    assert stage.revert(key, function, log_id, *rest) == expected  # type: ignore[arg-type]


def test_anchor_says_what(stage: Stage) -> None:
    log_id = stage.registered().log_id
    first = stage.send(TX_KEY, "anchor", log_id, 7, oracle.root(0, 7), [])
    second = stage.send(TX_KEY, "anchor", log_id, 100, oracle.root(0, 100), oracle.proof(7, 100))
    before = the_event(first, "Anchored(bytes32,uint32,uint64,bytes32,uint64,uint64)")
    after = the_event(second, "Anchored(bytes32,uint32,uint64,bytes32,uint64,uint64)")
    assert before.topics[1:] == (log_id, (1).to_bytes(32, "big"))
    assert abi.decode_anchored(before) == abi.AnchoredEvent(log_id, 1, 7, oracle.root(0, 7), 0, 0)
    assert abi.decode_anchored(after) == abi.AnchoredEvent(log_id, 2, 100, oracle.root(0, 100), 7, first.block_number)
    head = read_head(stage.engine, stage.contract, log_id)
    block = stage.engine.block(second.block_number)
    assert block is not None
    assert (head.size, head.root, head.sequence) == (100, oracle.root(0, 100), 2)
    assert (head.block_number, head.anchored_at) == (second.block_number, block.time_seconds)


def test_the_same_head_again_changes_nothing(stage: Stage) -> None:
    log_id = stage.anchored(5)
    before = read_head(stage.engine, stage.contract, log_id)
    again = stage.send(TX_KEY, "anchor", log_id, 5, oracle.root(0, 5), [b"\x07" * 32])
    assert again.succeeded
    assert again.events == ()
    assert stage.ask(TX_KEY, "anchor", log_id, 5, oracle.root(0, 5), []) == bytes(32)
    assert read_head(stage.engine, stage.contract, log_id) == before


def test_anchor_refuses(stage: Stage) -> None:
    log_id = stage.anchored(8)
    name, root8, root9 = f"logId={hexed(log_id)}", oracle.root(0, 8), oracle.root(0, 9)
    good = oracle.proof(8, 9)
    assert stage.accepts(log_id, 9, root9, good)
    for key in (OWNER, STRANGER):
        expected = f"LogAnchorNotTransactionKey({name}, caller={key.address.lower()})"
        assert stage.revert(key, "anchor", log_id, 9, root9, good) == expected
    assert stage.revert(TX_KEY, "anchor", log_id, 0, root9, good) == f"LogAnchorEmptyHead({name})"
    behind = f"LogAnchorBehind({name}, size=7, anchoredSize=8)"
    assert stage.revert(TX_KEY, "anchor", log_id, 7, oracle.root(0, 7), []) == behind
    other = f"LogAnchorOtherRoot({name}, size=8, root={hexed(root9)}, anchoredRoot={hexed(root8)})"
    assert stage.revert(TX_KEY, "anchor", log_id, 8, root9, []) == other
    inconsistent = f"LogAnchorInconsistent({name}, anchoredSize=8, size=9)"
    for root, proof in ((root8, good), (root9, []), (root9, [*good, good[0]]), (root9, [bytes(32)])):
        assert stage.revert(TX_KEY, "anchor", log_id, 9, root, proof) == inconsistent


def test_the_first_head_takes_no_proof(stage: Stage) -> None:
    log_id = stage.registered().log_id
    name = f"logId={hexed(log_id)}"
    refused = f"LogAnchorInconsistent({name}, anchoredSize=0, size=3)"
    assert stage.revert(TX_KEY, "anchor", log_id, 3, oracle.root(0, 3), [bytes(32)]) == refused
    assert stage.revert(TX_KEY, "anchor", log_id, 0, oracle.root(0, 0), []) == f"LogAnchorEmptyHead({name})"
    assert stage.accepts(log_id, 3, oracle.root(0, 3), [])


def test_rotation_moves_the_right_to_anchor(stage: Stage) -> None:
    log_id = stage.anchored(1)
    assert stage.revert(OWNER, "rotate", log_id, ZERO_ADDRESS) == "LogAnchorZeroKey()"
    event = the_event(
        stage.send(OWNER, "rotate", log_id, STRANGER.address), "TransactionKeyRotated(bytes32,address,address)"
    )
    assert event.topics[1] == log_id
    assert same(event.topics[2], TX_KEY.address)
    assert same(event.topics[3], STRANGER.address)
    root = oracle.root(0, 2)
    assert "NotTransactionKey" in stage.revert(TX_KEY, "anchor", log_id, 2, root, oracle.proof(1, 2))
    assert stage.send(STRANGER, "anchor", log_id, 2, root, oracle.proof(1, 2)).succeeded


def test_ownership_moves_in_two_steps(stage: Stage) -> None:
    log_id = stage.registered().log_id
    nobody = f"LogAnchorNotPendingOwner(logId={hexed(log_id)}, caller={STRANGER.address.lower()})"
    assert stage.revert(STRANGER, "acceptOwnership", log_id) == nobody
    offered = the_event(
        stage.send(OWNER, "offerOwnership", log_id, STRANGER.address), "OwnershipOffered(bytes32,address,address)"
    )
    assert (offered.topics[1], same(offered.topics[2], OWNER.address)) == (log_id, True)
    assert same(offered.topics[3], STRANGER.address)
    assert read_head(stage.engine, stage.contract, log_id).pending_owner == STRANGER.address
    assert "NotPendingOwner" in stage.revert(TX_KEY, "acceptOwnership", log_id)
    stage.send(OWNER, "offerOwnership", log_id, ZERO_ADDRESS)
    assert stage.revert(STRANGER, "acceptOwnership", log_id) == nobody
    stage.send(OWNER, "offerOwnership", log_id, STRANGER.address)
    taken = the_event(stage.send(STRANGER, "acceptOwnership", log_id), "OwnershipTransferred(bytes32,address,address)")
    assert taken.topics[1] == log_id
    assert same(taken.topics[2], OWNER.address)
    assert same(taken.topics[3], STRANGER.address)
    head = read_head(stage.engine, stage.contract, log_id)
    assert (head.owner, head.pending_owner) == (STRANGER.address, None)
    assert "NotOwner" in stage.revert(OWNER, "rotate", log_id, TX_KEY.address)
    assert "NotPendingOwner" in stage.revert(STRANGER, "acceptOwnership", log_id)


def test_succession_retires_and_names(stage: Stage) -> None:
    old, new = stage.anchored(6), fresh_log_id()
    outcome = stage.send(OWNER, "succeed", old, new, STRANGER.address)
    opened, named = outcome.events
    assert opened.topics[0] == keccak(text="Registered(bytes32,address,address)")
    assert (opened.topics[1], same(opened.topics[3], STRANGER.address)) == (new, True)
    assert named.topics == (keccak(text="Succeeded(bytes32,bytes32,uint64,bytes32)"), old, new)
    assert decode(["uint64", "bytes32"], named.data) == (6, oracle.root(0, 6))
    retired = read_head(stage.engine, stage.contract, old)
    opened_head = read_head(stage.engine, stage.contract, new)
    assert (retired.successor, retired.retired, retired.size) == (new, True, 6)
    assert (opened_head.predecessor, opened_head.size, opened_head.owner) == (old, 0, OWNER.address)
    assert opened_head.tx_key == STRANGER.address
    reason = f"LogAnchorRetiredLog(logId={hexed(old)}, successor={hexed(new)})"
    assert stage.revert(TX_KEY, "anchor", old, 7, oracle.root(0, 7), oracle.proof(6, 7)) == reason
    assert stage.revert(TX_KEY, "anchor", old, 6, oracle.root(0, 6), []) == reason
    assert stage.revert(OWNER, "succeed", old, fresh_log_id(), TX_KEY.address) == reason
    assert stage.send(STRANGER, "anchor", new, 1, oracle.root(0, 1), []).succeeded


def test_succession_refuses(stage: Stage) -> None:
    old, taken = stage.registered().log_id, stage.registered().log_id
    assert stage.revert(OWNER, "succeed", old, taken, TX_KEY.address) == f"LogAnchorKnownLog(logId={hexed(taken)})"
    assert stage.revert(OWNER, "succeed", old, old, TX_KEY.address) == f"LogAnchorKnownLog(logId={hexed(old)})"
    assert stage.revert(OWNER, "succeed", old, ZERO_ID, TX_KEY.address) == "LogAnchorZeroLogId()"
    assert stage.revert(OWNER, "succeed", old, fresh_log_id(), ZERO_ADDRESS) == "LogAnchorZeroKey()"
    assert not read_head(stage.engine, stage.contract, old).retired


def test_retiring_without_a_successor(stage: Stage) -> None:
    log_id = stage.anchored(6)
    for key in (STRANGER, TX_KEY):
        assert "LogAnchorNotOwner" in stage.revert(key, "retire", log_id)
    event = the_event(stage.send(OWNER, "retire", log_id), "Retired(bytes32,uint64,bytes32)")
    assert event.topics[1] == log_id
    assert decode(["uint64", "bytes32"], event.data) == (6, oracle.root(0, 6))
    head = read_head(stage.engine, stage.contract, log_id)
    assert (head.retired, head.successor, head.size) == (True, None, 6)
    reason = f"LogAnchorRetiredLog(logId={hexed(log_id)}, successor={hexed(ZERO_ID)})"
    assert stage.revert(TX_KEY, "anchor", log_id, 7, oracle.root(0, 7), oracle.proof(6, 7)) == reason
    assert stage.revert(OWNER, "retire", log_id) == reason
    assert stage.revert(OWNER, "retire", ZERO_ID) == f"LogAnchorUnknownLog(logId={hexed(ZERO_ID)})"
    new = fresh_log_id()
    stage.send(OWNER, "succeed", log_id, new, TX_KEY.address)
    assert read_head(stage.engine, stage.contract, log_id).successor == new
    assert "LogAnchorRetiredLog" in stage.revert(OWNER, "succeed", log_id, fresh_log_id(), TX_KEY.address)


def test_logs_do_not_touch_each_other(stage: Stage) -> None:
    first, second = stage.anchored(4), stage.anchored(9)
    before = read_head(stage.engine, stage.contract, second)
    stage.send(TX_KEY, "anchor", first, 5, oracle.root(0, 5), oracle.proof(4, 5))
    assert read_head(stage.engine, stage.contract, second) == before


def test_logs_on_the_contract_before_this_one_are_read_and_go_on(stage: Stage) -> None:
    """Deployed before `retire` came; its answer of `head` is one word shorter."""
    earlier = json.loads(Path(__file__).with_name("log_anchor_before_retire.json").read_text("utf-8"))
    created = setup.transact(stage.engine, OWNER, stage.profile, None, bytes.fromhex(earlier["creation_code"]))
    assert created.contract_address is not None
    old = dataclasses.replace(stage, contract=created.contract_address)
    check_code(old.engine, old.contract)
    log_id, new = old.anchored(7), fresh_log_id()
    old.send(TX_KEY, "anchor", log_id, 9, oracle.root(0, 9), oracle.proof(7, 9))
    head = read_head(old.engine, old.contract, log_id)
    assert (head.size, head.root, head.retired, head.successor) == (9, oracle.root(0, 9), False, None)
    assert [anchor.size for anchor in read_anchors(old.engine, old.contract, log_id)] == [7, 9]
    old.send(OWNER, "succeed", log_id, new, TX_KEY.address)
    head = read_head(old.engine, old.contract, log_id)
    assert (head.retired, head.successor) == (True, new)


def test_the_code_on_chain_is_the_artefact(stage: Stage) -> None:
    assert stage.engine.code(stage.contract) == abi.artefact().runtime_code
