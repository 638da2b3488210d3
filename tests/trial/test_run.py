"""`tallystick sim`: what it leaves, that it can be repeated, and what it says with its exit code."""

from __future__ import annotations

import errno
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tally_edge import command
from tally_sim.plant import profile_file
from tally_trial import kinds, plants
from tally_trial import run as trial_run
from tally_trial.ledger import ledger_of
from tally_trial.play import play
from tally_trial.reading import read

LEFT = ("bundle.tally", "policy.toml", "truth.json", "ledger.json", "plot.svg")


def sim(*words: str) -> int:
    return command.main(["sim", *words])


def run(folder: Path, *more: str) -> int:
    return sim("run", "metal-warehouse", "--days", "3", "--seed", "2", "--dir", str(folder), *more)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sim") / "run"
    assert run(folder, "--attack", "fork,two-names", "--faults", "dropout") == 0
    return folder


def test_everything_is_left_and_tallystick_verify_opens_it(attacked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert {path.name for path in attacked.iterdir()} == {*LEFT, "gateway"}
    bundle, policy = str(attacked / "bundle.tally"), str(attacked / "policy.toml")
    assert command.main(["verify", bundle, "--policy", policy]) == 1
    assert "405" in capsys.readouterr().out


def test_the_ledger_says_what_caught_what(attacked: Path) -> None:
    told = json.loads((attacked / "ledger.json").read_text("utf-8"))
    caught = {event["name"]: {one["sign"] for one in event["caught_by"]} for event in told["events"]}
    assert caught["fork"] == {"FORK"}
    assert caught["dropout"] == {"DECLARED_GAP"}
    assert "plausible:serial-twice" in caught["two-names"]
    assert told["false_alarms"] == []


def test_the_truth_names_what_happened_and_what_really_was(attacked: Path) -> None:
    told = json.loads((attacked / "truth.json").read_text("utf-8"))
    assert {one["name"] for one in told["happenings"]} == {"fork", "two-names", "dropout"}
    assert len(told["truth"]) == 4
    assert all("stock/hall_a_kg" in values for values in told["truth"].values())


def test_the_plot_is_a_picture(attacked: Path) -> None:
    root = ET.fromstring((attacked / "plot.svg").read_text("utf-8"))
    texts = " ".join(element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "attack fork" in texts
    assert "caught by 405 FORK" in texts
    assert "true hall_a" in texts
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) >= 10


def test_the_same_seed_leaves_the_same_bytes(attacked: Path, tmp_path: Path) -> None:
    assert run(tmp_path / "again", "--attack", "fork,two-names", "--faults", "dropout") == 0
    for name in LEFT:
        assert (tmp_path / "again" / name).read_bytes() == (attacked / name).read_bytes(), name


def test_what_is_named_twice_is_done_once_and_what_is_named_apart_is_done_too(tmp_path: Path) -> None:
    assert run(tmp_path / "run", "--attack", "fork,fork", "--attack", "replay", "--attack", "fork") == 0
    told = json.loads((tmp_path / "run" / "ledger.json").read_text("utf-8"))
    assert [event["name"] for event in told["events"]] == ["fork", "replay"]


def test_json_is_the_ledger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "json", "--json") == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == json.loads((tmp_path / "json" / "ledger.json").read_text("utf-8"))
    assert "the plant runs" in said.err


def test_an_honest_run_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "honest") == 0
    assert "the evidence holds" in capsys.readouterr().out
    honest = tmp_path / "honest"
    assert command.main(["verify", str(honest / "bundle.tally"), "--policy", str(honest / "policy.toml")]) == 0


