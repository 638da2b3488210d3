"""The quicker interpreter against py-evm's own: every opcode, whole programs, and a chain made by each."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from eth.consensus.noproof import NoProofConsensus
from eth.exceptions import (
    FullStack,
    InsufficientStack,
    InvalidInstruction,
    InvalidJumpDestination,
    OutOfGas,
)
from eth.vm import mnemonics
from eth.vm import opcode_values as op
from eth.vm.forks.cancun import CancunVM
from eth.vm.forks.cancun.computation import CancunComputation
from eth.vm.logic import arithmetic, comparison, context, duplication, flow, memory, stack, swap
from eth.vm.opcode import _FastOpcode
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_chain.anchoring import setup
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.engine import embedded
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.engine.interface import BlockTag
from tally_chain.engine.opcodes import QUICK
from tally_chain.errors import CallRevertedError
from tests.chain.contracts import stage as contract_stage
from tests.chain.contracts.stage import ALL, STRANGER, Stage
from tests.chain.engine.side import HELPER, Ran, both, left_to_py_evm
from tests.chain.registry import parties

# SELFDESTRUCT, which programs of any bytes may hold.
pytestmark = pytest.mark.filterwarnings("ignore:SELFDESTRUCT:DeprecationWarning")

BINARY = (op.ADD, op.MUL, op.SUB, op.DIV, op.LT, op.GT, op.SLT, op.SGT, op.EQ, op.AND, op.OR, op.XOR, op.SHL, op.SHR)
EDGES = (0, 1, 2, 31, 32, 255, 256, 257, 2**64, 2**255 - 1, 2**255, 2**255 + 1, 2**256 - 2, 2**256 - 1)
LIMIT = 1024
TABLE: dict[int, Any] = CancunComputation.opcodes
"""py-evm's own opcodes."""
PROGRAMS = 150


def push(value: int) -> bytes:
    return bytes([op.PUSH32]) + value.to_bytes(32, "big")


def alone(opcode: int) -> bytes:
    """The opcode as a program; behind a PUSH, what it pushes."""
    size = max(0, opcode - op.PUSH0) if opcode <= op.PUSH32 else 0
    return bytes([opcode, *range(1, size + 1)])


def logic(name: str) -> Any:
    """py-evm's function for an opcode."""
    names = {"AND": "and_op", "OR": "or_op", "NOT": "not_op"}
    found = [
        getattr(module, names.get(name, name.lower()))
        for module in (arithmetic, comparison, context, duplication, flow, memory, stack, swap)
        if hasattr(module, names.get(name, name.lower()))
    ]
    assert len(found) == 1, name
    return found[0]


def test_every_opcode_of_ours_is_one_that_py_evm_does_as_expected() -> None:
    """An upgrade that renames, changes or wraps one fails here first."""
    for opcode in QUICK:
        theirs = TABLE[opcode]
        assert type(theirs) is _FastOpcode, hex(opcode)
        name = theirs.mnemonic
        assert getattr(op, name) == opcode
        assert getattr(mnemonics, name) == name
        assert theirs.logic_fn is logic(name)
    others = {op.POP, op.ISZERO, op.NOT, op.CALLDATALOAD, op.CALLDATASIZE, op.MLOAD, op.MSTORE}
    others |= {op.JUMP, op.JUMPI, op.JUMPDEST, *range(op.PUSH0, op.SWAP16 + 1)}
    assert set(QUICK) == {*BINARY, *others}
    assert embedded._VM.get_state_class().computation_class is not CancunComputation


@pytest.mark.parametrize("opcode", BINARY, ids=lambda opcode: TABLE[opcode].mnemonic)
def test_two_numbers_at_every_edge(opcode: int) -> None:
    pairs = list(itertools.product(EDGES, EDGES))
    done = both(b"".join(push(right) + push(left) + bytes([opcode]) for left, right in pairs))
    assert len(done.stack) == len(pairs)


