"""The command `tallystick`: finds the commands of every installed part and runs one.

A part announces its commands as an entry point of the group `tallystick.commands`: a function that adds sub-parsers. So
this module, at the bottom of the house, starts commands of parts above it without importing them.

Exit codes:

    0  done, and nothing to object to
    1  done, and something does not hold: findings, a failed check, a signature that does not verify
    2  wrong usage; or a setting, policy, key, secret or folder of one's own is missing or wrong: nothing was done
    3  what there was to look at (a bundle, list, request, recording, copy, chain, …) is missing or not what it should
       be; or a file could not be written
    4  a service or a meter could not be reached
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import os
import sys
import tomllib
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tally_edge.errors import TallyError

GROUP: Final = "tallystick.commands"

OK: Final = 0
DOES_NOT_HOLD: Final = 1
WRONG_USAGE: Final = 2
UNREADABLE: Final = 3
UNREACHABLE: Final = 4
INTERRUPTED: Final = 130
"""What shells report for a process that Ctrl-C ended."""

EXIT_CODE_OF: Final = {
    "SignatureError": DOES_NOT_HOLD,
    "ConfigError": WRONG_USAGE,
    "KeyStoreError": WRONG_USAGE,
    "IntakeConfigError": WRONG_USAGE,
    "GatewayConfigError": WRONG_USAGE,
    "MaintenanceError": WRONG_USAGE,
    "CredentialsError": WRONG_USAGE,
    "PolicyError": WRONG_USAGE,
    "BundleError": UNREADABLE,
    "NoteError": UNREADABLE,
    "BackupUnreadable": UNREADABLE,
    "RecordingError": UNREADABLE,
    "TransactionKeyError": WRONG_USAGE,
    "DemoUsageError": WRONG_USAGE,
    "TrialUsageError": WRONG_USAGE,
    "DecodeError": UNREADABLE,
    "CloseError": WRONG_USAGE,
    "ActivityError": UNREADABLE,
    "QuantityError": UNREADABLE,
    "QuoteFileError": UNREADABLE,
    "ReportFileError": UNREADABLE,
    "TraceFileError": UNREADABLE,
    "OutboxError": UNREADABLE,
    "DriverError": UNREACHABLE,
    "EngineUnavailableError": UNREACHABLE,
    "EngineStoreError": UNREADABLE,
    "SinkUnavailable": UNREACHABLE,
    "UnreachableError": UNREACHABLE,
    "TallyError": DOES_NOT_HOLD,
}
"""Families of errors by class name (some are defined above this part); the nearest ancestor named here decides."""

Register = Callable[["argparse._SubParsersAction[argparse.ArgumentParser]"], None]
Extend = Callable[[argparse.ArgumentParser], None]
"""Adds options to a command of a part below."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part that announces commands: its name is also the extra that installs what it needs."""

    name: str
    target: str

    def load(self) -> Register:
        """Import the registrar. Raises ModuleNotFoundError where an extra is missing."""
        found: Register = self._loaded()
        return found

    def load_extension(self) -> Extend:
        """Import what adds to a command, likewise."""
        found: Extend = self._loaded()
        return found

    def _loaded(self) -> Any:
        module, _, function = self.target.partition(":")
        return getattr(importlib.import_module(module), function)


def parts(group: str = GROUP) -> list[Part]:
    """The parts that announce commands, in the order of their entry points' names ("10-edge", "20-chain", …).

    `group`: of the entry points; a part that others add commands to has a group of its own.
    """
    points = [(point.name, point.value) for point in importlib.metadata.entry_points(group=group)]
    found = sorted(set(points or _of_source_tree(group)))
    return [Part(name.partition("-")[2] or name, target) for name, target in found]


def _of_source_tree(group: str = GROUP) -> Iterator[tuple[str, str]]:
    """The entry points as pyproject.toml has them: for a tree that is run without being installed."""
    project = Path(__file__).resolve().parents[2] / "pyproject.toml"
    if project.is_file():
        settings = tomllib.loads(project.read_text("utf-8"))
        yield from settings["project"]["entry-points"][group].items()


