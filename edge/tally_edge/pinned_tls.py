"""TLS of a client that trusts one certificate authority and no other."""

from __future__ import annotations

import ssl
from pathlib import Path

from tally_edge.errors import ConfigError


def client_context(ca_file: Path) -> ssl.SSLContext:
    """TLS 1.2 or newer, host name checked, the CA in `ca_file` (PEM) alone trusted: the system's list is not loaded.

    Raises ConfigError when the file is missing or holds no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"{ca_file}: no certificate authority: {error}") from error
    return context
