"""A grant: what the owner of evidence signs for one reader. Verdict-critical: no IO."""

from __future__ import annotations

from dataclasses import dataclass

from tally_edge.wire import DIGEST, TIME, URI, array, text, wire


@dataclass(frozen=True, slots=True)
class Grant:
    """`owner` lets `reader` use the evidence of `points` over [`from_at`, `to_at`) for `purpose` until `expires_at`.

    No points means every point of the bundle. `reader_key` is the id of the key the bundle is encrypted to, if it is.
    `attachments` lists the bindings (bundle.py) of every attachment, carried or withheld, so none can be dropped,
    renamed or exchanged unseen. `evidence` is the digest of the sections: SHA-256 over their roots in order.
    """

    owner: str = wire(1, text(128))
    reader: str = wire(2, text(128))
    purpose: str = wire(3, text(500))
    points: tuple[str, ...] = wire(4, array(URI, 500))
    from_at: int = wire(5, TIME)
    to_at: int = wire(6, TIME)
    expires_at: int = wire(7, TIME)
    evidence: bytes = wire(8, DIGEST)
    attachments: tuple[bytes, ...] = wire(9, array(DIGEST, 256))
    reader_key: bytes | None = wire(10, DIGEST, optional=True)
