"""Reports on their way in: what is refused, what is computed again, and what a desk that dies leaves behind."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tally_chain import policy_text
from tally_finance.footprint.trace import canonical
from tally_finance.report import archive, folder
from tally_finance.review import reported
from tally_finance.review_api import arrivals
from tally_finance.review_api.arrivals import MOST_WAITING, Arrivals
from tally_finance.review_api.computing import MOST_OF_ONE
from tests.finance.activity import works
from tests.finance.review_api import reviews
from tests.finance.review_api.reviews import Desk


@pytest.fixture
def place(policy: Path, tmp_path: Path) -> Path:
    """A sheet and a policy of this test alone."""
    for name in ("reviews.toml", "policy.toml"):
        (tmp_path / name).write_text((policy / name).read_text())
    return tmp_path / "reviews.toml"


@pytest.fixture
def desk(engine: Engine, place: Path) -> Iterator[Desk]:
    with reviews.desk(engine, place) as made:
        yield made


def changed(packed: bytes, path: list[str], value: str) -> bytes:
    """The archive of a report in which one figure says something else, all digests in order."""
    parts = archive.decode(packed)
    said = json.loads(parts["report.json"])
    inside = said
    for name in path[:-1]:
        inside = inside[name]
    inside[path[-1]] = value
    return archive.encode({**parts, "report.json": canonical(said)})


def test_a_report_is_kept_once_whoever_sends_it(desk: Desk, packed: bytes) -> None:
    digest = desk.sent(packed)
    again = desk.post("reviewer", "/v1/reports", packed).json()
    assert (again["digest"], again["state"]) == (digest, "kept")
    assert desk.get("other reviewer", f"/v1/reports/{digest}").status_code == 404
    assert desk.sent(packed, "other reviewer") == digest
    assert desk.get("other reviewer", f"/v1/reports/{digest}").status_code == 200
    assert desk.get("verifier", f"/v1/arrivals/{digest}").status_code == 404


def test_what_another_organisation_sends_the_desk_reads_too(desk: Desk, packed: bytes) -> None:
    digest = desk.sent(packed, "verifier")
    assert desk.get("lender", f"/v1/reports/{digest}").status_code == 200
    assert desk.get("other lender", f"/v1/reports/{digest}").status_code == 404


def test_a_figure_that_does_not_follow_is_refused_and_named(desk: Desk, packed: bytes, place: Path) -> None:
    wrong = changed(packed, ["figures", "scope-2-location", "kg"], "1")
    digest = desk.post("reviewer", "/v1/reports", wrong).json()["digest"]
    told = desk.ends("reviewer", digest)
    assert told["state"] == "refused"
    (one,) = told["differences"]
    assert (one["path"], one["left"]) == ("figures.scope-2-location.kg", "1")
    assert desk.get("reviewer", f"/v1/reports/{digest}").status_code == 404
    assert not list((place.parent / "reports" / "kept").iterdir())
    for _ in range(100):  # it is told of before its folder is taken away
        if not list((place.parent / "reports" / "arriving").iterdir()):
            return
        threading.Event().wait(0.05)
    raise AssertionError("a report that was refused is still there")


def test_under_another_policy_it_is_another_report_until_the_policy_is_mended(
    desk: Desk, packed: bytes, place: Path
) -> None:
    good = (place.parent / "policy.toml").read_text()
    believed = works.policy_of(reviews.world_of())
    unanchored = replace(believed, logs=tuple(replace(log, roots=()) for log in believed.logs))
    (place.parent / "policy.toml").write_text(policy_text.write(unanchored))
    digest = desk.post("reviewer", "/v1/reports", packed).json()["digest"]
    told = desk.ends("reviewer", digest)
    assert told["state"] == "refused"
    assert told["said"]
    assert str(place.parent) not in json.dumps(told)
    (place.parent / "policy.toml").write_text(good)
    assert desk.sent(packed) == digest


def test_a_desk_that_died_goes_on_where_it_was(
    engine: Engine, place: Path, packed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first life takes the report and computes nothing; of another one it had half a folder."""
    with monkeypatch.context() as first, reviews.desk(engine, place) as desk:
        first.setattr(Arrivals, "_compute", lambda *_: None)
        digest = desk.post("reviewer", "/v1/reports", packed).json()["digest"]
        half = place.parent / "reports" / "arriving" / ".0123456789abcdef"
        half.mkdir()
        (half / "trace.json").write_bytes(b"{}")
    with reviews.desk(engine, place) as desk:
        assert desk.ends("reviewer", digest)["state"] == "kept"
        assert not half.exists()
        assert desk.get("lender", f"/v1/reports/{digest}").status_code == 200


