"""The tables of the projection and their columns. Times are Unix seconds, values exact decimals, ids 32 bytes.

A value has at most 20 digits before and 18 after the point (cbor.py: 64 bits, exponent -18), so decimal(38, 18) holds
each exactly.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

VERSION: Final = 1
VALUE: Final = pa.decimal128(38, 18)
ID: Final = pa.binary(32)


def _place() -> list[tuple[str, pa.DataType]]:
    """Where the statement stands, in every table: its log index, its key, its number."""
    return [("entry", pa.int64()), ("kid", ID), ("seq", pa.int64())]


STATEMENTS: Final = pa.schema(
    [
        *_place(),
        ("kind", pa.string()),
        ("id", ID),
        ("issuer", pa.string()),
        ("subject", pa.string()),
        ("issued_at", pa.int64()),
        ("boot_count", pa.int64()),
        ("clock", pa.int8()),
    ]
)
READINGS: Final = pa.schema(
    [
        *_place(),
        ("position", pa.int32()),
        ("point", pa.string()),
        ("register", pa.string()),
        ("taken_at", pa.int64()),
        ("value", VALUE),
        ("unit", pa.string()),
        ("text", pa.string()),
        ("flag", pa.bool_()),
        ("data", pa.binary()),
    ]
)
SETTLEMENTS: Final = pa.schema(
    [
        *_place(),
        ("position", pa.int32()),
        ("point", pa.string()),
        ("register", pa.string()),
        ("at", pa.int64()),
        ("value", VALUE),
        ("unit", pa.string()),
        ("boundary", pa.string()),
        ("local", pa.string()),
        ("serial", pa.string()),
        ("multiplier", VALUE),
        ("exchanges", pa.int64()),
        ("resets", pa.int64()),
        ("rollovers", pa.int64()),
        ("gaps", pa.int64()),
        ("facts", ID),
        ("previous", ID),
        ("read_at", pa.int64()),
    ]
)
GAPS: Final = pa.schema(
    [
        *_place(),
        ("point", pa.string()),
        ("after", pa.int64()),
        ("before", pa.int64()),
        ("reason", pa.string()),
        ("registers", pa.list_(pa.string())),
        ("missing", pa.int64()),
        ("kept_every_s", pa.int64()),
        ("note", pa.string()),
    ]
)
ANCHORS: Final = pa.schema(
    [
        ("size", pa.int64()),
        ("root", ID),
        ("anchored_at", pa.int64()),
        ("block_number", pa.int64()),
        ("block_hash", pa.binary()),
        ("tx_hash", pa.binary()),
    ]
)
TABLES: Final[dict[str, pa.Schema]] = {
    "statements": STATEMENTS,
    "readings": READINGS,
    "settlements": SETTLEMENTS,
    "gaps": GAPS,
}
"""The tables that are derived from entries. Anchors come from the chain."""
