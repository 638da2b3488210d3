"""The gateway's settings: one TOML file, every key known, every value checked, each with its reason beside it.

The dataclasses below are the settings; `tallystick gateway init` writes a file with all of them and their text as
comments, and docs/settings-gateway.md holds the same table, which a test compares.
"""

from __future__ import annotations

import dataclasses
import os
import stat
import tomllib
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from tally_edge import keys
from tally_edge.errors import DecodeError
from tally_edge.keys import PublicKey
from tally_gateway.errors import GatewayConfigError

FILE_NAME: Final = "gateway.toml"
PASSPHRASE_VARIABLE: Final = "TALLYSTICK_PASSPHRASE"  # noqa: S105  the variable's name
_MAX_FILE_BYTES: Final = 1 << 20
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")

T = TypeVar("T")


def setting(
    default: Any, text: str, *, low: int | None = None, high: int | None = None, among: tuple[str, ...] = ()
) -> Any:
    """A field with its default, its explanation, and what is allowed."""
    return field(default=default, metadata={"text": text, "low": low, "high": high, "among": among})


@dataclass(frozen=True, slots=True)
class GatewaySection:
    """Who this gateway is."""

    origin: str = setting("", "The log's name for ever, printed in every checkpoint and proof. Its hash is the log id.")
    passphrase_file: str = setting(
        "", f"File (mode 0600) whose first line opens the keys, where {PASSPHRASE_VARIABLE} is not set."
    )


@dataclass(frozen=True, slots=True)
class LogSection:
    """Appending and sealing."""

    seal_every_ms: int = setting(
        500, "How often a checkpoint is made. Shorter confirms sooner and writes more.", low=20, high=60_000
    )
    workers: int = setting(
        0, "Processes that check signatures. 0: in the service itself; one per further core.", low=0, high=64
    )
    min_free_mb: int = setting(
        256, "Below this much free disk nothing is taken, so that a seal still fits.", low=1, high=1 << 20
    )
    refusal_kb_per_client: int = setting(
        256, "Refusals kept per client; older ones go. Counts stay exact.", low=4, high=1 << 20
    )


@dataclass(frozen=True, slots=True)
class ListenerSection:
    """The gateway's own MQTT 5 listener."""

    enabled: bool = setting(default=True, text="Whether it listens.")
    host: str = setting("127.0.0.1", "Address. Other than loopback needs TLS.")
    port: int = setting(8883, "Port; 0 takes a free one, which `status` shows.", low=0, high=65535)
    tls: bool = setting(
        default=True, text="Whether connections are TLS, with the certificate that `init` made in tls/."
    )
    clients_file: str = setting("clients.toml", "Names and token hashes of the clients, in the gateway's folder.")


@dataclass(frozen=True, slots=True)
class BrokerSection:
    """The way in through a broker (Mosquitto, EMQX)."""

    enabled: bool = setting(default=False, text="Whether a broker is used.")
    host: str = setting("127.0.0.1", "The broker's address.")
    port: int = setting(8883, "The broker's port.", low=1, high=65535)
    tls_ca_file: str = setting("", "CA certificate of the broker. Empty: no TLS, loopback only.")
    client_id: str = setting(
        "tallystick-gateway", "Stable, so that the broker keeps the session while the gateway is away."
    )
    username: str = setting("", "Login at the broker; empty for none.")
    password_file: str = setting("", "File (mode 0600) with the broker's password.")
    prefix: str = setting("tally/1", "Topic prefix of the clients that belong to this gateway.")
    library: str = setting("paho", "The MQTT client library: paho or aiomqtt.", among=("paho", "aiomqtt"))


@dataclass(frozen=True, slots=True)
class HttpSection:
    """Tiles, proofs, health and metrics."""

    enabled: bool = setting(default=True, text="Whether HTTP is served.")
    host: str = setting("127.0.0.1", "Address. Entries and tokens leave loopback only under TLS.")
    port: int = setting(8480, "Port; 0 takes a free one.", low=0, high=65535)
    tls: bool = setting(default=False, text="Whether it is HTTPS, with the certificate in tls/.")
    tokens_file: str = setting("api-tokens.toml", "Names, token hashes and scopes, in the gateway's folder.")
    max_body_kb: int = setting(1024, "The largest request body.", low=1, high=1 << 16)
    behind_proxy: bool = setting(
        default=False, text="Whether a proxy on this machine says who asks (X-Forwarded-For, X-Forwarded-Proto)."
    )


