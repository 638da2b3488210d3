"""Reading a report's folder: what it binds, and what is refused."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tally_edge.errors import ConfigError
from tally_finance.errors import ReportFileError, ReviewError
from tally_finance.footprint.trace import canonical
from tally_finance.review import reported
from tests.finance.review.a_report import digest, document, folder, line, meter


def test_what_an_opinion_is_bound_to(tmp_path: Path) -> None:
    found = reported.load(folder(tmp_path / "r"))
    assert found.bound.report == sha256((tmp_path / "r" / "report.json").read_bytes()).digest()
    assert found.bound.trace == sha256((tmp_path / "r" / "trace.json").read_bytes()).digest()
    assert found.bound.factors.hex() == digest("factors")
    assert found.bound.method == "tallystick footprint method 1"
    assert [(one.size, one.root.hex()) for one in found.bound.roots] == [(35_040, digest("root"))]


def test_another_trace_is_refused(tmp_path: Path) -> None:
    made = folder(tmp_path / "r")
    (made / "trace.json").write_bytes(b"{}")
    with pytest.raises(ReportFileError, match="another trace"):
        reported.load(made)
    (made / "trace.json").unlink()
    with pytest.raises(ConfigError, match=r"trace\.json"):
        reported.load(made)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"roots": []}, "roots is empty"),
        ({"registry": "00"}, "registry is not 32 bytes"),
        ({"registry": digest("x").upper()}, "registry is not 32 bytes"),
        ({"from": "1e9"}, "from is no number"),
        ({"to": "1"}, "ends before it begins"),
        ({"figures": []}, "figures is no object"),
        ({"meters": [meter("m", measured="")]}, r"meters\[0\]\.measured is no number"),
        ({"meters": "none"}, "meters is no list"),
        ({"lines": [line("x", "1", 5, "hearsay")]}, r"lines\[0\]\.rests is none of"),
    ],
)
def test_what_is_no_report(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ReviewError, match=says):
        reported.decode(canonical(document(**changes)))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (json.dumps(document()).encode(), "not canonical"),
        (canonical(document()) + b"\n", "not canonical"),
        (b'{"from":1}', "is not text"),
        (b'{"from":1.5}', "is not text"),
        (b'{"from":NaN}', "is not text"),
        (b'{"a":"1","a":"2"}', "not canonical"),
        (b"[]", "is no object"),
        (b"\xff", "no report"),
        (b"[" * 100_000, "no report"),
    ],
)
def test_what_is_no_canonical_object(data: bytes, says: str) -> None:
    with pytest.raises(ReviewError, match=says):
        reported.decode(data)


def test_lines_of_a_total() -> None:
    lines = [line("gas", "1", 7), line("grid", "2 location-based", 3), line("grid", "2 market-based", 2)]
    found = reported.decode(canonical(document(lines=lines)))
    assert [one.emissions for one in found.parts_of("total-location")] == [7, 3]
    assert [one.emissions for one in found.parts_of("total-market")] == [7, 2]
    with pytest.raises(ReviewError, match="is no total"):
        found.parts_of("scope-1")
    with pytest.raises(ReviewError, match="tells no lines"):
        reported.decode(canonical(document(lines=[]))).parts_of("total-market")
    with pytest.raises(ReviewError, match="no figure scope-9"):
        found.figure("scope-9")
    with pytest.raises(ReviewError, match="no product rail"):
        found.product("rail")


def test_a_register_of_two_boundaries_is_one_meter() -> None:
    rows = [meter("m", longest_gap_s="5"), meter("m", measured="1", calibrated_until="", exchanges="1")]
    (found,) = reported.decode(canonical(document(meters=rows))).meters
    assert (found.amount, found.longest_gap_s, found.calibrated_until, found.exchanges) == (1011, 900, None, 1)
