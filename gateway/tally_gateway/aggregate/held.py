"""What an aggregator publishes of a log, for whoever has lost everything else of it: keys, token and journal too."""

from __future__ import annotations

import urllib.parse
from contextlib import closing
from pathlib import Path
from typing import Final

import httpx

from tally_chain.errors import EngineAnswerError
from tally_edge.pinned_tls import client_context
from tally_edge.proof import log_id_of
from tally_gateway.aggregate.link import AggregatorLink
from tally_gateway.errors import GatewayConfigError

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def held_size(url: str, ca_file: Path | None, origin: str) -> int:
    """The size of the largest head of that log that the aggregator says it holds; 0 for none.

    Whose signature it bears is not asked: the log's key is lost, and one more head to be careful of harms nobody.
    Raises EngineError where no answer says so, GatewayConfigError for an address that nobody vouches for.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise GatewayConfigError(f"{url!r} is no http(s) address of an aggregator")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise GatewayConfigError(f"{url} needs https: anybody on the way could say that no head is held")
    if parts.scheme == "https" and ca_file is None:
        raise GatewayConfigError(f"{url}: the aggregator's CA file is missing: no other authority is trusted")
    try:
        link = AggregatorLink(url, "", None if ca_file is None else client_context(ca_file))
    except httpx.InvalidURL as error:
        raise GatewayConfigError(f"{url} is no address: {error}") from None
    with closing(link):
        held = link.published(log_id_of(origin))
    if held is None:
        return 0
    if held.head.origin != origin:
        raise EngineAnswerError(f"the aggregator answers with a head of {held.head.origin}, asked was {origin}")
    return held.head.size