@dataclass(frozen=True, slots=True)
class AnchorSection:
    """Where heads are anchored."""

    engine: str = setting(
        "embedded",
        "none, embedded (self-anchored), jsonrpc, or aggregator: another's log of heads, which is anchored.",
        among=("none", "embedded", "jsonrpc", "aggregator"),
    )
    url: str = setting("", "The node of a jsonrpc engine; several, separated by spaces, are asked in turn.")
    agree: int = setting(
        1, "So many of the nodes must give the same answer; 1: the first that answers is believed.", low=1, high=16
    )
    profile: str = setting(
        "",
        "The kind of chain: embedded, anvil, geth-family, geth-clique, besu-qbft, fisco-bcos-3.16 or op-stack. "
        "Empty: embedded for that engine, geth-family for jsonrpc.",
    )
    chain_id: int = setting(0, "Pinned: the chain's id.", low=0, high=2**63 - 1)
    genesis: str = setting("", "Pinned: the hash of the chain's first block, hex.")
    contract: str = setting("", "Pinned: the LogAnchor contract's address.")
    signer_url: str = setting(
        "", "An external signer (eth_signTransaction) in place of the key file; https, or http on loopback."
    )
    signer_address: str = setting("", "Pinned: the address that the external signer signs for.")
    signer_ca_file: str = setting("", "What the signer's certificate leads to; empty: the system's authorities.")
    signer_certificate_file: str = setting("", "This gateway's own certificate and key (PEM) for the signer.")
    every_minutes: int = setting(
        10, "A head is anchored at least so often when there is something new.", low=1, high=1440
    )
    every_entries: int = setting(10_000, "And as soon as so many entries are not anchored.", low=1, high=10**9)


@dataclass(frozen=True, slots=True)
class AggregatorSection:
    """Whose log of heads takes this log's heads, where anchor.engine is aggregator. Compare its keys out of band."""

    url: str = setting("", "Its address. Another than loopback is https: a token crosses.")
    tls_ca_file: str = setting("", "CA certificate of the aggregator. Empty: no TLS, loopback only.")
    token_file: str = setting(
        "aggregator.token", "File (mode 0600) with the token that `tallystick heads add` printed."
    )
    origin: str = setting("", "Pinned: the origin of its log of heads.")
    proof_key: str = setting("", "Pinned: its proof public key, COSE key in hex.")
    checkpoint_key: str = setting("", "Pinned: its checkpoint key, the C2SP verifier key line.")


@dataclass(frozen=True, slots=True)
class HeadsSection:
    """Whether this folder keeps a log of other logs' heads. Then it is an aggregator, run by `tallystick heads`."""

    enabled: bool = setting(default=False, text="Whether it does. `tallystick heads init` says so.")
    logs_file: str = setting("logs.toml", "The logs whose heads are taken, in this folder.")


@dataclass(frozen=True, slots=True)
class ProjectionSection:
    """Parquet segments for queries; never evidence."""

    enabled: bool = setting(default=True, text="Whether segments are written.")
    every_s: int = setting(30, "New entries are written out at least so often.", low=1, high=86_400)
    every_entries: int = setting(20_000, "And as soon as so many entries wait.", low=1, high=10**7)


