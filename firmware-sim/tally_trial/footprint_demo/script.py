"""Commands as a reviewer types them, run one after another in the demo's folder, each with what it answered.

They are the very commands that everybody has: their parsers, their errors, their exit codes. So what a step says can
be typed again, and what it answered stands in `transcript.txt`.
"""

from __future__ import annotations

import io
import shlex
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Final

from tally_edge import command
from tally_trial.errors import TrialError

TRANSCRIPT: Final = "transcript.txt"
PROGRAM: Final = "tallystick"

Say = Callable[[str], None]


class Script:
    """What is run in `folder`, and told to `say`."""

    def __init__(self, folder: Path, say: Say) -> None:
        """Nothing was run yet."""
        self.folder = folder
        self._say = say
        self._steps = 0

    def say(self, name: str, text: str) -> None:
        """A step of the story: its name in two languages, and what came of it."""
        self._steps += 1
        self._say(f"{self._steps:>2}  {name}: {text}")

    def run(self, *words: str, code: int = 0) -> str:
        """Run `tallystick WORDS` in the folder; what it printed. Raises TrialError where it ends with another code."""
        printed = io.StringIO()
        with chdir(self.folder), redirect_stdout(printed), redirect_stderr(printed):
            ended = command.main(list(words))
        text = printed.getvalue()
        line = shlex.join((PROGRAM, *words))
        with (self.folder / TRANSCRIPT).open("a", encoding="utf-8") as file:
            file.write(f"$ {line}\n{text}[exit code {ended}]\n\n")
        if ended != code:
            raise TrialError(f"`{line}` ended with {ended}, not {code}: {text.strip()[-500:]}")
        return text
