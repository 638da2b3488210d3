"""What a gateway asks of an aggregator, over HTTP. Answers are input like any other: their form is checked here, what
they say in `anchoring`.

EngineUnavailableError: no answer, or one that says to come again. EngineAnswerError: an answer that breaks the
interface. HeadRefusedError: the aggregator's reason.
"""

from __future__ import annotations

import base64
import binascii
import json
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import httpx

from tally_chain import head_entry
from tally_chain.bundle import AnchorClaim
from tally_chain.engine.exchange import BoundedHttp
from tally_chain.errors import EngineAnswerError, EngineUnavailableError, HeadRefusal, HeadRefusedError
from tally_chain.head_entry import HeadEntry
from tally_edge import proof, wire
from tally_edge.errors import TallyError
from tally_edge.proof import Proof

TIMEOUT_S: Final = 20.0
# The timeout is for each wait; an answer that does not end is given up after this time.
TOTAL_S: Final = 60.0
MAX_ANSWER_BYTES: Final = 1 << 20
_NOT_HELD: Final = "not held"
_NOT_REGISTERED: Final = "not registered"
_REASONS: Final = {refusal.value: refusal for refusal in HeadRefusal}


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """What an aggregator says of a head: where it stands, under which of its heads, and where that was anchored."""

    encoded: bytes
    entry: HeadEntry
    proof: Proof
    claim: AnchorClaim | None
    sequence: int
    answer: bytes
    """All of it, to be kept where it does not hold."""


class AggregatorLink:
    """One aggregator's address. Synchronous; one thread at a time."""

    def __init__(
        self, url: str, token: str, tls: ssl.SSLContext | None, transport: httpx.BaseTransport | None = None
    ) -> None:
        # The environment's proxies are not asked: a token goes to the address that the settings name.
        self._http = BoundedHttp(url, timeout_seconds=TIMEOUT_S, total_seconds=TOTAL_S, tls=tls, transport=transport)
        self._token = token

    def offer(self, encoded: bytes, path: Sequence[bytes]) -> None:
        """Hand in a head entry with its consistency path; held there, durably, on return."""
        body = {"head": base64.b64encode(encoded).decode(), "path": [node.hex() for node in path]}
        status, answer, _ = self._ask("POST", "/v1/heads", body)
        title = answer.get("title")
        if status == HTTPStatus.OK and type(answer.get("index")) is int:
            return
        if isinstance(title, str) and title in _REASONS:
            raise HeadRefusedError(_REASONS[title], str(answer.get("detail", title))[:500])
        raise _unexpected(status, answer)

    def newest(self, log_id: bytes) -> HeadEntry | None:
        """The newest head that the aggregator says it holds of a log."""
        status, answer, _ = self._ask("GET", f"/v1/heads/{log_id.hex()}")
        return _newest(status, answer)

    def published(self, log_id: bytes) -> HeadEntry | None:
        """As `newest`, of a log that need not be registered: then none is held either."""
        status, answer, _ = self._ask("GET", f"/v1/heads/{log_id.hex()}")
        unknown = status == HTTPStatus.NOT_FOUND and answer.get("title") == _NOT_REGISTERED
        return None if unknown else _newest(status, answer)

    def place(self, log_id: bytes, size: int) -> ShownPlace | None:
        """Where a head stands; None when it waits for a checkpoint. Raises HeadRefusedError(BEHIND) when it is not
        held there at all.
        """
        status, answer, raw = self._ask("GET", f"/v1/heads/{log_id.hex()}/{size}")
        if status == HTTPStatus.NOT_FOUND and answer.get("title") == _NOT_HELD:
            raise HeadRefusedError(HeadRefusal.BEHIND, "the aggregator does not hold the head")
        if status == HTTPStatus.NOT_FOUND:
            return None
        if status != HTTPStatus.OK:
            raise _unexpected(status, answer)
        with _Form():
            encoded, anchor = _octets(answer["head"]), answer["anchor"]
            claim = None if anchor is None else _claim(anchor)
            sequence = 0 if anchor is None else int(anchor["sequence"])
            shown = proof.decode(_octets(answer["proof"]))
            return ShownPlace(encoded, head_entry.decode(encoded), shown, claim, sequence, raw)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The path between two heads of the log of heads."""
        status, answer, _ = self._ask("GET", f"/v1/consistency/{old}/{new}")
        if status != HTTPStatus.OK:
            raise _unexpected(status, answer)
        with _Form():
            return [bytes.fromhex(node) for node in answer["path"]]

    def close(self) -> None:
        """Give back the connection."""
        self._http.close()

    def _ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any], bytes]:
        headers = {"authorization": f"Bearer {self._token}"} if method == "POST" else {}
        status, data = self._http.exchange(
            "the aggregator", method, path, json=body, headers=headers, most_bytes=MAX_ANSWER_BYTES
        )
        try:
            answer = json.loads(data)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise EngineAnswerError(f"the aggregator answered {status} with something else than JSON")
        return status, answer, data


class _Form:
    """Turns whatever is wrong with an answer's form into EngineAnswerError."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, KeyError | ValueError | TypeError | AttributeError | TallyError):
            raise EngineAnswerError(f"the aggregator's answer is not understood: {error!r}") from error


def _newest(status: int, answer: dict[str, Any]) -> HeadEntry | None:
    if status != HTTPStatus.OK:
        raise _unexpected(status, answer)
    if answer.get("size") == 0:
        return None
    with _Form():
        return head_entry.decode(_octets(answer["head"]))


def _octets(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def _claim(anchor: dict[str, Any]) -> AnchorClaim:
    claim = AnchorClaim(
        size=anchor["size"],
        root=bytes.fromhex(anchor["root"]),
        chain_id=anchor["chain_id"],
        genesis=bytes.fromhex(anchor["genesis"]),
        contract=bytes.fromhex(anchor["contract"]),
        transaction=bytes.fromhex(anchor["transaction"]),
        block_number=anchor["block_number"],
        block_hash=bytes.fromhex(anchor["block_hash"]),
        block_time=anchor["block_time"],
    )
    wire.encode(claim)  # what is kept is what a bundle can carry
    return claim


def _unexpected(status: int, answer: dict[str, Any]) -> EngineUnavailableError:
    return EngineUnavailableError(f"the aggregator answered {status}: {str(answer.get('detail', ''))[:200]}")
