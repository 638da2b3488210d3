"""What is in a bundle, without judging it: logs, kinds, streams, and where its bytes go. Core: no IO."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tally_chain import bundle as bundles
from tally_chain.bundle import Bundle, Section, Via
from tally_edge import cbor, proof, statement, wire
from tally_edge.errors import DecodeError
from tally_edge.proof import HASH_BYTES
from tally_edge.statement import DEVICE_KINDS, Statement


def describe(bundle: Bundle) -> dict[str, Any]:
    """The contents as plain data. `bytes` sorts every byte of the file: evidence, key facts, hashes, and the rest."""
    total = len(bundles.encode(bundle))
    sections = [_section(section) for section in bundle.sections]
    parts = Counter[str]()
    for section in sections:
        parts.update(section["bytes"])
    parts["grant"] = len(bundle.grant or b"")
    parts["attachments"] = sum(len(cbor.encode(wire.to_item(item))) for item in bundle.attachments or ())
    parts["frame"] = total - sum(parts.values())
    return {
        "content": bundle.content.name.lower(),
        "created_at": bundle.created_at,
        "period": {"from": bundle.from_at, "to": bundle.to_at},
        "bytes": {"total": total, **parts},
        "logs": sections,
        "grant": bundle.grant is not None,
        "attachments": [
            {
                "name": item.name,
                "media_type": item.media_type,
                "digest": item.digest.hex(),
                "bytes": None if item.content is None else len(item.content),
            }
            for item in bundle.attachments or ()
        ],
    }


def _section(section: Section) -> dict[str, Any]:
    kinds, streams = Counter[str](), dict[tuple[str, bytes], list[tuple[int, int]]]()
    evidence = key_facts = 0
    for entry in section.entries:
        signed = _decoded(entry.statement)
        kinds[signed.claims.kind.value if signed else "malformed"] += 1
        if signed is None or signed.claims.kind in DEVICE_KINDS:
            evidence += len(entry.statement)
        else:
            key_facts += len(entry.statement)
        if signed and signed.claims.seq is not None:
            stream = (signed.claims.issuer, signed.claims.kid)
            streams.setdefault(stream, []).append((signed.claims.seq, len(entry.statement)))
    return {
        "origin": section.origin,
        "size": section.size,
        "carried": len(section.entries),
        "kinds": dict(sorted(kinds.items())),
        "streams": [
            {
                "issuer": issuer,
                "key": kid.hex(),
                "first_seq": min(seq for seq, _ in members),
                "last_seq": max(seq for seq, _ in members),
                "statements": len(members),
                "bytes": sum(size for _, size in members),
            }
            for (issuer, kid), members in streams.items()
        ],
        "via": None if section.via is None else _via(section.via),
        "anchors": [{"size": claim.size, "block": claim.block_number} for claim in section.anchors or ()],
        "bytes": {
            "evidence": evidence,
            "key_facts": key_facts,
            "hashes": HASH_BYTES * (len(section.hashes) + sum(len(link.path) for link in section.links or ())),
            "head": len(section.head_protected) + len(section.head_signature) + len(section.checkpoint),
        },
    }


def _via(via: Via) -> dict[str, Any] | None:
    """The log of heads that a section leads through, and where in it; None for what can not be read."""
    try:
        shown = proof.decode(via.proof)
    except DecodeError:
        return None
    return {"origin": shown.head.origin, "size": shown.head.size, "entry": shown.paths[0].index}


def _decoded(encoded: bytes) -> Statement | None:
    try:
        return statement.decode(encoded)
    except DecodeError:
        return None
