"""The factors that ship with this program, as tables beside it, and those of signed files."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from importlib import resources
from pathlib import Path

from tally_finance.factors import own_file, sheet
from tally_finance.factors.registry import Registry


@cache
def shipped() -> Registry:
    """All factors that ship. Raises ConfigError, FactorError where a table was spoilt."""
    folder = resources.files("tally_finance.factors") / "shipped"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    tables = ((folder / name).read_text("utf-8") for name in names)
    return Registry.of(one for name, text in zip(names, tables, strict=True) for one in sheet.parse(text, Path(name)))


def with_own(files: Iterable[Path], signers: Collection[bytes]) -> Registry:
    """The shipped factors and those of files that one of `signers` (key ids) signed.

    Raises OSError for a file that can not be read, DecodeError for one that is none, SignatureError and FactorError for
    one that does not count.
    """
    registry = shipped()
    for file in files:
        with file.open("rb") as opened:
            data = opened.read(own_file.MAX_FILE_BYTES + 1)
        own = own_file.decode(data, signers)
        registry = registry.joined(own.factors, f"{own.organisation} (key {own.signer.hex()[:12]})")
    return registry
