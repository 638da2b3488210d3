"""Tries in vain, by account name and by network, in the database: a restart gives nobody new ones."""

from __future__ import annotations

import hashlib
import ipaddress
from typing import Final

from sqlalchemy import Connection, Engine, delete, insert, select

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

    def take(self, name: str | None, network: str, now: int) -> None:
        """Count a try before it is made, so that many at once are many. `name`: None where only the network counts.

        Raises TooSoonError where it comes too soon; then it does not count.
        """
        with turn(self._engine, "tries") as connection:
            connection.execute(delete(TRIES).where(TRIES.c.last_at <= now - FORGOTTEN_S))
            found = [(key, pace, _found(connection, key)) for key, pace in _keys(name, network)]
            wait = max(pace.wait_s(tries, now) for _, pace, tries in found)
            if wait > 0:
                raise TooSoonError(wait)
            for key, pace, tries in found:
                _keep(connection, key, pace.after(tries, now))

    def succeeded(self, name: str, network: str) -> None:
        """It was no try in vain: the account's count ends, and the network's is one less."""
        with turn(self._engine, "tries") as connection:
            connection.execute(delete(TRIES).where(TRIES.c.at == _key("account", name)))
            key = _key("network", network)
            tries = _found(connection, key)
            if tries.failed:
                _keep(connection, key, Tries(tries.failed - 1, tries.last_at))


def _found(connection: Connection, key: bytes) -> Tries:
    row = connection.execute(select(TRIES).where(TRIES.c.at == key)).first()
    return Tries() if row is None else Tries(row.failed, row.last_at)


def _keep(connection: Connection, key: bytes, tries: Tries) -> None:
    connection.execute(delete(TRIES).where(TRIES.c.at == key))
    connection.execute(insert(TRIES).values(at=key, failed=tries.failed, last_at=tries.last_at))


def _keys(name: str | None, network: str) -> list[tuple[bytes, Pace]]:
    found = [(_key("network", network), OF_NETWORK)]
    if name is not None:
        found.append((_key("account", name), OF_ACCOUNT))
    return found


def _key(kind: str, value: str) -> bytes:
    return hashlib.sha256(f"{kind} {value}".encode("utf-8", "surrogatepass")).digest()
