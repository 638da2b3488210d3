"""What a follower remembers of a log, so that it does not read it again (续读): one deterministic CBOR file. No IO.

It holds what can be proven again when it is recalled, and little besides:

    checkpoint    the newest proven checkpoint, a signed note, and the right edge of its tree: their roots agree
    authorities   every statement of authorities; their signatures and streams are checked again
    telling       the statements of weighings and gaps of the last week; their signatures are checked again
    streams, last, failures   where each stream stood, when each point spoke last, what failed: the reader's own word

Whoever could write the reader's database could also make him deaf; he is not made to believe a statement. A memory made
under another policy, or for another log, is none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from tally_chain import policy_text
from tally_chain.policy import Policy
from tally_edge import cbor
from tally_edge.errors import DecodeError
from tally_finance.errors import WatchError
from tally_finance.watch.seen_sources import FailureSeen

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class StreamMemory:
    """Where a key's stream stands; see `streams`."""

    kid: bytes
    next_seq: int
    missing: tuple[tuple[int, int], ...]
    recent: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """What was heard. Entries stand with their index in the log."""

    authorities: tuple[tuple[int, bytes], ...] = ()
    telling: tuple[tuple[int, bytes], ...] = ()
    streams: tuple[StreamMemory, ...] = ()
    last: tuple[tuple[str, int, bytes], ...] = ()
    failures: tuple[FailureSeen, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """How far a log was proven: the signed note, the size and the right edge of its tree (`tree.CompactRange`)."""

    checkpoint: bytes
    size: int
    peaks: tuple[bytes, ...]


def policy_digest(policy: Policy) -> bytes:
    """By which a memory names the policy that it was made under, whatever heads that pins: a follower asks for none."""
    headless = replace(policy, logs=tuple(replace(log, roots=()) for log in policy.logs))
    return sha256(policy_text.write(headless).encode()).digest()


def encode(origin: str, policy: Policy, place: Place, memory: Memory) -> bytes:
    """The file."""
    return cbor.encode(
        [
            VERSION,
            origin,
            policy_digest(policy),
            [place.checkpoint, place.size, list(place.peaks)],
            [list(one) for one in memory.authorities],
            [list(one) for one in memory.telling],
            [
                [one.kid, one.next_seq, [list(each) for each in one.missing], [list(each) for each in one.recent]]
                for one in memory.streams
            ],
            [list(one) for one in memory.last],
            [[one.number, one.name, one.touches, one.detail, one.at, list(one.evidence)] for one in memory.failures],
        ]
    )


def decode(data: bytes, origin: str, policy: Policy) -> tuple[Place, Memory]:
    """What a file holds. Raises WatchError for what is none, or is of another log, policy or version."""
    try:
        item: Any = cbor.decode(data)
        version, of, digest, place, authorities, telling, streams, last, failures = item
        if (version, of, digest) != (VERSION, origin, policy_digest(policy)):
            raise WatchError("what was remembered is of another log, policy or version")
        checkpoint, size, peaks = place
        memory = Memory(
            _pairs(authorities),
            _pairs(telling),
            tuple(_stream(one) for one in streams),
            tuple((str(point), int(at), bytes(statement)) for point, at, statement in last),
            tuple(_failure(one) for one in failures),
        )
        return Place(bytes(checkpoint), int(size), tuple(map(bytes, peaks))), memory
    except (DecodeError, ValueError, TypeError) as error:
        raise WatchError(f"what was remembered does not decode: {error}") from None


def _pairs(item: Any) -> tuple[tuple[int, bytes], ...]:
    return tuple((int(index), bytes(entry)) for index, entry in item)


def _stream(item: Any) -> StreamMemory:
    kid, next_seq, missing, recent = item
    return StreamMemory(
        bytes(kid), int(next_seq), tuple((int(first), int(end)) for first, end in missing), _pairs(recent)
    )


def _failure(item: Any) -> FailureSeen:
    number, name, touches, detail, at, evidence = item
    return FailureSeen(int(number), str(name), str(touches), str(detail), int(at), tuple(map(bytes, evidence)))
