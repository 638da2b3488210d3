"""Cheats, each done for real with what the cheat would have: files, the log, the device's own key."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal

from tally_chain.bundle import Bundle, Entry
from tally_chain.bundling import LogSource
from tally_chain.pruned import cut_hashes
from tally_edge import cose, senml, statement
from tally_edge.keys import Signer
from tally_edge.senml import Reading
from tally_edge.statement import Claims, Clock, Kind, Statement
from tally_gateway.errors import DemoError


def alter_reading(bundle: Bundle, point: str) -> tuple[Bundle, Statement]:
    """The bundle with a reading of `point` raised by 1000, the signature left as it was; and that statement."""
    section = bundle.sections[0]
    for number, entry in enumerate(section.entries):
        signed = statement.decode(entry.statement)
        if signed.claims.kind is Kind.READINGS and signed.claims.subject == point:
            readings = senml.decode(signed.payload)
            forged = senml.encode([_raised(readings[0]), *readings[1:]])
            sign1 = cose.decode_sign1(entry.statement)
            altered = dataclasses.replace(sign1, payload=forged).encode()
            entries = (*section.entries[:number], Entry(entry.index, altered), *section.entries[number + 1 :])
            return _with_entries(bundle, entries, section.hashes), signed
    raise DemoError(f"the bundle holds no reading of {point}")


def withhold_statement(bundle: Bundle, source: LogSource, point: str) -> tuple[Bundle, Statement]:
    """The bundle without one statement of `point`, its place proven by a hash; and the statement withheld."""
    section = bundle.sections[0]
    mine = [
        number
        for number, entry in enumerate(section.entries)
        if (claims := statement.decode(entry.statement).claims).kind is Kind.READINGS and claims.subject == point
    ]
    if len(mine) < 3:
        raise DemoError(f"the bundle holds too few readings of {point}")
    gone = mine[len(mine) // 2]
    entries = (*section.entries[:gone], *section.entries[gone + 1 :])
    hashes = cut_hashes(source.nodes, [entry.index for entry in entries], section.size)
    return _with_entries(bundle, entries, hashes), statement.decode(section.entries[gone].statement)


def roll_back(last: Statement, newest: Reading, signer: Signer, cadence_s: int) -> Statement:
    """A statement after `last`, signed by the device's own key, that shows half of what `newest` showed before."""
    if not isinstance(newest.value, Decimal | int) or last.claims.seq is None:
        raise DemoError("only a register can be wound back")
    value = Decimal(newest.value)
    half = (value / 2).quantize(Decimal(1).scaleb(int(value.as_tuple().exponent)))
    lower = dataclasses.replace(newest, taken_at=newest.taken_at + cadence_s, value=half if half % 1 else int(half))
    claims = Claims(
        kind=Kind.READINGS,
        kid=signer.public_key.kid,
        issuer=last.claims.issuer,
        subject=newest.point,
        issued_at=lower.taken_at,
        seq=last.claims.seq + 1,
        prev=last.id,
        boot_count=last.claims.boot_count,
        clock=Clock.INFORMATIVE,
    )
    return statement.sign(claims, senml.encode([lower]), signer)


def _raised(reading: Reading) -> Reading:
    if isinstance(reading.value, bool) or not isinstance(reading.value, int | Decimal):
        raise DemoError("only a number can be raised")
    return dataclasses.replace(reading, value=reading.value + 1000)


def _with_entries(bundle: Bundle, entries: Sequence[Entry], hashes: Sequence[bytes]) -> Bundle:
    section = dataclasses.replace(bundle.sections[0], entries=tuple(entries), hashes=tuple(hashes))
    return dataclasses.replace(bundle, sections=(section, *bundle.sections[1:]))
