"""A portal as TOML (门户). Paths are from the file's own folder.

version = 1
name = "Bank of the Delta"
name_zh = "三角洲银行"
address = "https://desk.bank.example"     # as browsers have it: passkeys are bound to it
organisation = "64 hexadecimal digits"    # whose portal it is
books = "postgresql://…"                  # one database of everything (default: SQLite, each beside its own sheet)

[accounts]                                # how people sign in (optional: what is not said has its default)
audit_key = "audit.key"                   # signs the audit log; `finance portal init` makes it
seal_key = "seal.key"                     # seals second factors in the database; likewise
behind_proxy = false                      # whether a proxy in front says who asks (X-Forwarded-For)

[accounts.oidc]                           # sign-in by the organisation's own provider (optional)
issuer = "https://login.bank.example"
client_id = "tallystick"
client_secret_file = "oidc.secret"
name = "Bank of the Delta"
second_factor = ["mfa"]

[desk]                                    # the lender's desk (optional)
sheet = "desk.toml"
pins = "pins.json"
endpoints = ["http://127.0.0.1:8545"]     # nodes of the chain, or
embedded = "chain"                        # the folder of an embedded one
policy = "policy.toml"                    # whose evidence is believed (optional: else none is)
key = "payer.json"                        # sends what all have signed, and pays (optional; a key file of no party)
every_s = 2

[reviews]                                 # the reviewers' desk (optional)
sheet = "reviews.toml"

[[gateway]]                               # that operators look after (any number)
name = "yard"
url = "https://yard.example:8443"
token_file = "yard.token"
ca = "ca.pem"                             # optional
organisation = "64 hexadecimal digits"    # whose operators look after it (optional: the portal's own)
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.portal.accounts.settings import Settings, settings_of
from tally_finance.portal.site import GatewaySheet
from tally_gateway.pages.words import Words

_ID_BYTES: Final = 32
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class DeskPart:
    """`[desk]`. One of `endpoints` and `embedded` says which chain."""

    sheet: Path
    pins: Path
    endpoints: tuple[str, ...]
    embedded: Path | None
    policy: Path | None
    key: Path | None
    every_s: int


@dataclass(frozen=True, slots=True)
class PortalSheet:
    """The whole file. `address` has no slash at its end."""

    file: Path
    name: Words
    address: str
    organisation: bytes
    books: str | None
    accounts: Settings
    desk: DeskPart | None
    reviews: Path | None
    gateways: tuple[GatewaySheet, ...]

    @property
    def database(self) -> str:
        """Where the portal keeps its own: accounts, sessions, audit log."""
        return self.books or f"sqlite:///{self.file.absolute().parent / 'portal.db'}"


def load(file: Path) -> PortalSheet:
    """The portal of a file. Raises ConfigError naming file and key."""
    try:
        root = Table(tomllib.loads(file.read_text("utf-8-sig"), parse_float=Decimal), file)
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from None
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{file}: {error}") from None
    root.integer("version", 1, 1)
    name = root.text("name")
    words, address = Words(name, root.text("name_zh", name)), _address(root)
    organisation = root.octets("organisation", _ID_BYTES)
    sheet = PortalSheet(
        file,
        words,
        address,
        organisation,
        root.optional_text("books"),
        settings_of(root.plain_table("accounts"), file.parent, address, words, organisation),
        _desk(root.table("desk")),
        _reviews(root.table("reviews")),
        tuple(_gateway(each) for each in root.tables("gateway")),
    )
    root.done()
    if len({one.name for one in sheet.gateways}) < len(sheet.gateways):
        raise root.fault("gateway", "two gateways have one name")
    return sheet


def _address(root: Table) -> str:
    text = root.text("address")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise root.fault("address", f"{text!r} is not an address such as https://desk.bank.example, without a path")
    return text


def _desk(table: Table) -> DeskPart | None:
    if table.is_empty():
        return None
    part = DeskPart(
        table.file_path("sheet"),
        table.file_path("pins"),
        table.texts("endpoints"),
        table.optional_path("embedded"),
        table.optional_path("policy"),
        table.optional_path("key"),
        table.integer("every_s", 1, 3_600, 2),
    )
    if bool(part.endpoints) == (part.embedded is not None):
        raise table.fault("endpoints", "either endpoints or embedded says which chain, and not both")
    table.done()
    return part


def _reviews(table: Table) -> Path | None:
    if table.is_empty():
        return None
    sheet = table.file_path("sheet")
    table.done()
    return sheet


def _gateway(table: Table) -> GatewaySheet:
    name = table.text("name")
    if _NAME.fullmatch(name) is None:
        raise table.fault("name", "is not 1 to 64 of a-z, 0-9 and '-'")
    made = GatewaySheet(
        name,
        table.text("url").rstrip("/"),
        table.file_path("token_file"),
        table.optional_path("ca"),
        table.optional_octets("organisation", _ID_BYTES),
    )
    if urlsplit(made.url).scheme not in ("http", "https"):
        raise table.fault("url", f"{made.url!r} is not an address of HTTP")
    table.done()
    return made
