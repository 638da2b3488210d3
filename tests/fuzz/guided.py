"""One decoder under atheris: `python -m tests.fuzz.guided NAME [libFuzzer options] CORPUS`, started by `tests.fuzz`."""

from __future__ import annotations

import sys

import atheris  # type: ignore[import-not-found]  # in an environment of its own

with atheris.instrument_imports(include=["tally_edge"]):
    from tests.fuzz.decoders import TARGETS


def main() -> None:
    """Hand the named decoder to the fuzzer, which ends the process."""
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
