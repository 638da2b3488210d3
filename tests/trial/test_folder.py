"""Runs that share a parent, or would share a folder, leave one another alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tally_trial.errors import TrialUsageError
from tally_trial.folder import left_whole


def fail_in(folder: Path, meanwhile: Callable[[], None]) -> None:
    """A run that is ended by Ctrl-C, half done."""
    with left_whole(folder):
        (folder / "half").mkdir()
        (folder / "half" / "done").write_text("x")
        meanwhile()
        raise KeyboardInterrupt


def test_a_run_that_fails_leaves_what_a_run_beside_it_made(tmp_path: Path) -> None:
    out = tmp_path / "above" / "out"

    def meanwhile() -> None:
        with left_whole(out / "b"):
            (out / "b" / "whole").write_text("x")

    with pytest.raises(KeyboardInterrupt):
        fail_in(out / "a" / "deep", meanwhile)
    assert [path.relative_to(out) for path in sorted(out.rglob("*"))] == [Path("b"), Path("b/whole")]


def test_a_run_that_fails_alone_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        fail_in(tmp_path / "above" / "out", lambda: None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", [True, False])
def test_two_runs_do_not_enter_one_folder(tmp_path: Path, there: bool) -> None:
    folder = tmp_path / "run"
    if there:
        folder.mkdir()
    with left_whole(folder):
        with pytest.raises(TrialUsageError, match="another run writes to"), left_whole(folder):
            raise AssertionError("it entered")
        (folder / "whole").write_text("x")
    with pytest.raises(TrialUsageError, match="is not empty"), left_whole(folder):
        raise AssertionError("it entered")
    assert [path.name for path in folder.iterdir()] == ["whole"]


def test_what_another_run_left_since_the_first_look_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other ends well between this run's first look and its mark."""
    folder, touch = tmp_path / "run", Path.touch

    def after_the_other(mark: Path, exist_ok: bool = True) -> None:
        (folder / "whole").write_text("x")
        touch(mark, exist_ok=exist_ok)

    monkeypatch.setattr(Path, "touch", after_the_other)
    with pytest.raises(TrialUsageError, match="is not empty"), left_whole(folder):
        raise AssertionError("it entered")
    assert [path.name for path in folder.iterdir()] == ["whole"]
