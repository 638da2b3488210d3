"""One program run by py-evm's own interpreter and by the quicker one, and what may be compared of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth.constants import BLANK_ROOT_HASH
from eth.db.atomic import AtomicDB
from eth.exceptions import Halt, VMError
from eth.vm.computation import BaseComputation
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.cancun.computation import CancunComputation
from eth.vm.forks.cancun.state import CancunState
from eth.vm.forks.cancun.transaction_context import CancunTransactionContext
from eth.vm.message import Message
from eth.vm.stack import to_int

from tally_chain.engine.quick import QuickComputation

CONTRACT = b"\xc0" * 20
CALLER = b"\x00\x00" + b"\xca" * 18
"""It begins with zeros, which a stack of bytes keeps and one of ints does not."""
HELPER = b"\x00" * 18 + b"\xbe\x1f"
# Logs its first word and returns it, or reverts with it where it is nothing.
_HELPER_CODE = bytes.fromhex("5f355f5260205fa05f3560115760205ffd5b60205ff3")
PLENTY = 1_000_000


@dataclass(frozen=True)
class Ran:
    """How a program ended. Of one that failed neither stack nor memory is anything to anybody."""

    error: type | None
    text: str
    gas: int
    refund: int
    output: bytes
    logs: tuple[Any, ...]
    return_data: bytes
    stack: tuple[int, ...]
    memory: bytes
    state_root: bytes


_CONTEXT = ExecutionContext(
    coinbase=b"\x01" * 20,
    timestamp=1_700_000_000,
    block_number=7,
    difficulty=0,
    mix_hash=b"\x02" * 32,
    gas_limit=60_000_000,
    prev_hashes=(),
    chain_id=7_700_000_001,
    base_fee_per_gas=7,
    excess_blob_gas=0,
)


_TRANSACTION = CancunTransactionContext(gas_price=3, origin=CALLER)


class _Prepared(BaseComputation):
    """A computation whose outermost call begins with a stack and a memory."""

    stack: Sequence[int | bytes] = ()
    memory: bytes = b""
    _stack: Any
    _memory: Any

    def __init__(self, state: Any, message: Any, transaction_context: Any) -> None:
        super().__init__(state, message, transaction_context)
        if message.depth == 0:
            self._stack.values[:] = self.stack
            self._memory._bytes[:] = self.memory


class _Original(_Prepared, CancunComputation):
    """py-evm's own."""


class _Quick(_Prepared, QuickComputation):
    """Ours."""


class _OriginalState(CancunState):
    computation_class: Any = _Original


class _QuickState(CancunState):
    computation_class: Any = _Quick


def _message(code: bytes, gas: int, data: bytes) -> Message:
    return Message(gas=gas, to=CONTRACT, sender=CALLER, value=0, data=data, code=code)


def _run(kind: Any, code: bytes, stack: Sequence[int | bytes], gas: int, data: bytes, memory: bytes) -> Ran:
    computation = kind.computation_class
    computation.stack, computation.memory = stack, memory
    state = kind(AtomicDB(), _CONTEXT, BLANK_ROOT_HASH)
    state.set_code(CONTRACT, code)
    state.set_code(HELPER, _HELPER_CODE)
    state.set_balance(CONTRACT, 1_000)
    state.lock_changes()
    done = computation.apply_message(state, _message(code, gas, data), _TRANSACTION)
    error = done._error
    # What an OutOfGas says it needed and had depends on when a block was paid for.
    text = "" if error is None or type(error).__name__ == "OutOfGas" else str(error)
    return Ran(
        None if error is None else type(error),
        text,
        done.get_gas_remaining(),
        done.get_gas_refund(),
        done.output,
        done.get_log_entries(),
        done.return_data,
        () if error else tuple(to_int(value) for value in done._stack.values),
        b"" if error else bytes(done._memory._bytes),
        state.make_state_root(),
    )


def both(
    code: bytes, stack: Sequence[int | bytes] = (), *, gas: int = PLENTY, data: bytes = b"", memory: bytes = b""
) -> Ran:
    """How `code` ends; fails the test where ours and py-evm's interpreter differ. `stack` has its top at the end."""
    original = _run(_OriginalState, code, stack, gas, data, memory)
    quick = _run(_QuickState, code, tuple(to_int(value) for value in stack), gas, data, memory)
    assert quick == original
    return quick


def left_to_py_evm(code: bytes) -> list[int]:
    """The opcodes of a program, as it runs, that py-evm does instead of us."""
    state = _QuickState(AtomicDB(), _CONTEXT, BLANK_ROOT_HASH)
    computation = QuickComputation(state, _message(code, PLENTY, b""), _TRANSACTION)
    left = []
    for opcode in computation.code:
        left.append(opcode)
        try:
            computation.get_opcode_fn(opcode)(computation)
        except (Halt, VMError):
            break
    return left
