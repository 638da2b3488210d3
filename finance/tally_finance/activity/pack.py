"""The numbers of a signed pack, as they are needed for columns. No IO.

Nearly all packs are of one shape (`pack_scan`); of those the numbers are taken without an object for each record, and
all others go through the full decoder. Both say the same: a property test holds them together.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import cbor2

from tally_edge import pack_scan, senml
from tally_edge.resolution import BN, BT, BU, N, T, V

Number = tuple[str, int, int | Decimal, str]
"""Register, time (Unix seconds), number and unit."""


def numbers(payload: bytes) -> Iterator[Number]:
    """Everything that a pack says in numbers, in its order. Raises StatementError or CborError, as `senml.decode`."""
    if pack_scan.scan(payload) is None:
        for reading in senml.decode(payload):
            if isinstance(reading.value, int | Decimal) and not isinstance(reading.value, bool):
                yield reading.register, reading.taken_at, reading.value, reading.unit
        return
    records = cbor2.loads(payload)
    first = records[0]
    base, start, unit = first[BN].rpartition("/")[2], first[BT], first[BU]
    for record in records:
        yield record.get(N, base), start + record.get(T, 0), record[V], unit
