"""Who reads in bench_portal, and what its portal is started with. Apart from the portal itself, whose modules take
seconds of the processor to import, and neither the readers nor those who measure need them."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from typing import Final

LANDINGS: Final = {
    **{f"lender-{one}": "/lender" for one in range(7)},
    **{f"reviewer-{one}": "/reviewer" for one in range(6)},
    **{f"operator-{one}": "/operator" for one in range(4)},
    "keeper": "/keeper",
    "depositor": "/depositor",
    "administrator": "/administration",
}
"""Twenty: name, and the page where each begins."""


@dataclass(frozen=True)
class House:
    """What the process is started with; `year`: a folder that `shelved_year` made, and its report's digest."""

    folder: str
    receipts: int
    year: str
    digest: str
    gateway: str
    token: str


def started_with(house: House) -> list[str]:
    """The command that starts it."""
    return [sys.executable, "-m", "tests.bench.portal_process", json.dumps(asdict(house))]
