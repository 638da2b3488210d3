"""How values look in requests and answers of a reviewers' desk. Digests are hexadecimal, as in reports. No IO.

Emissions, money and shares are text: readers of JSON make floats of decimals.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import Field

from tally_finance.api.forms import MAX_TIME
from tally_gateway.pages.words import Language

DIGEST: Final = "^[0-9a-f]{64}$"
_AN_ID: Final = "5a" * 32
_NAME: Final = "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"
_TEXT: Final = r"^[^\x00]+$"
TOTAL: Final = "total-location"

Digest = Annotated[str, Field(pattern=DIGEST, description="32 bytes", examples=[_AN_ID])]
Text = Annotated[str, Field(min_length=1, max_length=2_000, pattern=_TEXT, examples=["an invoice came late"])]
Toml = Annotated[str, Field(max_length=100_000, description="TOML, as the file of the command is")]
Hex = Annotated[str, Field(max_length=262_144, pattern="^([0-9a-f]{2})+$", description="bytes", examples=["a10100"])]
Share = Annotated[str, Field(pattern=r"^0\.[0-9]{1,6}$", description="a share below one", examples=["0.05"])]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=_TEXT, examples=["coil"])]
Figure = Annotated[str, Field(pattern=_NAME, description="a figure of the report", examples=[TOTAL])]

DigestInPath = Annotated[str, Path(pattern=DIGEST, description="SHA-256 of the report")]
PartInPath = Annotated[str, Path(pattern=DIGEST, description="SHA-256 of the part")]
StatementInPath = Annotated[str, Path(pattern=DIGEST, description="SHA-256 of the statement")]
NameInPath = Annotated[str, Path(pattern=_NAME)]
DigestInQuery = Annotated[str, Query(pattern=DIGEST)]
AfterDigest = Annotated[str | None, Query(pattern=DIGEST, description="the last digest of the page before")]
FigureInQuery = Annotated[str, Query(pattern=_NAME, description="a figure of the report")]
ShareInQuery = Annotated[str, Query(pattern=r"^0\.[0-9]{1,6}$")]
LanguageInQuery = Annotated[Language | None, Query(description="of texts and drawings; both where it is left out")]
TimeInQuery = Annotated[int | None, Query(ge=0, le=MAX_TIME, description="seconds since 1970")]
Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]
