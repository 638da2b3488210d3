"""What a play of the demo begins with: evidence that was signed, logged and anchored, and what a reviewer knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

BUNDLE: Final = "evidence/bundle.tally"
POLICY: Final = "evidence/policy.toml"
SIGNER: Final = "SIGNER"


@dataclass(frozen=True, slots=True)
class Site:
    """A site whose evidence lies in the demo's folder as BUNDLE and POLICY.

    `province`: the region whose factor the first report leaves out. `sheets`: contents by file name; `inventory.toml`
    among them. `product`: of its inventory. `own`: factors of its own, to be signed; the inventory names the key as
    SIGNER.
    """

    title: str
    borrower: str
    province: str
    product: str
    sheets: Mapping[str, str] = field(repr=False)
    own: str = ""
