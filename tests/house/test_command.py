"""The one command: what it finds, and how it fails."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

from tally_edge import command
from tally_edge.command import Part
from tally_edge.errors import ConfigError, DriverError, SignatureError, StatementError

SUB = "argparse._SubParsersAction[argparse.ArgumentParser]"


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A part whose command `fail` raises what is put into the list."""
    raised: list[BaseException] = []

    def run(_: argparse.Namespace) -> int:
        raise raised[0]

    def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
        subparsers.add_parser("fail").set_defaults(run=run)

    monkeypatch.setattr(command, "parts", lambda: [Part("gateway", "tally_there.commands:register")])
    monkeypatch.setattr(Part, "load", lambda _: register)
    return raised


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (ConfigError("a.toml: x: is missing"), 2, "tallystick: a.toml: x: is missing\n"),
        (StatementError("two\nlines"), 3, "tallystick: two lines\n"),
        (SignatureError(), 1, "tallystick: SignatureError\n"),
        (DriverError("silent"), 4, "tallystick: silent\n"),
        (ConnectionRefusedError(111, "refused"), 4, "tallystick: ConnectionRefusedError: [Errno 111] refused\n"),
        (FileNotFoundError(2, "none", "f"), 3, "tallystick: f: none\n"),
        (KeyboardInterrupt(), 130, "tallystick: interrupted\n"),
        (
            ModuleNotFoundError("No module", name="mqtt5.packets"),
            2,
            "tallystick: needs mqtt5, which is not installed: pip install 'tallystick[gateway]'\n",
        ),
    ],
)
def test_an_error_is_one_line_and_a_code(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str], error: BaseException, code: int, says: str
) -> None:
    failing.append(error)
    assert command.main(["fail"]) == code
    assert capsys.readouterr().err == says


def test_debug_shows_where(failing: list[BaseException], capsys: pytest.CaptureFixture[str]) -> None:
    failing.append(ConfigError("wrong"))
    assert command.main(["--debug", "fail"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_what_nobody_foresaw_is_not_hidden(failing: list[BaseException]) -> None:
    failing.append(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        command.main(["fail"])
    failing[0] = ModuleNotFoundError("No module", name="tally_edge.nowhere")
    with pytest.raises(ModuleNotFoundError):
        command.main(["fail"])


def test_a_part_whose_packages_are_missing_is_named_in_the_help(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(part: Part) -> None:
        name = "tally_finance" if part.name == "finance" else "duckdb"
        raise ModuleNotFoundError("No module", name=name)

    monkeypatch.setattr(Part, "load", load)
    parts = [Part("gateway", "tally_gateway.commands:register"), Part("finance", "tally_finance.commands:register")]
    monkeypatch.setattr(command, "parts", lambda: parts)
    text = command.build().parser.format_help()
    assert "gateway: needs duckdb, which is not installed: pip install 'tallystick[gateway]'" in text
    assert "finance: left out of this installation" in text


def test_without_a_command_it_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([]) == 2
    assert "usage: tallystick" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("tallystick ")


def test_the_tree_names_the_same_parts_as_the_installation() -> None:
    names = [name for name, _ in sorted(command._of_source_tree())]
    assert names == sorted(names)
    assert names[:3] == ["10-edge", "20-chain", "30-gateway"]
    assert (Path(command.__file__).parents[2] / "pyproject.toml").is_file()


def test_building_the_command_line_imports_nothing_heavy() -> None:
    import subprocess  # noqa: PLC0415

    heavy = ["duckdb", "pyarrow", "eth", "fastapi", "uvicorn", "aiomqtt", "paho", "pymodbus", "openpyxl", "httpx"]
    program = (
        f"import sys; from tally_edge import command; command.build(); print([n for n in {heavy} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "[]\n", done.stderr
