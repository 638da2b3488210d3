"""py-evm's interpreter made quicker for the embedded chain, with the same results to the last unit of gas. No IO.

py-evm runs every opcode through some ten Python calls: a check of gas, of the stack's height, of every number's range.
Here a code is cut into blocks that run from their first opcode to their last, so that gas and height are checked once
for a block and its opcodes are plain functions on a list of ints. Jump destinations and blocks are worked out once for
a code and kept.

Only frequent opcodes that touch nothing but stack, memory and call data are ours (`opcodes.QUICK`). py-evm itself runs
all others, and a block whole when it cannot reach its end: such a block fails, and it fails at the opcode and with the
error that py-evm finds. What a block does not know beforehand are the gas for more memory and where a jump leads:
these raise py-evm's own errors, which burn all gas, so that it makes no difference that the block was paid for already
(only the numbers in an OutOfGas text tell it).

This relies on py-evm's internals (the loop of apply_computation over a CodeStream, the insides of Stack, Memory and
GasMeter, that an opcode pushes one value at most), for exactly the version that pyproject.toml names;
tests/chain/engine compares all of it with py-evm's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from eth.abc import MessageAPI, StateAPI, TransactionContextAPI
from eth.vm import opcode_values as op
from eth.vm.forks.cancun import CancunVM
from eth.vm.forks.cancun.computation import CancunComputation
from eth.vm.forks.cancun.state import CancunState

from tally_chain.engine.opcodes import QUICK, Frame, Step, push

STACK_LIMIT = 1024
# Codes whose blocks are kept. The contracts of an installation are about twenty; a deployment's code is used twice.
CODES_KEPT = 32

_OPCODES: Mapping[int, Any] = CancunComputation.opcodes


class QuickCode(Frame):
    """The code of one computation; iterating runs our opcodes and yields those left to py-evm."""

    __slots__ = ("_blocks", "_stack")

    def __init__(self, computation: Any) -> None:
        self._blocks = _blocks(computation.msg.code)
        self._stack = computation._stack.values
        super().__init__(computation, self._blocks.targets)

    def __iter__(self) -> Iterator[int]:
        stack, meter, blocks = self._stack, self.meter, self._blocks
        while True:
            gas, needs, room, steps, end, left = blocks[self.program_counter]
            if gas > meter.gas_remaining or not needs <= len(stack) <= room:
                yield from super().__iter__()
                return
            meter.gas_remaining -= gas
            self.program_counter = end
            for step in steps:
                step(stack, self)
            if left is not None:
                yield left
                # py-evm pushes bytes where it has them at hand; our opcodes know ints alone.
                if stack and isinstance(stack[-1], bytes):
                    stack[-1] = int.from_bytes(stack[-1], "big")


class QuickComputation(CancunComputation):
    """py-evm's computation for the fork, over a QuickCode."""

    def __init__(self, state: StateAPI, message: MessageAPI, transaction_context: TransactionContextAPI) -> None:
        super().__init__(state, message, transaction_context)
        self.code = QuickCode(self)


class _QuickState(CancunState):
    computation_class = QuickComputation


QuickVM = CancunVM.configure("QuickVM", _state_class=_QuickState)


class Block(NamedTuple):
    """Opcodes that run one after the other.

    `gas` without that for memory; `needs` and `room` are the least and the greatest height of the stack with which
    none of them fails; `end` is the position afterwards and `left` the opcode before it that py-evm runs, if any.
    """

    gas: int
    needs: int
    room: int
    steps: tuple[Step, ...]
    end: int
    left: int | None


class _Blocks(dict[int, Block]):
    """A code's blocks by their first position, made when they are first reached, and the places jumps may go to."""

    def __init__(self, code: bytes) -> None:
        super().__init__()
        self._code = code
        self.targets = _targets(code)

    def __missing__(self, start: int) -> Block:
        block = self[start] = _block(self._code, start)
        return block


@lru_cache(CODES_KEPT)
def _blocks(code: bytes) -> _Blocks:
    return _Blocks(code)


def _targets(code: bytes) -> frozenset[int]:
    """Positions of every JUMPDEST that is not in the data of a PUSH."""
    found = []
    position = 0
    while position < len(code):
        opcode = code[position]
        if opcode == op.JUMPDEST:
            found.append(position)
        elif op.PUSH1 <= opcode <= op.PUSH32:
            position += opcode - op.PUSH0
        position += 1
    return frozenset(found)


def _block(code: bytes, start: int) -> Block:
    """The block from `start` to a jump, before the next JUMPDEST, or with the first opcode that is not ours.

    Blocks do not overlap, so that those of a code never take more than in proportion to its length.
    """
    gas = height = needs = highest = 0
    steps: list[Step] = []
    left: int | None = None
    end = start
    while left is None:
        opcode = code[end] if end < len(code) else op.STOP
        if opcode == op.JUMPDEST and end > start:
            break
        end += 1
        quick = QUICK.get(opcode)
        if quick is None:
            left = opcode
            continue
        gas += _OPCODES[opcode].gas_cost
        needs = max(needs, quick.takes - height)
        height += quick.leaves - quick.takes
        highest = max(highest, height)
        if quick.step is not None:
            steps.append(quick.step)
        elif opcode != op.JUMPDEST:
            size = opcode - op.PUSH0
            steps.append(push(int.from_bytes(code[end : end + size].ljust(size, b"\x00"), "big")))
            end += size
        if opcode in (op.JUMP, op.JUMPI):
            break
    return Block(gas, needs, STACK_LIMIT - highest, tuple(steps), end, left)
