"""What the registry of claims showed of a footprint's certificates, as a file that a reader keeps. No IO.

Format page: docs/formats/certificate-claims.md. `tallystick finance footprint claims` reads the chain and writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tally_edge.errors import ConfigError
from tally_finance import json_file
from tally_finance.footprint.claiming import Entry

FORMAT: Final = "tallystick certificate claims 1"
MAX_BYTES: Final = 16 * 2**20
"""Of a file: forty thousand certificates have sixteen million bytes."""

_NAMES: Final = ("chain_id", "genesis", "contract", "organisations", "namespace", "block", "block_hash", "claims")
_ENTRY: Final = {"number", "nullifier", "salt", "holder", "digest"}
_MOST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Claims:
    """What stood in a namespace of the contract on a chain, read when `block` was its newest.

    `organisations`: the address of the registry of parties that the contract stands on. `entries` by number.
    """

    chain_id: int
    genesis: bytes
    contract: str
    organisations: str
    namespace: bytes
    block: int
    block_hash: bytes
    entries: Mapping[str, Entry]


def encode(claims: Claims) -> str:
    """The file's text; equal claims give equal text."""
    return json_file.write(
        FORMAT,
        {
            "chain_id": claims.chain_id,
            "genesis": json_file.hexadecimal(claims.genesis),
            "contract": claims.contract,
            "organisations": claims.organisations,
            "namespace": json_file.hexadecimal(claims.namespace),
            "block": claims.block,
            "block_hash": json_file.hexadecimal(claims.block_hash),
            "claims": [_plain(one) for _, one in sorted(claims.entries.items())],
        },
    )


def _plain(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "nullifier": json_file.hexadecimal(entry.nullifier),
        "salt": json_file.hexadecimal(entry.salt),
        "holder": None if entry.holder is None else json_file.hexadecimal(entry.holder),
        "digest": None if entry.digest is None else json_file.hexadecimal(entry.digest),
    }


def decode(data: bytes, file: Path) -> Claims:
    """What a file says. Raises ConfigError that names the file and what is wrong in it."""
    try:
        fields = json_file.read(data, FORMAT, _NAMES, most=MAX_BYTES)
        entries = _entries(fields["claims"])
        return Claims(
            json_file.whole(fields, "chain_id", _MOST),
            json_file.octets(fields, "genesis", 32),
            json_file.text_of(fields, "contract"),
            json_file.text_of(fields, "organisations"),
            json_file.octets(fields, "namespace", 32),
            json_file.whole(fields, "block", _MOST),
            json_file.octets(fields, "block_hash", 32),
            {one.number: one for one in entries},
        )
    except ValueError as error:
        raise ConfigError(f"{file}: {error}") from None


def _entries(items: Any) -> list[Entry]:
    if not isinstance(items, list):
        raise ValueError("claims is no array")  # noqa: TRY004  as the other faults of a file
    entries = [_entry(one) for one in items]
    for what in ({one.number for one in entries}, {one.nullifier for one in entries}):
        if len(what) < len(entries):
            raise ValueError("a certificate stands twice")
    return entries


def _entry(item: Any) -> Entry:
    if not isinstance(item, dict) or set(item) != _ENTRY:
        raise ValueError(f"a claim has the names {', '.join(sorted(_ENTRY))}")
    if (item["holder"] is None) != (item["digest"] is None):
        raise ValueError("a claim that lives has a holder and a digest, and no other has either")
    held = {name: None if item[name] is None else json_file.octets(item, name, 32) for name in ("holder", "digest")}
    nullifier, salt = json_file.octets(item, "nullifier", 32), json_file.octets(item, "salt", 32)
    return Entry(json_file.text_of(item, "number"), nullifier, salt, held["holder"], held["digest"])