@dataclass(frozen=True, slots=True)
class AuthorityKey:
    """An authority whose enrolments count here: its name, and its key compared out of band."""

    issuer: str
    public_key: PublicKey

    @property
    def kid(self) -> bytes:
        """The key's id."""
        return self.public_key.kid


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """All settings. `folder` is where the file lies, and everything else of this gateway."""

    folder: Path
    gateway: GatewaySection
    log: LogSection = LogSection()
    listener: ListenerSection = ListenerSection()
    broker: BrokerSection = BrokerSection()
    http: HttpSection = HttpSection()
    anchor: AnchorSection = AnchorSection()
    aggregator: AggregatorSection = AggregatorSection()
    heads: HeadsSection = HeadsSection()
    projection: ProjectionSection = ProjectionSection()
    authorities: tuple[AuthorityKey, ...] = ()

    def path(self, name: str) -> Path:
        """A file of the configuration: relative names lie in the folder."""
        return self.folder / name

    def passphrase(self) -> str:
        """What opens the keys: the environment's, else the file's. Raises GatewayConfigError."""
        value = os.environ.get(PASSPHRASE_VARIABLE, "")
        if value:
            return value
        if not self.gateway.passphrase_file:
            raise GatewayConfigError(
                f"set {PASSPHRASE_VARIABLE}, or gateway.passphrase_file in {self.folder / FILE_NAME}"
            )
        return read_secret(self.path(self.gateway.passphrase_file), "passphrase_file")


SECTIONS: Final[dict[str, type[Any]]] = {
    "gateway": GatewaySection,
    "log": LogSection,
    "listener": ListenerSection,
    "broker": BrokerSection,
    "http": HttpSection,
    "anchor": AnchorSection,
    "aggregator": AggregatorSection,
    "heads": HeadsSection,
    "projection": ProjectionSection,
}


def load(folder: Path) -> GatewayConfig:
    """Read `folder`/gateway.toml. Raises GatewayConfigError naming the file and the key."""
    path = folder / FILE_NAME
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise GatewayConfigError(f"{path} is larger than {_MAX_FILE_BYTES} bytes")
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GatewayConfigError(f"cannot read {path}: {error}") from None
    return parse(text, folder)


def parse(text: str, folder: Path) -> GatewayConfig:
    """The settings in `text`. Raises GatewayConfigError."""
    path = folder / FILE_NAME
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise GatewayConfigError(f"{path}: {error}") from None
    unknown = document.keys() - SECTIONS.keys() - {"authority"}
    if unknown:
        raise GatewayConfigError(f"{path}: unknown section {sorted(unknown)}")
    sections = {name: _section(path, name, kind, document.get(name, {})) for name, kind in SECTIONS.items()}
    config = GatewayConfig(folder, authorities=_authorities(path, document.get("authority", [])), **sections)
    _check_together(path, config)
    return config


def _section(path: Path, name: str, kind: type[T], values: Any) -> T:
    if not isinstance(values, dict):
        raise GatewayConfigError(f"{path}: {name} must be a table")
    fields = {item.name: item for item in dataclasses.fields(kind)}  # type: ignore[arg-type]  # SECTIONS has dataclasses
    for key, value in values.items():
        where = f"{path}: {name}.{key}"
        if key not in fields:
            raise GatewayConfigError(f"{where} is unknown")
        _check_value(where, fields[key], value)
    return kind(**values)


def _check_value(where: str, item: dataclasses.Field[Any], value: Any) -> None:
    wanted = type(item.default)
    if type(value) is not wanted:
        raise GatewayConfigError(f"{where} must be {_TYPE_NAMES[wanted]}, not {value!r}")
    low, high, among = item.metadata["low"], item.metadata["high"], item.metadata["among"]
    if low is not None and not low <= value <= high:
        raise GatewayConfigError(f"{where} is {value}, allowed are {low} to {high}")
    if among and value not in among:
        raise GatewayConfigError(f"{where} is {value!r}, allowed are {', '.join(among)}")


_TYPE_NAMES: Final[Mapping[type, str]] = {int: "a whole number", str: "text", bool: "true or false"}


def _authorities(path: Path, tables: Any) -> tuple[AuthorityKey, ...]:
    found: list[AuthorityKey] = []
    for number, table in enumerate(tables if isinstance(tables, list) else [tables]):
        where = f"{path}: authority {number}"
        if not isinstance(table, dict) or table.keys() != {"issuer", "public_key"}:
            raise GatewayConfigError(f"{where} needs issuer and public_key, and nothing else")
        try:
            key = keys.decode_public_key(bytes.fromhex(table["public_key"]))
        except (DecodeError, ValueError, TypeError) as error:
            raise GatewayConfigError(f"{where}: public_key is not a COSE key in hex: {error}") from None
        if not isinstance(table["issuer"], str) or ":" not in table["issuer"]:
            raise GatewayConfigError(f"{where}: issuer must be a URI")
        found.append(AuthorityKey(table["issuer"], key))
    return tuple(found)


