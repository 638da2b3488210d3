"""The topics: `tally/1/<client>/up` towards the gateway and `tally/1/<client>/down` back; behind a broker also
`tally/1/<gateway's client id>/canary`, which the gateway alone writes and reads.

`1` is the version of the layout. `<client>` is the transport name of whatever holds the connection: one agent with
all its keys, or one meter. A key id (64 lower-case hex characters) is a valid transport name, for a device with a
single key.
"""

from __future__ import annotations

import re

DEFAULT_PREFIX = "tally/1"

# Lower case without dots, slashes or wildcards: safe in topics, file names, TOML keys and access lists of every broker.
# 64 holds a SHA-256 key id in hex.
_NAME = re.compile(r"[a-z0-9-]{1,64}")
_PREFIX = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


def is_name(text: str) -> bool:
    """Whether `text` is a transport name."""
    return _NAME.fullmatch(text) is not None


def is_prefix(text: str) -> bool:
    """Whether `text` can stand before `/<client>/up`: levels without wildcards, spaces or empty levels."""
    return _PREFIX.fullmatch(text) is not None


def up(client: str, prefix: str = DEFAULT_PREFIX) -> str:
    """The topic a client publishes to."""
    return f"{prefix}/{client}/up"


def down(client: str, prefix: str = DEFAULT_PREFIX) -> str:
    """The topic a client listens to."""
    return f"{prefix}/{client}/down"


def canary(client_id: str, prefix: str = DEFAULT_PREFIX) -> str:
    """The topic on which the gateway of that client id hears itself; what is no character of a name is a dash there."""
    return f"{prefix}/{re.sub('[^a-z0-9-]', '-', client_id.lower())[:64]}/canary"


def every_up(prefix: str = DEFAULT_PREFIX) -> str:
    """The filter that catches every client's up topic."""
    return f"{prefix}/+/up"


def client_of_up(topic: str, prefix: str = DEFAULT_PREFIX) -> str | None:
    """The client of an up topic, or None when `topic` is not one under `prefix`."""
    head, tail = f"{prefix}/", "/up"
    if not (topic.startswith(head) and topic.endswith(tail)):
        return None
    name = topic[len(head) : -len(tail)]
    return name if is_name(name) else None