def test_a_desk_that_died_between_the_folder_and_its_row_goes_on(
    engine: Engine, place: Path, packed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is among those that are kept, and the database does not know."""
    with monkeypatch.context() as first, reviews.desk(engine, place) as desk:
        first.setattr(type(desk.service.shelf), "tell", lambda *_, **__: exec("raise OSError('power cut')"))
        digest = desk.post("reviewer", "/v1/reports", packed).json()["digest"]
        kept = place.parent / "reports" / "kept" / digest
        for _ in range(600):
            if kept.exists():
                break
            threading.Event().wait(0.05)
        assert desk.get("reviewer", f"/v1/reports/{digest}").status_code == 404
        assert desk.get("reviewer", f"/v1/arrivals/{digest}").json()["state"] == "computing"
    with reviews.desk(engine, place) as desk:
        assert desk.ends("reviewer", digest)["state"] == "kept"
        assert desk.get("lender", f"/v1/reports/{digest}").status_code == 200


def test_two_at_once_are_one(desk: Desk, packed: bytes) -> None:
    states: list[int] = []

    def send(who: str) -> None:
        states.append(desk.post(who, "/v1/reports", packed).status_code)

    threads = [threading.Thread(target=send, args=(who,)) for who in ("reviewer", "verifier")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert states == [202, 202]
    digest = hashlib.sha256(archive.decode(packed)["report.json"]).hexdigest()
    for who in ("reviewer", "verifier"):
        assert desk.ends(who, digest)["state"] == "kept"
        assert len(desk.get(who, "/v1/reports").json()["items"]) == 1


def test_what_is_no_archive_of_a_report_is_refused_at_once(desk: Desk, packed: bytes, place: Path) -> None:
    parts = archive.decode(packed)
    sheet = next(name for name in parts if name.startswith("sheets/"))
    trace = {**parts, "trace.json": b"{}"}
    bundle = next(name for name in parts if name.startswith("evidence/"))
    less = {name: data for name, data in parts.items() if name != sheet}
    other = b"another sheet"
    more = {**parts, f"sheets/{hashlib.sha256(other).hexdigest()}": other}
    lost = {name: data for name, data in parts.items() if name != bundle}
    for wrong in (trace, less, more, lost):
        answer = desk.post("reviewer", "/v1/reports", archive.encode(wrong))
        assert answer.status_code == 422, answer.text
        assert str(place.parent) not in answer.text
    assert desk.post("reviewer", "/v1/reports", b"").status_code == 400
    for data in (b"nonsense", packed[:-1], packed + b"\0", packed[: len(packed) // 2]):
        assert desk.post("reviewer", "/v1/reports", data).status_code == 422
    assert not list((place.parent / "reports" / "arriving").iterdir())


def test_who_has_only_the_report_itself_is_told_nothing_of_it(desk: Desk, packed: bytes, place: Path) -> None:
    """Its evidence is on the shelf already: whoever sends the report without it gets none of it."""
    digest, parts = desk.sent(packed), archive.decode(packed)
    few = {name: parts[name] for name in ("report.json", "trace.json")}
    for wrong in (few, {**few, "trace.json": b"{}"}):
        assert desk.post("strange verifier", "/v1/reports", archive.encode(wrong)).status_code == 422
    assert desk.get("strange verifier", f"/v1/arrivals/{digest}").status_code == 404
    assert desk.get("strange verifier", f"/v1/reports/{digest}").status_code == 404
    assert not list((place.parent / "reports" / "arriving").iterdir())


@pytest.mark.parametrize(
    "report",
    [
        b'{"a":"\\ud800"}',
        b"[" * 1_000_000,
        b"1" * 1_000_000,
        b'{"a":1e999999999}',
        b"null",
        b'{"format":"tallystick report 1"}',
    ],
)
def test_a_report_that_is_none_is_refused_by_its_text(desk: Desk, report: bytes) -> None:
    answer = desk.post("reviewer", "/v1/reports", archive.encode({"report.json": report, "trace.json": b"{}"}))
    assert answer.status_code == 422, answer.text
    assert "report" in answer.json()["detail"]


def test_names_in_lists_are_printable(desk: Desk, packed: bytes) -> None:
    for name in ("Works 1\0", "Works \u202e1"):
        answer = desk.post("reviewer", "/v1/reports", changed(packed, ["entity"], name))
        assert answer.status_code == 422
        assert "printable" in answer.json()["detail"]


def test_what_comes_is_parsed_in_a_process_for_that(desk: Desk, packed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tens of MB of JSON take seconds and gigabytes, in which nobody else would be answered."""

    def here(*_: object) -> None:
        raise AssertionError("parsed among the requests")

    with monkeypatch.context() as first:
        for module, name in ((folder, "read"), (reported, "decode")):
            first.setattr(module, name, here)
        first.setattr(Arrivals, "_compute", lambda *_: None)
        assert desk.post("reviewer", "/v1/reports", packed).status_code == 202


def test_what_differs_is_told_shortly(desk: Desk, packed: bytes) -> None:
    told = desk.post("reviewer", "/v1/reports", changed(packed, ["entity"], "W" * 100_000)).json()
    (one,) = desk.ends("reviewer", told["digest"])["differences"]
    assert (one["path"], one["left"]) == ("entity", "W" * MOST_OF_ONE)


def test_a_policy_that_can_not_be_read_says_nothing_of_a_report(
    desk: Desk, packed: bytes, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "_AGAIN_S", 0.2)
    policy = place.parent / "policy.toml"
    policy.rename(away := policy.with_suffix(".away"))
    digest = desk.post("reviewer", "/v1/reports", packed).json()["digest"]
    threading.Event().wait(3)
    assert desk.get("reviewer", f"/v1/arrivals/{digest}").json()["state"] == "computing"
    away.rename(policy)
    assert desk.ends("reviewer", digest)["state"] == "kept"
    policy.rename(away)
    answer = desk.get("reviewer", f"/v1/reports/{digest}/open/load-1")
    assert (answer.status_code, str(place.parent) in answer.text) == (503, False)


def test_a_full_disk_is_no_fault_of_a_report(desk: Desk, packed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as first:
        first.setattr(archive, "write", lambda *_: exec("raise OSError(28, 'No space left on device', '/somewhere')"))
        answer = desk.post("reviewer", "/v1/reports", packed)
        assert (answer.status_code, "somewhere" in answer.text) == (503, False)
    desk.sent(packed)


def test_a_fault_at_one_report_is_none_of_the_next(desk: Desk, packed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as first:
        first.setattr(type(desk.service.shelf), "tell", lambda *_, **__: 1 / 0)
        digest = desk.post("reviewer", "/v1/reports", packed).json()["digest"]
        told = desk.ends("reviewer", digest)
        assert (told["state"], "a fault of the desk" in told["said"]) == ("refused", True)
    assert desk.sent(packed) == digest


def test_nobody_waits_for_all_that_another_sent(
    engine: Engine, place: Path, packed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bank's own reports came first; of the others' one is computed after one of the bank's."""
    seen: list[bytes] = []
    compute = Arrivals._compute

    def noted(self: Arrivals, digest: bytes) -> None:
        seen.append(digest)
        compute(self, digest)

    with monkeypatch.context() as first, reviews.desk(engine, place) as desk:
        first.setattr(Arrivals, "_compute", lambda *_: None)
        mine = [changed(packed, ["entity"], f"Works {number}") for number in range(4)]
        for one in mine:
            desk.post("reviewer", "/v1/reports", one)
            desk.clock.at += 1
        theirs = desk.post("verifier", "/v1/reports", packed).json()["digest"]
    monkeypatch.setattr(Arrivals, "_compute", noted)
    with reviews.desk(engine, place, desk.clock) as desk:
        assert desk.ends("verifier", theirs)["state"] == "kept"
    assert seen.index(bytes.fromhex(theirs)) <= 1


def test_a_report_that_was_changed_on_the_shelf_is_not_read(desk: Desk, packed: bytes, place: Path) -> None:
    digest = desk.sent(packed)
    other = archive.decode(changed(packed, ["entity"], "Works 2"))["report.json"]
    (place.parent / "reports" / "kept" / digest / "report.json").write_bytes(other)
    desk.service.shelf._held.clear()
    assert desk.get("reviewer", f"/v1/reports/{digest}/figures").status_code == 503
    assert desk.get("reviewer", f"/v1/reports/{digest}/exports/archive").status_code == 409


def test_an_organisation_waits_with_so_many_at_most(
    engine: Engine, place: Path, packed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Arrivals, "_compute", lambda *_: None)
    with reviews.desk(engine, place) as desk:
        several = [changed(packed, ["entity"], f"Works {number}") for number in range(MOST_WAITING + 1)]
        codes = [desk.post("reviewer", "/v1/reports", one).status_code for one in several]
        assert codes == [202] * MOST_WAITING + [429]
        assert desk.post("verifier", "/v1/reports", several[-1]).status_code == 202
