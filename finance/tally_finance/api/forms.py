"""How values look in requests and answers: ids as 0x and hexadecimal digits, numbers that could be long as text. No IO.

JSON readers make floats of decimals and lose whole numbers beyond 2**53, so money, grams and shares are text.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

ID_PATTERN: Final = "^0x[0-9a-f]{64}$"
MAX_TIME: Final = 2**36
"""The year 4147."""

_AN_ID: Final = "0x" + "5a" * 32
_GRAMS: Final = "25000000"

Id = Annotated[str, Field(pattern=ID_PATTERN, description="32 bytes", examples=[_AN_ID])]
Grams = Annotated[
    str, Field(pattern="^[1-9][0-9]{0,17}$", description="whole grams, more than none", examples=[_GRAMS])
]
GramsOrNone = Annotated[str, Field(pattern="^(0|[1-9][0-9]{0,17})$", description="whole grams", examples=[_GRAMS])]
Money = Annotated[
    str, Field(pattern=r"^(0|[1-9][0-9]{0,12})\.[0-9]{2}$", description="yuan and fen", examples=["1250000.00"])
]
Share = Annotated[str, Field(pattern=r"^0\.[0-9]{1,6}$", description="a share below one", examples=["0.7"])]
Factor = Annotated[
    str, Field(pattern=r"^[0-9]{1,2}(\.[0-9]{1,6})?$", description="a factor above zero", examples=["1.5"])
]
Time = Annotated[int, Field(ge=0, le=MAX_TIME, description="seconds since 1970", examples=[1_893_456_000])]
Word = Annotated[
    str,
    Field(
        min_length=1, max_length=64, pattern="^[A-Za-z0-9][A-Za-z0-9 ._-]*$", description="a name", examples=["copper"]
    ),
]
Sentence = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["storage in March"])
]

IdInPath = Annotated[str, Path(pattern=ID_PATTERN)]
WordInPath = Annotated[str, Path(min_length=1, max_length=64, pattern="^[A-Za-z0-9][A-Za-z0-9 ._-]*$")]
GoodsInPath = Annotated[str, Path(min_length=1, max_length=64, pattern="^[^/\\x00-\\x1f\\x7f]+$")]
"""A commodity as the sheet names it: `maize, grade 2`."""
After = Annotated[str | None, Query(pattern=ID_PATTERN, description="the last id of the page before")]
Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]


class Asked(BaseModel):
    """A request's body: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", strict=True)


WithLots = Annotated[bool, Query(description="false leaves the lots of each position out")]


class Told(BaseModel):
    """An answer's body."""

    model_config = ConfigDict(extra="forbid")


def written(value: bytes) -> str:
    """An id as JSON has it."""
    return "0x" + value.hex()


def read(text: str) -> bytes:
    """The reverse, of what a pattern has let in."""
    return bytes.fromhex(text[2:])
