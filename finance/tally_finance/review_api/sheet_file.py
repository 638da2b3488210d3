"""A reviewers' desk as TOML (审查台). Paths are from the file's own folder.

desk = "green-desk"                       # its name in the database
organisation = "64 hexadecimal digits"    # whose it is: it alone keeps versions
bank = "Bank of the Delta"                # no third party's verification is by it
policy = "policy.toml"                    # whose evidence is believed
reports = "reports"                       # folder in which reports are kept
key = "reader.key"                        # opens evidence that is sealed for this desk (optional)

[[signer]]                                # whose opinions are taken
key = "64 hexadecimal digits"             # its id
organisation = "64 hexadecimal digits"
name = "Li Wei"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from tally_edge.config_table import Table
from tally_edge.errors import ConfigError

_ID_BYTES: Final = 32
_DESK: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Signing:
    """A key whose opinions are taken: whose, and which person's."""

    organisation: bytes
    name: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """`signers` by the ids of their keys."""

    desk: str
    organisation: bytes
    bank: str
    policy: Path
    reports: Path
    key: Path | None
    signers: Mapping[bytes, Signing]

    @property
    def third_parties(self) -> frozenset[bytes]:
        """The keys of everybody but the desk's own organisation."""
        return frozenset(kid for kid, one in self.signers.items() if one.organisation != self.organisation)


def load(file: Path) -> Sheet:
    """The sheet of a file. Raises ConfigError naming file and key."""
    try:
        root = Table(tomllib.loads(file.read_text("utf-8-sig"), parse_float=Decimal), file)
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from None
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{file}: {error}") from None
    signers: dict[bytes, Signing] = {}
    for each in root.tables("signer"):
        kid = each.octets("key", _ID_BYTES)
        if kid in signers:
            raise each.fault("key", "stands here already: a key is one person's")
        signers[kid] = Signing(each.octets("organisation", _ID_BYTES), each.text("name"))
        each.done()
    desk = root.text("desk")
    if _DESK.fullmatch(desk) is None:
        raise root.fault("desk", "is not 1 to 64 of a-z, 0-9 and '-'")
    sheet = Sheet(
        desk,
        root.octets("organisation", _ID_BYTES),
        root.text("bank"),
        root.file_path("policy"),
        root.file_path("reports"),
        root.optional_path("key"),
        signers,
    )
    root.done()
    return sheet
