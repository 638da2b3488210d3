"""`tallystick demo` as a newcomer runs it: it ends well, its cheats are caught, and what it leaves can be checked."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.system.command import Said, independent_check, run, tallystick

pytestmark = pytest.mark.slow

TIME_S = 90 * 3
"""Ninety seconds are promised on a machine of its own; tests share theirs."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    """One demonstration for all tests here, and what it printed."""
    folder = tmp_path_factory.mktemp("played") / "demo"
    return folder, tallystick("demo", "--dir", folder, within_s=TIME_S)


def unshared() -> list[str]:
    """What cuts a process off from every network."""
    found = shutil.which("unshare")
    if found is None:
        pytest.skip("unshare (util-linux) is not installed")
    for prefix in ([found, "-n"], [found, "--map-root-user", "--net"]):
        if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
            return prefix
    pytest.skip("this system does not let a process leave the network (unshare --net)")


def test_it_ends_well_and_catches_four_cheats(played: tuple[Path, Said]) -> None:
    folder, said = played
    assert said.code == 0, said.err
    assert "Traceback" not in said.err + said.out
    told = said.out + said.err
    for heading in ("What was proven", "What was tried, and what caught it", "What was not proven"):
        assert heading in told
    for cheat in (
        "a reading altered",
        "a statement withheld",
        "a statement replayed",
        "a register wound back",
    ):
        (line,) = [line for line in told.splitlines() if line.strip().startswith(cheat)]
        assert "→" in line, line
    for quantity in ("energy_import", "volume", "kg_in"):
        (line,) = [line for line in told.splitlines() if f" {quantity} " in line and "complete" in line]
        assert "total by registers" in line
    assert "207" in told, "that the anchor is the operator's own must be said"
    assert "601" in told, "that the evidence is simulated must be said"
    for name in ("bundle.tally", "totals.tally", "policy.toml"):
        assert (folder / name).stat().st_size > 0
    assert (folder / "gateway" / "log" / "checkpoint").is_file()


def test_both_bundles_verify_without_a_network(played: tuple[Path, Said]) -> None:
    folder, _ = played
    prefix = unshared()
    full = tallystick("verify", folder / "bundle.tally", "--policy", folder / "policy.toml", "--json", prefix=prefix)
    assert full.code == 0, full.err
    totals = tallystick("verify", folder / "totals.tally", "--policy", folder / "policy.toml", "--json", prefix=prefix)
    assert totals.code == 0, totals.err
    complete = {
        (figure["point"], figure["register"]): figure["quantity"]
        for figure in full.json()["figures"]
        if figure["basis"] == "complete"
    }
    by_registers = {(figure["point"], figure["register"]): figure["quantity"] for figure in totals.json()["figures"]}
    assert complete == by_registers
    assert len(complete) == 5
    assert {figure["basis"] for figure in totals.json()["figures"]} == {"total by registers"}


@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("altered.tally", "TREE_MISMATCH"),
        ("withheld.tally", "MISSING_STATEMENT"),
        ("rolled-back.tally", "REGISTER_BACKWARDS"),
    ],
)
def test_the_cheats_are_left_and_fail(played: tuple[Path, Said], name: str, finding: str) -> None:
    folder, _ = played
    said = tallystick("verify", folder / name, "--policy", folder / "policy.toml", "--json")
    assert said.code == 1, said.err
    failures = {found["name"] for found in said.json()["findings"] if found["severity"] == "failure"}
    assert finding in failures


def test_the_default_policy_refuses_what_is_simulated_and_self_anchored(
    played: tuple[Path, Said], tmp_path: Path
) -> None:
    folder, _ = played
    strict = tmp_path / "strict.toml"
    text = (folder / "policy.toml").read_text("utf-8")
    strict.write_text("\n".join(line for line in text.splitlines() if not line.endswith("= true")), "utf-8")
    assert strict.read_text("utf-8") != text.strip()
    said = tallystick("verify", folder / "bundle.tally", "--policy", strict, "--json")
    assert said.code == 1
    failures = {found["name"] for found in said.json()["findings"] if found["severity"] == "failure"}
    assert {"SIMULATED", "SELF_ANCHORED"} <= failures


def test_a_stranger_agrees_about_the_log(played: tuple[Path, Said]) -> None:
    folder, _ = played
    said = independent_check(folder / "gateway" / "log")
    assert not said or "root recomputed" in said


def test_wrong_uses_say_what_is_wrong_in_one_line(
    played: tuple[Path, Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of each command in a process of its own, as a person runs it; the others of it in this one."""
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", "")
    folder, _ = played
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("date,Usage_kWh\n1/1/2018 00:15,3.17\n1/1/2018 00:30,4\n")
    bad.write_text("date,Usage_kWh\n1/1/2018 00:15,3.17\n1/1/2018 00:30,x\n")
    column = ("--column", "Usage_kWh", "--unit", "kWh")
    unused = ("--dir", tmp_path / "unused")
    policy = ("--policy", folder / "policy.toml")
    cases: list[tuple[tuple[str | Path, ...], int, str]] = [
        (("demo", "--dir", folder), 2, "not empty"),
        (("demo", "--dir", good), 2, "is a file"),
        (("demo", "--days", "0"), 2, "--days"),
        (("replay", tmp_path / "none.csv", *column, *unused), 3, "none.csv"),
        (("replay", tmp_path, *column, *unused), 3, str(tmp_path)),
        (("replay", good, "--column", "Nope", "--unit", "kWh", *unused), 2, "Nope"),
        (("replay", good, "--column", "Usage_kWh", "--unit", "furlong", *unused), 2, "furlong"),
        (("replay", good, *column, "--timezone", "Mars/X", *unused), 2, "Mars/X"),
        (("replay", bad, *column, *unused), 3, "row 3"),
        (("replay", good, *column, "--dir", folder), 2, "not empty"),
        (("verify", tmp_path / "none.tally", *policy), 3, "none.tally"),
        (("verify", good, *policy), 3, "good.csv"),
        (("verify", tmp_path, *policy), 3, str(tmp_path)),
        (("verify", folder / "bundle.tally", "--policy", tmp_path / "none.toml"), 2, "none.toml"),
        (("verify", folder / "bundle.tally", "--policy", good), 2, "good.csv"),
        (("verify", folder / "bundle.tally", "--policy", "/dev/null"), 2, "version"),
        (("verify", folder / "bundle.tally"), 2, "--policy"),
    ]
    started = set()
    for arguments, code, words in cases:
        said = run(*arguments) if arguments[0] in started else tallystick(*arguments)
        started.add(arguments[0])
        line = said.refusal()
        assert (said.code, words in line) == (code, True), (arguments, said.code, line)
    assert not (tmp_path / "unused").exists() or not any((tmp_path / "unused").iterdir())
