"""An opened statement as plain data: all that a browser needs to make the checks again. No IO.

Bytes are lower-case hex; quantities are text, so no reader makes a float of them; times are Unix seconds.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from tally_chain.policy import PinnedRoot
from tally_chain.verify.one_statement import Checked, Openable, OpenedStatement, Signer
from tally_edge import senml, wire
from tally_edge.device import Gap, Settlement
from tally_edge.errors import DecodeError
from tally_edge.keys import NAME_OF_ALGORITHM, PublicKey
from tally_edge.proof import HeadSignature
from tally_edge.statement import Kind, Statement

MOST_READINGS: Final = 500
"""Of one statement; a device's pack has 96 of a register at most in practice."""

MOST_SHOWN: Final = 4
"""Values of a statement that stands in a list."""


def to_json(opened: OpenedStatement) -> dict[str, Any]:
    """The statement, what it says, its key, its proof, its head, its anchors, and every step with what it gave."""
    section, signed = opened.section, opened.statement
    links = {link.size: link.path for link in section.links or ()}
    return {
        "holds": opened.holds,
        "log": section.origin,
        "entry": opened.index,
        "size": section.size,
        "encoded": opened.encoded.hex(),
        "statement": None if signed is None else _statement(signed),
        "says": [] if signed is None else _says(signed),
        "signer": None if opened.signer is None else _signer(opened.signer),
        "leaf": opened.leaf.hex(),
        "path": [node.hex() for node in opened.path],
        "root": None if opened.root is None else opened.root.hex(),
        "head": None if opened.head is None else _head(opened.head, opened.proof_key),
        "anchors": [_anchor(one, links) for one in opened.anchors],
        "claimed": [
            {
                "size": one.size,
                "root": one.root.hex(),
                "chain_id": one.chain_id,
                "contract": one.contract.hex(),
                "transaction": one.transaction.hex(),
                "block": one.block_number,
                "block_time": one.block_time,
            }
            for one in section.anchors or ()
            if one.size > opened.index
        ],
        "not_before": opened.not_before,
        "not_after": opened.not_after,
        "steps": [_step(one) for one in opened.steps],
        "findings": [
            {
                "code": one.code.number,
                "name": one.code.name,
                "severity": one.severity.name.lower(),
                "touches": one.touches,
                "sentence": one.sentence,
            }
            for one in opened.findings
        ],
    }


def listed(openable: Openable, subject: str, skip: int, limit: int) -> list[dict[str, Any]]:
    """The statements about a subject in the order of the bundle, from the `skip`th on, `limit` of them at most."""
    return [
        {
            "id": signed.id.hex(),
            "log": openable.bundle.sections[number].origin,
            "entry": index,
            "kind": signed.claims.kind.value,
            "issued_at": signed.claims.issued_at,
            "seq": signed.claims.seq,
            "says": _says(signed)[:MOST_SHOWN],
        }
        for number, index, signed in openable.by_subject.get(subject, [])[skip : skip + limit]
    ]


def _statement(signed: Statement) -> dict[str, Any]:
    claims = signed.claims
    return {
        "id": signed.id.hex(),
        "kind": claims.kind.value,
        "issuer": claims.issuer,
        "subject": claims.subject,
        "issued_at": claims.issued_at,
        "seq": claims.seq,
        "prev": None if claims.prev is None else claims.prev.hex(),
        "clock": None if claims.clock is None else claims.clock.name.lower(),
        "beacon": None if claims.beacon is None else claims.beacon.hex(),
        "kid": claims.kid.hex(),
        "algorithm": NAME_OF_ALGORITHM[signed.algorithm],
        "signature": signed.signature.hex(),
    }


def _says(signed: Statement) -> list[dict[str, Any]]:
    """The values in a statement of a device; of a gap its span. Empty for what other kinds say."""
    try:
        match signed.claims.kind:
            case Kind.READINGS:
                read = senml.decode(signed.payload)[:MOST_READINGS]
                return [
                    {"register": one.register, "at": one.taken_at, "value": _value(one.value), "unit": one.unit}
                    for one in read
                ]
            case Kind.SETTLEMENT:
                settled = wire.decode(Settlement, signed.payload)
                return [
                    {"register": one.register, "at": settled.at, "value": _value(one.value), "unit": one.unit}
                    for one in settled.registers
                ]
            case Kind.GAP:
                gap = wire.decode(Gap, signed.payload)
                why = gap.reason.name.lower()
                return [{"register": "", "at": at, "value": why, "unit": ""} for at in (gap.after, gap.before)]
    except DecodeError:
        pass  # signed and logged, but not what its kind says: the verification finds it
    return []


def _value(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.hex() if isinstance(value, bytes) else str(value)


def _signer(signer: Signer) -> dict[str, Any]:
    return {
        "name": signer.name,
        "entry": signer.entry,
        "place": signer.place,
        "ended": signer.ended,
        "key": _key(signer.key),
    }


def _key(key: PublicKey) -> dict[str, str]:
    """`raw` is the key as WebCrypto imports it: the uncompressed point, or the 32 bytes of Ed25519."""
    is_p256 = bool(key.y)
    raw = b"\x04" + key.x + key.y if is_p256 else key.x
    return {"kid": key.kid.hex(), "curve": "P-256" if is_p256 else "Ed25519", "raw": raw.hex()}


def _head(head: HeadSignature, key: PublicKey | None) -> dict[str, Any]:
    return {
        "protected": head.protected.hex(),
        "signature": head.signature.hex(),
        "signed_at": head.signed_at,
        "kid": head.kid.hex(),
        "key": None if key is None else _key(key),
    }


def _anchor(root: PinnedRoot, links: dict[int, tuple[bytes, ...]]) -> dict[str, Any]:
    return {
        "size": root.size,
        "root": root.root.hex(),
        "source": root.source.value,
        "time": root.time,
        "chain_id": root.chain_id,
        "via": root.via,
        "link": [node.hex() for node in links.get(root.size, ())],
    }


def _step(checked: Checked) -> dict[str, str]:
    return {"step": checked.step.value, "outcome": checked.outcome.value, "why": checked.why}