def version() -> str:
    """The installed version, or "source" in a tree that is not installed."""
    try:
        return importlib.metadata.version("tallystick")
    except importlib.metadata.PackageNotFoundError:
        return "source"


@dataclass(frozen=True, slots=True)
class CommandLine:
    """The parser, and which part each command came from."""

    parser: argparse.ArgumentParser
    part_of_command: dict[str, Part]


def build() -> CommandLine:
    """The command line with every command of the parts that could be imported; the others are named in its help."""
    parser = argparse.ArgumentParser(
        prog="tallystick",
        description="Signed meter readings, from the edge to a chain, that banks can check for themselves.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"tallystick {version()}")
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    part_of_command: dict[str, Part] = {}
    absent: list[str] = []
    for part in parts():
        try:
            part.load()(commands)
        except ModuleNotFoundError as error:
            absent.append(f"{part.name}: {_missing(error, part)}")
        for name in commands.choices:
            part_of_command.setdefault(name, part)
    _describe(commands)
    if absent:
        parser.epilog = "not available here:\n" + "\n".join(f"  {line}" for line in absent)
    return CommandLine(parser, part_of_command)


def _describe(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Give each command the sentence that its list shows, where it has no other: its own help says what it does."""
    for listed in commands._choices_actions:
        parser = commands.choices[listed.dest]
        if parser.description is None and listed.help:
            parser.description = f"{listed.help[0].upper()}{listed.help[1:]}."
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                _describe(action)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command with `argv` (default: the process's); its exit code. Usage errors exit as argparse does."""
    line = build()
    arguments = line.parser.parse_args(argv)
    run: Callable[[argparse.Namespace], int] | None = getattr(arguments, "run", None)
    if run is None:
        line.parser.print_help()
        return WRONG_USAGE
    try:
        return run(arguments)
    except (TallyError, OSError, ModuleNotFoundError) as error:
        if isinstance(error, BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the flush at exit complains again
            return OK
        if arguments.debug:
            traceback.print_exc()
        text, code = explain(error, line.part_of_command[arguments.command])
        sys.stderr.write(f"tallystick: {text}\n")
        return code
    except KeyboardInterrupt:
        sys.stderr.write("tallystick: interrupted\n")
        return INTERRUPTED


def explain(error: Exception, part: Part) -> tuple[str, int]:
    """One line about `error`, raised by a command of `part`, and its exit code. Re-raises what nobody foresaw."""
    if isinstance(error, ModuleNotFoundError):
        return _missing(error, part), WRONG_USAGE
    if isinstance(error, TallyError):
        text = " ".join(str(error).split()) or type(error).__name__
        return text, exit_code_of(type(error))
    if isinstance(error, OSError) and error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {error.strerror}", UNREADABLE
    unreachable = isinstance(error, ConnectionError | TimeoutError)
    return f"{error.__class__.__name__}: {error}", UNREACHABLE if unreachable else UNREADABLE


def exit_code_of(family: type[BaseException]) -> int:
    """The exit code of an error class: that of its nearest ancestor in the table."""
    for ancestor in family.__mro__:
        if ancestor.__name__ in EXIT_CODE_OF:
            return EXIT_CODE_OF[ancestor.__name__]
    return DOES_NOT_HOLD


def _missing(error: ModuleNotFoundError, part: Part) -> str:
    """A missing module in one line. Re-raises when it is one of ours: then the installation is broken, not light."""
    name = error.name or ""
    if name and part.target.startswith(name):
        return "left out of this installation"
    if name.startswith("tally_"):
        raise error
    return (
        f"needs {name.partition('.')[0] or 'a package'}, which is not installed: pip install 'tallystick[{part.name}]'"
    )


if __name__ == "__main__":
    sys.exit(main())
