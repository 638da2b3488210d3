"""How each format's vectors are read: bytes in, JSON out, or one of the package's errors."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from tally_chain import head_entry
from tally_edge import answers, authority, cbor, countersign, device, keys, log_opening, proof, senml, wire
from tally_edge import statement as statements
from tally_edge.statement import Kind
from tally_finance.book import journal, journal_file
from tally_finance.book.events import kind_of
from tally_finance.deposit import deposit_file, summing
from tally_finance.factors import own_file
from tally_finance.factors.factor import form_of
from tally_finance.footprint import replay
from tally_finance.footprint.trace import written
from tally_finance.portal.accounts import audit
from tally_finance.review import opinions
from tests.vectors.case import Reader

PAYLOADS: dict[Kind, type] = {
    **authority.PAYLOAD_OF_KIND,
    Kind.SETTLEMENT: device.Settlement,
    Kind.GAP: device.Gap,
    Kind.REFUSAL: answers.Refusal,
    Kind.ASK: answers.Ask,
    Kind.ANCHOR_NOTICE: answers.AnchorNotice,
    Kind.LOG_OPENING: log_opening.LogOpening,
}


def plain(value: Any) -> Any:
    """`value` as JSON holds it: bytes as hex, decimals as text with their places, codes by their names."""
    if isinstance(value, Enum):
        return value.name.lower()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: plain(member) for name, member in members.items() if member is not None}
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, list | tuple):
        return [plain(member) for member in value]
    if isinstance(value, dict):
        return {str(key): plain(member) for key, member in value.items()}
    return value


def _cbor(data: Mapping[str, bytes]) -> Any:
    return plain(cbor.decode(data["input"]))


def _senml(data: Mapping[str, bytes]) -> Any:
    count = senml.check(data["input"])
    readings = senml.decode(data["input"])
    assert len(readings) == count
    return plain(readings)


def _statement(data: Mapping[str, bytes]) -> Any:
    """A statement of any kind, its signature checked with `key`, its payload read, `person` checked where given."""
    signed = statements.decode(data["input"])
    if signed.claims.kind is Kind.READINGS:
        payload = plain(senml.decode(signed.payload))
    else:
        read = wire.decode(PAYLOADS[signed.claims.kind], signed.payload)
        payload = plain(read)
        if "person" in data:
            second = countersign.read(signed, read)
            assert second is not None
            second.verify(keys.decode_public_key(data["person"]))
    signed.verify(keys.decode_public_key(data["key"]))
    return {"claims": plain(signed.claims), "id": plain(signed.id), "payload": payload}


def _proof(data: Mapping[str, bytes]) -> Any:
    """A proof over `entry`, or `entry0`, `entry1`, …, signed with `key`."""
    read = proof.decode(data["input"])
    entries = [data[name] for name in sorted(data) if name.startswith("entry")]
    root = read.verify(entries, keys.decode_public_key(data["key"]))
    places = [place.index for place in read.paths]
    return {
        "origin": read.head.origin,
        "size": read.head.size,
        "places": places,
        "root": plain(root),
        "run": plain(read.run),
    }


def _head_entry(data: Mapping[str, bytes]) -> Any:
    read = head_entry.decode(data["input"])
    read.verify(keys.decode_public_key(data["key"]))
    assert read.encode() == data["input"]
    head = read.head
    return {"origin": head.origin, "size": head.size, "root": plain(read.root), "signed_at": head.signed_at}


def _answer(data: Mapping[str, bytes]) -> Any:
    return plain(wire.decode(answers.Answer, data["input"]))


def _key(data: Mapping[str, bytes]) -> Any:
    return {"kid": plain(keys.decode_public_key(data["input"]).kid)}


def _book_entry(data: Mapping[str, bytes]) -> Any:
    """An entry of a lender's book, read and written again."""
    read = journal.decode(data["input"])
    assert journal.encode(read.entry) == data["input"]
    kind = f"{kind_of(read.entry.event)} {type(read.entry.event).__name__}"
    return {"digest": plain(read.digest), "kind": kind, "entry": plain(read.entry)}


def _book_journal(data: Mapping[str, bytes]) -> Any:
    """A journal's file, taken from `key`."""
    kid = keys.decode_public_key(data["key"]).kid
    read = journal_file.decode(data["input"], {kid})
    return {
        "book": read.book,
        "head": plain(read.head),
        "entries": [plain(one.digest) for one in read.entries],
        "signer": plain(read.signer),
        "signed_at": read.signed_at,
    }


def _factors(data: Mapping[str, bytes]) -> Any:
    """A file of factors, taken from `key`."""
    read = own_file.decode(data["input"], {keys.decode_public_key(data["key"]).kid})
    return {
        "organisation": read.organisation,
        "factors": [{"digest": plain(one.digest), **plain(form_of(one))} for one in read.factors],
        "signer": plain(read.signer),
        "signed_at": read.signed_at,
    }


def _trace(data: Mapping[str, bytes]) -> Any:
    """A trace, done again; a series as an array."""
    read = replay.decode(data["input"])
    results = {
        name: [written(one) for one in value] if isinstance(value, tuple) else written(value)
        for name, value in replay.replay(read).items()
    }
    return {"digest": plain(read.digest), "results": results}


def _opinion(data: Mapping[str, bytes]) -> Any:
    """A conclusion or a verification; whose key it was is for a reader to know."""
    read = opinions.decode(data["input"])
    kind = read.statement.claims.kind.value
    return {"kind": kind, "signer": plain(read.key.kid), "signed_at": read.signed_at, "said": plain(read.said)}


def _deposit(data: Mapping[str, bytes]) -> Any:
    """A monthly deposit, and what in it does not add up; whose key it was is for a reader to know."""
    read = deposit_file.decode(data["input"])
    return {
        "signer": plain(read.key.kid),
        "signed_at": read.signed_at,
        "signed": plain(read.signed),
        "differs": list(summing.of_days(read.body)),
    }


def _audit(data: Mapping[str, bytes]) -> Any:
    """An audit log, taken from `key`."""
    read = audit.decode(data["input"], {keys.decode_public_key(data["key"]).kid})
    return {
        "key": plain(read.key.kid),
        "is_whole": read.is_whole,
        "rows": [{"id": plain(row.digest), **plain(row.entry)} for row in read.rows],
    }


READERS: dict[str, Reader] = {
    "cbor": _cbor,
    "senml": _senml,
    "statement": _statement,
    "settlement": _statement,
    "gap": _statement,
    "authority": _statement,
    "countersignature": _statement,
    "refusal": _statement,
    "log-opening": _statement,
    "proof": _proof,
    "head-entry": _head_entry,
    "answer": _answer,
    "ask": _statement,
    "anchor-notice": _statement,
    "key": _key,
    "book-entry": _book_entry,
    "book-journal": _book_journal,
    "factors": _factors,
    "trace": _trace,
    "opinion": _opinion,
    "deposit": _deposit,
    "audit": _audit,
}
"""The reader of each format. A format whose folder stands here and whose reader does not is a fault."""
