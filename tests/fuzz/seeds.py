"""Where fuzzing starts: the vectors, good and bad alike."""

from __future__ import annotations

from tally_edge import cose
from tally_edge.errors import DecodeError
from tests.vectors import case
from tests.vectors.readers import READERS


def seeds() -> list[bytes]:
    """The bytes of every vector, and the payloads inside the frames among them, shortest first."""
    found: set[bytes] = set()
    for name in READERS:
        for folder in case.folders(name):
            data = case.load(folder).data["input"]
            found.add(data)
            try:
                frame = cose.decode_sign1(data)
            except DecodeError:
                continue
            found |= {frame.protected, frame.payload or b""}
    return sorted(found, key=lambda data: (len(data), data))
