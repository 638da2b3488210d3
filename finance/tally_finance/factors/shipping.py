"""The factors that ship with this program, as tables beside it, and those of signed files."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from tally_finance.factors import own_file
from tally_finance.factors.editions import Edition, parse
from tally_finance.factors.registry import Registry

_EDITIONS: Final = "editions.toml"


@cache
def editions() -> tuple[Edition, ...]:
    """What ever shipped, the newest edition last. Raises ConfigError, FactorError where a table was spoilt."""
    folder = resources.files("tally_finance.factors") / "shipped"
    found = {entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".toml")}
    listed = found.pop(_EDITIONS)
    return parse(listed, {name.removesuffix(".toml"): text for name, text in found.items()}, Path(_EDITIONS))


def shipped() -> Registry:
    """All factors that ship. Raises ConfigError, FactorError where a table was spoilt."""
    return editions()[-1].registry


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