def _check_together(path: Path, config: GatewayConfig) -> None:
    origin = config.gateway.origin
    if not origin or len(origin) > 255 or not origin.isprintable() or " " in origin or "+" in origin:
        raise GatewayConfigError(
            f"{path}: gateway.origin must be a name without spaces and '+' of at most 255 characters"
        )
    for name, host, tls in (
        ("listener", config.listener.host, config.listener.tls),
        ("http", config.http.host, config.http.tls),
        ("broker", config.broker.host, bool(config.broker.tls_ca_file)),
    ):
        if host not in _LOOPBACK and not tls:
            raise GatewayConfigError(f"{path}: {name}.host is {host}, which needs TLS: tokens would cross in the clear")
    if config.anchor.engine == "jsonrpc" and not config.anchor.url:
        raise GatewayConfigError(f"{path}: anchor.url is missing")
    if config.anchor.engine == "jsonrpc" and config.anchor.agree > len(config.anchor.url.split()):
        raise GatewayConfigError(f"{path}: anchor.agree is {config.anchor.agree}, anchor.url names fewer nodes")
    if config.anchor.signer_url and not config.anchor.signer_address:
        raise GatewayConfigError(f"{path}: anchor.signer_address is missing")
    if config.anchor.engine == "aggregator":
        _check_aggregator(path, config)


def _check_aggregator(path: Path, config: GatewayConfig) -> None:
    pinned = config.aggregator
    for name in ("url", "origin", "proof_key", "checkpoint_key"):
        if not getattr(pinned, name):
            raise GatewayConfigError(f"{path}: aggregator.{name} is missing")
    if config.heads.enabled:
        raise GatewayConfigError(f"{path}: a log of heads is anchored on a chain, not in another log of heads")
    parts = urllib.parse.urlsplit(pinned.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise GatewayConfigError(f"{path}: aggregator.url is {pinned.url!r}, which is no http(s) address")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise GatewayConfigError(f"{path}: aggregator.url needs https: a token would cross in the clear")
    if parts.scheme == "https" and not pinned.tls_ca_file:
        raise GatewayConfigError(f"{path}: aggregator.tls_ca_file is missing: no other authority is trusted")


def render(config: GatewayConfig) -> str:
    """The file of `config`, every key with its explanation."""
    lines = ["# Tallystick gateway. Every key is shown; docs/settings-gateway.md says more.", ""]
    for name, kind in SECTIONS.items():
        section = getattr(config, name)
        lines += [f"# {(kind.__doc__ or '').strip()}", f"[{name}]"]
        for item in dataclasses.fields(kind):
            lines += [f"# {item.metadata['text']}", f"{item.name} = {_toml(getattr(section, item.name))}"]
        lines.append("")
    lines += ["# Authorities whose enrolments count here. Compare the key with theirs before you write it down.", "#"]
    lines += ["# [[authority]]", '# issuer = "urn:example:authority"', '# public_key = "a4010220…"', ""]
    for authority in config.authorities:
        key = authority.public_key.encode().hex()
        lines += ["[[authority]]", f"issuer = {_toml(authority.issuer)}", f'public_key = "{key}"', ""]
    return "\n".join(lines)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def read_secret(path: Path, name: str) -> str:
    """The first line of a file that only its owner can read. Raises GatewayConfigError."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise GatewayConfigError(f"{name}: {path} can be read by others; its mode must be 0600")
        line = path.read_text("utf-8").split("\n", 1)[0]
    except (OSError, UnicodeDecodeError) as error:
        raise GatewayConfigError(f"{name}: cannot read {path}: {error}") from None
    if not line:
        raise GatewayConfigError(f"{name}: {path} is empty")
    return line