@pytest.mark.parametrize("opcode", [op.ISZERO, op.NOT, op.CALLDATALOAD])
def test_one_number_at_every_edge(opcode: int) -> None:
    done = both(b"".join(push(value) + bytes([opcode]) for value in EDGES), data=bytes(range(1, 60)))
    assert len(done.stack) == len(EDGES)


@pytest.mark.parametrize("opcode", sorted(QUICK), ids=lambda opcode: TABLE[opcode].mnemonic)
def test_heights_and_gas_at_their_limits(opcode: int) -> None:
    quick = QUICK[opcode]
    cost = TABLE[opcode].gas_cost
    # Where jumps lead from a stack of ones.
    code = alone(opcode) + bytes([op.JUMPDEST])
    values = [1] * LIMIT
    enough = both(code, values[: quick.takes], gas=cost + 100)
    assert enough.error is None
    assert enough.gas == 99 - (3 if opcode in (op.MLOAD, op.MSTORE) else 0) * 2
    assert both(code, values[: quick.takes], gas=cost - 1).error is OutOfGas
    if quick.takes:
        assert both(code, values[: quick.takes - 1]).error is InsufficientStack
    full = both(code, values)
    assert full.error is (FullStack if quick.leaves > quick.takes else None)
    assert both(code, values[1:]).error is None
    assert len(enough.stack) == quick.leaves


@pytest.mark.parametrize(
    ("code", "height", "error"),
    [
        ([op.PUSH0, op.POP], LIMIT, FullStack),
        ([op.PUSH0, op.POP], LIMIT - 1, None),
        ([op.POP, op.PUSH0], LIMIT, None),
        ([op.POP, op.PUSH0, op.DUP1], LIMIT, FullStack),
        ([op.PUSH0, op.ADD], 0, InsufficientStack),
        ([op.PUSH0, op.ADD], 1, None),
        ([op.PUSH0, op.PUSH0, op.ADD], 0, None),
        ([op.ADD, op.ADD, op.PUSH0], 2, InsufficientStack),
        ([op.ADD, op.ADD, op.PUSH0], 3, None),
        ([op.ADD, op.JUMPDEST, op.POP, op.POP], 2, InsufficientStack),
    ],
)
def test_heights_in_the_middle_of_a_block(code: list[int], height: int, error: type | None) -> None:
    assert both(bytes(code), [1] * height).error is error


@pytest.mark.parametrize("opcode", [op.MLOAD, op.MSTORE])
def test_memory_around_its_end(opcode: int) -> None:
    for start in (0, 1, 31, 32, 33, 63, 64, 65, 2**10, 2**64, 2**256 - 32, 2**256 - 1):
        done = both(bytes([opcode, op.MSIZE]), [7, start], memory=bytes(range(64)))
        assert done.error is (OutOfGas if start >= 2**64 else None)
    # The gas for a third word is there, or is one short.
    assert both(bytes([opcode]), [7, 33], gas=6, memory=bytes(64)).gas == 0
    assert both(bytes([opcode]), [7, 33], gas=5, memory=bytes(64)).error is OutOfGas


def test_what_is_ours_is_not_left_to_py_evm() -> None:
    """Being quick is the point: of these programs only the ends are py-evm's."""
    for code in ([op.PUSH1, 1, op.PUSH0, op.ADD], [op.PUSH1, 3, op.JUMP, op.JUMPDEST, op.PUSH0], [op.JUMPDEST]):
        assert left_to_py_evm(bytes(code)) == [op.STOP]
    assert left_to_py_evm(bytes([op.PUSH0, op.GAS, op.ADD, op.PC])) == [op.GAS, op.PC, op.STOP]
    assert left_to_py_evm(bytes([op.PUSH0, op.ADD])) == [op.PUSH0, op.ADD]


def words() -> st.SearchStrategy[int]:
    return st.one_of(st.sampled_from(EDGES), st.integers(0, 200), st.integers(0, 2**256 - 1))


def values() -> st.SearchStrategy[int | bytes]:
    """As py-evm keeps them: ints, or bytes with zeros in front or without."""
    return st.one_of(words(), st.binary(max_size=32))


