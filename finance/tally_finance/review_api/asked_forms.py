"""What is asked of a reviewers' desk: ledgers, words, signatures, versions, as JSON. No IO."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tally_finance.api.forms import Asked
from tally_finance.review_api.forms import TOTAL, Digest, Figure, Hex, Name, Share, Text, Toml


class ReaderAsked(Asked):
    """Who is to read."""

    organisation: Digest


class LedgerAsked(Asked):
    """A ledger of misstatements, as `review new ledger` begins one."""

    ledger: Toml


class LedgerSaved(Asked):
    """A ledger that is being written: any value may be missing yet. `revision`: the one it was written over, 0: none.

    `carried_from`: the report of the same entity, site and period whose ledger it begins as.
    """

    ledger: Toml
    revision: Annotated[int, Field(ge=0, le=2**31 - 2, examples=[0])]
    carried_from: Digest | None = None


class ChecklistAsked(Asked):
    """What is shown beside the report: all of it may be missing."""

    figure: Figure = TOTAL
    ledger: Toml | None = None
    baseline: Digest | None = None
    product: Name | None = None
    output_u95: Share | None = None


class PortfolioAsked(Asked):
    """Loans, as `review new portfolio` begins them; `report` is a digest, verifications are those that stand."""

    loans: Toml


class DraftAsked(Asked):
    """Words and ledger of an opinion, and the public key (COSE_Key) that is to sign it."""

    kind: Annotated[str, Field(pattern="^(conclusion|verification)$", examples=["conclusion"])]
    words: Toml
    ledger: Toml
    key: Hex


class SignatureAsked(Asked):
    """The file of a draft, and the signature (64 bytes, as COSE has it)."""

    file: Hex
    signature: Annotated[str, Field(pattern="^[0-9a-f]{128}$", examples=["5a" * 64])]


class VersionAsked(Asked):
    """Why a report is another version of its line."""

    figure: Figure = TOTAL
    reason: Annotated[
        str,
        Field(pattern="^(first|new_evidence|correction|factor_superseded|method|boundary)$", examples=["first"]),
    ]
    why: Text


class FootprintAsked(Asked):
    """A product of the report, what the company states of it (TOML), and as what; `verification`: one that stands."""

    product: Name
    sheet: Toml
    kind: Annotated[str, Field(pattern="^(pact|catenax)$", examples=["pact"])] = "pact"
    verification: Digest | None = None
