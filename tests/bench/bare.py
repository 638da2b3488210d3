"""The floor of bench_ingest, apart from it: two processes run it that need nothing of the gateway."""

from __future__ import annotations

import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tally_edge import keys, statement
from tally_edge.keys import PublicKey


def bare_verification(load: list[bytes], known: list[PublicKey]) -> float:
    """Seconds for the signatures of `load` alone, which are decoded beforehand."""
    loaded = {key.kid: keys.load(key) for key in known}
    algorithm = ec.ECDSA(hashes.SHA256())
    ready = []
    for encoded in load:
        signed = statement.decode(encoded)
        r, s = int.from_bytes(signed.signature[:32], "big"), int.from_bytes(signed.signature[32:], "big")
        ready.append((loaded[signed.claims.kid], encode_dss_signature(r, s), signed.signed_bytes))
    start = time.perf_counter()
    for key, signature, message in ready:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(signature, message, algorithm)
    return time.perf_counter() - start
