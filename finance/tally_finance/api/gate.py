"""What the door of a desk asks: tokens, rights, and lots that their keepers see."""

from __future__ import annotations

import re
from typing import Final

from tally_finance.api.door import Gate
from tally_finance.api.refusing import missing
from tally_finance.api.rights import RIGHTS, Right, Role
from tally_finance.api.service import Service, must_have_right
from tally_finance.api.tokens import Bearer
from tally_finance.desk.evidence import MAX_BUNDLE_BYTES

_EVIDENCE: Final = re.compile(r"/v1/lots/0x([0-9a-f]{64})/evidence")
_LONG: Final = re.compile(rf"{_EVIDENCE.pattern}|/v1/papers|/v1/closes")
_DRAFTING: Final = frozenset({("POST", "/v1/operations"), ("POST", "/v1/prepared")})


def gate_of(service: Service) -> Gate:
    """The gate of a desk."""

    def whose(token: str) -> Bearer | None:
        return service.tokens.bearer(token, service.desk.clock())

    def may(bearer: Bearer, right: Right, path: str) -> None:
        must_have_right(service, bearer, right)
        evidence = _EVIDENCE.fullmatch(path) if bearer.role is Role.KEEPER else None
        if evidence is not None and service.sight(bearer).lot(bytes.fromhex(evidence[1])) is None:
            raise missing("lot")

    return Gate(RIGHTS, service.quotas, whose, may, _LONG, MAX_BUNDLE_BYTES, _DRAFTING)