def test_what_can_not_be_judged_says_why_and_is_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two days are no history: statistics can not see a magnet yet."""
    assert sim("run", "grain-silo", "--days", "2", "--attack", "magnet", "--dir", str(tmp_path / "run")) == 1
    said = capsys.readouterr().out
    assert "not judged: needs 168 days" in said
    assert "1 not judged; false alarms: none" in said
    (event,) = json.loads((tmp_path / "run" / "ledger.json").read_text("utf-8"))["events"]
    assert (event["caught"], event["not_judged"]) == (False, "needs 168 days")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--attack", "nonsense"], "is no attack; there are"),
        (["--faults", "fork"], "'fork' is no fault but an attack"),
        (["--attack", "wrong-ratio"], "'wrong-ratio' is no attack but a fault"),
        (["--attack", "swap", "--faults", "reset,meter-exchange"], "in 3 days of metal-warehouse; ask for more days"),
    ],
)
def test_what_can_not_be_done_is_refused_and_nothing_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert run(tmp_path / "above" / "not", *words) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "above").exists()


def test_a_plant_without_a_place_for_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sim("run", "steel-mill", "--attack", "moved-sensor", "--days", "3", "--dir", str(tmp_path / "not")) == 2
    assert "steel-mill has no place for moved-sensor" in capsys.readouterr().err
    assert not (tmp_path / "not").exists()


def test_what_stands_in_each_others_way_is_drawn_anew(tmp_path: Path) -> None:
    """The first draw puts both at one meter at one time."""
    assert run(tmp_path / "run", "--attack", "swap", "--faults", "meter-exchange", "--seed", "7") == 0


def test_an_empty_folder_that_was_there_stays_empty_where_a_run_fails(tmp_path: Path) -> None:
    folder = tmp_path / "there"
    folder.mkdir()
    assert run(folder, "--attack", "withheld-day,altered-value", "--seed", "1", "--days", "2") == 2
    assert list(folder.iterdir()) == []


def test_ctrl_c_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        assert (tmp_path / "above" / "run" / "gateway").is_dir()
        raise KeyboardInterrupt

    monkeypatch.setattr(trial_run, "play", interrupted)
    assert run(tmp_path / "above" / "run") == 130
    assert "interrupted" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"\xff", "cannot be read: 'utf-8' codec"),
        (b"[site\n", "Expected ']'"),
        (b'[site]\ntitle = "x"\ntimezone = "Asia/Shanghai"\n', "has no meter: nothing would speak"),
    ],
    ids=["not there", "no text", "no TOML", "no meter"],
)
def test_a_profile_that_is_none_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: bytes | None, says: str
) -> None:
    profile = tmp_path / "mine.toml"
    if text is not None:
        profile.write_bytes(text)
    assert sim("run", str(profile), "--dir", str(tmp_path / "run")) == 2
    said = capsys.readouterr().err
    assert f"{profile}" in said
    assert says in said
    assert "the plant runs" not in said
    assert not (tmp_path / "run").exists()


def test_a_name_that_is_empty_is_shown_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sim("run", "", "--dir", str(tmp_path / "run")) == 2
    assert "'' is no profile" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        sim("run", "metal-warehouse", "--dir", "")
    assert "--dir: name a folder" in capsys.readouterr().err


def test_a_folder_that_can_not_be_made_is_refused_before_the_plant_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    assert run(tmp_path / "file" / "run") == 2
    assert f"{tmp_path / 'file'} is a file; name a folder" in (said := capsys.readouterr().err)
    assert "the plant runs" not in said
    assert run(Path("/proc/nobody/makes/this")) == 2
    assert "/proc/nobody/makes/this can not be used: " in (said := capsys.readouterr().err)
    assert "the plant runs" not in said

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)
    assert run(tmp_path / "run") == 2
    assert f"{tmp_path / 'run'} can not be used: Permission denied" in (said := capsys.readouterr().err)
    assert "the plant runs" not in said
    assert not (tmp_path / "run").exists()


def test_behind_a_log_that_falls_events_are_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--attack", "altered-value,fork", "--faults", "dropout"]
    assert run(tmp_path / "run", *words) == 1
    said = capsys.readouterr().out
    assert said.count("not judged: hidden by 101 BUNDLE_EMPTY, 204 TREE_MISMATCH") == 2
    assert "1 caught, 2 not judged; false alarms: none" in said
    assert "NOT CAUGHT" not in said
    plot = (tmp_path / "run" / "plot.svg").read_text("utf-8")
    assert plot.count("not judged: hidden by") == 2


def test_what_is_done_to_an_instrument_is_not_done_to_its_second_name_or_to_sensors_hung_elsewhere(
    tmp_path: Path,
) -> None:
    cases = (("two-names", "frozen", "2"), ("two-names", "calibration-expiry", "11"), ("moved-sensor", "frozen", "2"))
    for number, (attack, fault, seed) in enumerate(cases):
        words = ["--attack", attack, "--faults", fault, "--seed", seed, "--days", "7"]
        assert sim("run", "grain-silo", *words, "--dir", str(tmp_path / str(number))) == 0


def test_a_folder_that_is_not_empty_and_a_profile_that_is_none_are_refused(
    attacked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(attacked) == 2
    assert "is not empty" in capsys.readouterr().err
    assert sim("run", "no-such-works", "--dir", str(tmp_path / "x")) == 2
    assert "metal-warehouse" in capsys.readouterr().err


def test_what_another_attack_left_nothing_for_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--attack", "withheld-day,altered-value", "--seed", "1", "--days", "2"]
    assert sim("run", "metal-warehouse", *words, "--dir", str(tmp_path / "x")) == 2
    assert "altered-value: nothing in this plant, or nothing left, to do it to" in capsys.readouterr().err


def test_days_that_are_none_are_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for days in ("0", "367", "02000", "036699999"):
        with pytest.raises(SystemExit, match="2"):
            sim("run", "no-such-works", "--days", days, "--dir", str(tmp_path / "x"))
        assert f"{days} is not a number of days from 2 to 366" in capsys.readouterr().err


def test_the_list_names_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert sim("list") == 0
    said = capsys.readouterr().out
    for name in (*plants.profiles(), *(kind.name for word in ("fault", "attack") for kind in kinds.of_kind(word))):
        assert name in said
    assert sim("list", "--json") == 0
    assert json.loads(capsys.readouterr().out)["attack"]["fork"]


@pytest.mark.parametrize("profile", profile_file.shipped())
def test_an_honest_run_of_every_profile_verifies_without_an_unexpected_finding(profile: str) -> None:
    for seed in (1, 2):
        plant, scene = plants.stage(profile, seed, 2)
        result = read(play(scene), plants.site_of(plant.profile))
        assert result.verdict.holds
        assert ledger_of([], result.found).false_alarms == ()
