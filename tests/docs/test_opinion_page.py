"""The pages of opinions and of the review say what the code does."""

from __future__ import annotations

import dataclasses
import re
from hashlib import sha256

import pytest

from tally_edge import wire as codec
from tally_finance.review import checklist, opinions, sampling
from tally_finance.review.opinions import Accreditation, Bound, Conclusion, Name, Root, Verification
from tally_finance.review.versions import Reason
from tests.docs.pages import DOCS

FORMAT = (DOCS / "formats" / "opinion.md").read_text("utf-8")
PAGE = (DOCS / "review.md").read_text("utf-8")


def _digest(name: str) -> bytes:
    return sha256(name.encode()).digest()


EXAMPLE = Bound(
    _digest("report"),
    _digest("trace"),
    _digest("factors"),
    "tallystick footprint method 1",
    (Root(_digest("log"), 35_040, _digest("root")),),
)


def test_the_example_of_the_page_is_what_binds() -> None:
    shown = bytes.fromhex(FORMAT.partition("```hex\n")[2].partition("```")[0].replace("\n", ""))
    assert codec.decode(Bound, shown) == EXAMPLE
    assert codec.encode(EXAMPLE) == shown


@pytest.mark.parametrize("kind", [Bound, Root, Conclusion, Verification, Accreditation])
def test_every_field_stands_on_the_page_with_its_label(kind: type) -> None:
    section = FORMAT.partition(f"### {kind.__name__}\n")[2].partition("\n#")[0]
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", section, re.MULTILINE)
    assert rows == [(str(one.metadata["label"]), one.name) for one in dataclasses.fields(kind)]


def test_the_limits_and_the_media_type() -> None:
    for name in ("MAX_FILE_BYTES", "MAX_VALID_S"):
        assert f"| `{name}` | {getattr(opinions, name)} |" in FORMAT
    assert f"`{opinions.MEDIA_TYPE}`" in FORMAT


def test_every_objection_stands_on_the_page() -> None:
    section = FORMAT.partition("## Whether it stands")[2].partition("\n#")[0]
    assert set(re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE)) == {one.value for one in Name}


def test_every_item_of_the_checklist_stands_on_the_page() -> None:
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", PAGE.partition("## The checklist")[2], re.MULTILINE)
    assert rows == [(str(number), str(title)) for number, (title, _) in enumerate(checklist._ITEMS, 1)]


def test_what_the_page_says_of_visits_and_versions() -> None:
    assert f"more than {int(100 * sampling.LARGE)} % of their medium" in PAGE
    assert f"more than {int(100 * sampling.ESTIMATED)} % estimated or missing" in PAGE
    for reason in Reason:
        assert reason is Reason.FIRST or reason.name.lower() in PAGE