@settings(max_examples=PROGRAMS)
@given(
    opcode=st.sampled_from(sorted(QUICK)),
    before=st.lists(values(), max_size=20),
    gas=st.one_of(st.integers(0, 40), st.integers(0, 100_000)),
    data=st.binary(max_size=70),
    memory_words=st.integers(0, 4),
)
def test_an_opcode_on_any_stack(
    opcode: int, before: list[int | bytes], gas: int, data: bytes, memory_words: int
) -> None:
    """Then comes PC, which tells where the program went on."""
    code = alone(opcode) + bytes([op.PC, op.JUMPDEST, op.PC])
    both(code, before, gas=gas, data=data, memory=bytes(range(32)) * memory_words)


@pytest.mark.parametrize("opcode", [op.JUMP, op.JUMPI])
def test_jumps(opcode: int) -> None:
    code = bytes([opcode, op.JUMPDEST, op.PUSH2, op.JUMPDEST, op.JUMPDEST, op.STOP, op.JUMPDEST, op.PC])
    wanted = {1: None, 6: None, 3: InvalidInstruction, 4: InvalidInstruction, 5: InvalidJumpDestination}
    wanted |= {0: InvalidJumpDestination, 8: InvalidJumpDestination, 2**255 + 1: InvalidJumpDestination}
    for target, error in wanted.items():
        assert both(code, [1, target]).error is error, target
    # One that is not taken may lead anywhere.
    assert both(bytes([op.JUMPI]), [0, 2**256 - 1]).error is None


def test_bytes_that_py_evm_left_on_the_stack() -> None:
    """Whatever of its opcodes pushes, ours after it count with the number."""
    pushing = (op.CALLER, op.ADDRESS, op.ORIGIN, op.COINBASE)
    for opcode in (*pushing, op.GAS, op.MSIZE, op.CALLVALUE, op.CODESIZE, op.SELFBALANCE, op.BASEFEE):
        code = bytes([opcode, op.DUP1, op.ISZERO, op.DUP2, op.PUSH1, 1, op.ADD, op.DUP3, op.PUSH0, op.MSTORE])
        assert both(code).error is None
    hashed = both(bytes([op.PUSH1, 5, op.PUSH0, op.SHA3, op.PUSH1, 1, op.SHR, op.DUP1, op.NOT]))
    assert len(hashed.stack) == 2


def test_a_push_cut_short_by_the_end_of_the_code_is_filled_with_zeros() -> None:
    for size in range(1, 33):
        there = bytes(range(1, size))
        assert both(bytes([op.PUSH0 + size]) + there).stack == (int.from_bytes(there + b"\0", "big"),)
        assert both(bytes([op.PUSH0 + size])).stack == (0,)


# What a program is made of: an opcode of ours, one of py-evm's, a number, or a jump to one of the program's labels.
Piece = bytes | tuple[int, int]
OURS = [bytes([opcode]) for opcode in sorted(QUICK) if not op.PUSH1 <= opcode <= op.PUSH32]
THEIRS = [
    bytes([opcode]) for opcode in range(0x04, 0x60) if opcode in CancunComputation.opcodes and opcode not in QUICK
]
ENDS = [bytes([opcode]) for opcode in (op.STOP, op.RETURN, op.REVERT, 0xFE, 0x0C)]
LOGS = [bytes([op.LOG0 + topics]) for topics in range(5)]
CALLS = [
    bytes([op.PUSH1, 32, op.PUSH0, op.PUSH1, 32, op.PUSH0, *value, op.PUSH2, *HELPER[-2:], op.GAS, opcode])
    for opcode, value in (
        (op.CALL, [op.PUSH0]),
        (op.CALL, [op.PUSH1, 9]),
        (op.CALLCODE, [op.PUSH0]),
        (op.DELEGATECALL, []),
        (op.STATICCALL, []),
    )
]
CREATE = [bytes([op.PUSH1, 32, op.PUSH0, op.PUSH0, op.CREATE])]


