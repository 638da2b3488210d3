"""The demo on the simulated works, played once: every file that it promises, every figure against the works' truth.

The steel year's demo is held against the reviewer's guide in `tests/docs/test_reviewer_guide.py`.
"""

from __future__ import annotations

import json
from contextlib import chdir
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tally_edge import command
from tally_finance.review import opinions
from tally_trial.errors import TrialUsageError
from tally_trial.footprint_demo import plant, run, works
from tally_trial.footprint_demo.cast import LEAD, REVIEWER
from tally_trial.footprint_demo.commands import reading
from tally_trial.footprint_demo.exports import EXPORTS
from tally_trial.footprint_demo.site import BUNDLE, POLICY, Site

pytestmark = pytest.mark.slow

DAYS = 10
PROMISED = (
    BUNDLE,
    POLICY,
    "sheets/boundary.toml",
    "sheets/inventory.toml",
    "sheets/certificates.csv",
    "sheets/own.factors",
    "reports/1/report.json",
    "reports/2/report.json",
    "reports/2/trace.json",
    "review/ledger-1.toml",
    "review/ledger-2.toml",
    "review/conclusion.opinion",
    "review/verification.opinion",
    "review/portfolio.toml",
    "review/checklist.md",
    "review/as-known-then.json",
    "books.db",
    "cheat/report.json",
    "transcript.txt",
)
MOST_LINES = 60


@dataclass(frozen=True)
class Played:
    folder: Path
    lines: tuple[str, ...]
    site: Site

    def said(self, report: str = "reports/2") -> dict[str, Any]:
        return dict(json.loads((self.folder / report / "report.json").read_bytes()))

    def line(self, name: str) -> str:
        (found,) = [one for one in self.lines if f"  {name}" in one]
        return found


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("footprint") / "demo"
    lines: list[str] = []
    site = run.run(folder, run.works(DAYS), lines.append, lambda what, done, whole: None)
    return Played(folder, tuple(lines), site)


@pytest.fixture(scope="module")
def truth() -> dict[str, Decimal]:
    opened = works.opened(str(plant.SEED), DAYS)
    return dict(opened.truth(opened.ends))


def test_everything_that_was_promised_is_there(played: Played) -> None:
    promised = [*PROMISED, *(f"exports/{one.file}" for one in EXPORTS)]
    assert [name for name in promised if not (played.folder / name).exists()] == []
    assert [one.name for one in played.folder.rglob("*.log")] == []
    assert len(played.lines) + 4 + 2 * len(list(reading(played.folder, played.site))) <= MOST_LINES


def test_figures_are_those_of_the_works(played: Played, truth: dict[str, Decimal]) -> None:
    media = {one["name"]: one for one in played.said()["media"]}
    for medium, register in (("gas", "gas/volume"), ("water", "water/volume"), ("electricity", "grid/energy_import")):
        assert Decimal(media[medium]["bought"]) == truth[register], medium
    assert Decimal(media["electricity"]["made"]) == truth["solar/energy_import"]
    assert Decimal(media["electricity"]["fed_in"]) == truth["grid/energy_export"]
    meters = {one["name"]: one for one in played.said()["meters"]}
    assert Decimal(meters["rolling"]["total"]) == truth["rolling/energy_import"]
    assert meters["rolling"]["exchanges"] == "1"
    made = {one["name"]: Decimal(one["amount"]) for one in played.said()["products"]}
    assert made == {"coil": truth["coils/kg_out"], "sheet": truth["sheets/kg_out"]}


def test_what_registers_bridge_is_exact_and_a_ceiling_is_never_cheaper(
    played: Played, truth: dict[str, Decimal]
) -> None:
    meters = {one["name"]: one for one in played.said()["meters"]}
    assert Decimal(meters["grid"]["bridged"]) > 0 == Decimal(meters["grid"]["estimated"])
    assert Decimal(meters["steam"]["estimated"]) == 5 * 500
    assert Decimal(meters["steam"]["total"]) > truth["steam/mass"]
    assert meters["steam"]["bridged"] == "0"


def test_certificates_count_once_and_for_this_entity(played: Played) -> None:
    found = played.said()["instruments"]
    assert found["certificates"] == [f"GEC-2025-000{number}" for number in (1, 2, 3, 4)]
    assert found["covered_kwh"] == str(4000 + DAYS * plant.GRANULAR_KWH)
    assert {one["number"] for one in found["refused"]} == {"GEC-2025-0005", "GEC-2025-0006"}
    (invoice,) = [one for one in played.said()["checks"] if one["kind"] == "invoice"]
    assert invoice["made"]
    assert invoice["holds"]


