"""Tries in vain, by account name and by network, in the database: a restart gives nobody new ones."""

from __future__ import annotations

import hashlib
import ipaddress
from typing import Final

from sqlalchemy import Engine, delete, insert, select

from tally_finance.errors import TooSoonError
from tally_finance.portal.accounts.pace import FORGOTTEN_S, OF_ACCOUNT, OF_NETWORK, Pace, Tries
from tally_finance.portal.accounts.tables import TRIES
from tally_finance.portal.accounts.turns import turn

_V4_BITS: Final = 24
_V6_BITS: Final = 48


def network_of(address: str) -> str:
    """The network of an address (/24, IPv6 /48), which is all that is kept of it: it names an office and no person."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    bits = _V4_BITS if found.version == 4 else _V6_BITS
    return str(ipaddress.ip_network((found, bits), strict=False))


class Attempts:
    """Whoever tries is asked to wait, by `pace`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def must_be_slow(self, name: str | None, network: str, now: int) -> None:
        """Raises TooSoonError where the next try comes too soon. `name`: None where only the network counts."""
        wait = max(pace.wait_s(self._found(key), now) for key, pace in _keys(name, network))
        if wait > 0:
            raise TooSoonError(wait)

    def failed(self, name: str | None, network: str, now: int) -> None:
        """One more in vain."""
        with turn(self._engine, "tries") as connection:
            connection.execute(delete(TRIES).where(TRIES.c.last_at <= now - FORGOTTEN_S))
            for key, pace in _keys(name, network):
                row = connection.execute(select(TRIES).where(TRIES.c.at == key)).first()
                after = pace.after(Tries() if row is None else Tries(row.failed, row.last_at), now)
                connection.execute(delete(TRIES).where(TRIES.c.at == key))
                connection.execute(insert(TRIES).values(at=key, failed=after.failed, last_at=after.last_at))

    def succeeded(self, name: str) -> None:
        """The account's own count ends; the network's does not: somebody there may be trying others."""
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(delete(TRIES).where(TRIES.c.at == _key("account", name)))

    def _found(self, key: bytes) -> Tries:
        with self._engine.connect() as connection:
            row = connection.execute(select(TRIES).where(TRIES.c.at == key)).first()
        return Tries() if row is None else Tries(row.failed, row.last_at)


def _keys(name: str | None, network: str) -> list[tuple[bytes, Pace]]:
    found = [(_key("network", network), OF_NETWORK)]
    if name is not None:
        found.append((_key("account", name), OF_ACCOUNT))
    return found


def _key(kind: str, value: str) -> bytes:
    return hashlib.sha256(f"{kind} {value}".encode("utf-8", "surrogatepass")).digest()