def test_calls() -> None:
    """The helper is there: it answers a word, reverts for none, and may not log in a static call."""
    for call in CALLS:
        answered = both(call, memory=b"\x01" * 32)
        static = call[-1] == op.STATICCALL
        assert answered.stack == (0 if static else 1,)
        assert answered.return_data == (b"" if static else b"\x01" * 32)
        assert len(answered.logs) == (0 if static else 1)
        assert both(call, memory=bytes(32)).stack == (0,)


def pieces() -> st.SearchStrategy[Piece]:
    small = st.integers(0, 96).map(lambda number: bytes([op.PUSH1, number]))
    jumps = st.tuples(st.sampled_from([op.JUMP, op.JUMPI]), st.integers(0, 9))
    return st.one_of(
        st.sampled_from(OURS),
        st.sampled_from(OURS),
        st.sampled_from(THEIRS),
        small,
        small,
        words().map(push),
        jumps,
        st.just(bytes([op.JUMPDEST])),
        st.sampled_from([*CALLS, *CREATE, *LOGS, *ENDS]),
    )


def assembled(program: Sequence[Piece]) -> bytes:
    lengths = [len(piece) if isinstance(piece, bytes) else 4 for piece in program]
    starts = itertools.accumulate(lengths, initial=0)
    labels = [start for start, piece in zip(starts, program, strict=False) if piece == bytes([op.JUMPDEST])] or [0]
    return b"".join(
        piece
        if isinstance(piece, bytes)
        else bytes([op.PUSH2, *labels[piece[1] % len(labels)].to_bytes(2, "big"), piece[0]])
        for piece in program
    )


def test_programs() -> None:
    """That not all fail at their second opcode, which would compare nothing, is told from how they ended."""
    ended: list[Ran] = []

    @settings(max_examples=PROGRAMS)
    @given(
        program=st.lists(pieces(), min_size=1, max_size=50),
        before=st.lists(st.one_of(st.integers(0, 96), values()), max_size=24),
        gas=st.one_of(st.integers(0, 500), st.integers(500, 12_000), st.integers(12_000, 90_000)),
        data=st.binary(max_size=70),
    )
    def run(program: list[Piece], before: list[int | bytes], gas: int, data: bytes) -> None:
        ended.append(both(assembled(program), before, gas=gas, data=data))

    run()
    errors = [done.error for done in ended]
    assert errors.count(None) > 10
    assert {OutOfGas, InsufficientStack} <= set(errors)


@settings(max_examples=PROGRAMS)
@given(code=st.binary(max_size=120), before=st.lists(values(), max_size=24), gas=st.integers(0, 20_000))
def test_programs_of_any_bytes(code: bytes, before: list[int | bytes], gas: int) -> None:
    both(code, before, gas=gas)


def made(directory: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[bytes], list[str]]:
    """A chain with the anchoring contract and the registries: its blocks' hashes, and what calls that fail say."""
    for module in (parties, contract_stage):
        monkeypatch.setattr(module, "_numbers", itertools.count(1))
    funded = [key.address for key in ALL]
    engine = EmbeddedEngine.create(directory, funded, chain_id=7_700_000_001, clock=lambda: 1_700_000_000)
    try:
        stage = Stage(engine, EMBEDDED, setup.deploy(engine, STRANGER, EMBEDDED))
        there = parties.parties_on(stage)
        stage.anchored(5)
        last = engine.block(BlockTag.LATEST)
        assert last is not None
        blocks = [engine.block(number) for number in range(last.number + 1)]
        said = []
        for data in (b"", b"\x01\x02\x03\x04"):
            for contract in (stage.contract, there.at.claims):
                with pytest.raises(CallRevertedError) as caught:
                    engine.call(contract, data)
                said.append(f"{caught.value} {caught.value.data.hex()}")
        return [block.hash for block in blocks if block is not None], said
    finally:
        engine.close()


def test_a_chain_is_the_same_block_for_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block's hash covers the state, the receipts with their events, and the gas."""
    quick = made(tmp_path / "quick", monkeypatch)
    monkeypatch.setattr(embedded, "_VM", CancunVM.configure("PlainVM", consensus_class=NoProofConsensus))
    assert made(tmp_path / "plain", monkeypatch) == quick
    assert len(quick[0]) > 8
