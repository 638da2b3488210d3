"""The opcodes of the embedded chain's quicker interpreter (see `quick`): what each does to a stack of ints. No IO.

Nothing here checks the stack's height or pays for the opcode itself: a block has seen to both before it begins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from eth.exceptions import InvalidInstruction, InvalidJumpDestination
from eth.vm import opcode_values as op
from eth.vm.code_stream import CodeStream
from eth.vm.computation import memory_gas_cost

_MAX = 2**256 - 1
# x ^ _SIGN puts numbers of two's complement in the order of plain ones.
_SIGN = 2**255


class Frame(CodeStream):
    """One computation's code at `program_counter`, with the memory, gas meter and call data that its opcodes use.

    `targets` are the places to which the code may jump.
    """

    __slots__ = ("data", "memory", "meter", "targets")

    def __init__(self, computation: Any, targets: frozenset[int]) -> None:
        super().__init__(computation.msg.code)
        self.data = computation.msg.data_as_bytes
        self.memory = computation._memory
        self.meter = computation._gas_meter
        self.targets = targets

    def jump(self, target: int) -> None:
        """Goes on at `target`; raises InvalidJumpDestination, or InvalidInstruction for one in the data of a PUSH."""
        self.program_counter = target
        if target not in self.targets:
            if self.peek() == op.JUMPDEST:
                raise InvalidInstruction("Jump resulted in invalid instruction")
            raise InvalidJumpDestination("Invalid Jump Destination")

    def word_at(self, start: int) -> bytearray:
        """Memory with the 32 bytes from `start` on in it; raises OutOfGas when making room for them costs too much."""
        memory = self.memory
        if start + 32 > len(memory._bytes):
            cost = memory_gas_cost(start + 32) - memory_gas_cost(len(memory._bytes))
            self.meter.consume_gas(cost, reason="Expanding memory")
            memory.extend(start, 32)
        kept: bytearray = memory._bytes
        return kept


Step = Callable[[list[int], Frame], None]


class Quick(NamedTuple):
    """One of our opcodes: how many values it takes and leaves, and what it does; None where its place tells (PUSH)."""

    takes: int
    leaves: int
    step: Step | None


def push(value: int) -> Step:
    return lambda stack, _: stack.append(value)


def _dup(depth: int) -> Step:
    return lambda stack, _: stack.append(stack[-depth])


def _swap(depth: int) -> Step:
    place = -depth - 1

    def step(stack: list[int], _: Frame) -> None:
        stack[-1], stack[place] = stack[place], stack[-1]

    return step


def _pop(stack: list[int], _: Frame) -> None:
    del stack[-1]


def _add(stack: list[int], _: Frame) -> None:
    left = stack.pop()
    stack[-1] = left + stack[-1] & _MAX


def _mul(stack: list[int], _: Frame) -> None:
    left = stack.pop()
    stack[-1] = left * stack[-1] & _MAX


def _sub(stack: list[int], _: Frame) -> None:
    left = stack.pop()
    stack[-1] = left - stack[-1] & _MAX


def _div(stack: list[int], _: Frame) -> None:
    left = stack.pop()
    right = stack[-1]
    stack[-1] = left // right if right else 0


def _lt(stack: list[int], _: Frame) -> None:
    left = stack.pop()
    stack[-1] = 1 if left < stack[-1] else 0


def _gt(stack: list[int], _: Frame) -> None:
    left = stack.pop()
    stack[-1] = 1 if left > stack[-1] else 0


def _slt(stack: list[int], _: Frame) -> None:
    left = stack.pop()
    stack[-1] = 1 if left ^ _SIGN < stack[-1] ^ _SIGN else 0


def _sgt(stack: list[int], _: Frame) -> None:
    left = stack.pop()
    stack[-1] = 1 if left ^ _SIGN > stack[-1] ^ _SIGN else 0


def _eq(stack: list[int], _: Frame) -> None:
    left = stack.pop()
    stack[-1] = 1 if left == stack[-1] else 0


def _iszero(stack: list[int], _: Frame) -> None:
    stack[-1] = 0 if stack[-1] else 1


def _and(stack: list[int], _: Frame) -> None:
    left = stack.pop()
    stack[-1] &= left


def _or(stack: list[int], _: Frame) -> None:
    left = stack.pop()
    stack[-1] |= left


def _xor(stack: list[int], _: Frame) -> None:
    left = stack.pop()
    stack[-1] ^= left


def _not(stack: list[int], _: Frame) -> None:
    stack[-1] ^= _MAX


def _shl(stack: list[int], _: Frame) -> None:
    shift = stack.pop()
    stack[-1] = stack[-1] << shift & _MAX if shift < 256 else 0


def _shr(stack: list[int], _: Frame) -> None:
    shift = stack.pop()
    stack[-1] = stack[-1] >> shift if shift < 256 else 0


def _calldataload(stack: list[int], frame: Frame) -> None:
    start = stack[-1]
    stack[-1] = int.from_bytes(frame.data[start : start + 32].ljust(32, b"\x00"), "big")


def _calldatasize(stack: list[int], frame: Frame) -> None:
    stack.append(len(frame.data))


def _mload(stack: list[int], frame: Frame) -> None:
    start = stack[-1]
    stack[-1] = int.from_bytes(frame.word_at(start)[start : start + 32], "big")


def _mstore(stack: list[int], frame: Frame) -> None:
    start = stack.pop()
    frame.word_at(start)[start : start + 32] = stack.pop().to_bytes(32, "big")


def _jump(stack: list[int], frame: Frame) -> None:
    frame.jump(stack.pop())


def _jumpi(stack: list[int], frame: Frame) -> None:
    target = stack.pop()
    if stack.pop():
        frame.jump(target)


QUICK: dict[int, Quick] = {
    op.POP: Quick(1, 0, _pop),
    op.ADD: Quick(2, 1, _add),
    op.MUL: Quick(2, 1, _mul),
    op.SUB: Quick(2, 1, _sub),
    op.DIV: Quick(2, 1, _div),
    op.LT: Quick(2, 1, _lt),
    op.GT: Quick(2, 1, _gt),
    op.SLT: Quick(2, 1, _slt),
    op.SGT: Quick(2, 1, _sgt),
    op.EQ: Quick(2, 1, _eq),
    op.ISZERO: Quick(1, 1, _iszero),
    op.AND: Quick(2, 1, _and),
    op.OR: Quick(2, 1, _or),
    op.XOR: Quick(2, 1, _xor),
    op.NOT: Quick(1, 1, _not),
    op.SHL: Quick(2, 1, _shl),
    op.SHR: Quick(2, 1, _shr),
    op.CALLDATALOAD: Quick(1, 1, _calldataload),
    op.CALLDATASIZE: Quick(0, 1, _calldatasize),
    op.MLOAD: Quick(1, 1, _mload),
    op.MSTORE: Quick(2, 0, _mstore),
    op.JUMP: Quick(1, 0, _jump),
    op.JUMPI: Quick(2, 0, _jumpi),
    op.JUMPDEST: Quick(0, 0, None),
    **{op.PUSH0 + size: Quick(0, 1, None) for size in range(33)},
    **{op.DUP1 + depth - 1: Quick(depth, depth + 1, _dup(depth)) for depth in range(1, 17)},
    **{op.SWAP1 + depth - 1: Quick(depth + 1, depth + 1, _swap(depth)) for depth in range(1, 17)},
}
