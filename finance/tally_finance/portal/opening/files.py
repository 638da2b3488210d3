"""What of an opened statement can be taken away as a file, and checked elsewhere. No IO."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tally_edge import cose, proof
from tally_edge.errors import EdgeError
from tally_edge.proof import InclusionPath, Proof
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

PARTS: Final = ("statement", "proof", "transparent")
_OTHER: Final = re.compile("[^A-Za-z0-9]+")
_MOST: Final = 80


@dataclass(frozen=True, slots=True)
class File:
    """A file's name, media type and bytes."""

    name: str
    media_type: str
    data: bytes


def part_of(told: Mapping[str, Any], part: str) -> File:
    """`statement`: the signed bytes. `proof`: the RFC 9942 receipt. `transparent`: one in the other (RFC 9943).

    Raises ApiError 404 for another part, 409 where the evidence gives none.
    """
    encoded, stem = bytes.fromhex(told["encoded"]), f"{_plain(told['log'])}-{told['entry']}"
    if part == "statement":
        return File(f"{stem}.cose", "application/cose", encoded)
    if part not in PARTS:
        raise ApiError(
            404, "not found", Words(f"a statement has {', '.join(PARTS)}", f"陈述的组成部分为 {'、'.join(PARTS)}")
        )
    if told["head"] is None:
        raise ApiError(
            409,
            "not as things stand",
            Words("there is no head that parses, and so no proof", "没有可解析的日志头，因而没有证明"),
        )
    try:
        head = proof.decode_head(bytes.fromhex(told["head"]["protected"]), bytes.fromhex(told["head"]["signature"]))
        held = Proof(head, (InclusionPath(told["entry"], tuple(bytes.fromhex(one) for one in told["path"])),)).encode()
        if part == "proof":
            return File(f"{stem}.proof.cose", "application/scitt-receipt+cose", held)
        bare = cose.decode_sign1(encoded)
        both = cose.Sign1(bare.protected, {cose.HEADER_RECEIPTS: [held]}, bare.payload, bare.signature).encode()
    except EdgeError as error:
        raise ApiError(409, "not as things stand", str(error)) from None
    return File(f"{stem}.transparent.cose", "application/scitt-statement+cose", both)


def _plain(log: str) -> str:
    """A log's name as part of a file's: whoever made a bundle chose it, and it stands in a header."""
    return _OTHER.sub("-", log).strip("-")[:_MOST] or "log"