def test_hours_are_matched_by_what_was_bought_in_them(played: Played) -> None:
    opened = works.opened(str(plant.SEED), DAYS)
    silent = opened.meters["grid"].silent
    matched = Decimal(0)
    for day in range(DAYS):
        at = opened.begins + day * works.DAY_S + plant.GRANULAR_HOUR * works.HOUR_S
        before, after = (opened.truth(one)["grid/energy_import"] for one in (at, at + works.HOUR_S))
        unread = silent[0] <= at <= silent[1]  # an hour that begins or ends unread is bridged
        matched += 0 if unread else min(after - before, Decimal(plant.GRANULAR_KWH))
    hourly = played.said()["instruments"]["hourly"]
    assert 0 < matched == Decimal(hourly["matched_kwh"])
    assert Decimal(hourly["load_kwh"]) == opened.truth(opened.ends)["grid/energy_import"]


def test_the_restated_report_is_the_one_that_the_reviewer_reckoned_by_hand(played: Played) -> None:
    first, second = (Decimal(played.said(f"reports/{one}")["figures"]["total-location"]["kg"]) for one in (1, 2))
    bought = Decimal(next(one for one in played.said()["media"] if one["name"] == "electricity")["bought"])
    assert abs(second - first - bought * (Decimal("0.6516") - Decimal("0.5306"))) <= 1
    assert "material" in played.line("ledger")
    first_bytes = (played.folder / "reports/1/report.json").read_bytes()
    assert (played.folder / "review/as-known-then.json").read_bytes() == first_bytes


def test_both_documents_are_signed_and_bound_to_the_restated_report(played: Played) -> None:
    for person, name in ((REVIEWER, "conclusion"), (LEAD, "verification")):
        found = opinions.decode((played.folder / "review" / f"{name}.opinion").read_bytes())
        assert found.key.kid.hex() == person.key_id(played.folder)
        assert found.statement.claims.kind.value == name
        assert found.said.bound.trace.hex() == played.said()["trace"]


def test_the_score_is_better_by_the_verification_alone(played: Played) -> None:
    before, after = played.line("data quality").partition("PCAF: ")[2].split(" by signatures of devices alone, ")
    assert Decimal(before) - 1 < Decimal(after.split()[0]) < Decimal(before)


def test_exports_are_of_the_restated_report(played: Played) -> None:
    exports = played.folder / "exports"
    data = (played.folder / "reports/2/report.json").read_bytes()
    digest = sha256(data).hexdigest()
    assert digest in (exports / "report.html").read_text("utf-8")
    assert (exports / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert digest in (exports / "csv" / "tables.json").read_text("utf-8")
    assert (exports / "report.xlsx").read_bytes().startswith(b"PK")
    coil = next(one for one in played.said()["products"] if one["name"] == "coil")
    pcf = json.loads((exports / "pact.json").read_bytes())["pcf"]
    assert round(Decimal(pcf["fossilGhgEmissions"]) * Decimal(coil["amount"])) == Decimal(coil["kg"])
    assert "CN-HE" in json.dumps(pcf)
    assert digest in (exports / "catenax.json").read_text("utf-8")


def test_what_it_tells_to_type_next_works(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    ended = {}
    with chdir(played.folder):
        for said, words in reading(played.folder, played.site):
            assert words[0] == "tallystick"
            ended[said] = command.main(words[1:])
    *others, red = ended
    assert {ended[said] for said in others} == {0}
    assert ended[red] == 1
    assert "differs   figures.total-location.kg: the report says" in capsys.readouterr().out


def test_the_transcript_has_every_command_with_its_exit_code(played: Played) -> None:
    text = (played.folder / "transcript.txt").read_text("utf-8")
    commands = [line for line in text.splitlines() if line.startswith("$ tallystick finance ")]
    assert len(commands) == text.count("\n[exit code ")
    refused = text.partition("$ tallystick finance review conclude reports/1 ")[2].partition("[exit code ")
    assert "is material" in refused[0]
    assert refused[2].startswith("1]")
    assert str(played.folder) not in text


def test_evidence_is_the_same_every_time(played: Played, tmp_path: Path) -> None:
    again = plant.played(DAYS, tmp_path, lambda text: None, lambda what, done, whole: None)
    assert (tmp_path / BUNDLE).read_bytes() == (played.folder / BUNDLE).read_bytes()
    assert again == played.site


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("x")
    assert command.main(["finance", "demo", "footprint", "--dir", str(tmp_path), "--plant"]) == command.WRONG_USAGE
    assert "is not empty; name another folder" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("days", [works.LEAST_DAYS - 1, works.MOST_DAYS + 1])
def test_too_few_and_too_many_days_are_refused(days: int, tmp_path: Path) -> None:
    with pytest.raises(TrialUsageError, match=f"{days} days"):
        run.run(tmp_path / "demo", run.works(days), lambda text: None, lambda what, done, whole: None)
    assert not (tmp_path / "demo").exists()


def test_a_file_that_is_not_the_year_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "other.csv"
    file.write_text("date,kWh\n1/1/2018 0:15,1\n")
    code = command.main(["finance", "demo", "footprint", "--dir", str(tmp_path / "demo"), "--steel", str(file)])
    assert code == command.WRONG_USAGE
    assert f"{file}: is not the steel year" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()
