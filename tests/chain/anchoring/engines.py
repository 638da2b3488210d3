"""Engines around a real one that fail, hold back, forget and lie, each in one way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from tally_chain.anchoring.client import Anchorer
from tally_chain.anchoring.profile import EMBEDDED, ChainProfile
from tally_chain.anchoring.reading import AnchorTarget
from tally_chain.engine.interface import Engine, Event
from tally_chain.errors import EngineUnavailableError, Refusal, SendRefusedError
from tests.chain.contracts.stage import TX_KEY

METHODS = (
    "identity",
    "block",
    "send_raw_transaction",
    "outcome",
    "call",
    "estimate_gas",
    "nonce",
    "code",
    "fees",
    "events",
)


class ProcessDied(BaseException):
    """The process ends here. Not an Exception, so that nothing handles it."""


class Around:
    """An engine that passes everything on to `inner`, which may be exchanged (another node, a replaced chain)."""

    def __init__(self, inner: Engine) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Faulty(Around):
    """Fails at the call number `at`, before it has an effect or after it had one."""

    def __init__(self, inner: Engine, at: int, *, after: bool, error: type[BaseException]) -> None:
        super().__init__(inner)
        self.calls = 0
        self._at = at
        self._after = after
        self._error = error

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)
        if name not in METHODS:
            return method

        def call(*arguments: object, **named: object) -> object:
            self.calls += 1
            failing = self.calls == self._at
            if failing and not self._after:
                raise self._error(f"{name} was not answered, and had no effect")
            answer = method(*arguments, **named)
            if failing:
                raise self._error(f"{name} had its effect, and the answer was lost")
            return answer

        return call


class Pool(Around):
    """A node whose transactions wait until `mine` is called."""

    def __init__(self, inner: Engine) -> None:
        super().__init__(inner)
        self.waiting: list[bytes] = []
        self.sent: list[bytes] = []
        self.refuse: Refusal | None = None

    def send_raw_transaction(self, raw: bytes) -> bytes:
        if self.refuse is not None:
            raise SendRefusedError(self.refuse, "as the test says")
        self.sent.append(raw)
        if raw in self.waiting:
            raise SendRefusedError(Refusal.ALREADY_KNOWN, "it waits")
        self.waiting.append(raw)
        return bytes(keccak(raw))

    def mine(self, place: int = 0) -> None:
        """Puts one waiting transaction into a block; what it excludes is forgotten when its turn comes."""
        self.inner.send_raw_transaction(self.waiting.pop(place))

    def forget(self) -> None:
        self.waiting.clear()


class Truncating(Around):
    """A node that leaves out events without a word."""

    def __init__(self, inner: Engine, keep: Callable[[Event], bool]) -> None:
        super().__init__(inner)
        self._keep = keep

    def events(self, *arguments: Any) -> list[Event]:
        return [event for event in self.inner.events(*arguments) if self._keep(event)]


class Down(Around):
    """A node that can be switched off."""

    up = True

    def __getattr__(self, name: str) -> Any:
        if not self.up and name in METHODS:
            raise EngineUnavailableError("switched off")
        return super().__getattr__(name)


class Clock:
    """Time that the test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000

    def __call__(self) -> int:
        return self.now


@contextmanager
def anchorer(
    engine: Any,
    target: AnchorTarget,
    folder: Path,
    profile: ChainProfile = EMBEDDED,
    clock: Callable[[], int] | None = None,
) -> Iterator[Anchorer]:
    """The client over a journal in `folder`, closed whatever happens, as a dying process closes its files."""
    extra = {} if clock is None else {"clock": clock}
    client = Anchorer(engine, TX_KEY, target, profile, folder / "journal.sqlite", **extra)
    try:
        yield client
    finally:
        client.close()
