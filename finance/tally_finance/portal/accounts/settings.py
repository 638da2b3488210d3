"""How people sign in at a portal: the table `[accounts]` of its sheet, and the files beside it. Reads files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from tally_edge.errors import ConfigError
from tally_gateway.pages.words import Words

SECURE_COOKIE: Final = "__Host-tallystick"
PLAIN_COOKIE: Final = "tallystick"
"""On loopback without TLS: browsers take `__Host-` over TLS alone."""

_KNOWN: Final = frozenset({"audit_key", "seal_key", "behind_proxy", "oidc"})
_OIDC: Final = frozenset({"issuer", "client_id", "client_secret_file", "name", "name_chinese", "second_factor"})


@dataclass(frozen=True, slots=True)
class Provider:
    """An organisation's own sign-in (OpenID Connect). `secret`: None for a public client (PKCE alone).

    `second_factor`: values of the claim `amr` or `acr` of which one must come; empty where the provider is trusted to
    ask for two factors by itself.
    """

    issuer: str
    client_id: str
    secret: str | None
    name: Words
    second_factor: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Settings:
    """`address`: as browsers have it. `behind_proxy`: the last address of X-Forwarded-For is the client's."""

    address: str
    name: Words
    organisation: bytes
    audit_key: Path
    seal_key: Path
    behind_proxy: bool = False
    provider: Provider | None = None

    @property
    def secure(self) -> bool:
        """Whether browsers come by TLS."""
        return self.address.startswith("https://")

    @property
    def cookie(self) -> str:
        """The name of a session's cookie."""
        return SECURE_COOKIE if self.secure else PLAIN_COOKIE

    @property
    def has_passkeys(self) -> bool:
        """Browsers make passkeys for names, over TLS or on localhost; not for addresses of numbers."""
        host = urlsplit(self.address).hostname or ""
        return host == "localhost" or (self.secure and any(char.isalpha() for char in host) and ":" not in host)


def settings_of(table: Mapping[str, Any], folder: Path, address: str, name: Words, organisation: bytes) -> Settings:
    """From `[accounts]` of a sheet in `folder`. Raises ConfigError that names what is wrong."""
    if strange := sorted(table.keys() - _KNOWN):
        raise ConfigError(f"[accounts] has no setting {', '.join(strange)}")
    behind = table.get("behind_proxy", False)
    if not isinstance(behind, bool):
        raise ConfigError("[accounts] behind_proxy is true or false")
    provider = table.get("oidc")
    return Settings(
        address,
        name,
        organisation,
        folder / _text(table, "audit_key", "[accounts]", "audit.key"),
        folder / _text(table, "seal_key", "[accounts]", "seal.key"),
        behind,
        None if provider is None else _provider(provider, folder),
    )


def _provider(table: Any, folder: Path) -> Provider:
    where = "[accounts.oidc]"
    if not isinstance(table, dict) or table.keys() - _OIDC:
        raise ConfigError(f"{where} is a table with {', '.join(sorted(_OIDC))}, and nothing else")
    issuer = _text(table, "issuer", where)
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise ConfigError(f"{where} issuer {issuer} is asked over https alone")
    secret = None
    if "client_secret_file" in table:
        path = folder / _text(table, "client_secret_file", where)
        try:
            secret = path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot read the client's secret {path}: {error}") from None
    wanted = table.get("second_factor", [])
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        raise ConfigError(f"{where} second_factor is a list of texts")
    english = _text(table, "name", where)
    name = Words(english, _text(table, "name_chinese", where, english))
    return Provider(issuer, _text(table, "client_id", where), secret, name, frozenset(wanted))


def _text(table: Mapping[str, Any], name: str, where: str, default: str | None = None) -> str:
    value = table.get(name, default)
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{where} {name} is missing, or no text")
    return value
