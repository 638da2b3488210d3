"""How many sockets may be open before they have authenticated: in all, and from one address. No IO."""

from __future__ import annotations

import ipaddress
from collections import Counter

# One subscriber line usually gets a whole /64, so IPv6 neighbours inside it count as one address.
_IPV6_PREFIX_BITS = 64


def address_key(address: str) -> str:
    """What counts as one address: an IPv4 address (also when mapped into IPv6), or an IPv6 /64."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), _IPV6_PREFIX_BITS), strict=False))


class Admission:
    """Counts open, unauthenticated sockets."""

    def __init__(self, max_total: int, max_per_address: int) -> None:
        self._max_total, self._max_per_address = max_total, max_per_address
        self._open: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """Unauthenticated sockets that are open now."""
        return self._open.total()

    def admit(self, key: str) -> bool:
        """Count one more from `key`, or return False and count nothing."""
        if self.total >= self._max_total or self._open[key] >= self._max_per_address:
            return False
        self._open[key] += 1
        return True

    def release(self, key: str) -> None:
        """One from `key` has authenticated or gone."""
        self._open[key] -= 1
        if self._open[key] <= 0:
            del self._open[key]
