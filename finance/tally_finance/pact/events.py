"""Messages between hosts of footprints: CloudEvents 1.0 as JSON, four types. No IO.

RequestCreated      somebody wants footprints, by criteria
RequestFulfilled    here they are
RequestRejected     there are none for you
Published           these are new
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tally_finance.errors import PactError
from tally_finance.pact.criteria import Criteria, criteria_of_event
from tally_finance.pact.document import ProductFootprint, loads, read, time_of

MEDIA_TYPE: Final = "application/cloudevents+json"
_FAMILY: Final = "org.wbcsd.pact.ProductFootprint."
_VERSION: Final = ".3"
MOST_FOOTPRINTS: Final = 200
"""In one message: 200 of the largest are 50 MB, more than any host here takes."""

CODES: Final = frozenset({"BadRequest", "AccessDenied", "TokenExpired", "NotFound", "InternalError", "NotImplemented"})
_MOST_CHARACTERS: Final = 500


@dataclass(frozen=True, slots=True)
class RequestCreated:
    """Somebody wants footprints."""

    criteria: Criteria
    comment: str = ""


@dataclass(frozen=True, slots=True)
class RequestFulfilled:
    """An answer with footprints."""

    request: str
    footprints: tuple[ProductFootprint, ...]


@dataclass(frozen=True, slots=True)
class RequestRejected:
    """An answer without any."""

    request: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Published:
    """Footprints are new."""

    footprints: tuple[uuid.UUID, ...]


Message = RequestCreated | RequestFulfilled | RequestRejected | Published


@dataclass(frozen=True, slots=True)
class Event:
    """A message with its envelope; `source` and `id` together name it for ever."""

    id: str
    source: str
    time: datetime
    message: Message


def decode(text: bytes) -> Event:
    """Read an event. Raises PactError naming what is wrong."""
    value = loads(text)
    if not isinstance(value, dict):
        raise PactError("an event is one object")
    if value.get("specversion") != "1.0":
        raise PactError("specversion: is not '1.0'")
    kind = value.get("type")
    read_data = _READERS.get(kind) if isinstance(kind, str) else None
    if read_data is None:
        raise PactError(f"type: is none of {', '.join(_READERS)}")
    data = value.get("data")
    if not isinstance(data, dict):
        raise PactError("data: is no object")
    try:
        time = time_of(_text(value, "time"))
    except ValueError as error:
        raise PactError(f"time: {error}") from None
    return Event(_text(value, "id"), _text(value, "source"), time, read_data(data))


def encode(event: Event) -> dict[str, Any]:
    """The event as JSON has it; requests are not sent by this host."""
    message = event.message
    data: dict[str, Any]
    if isinstance(message, RequestFulfilled):
        data = {"requestEventId": message.request, "pfs": [dict(one.body) for one in message.footprints]}
    elif isinstance(message, RequestRejected):
        data = {"requestEventId": message.request, "error": {"code": message.code, "message": message.message}}
    elif isinstance(message, Published):
        data = {"pfIds": [str(one) for one in message.footprints]}
    else:
        raise TypeError("requests are not sent")
    kind = f"{_FAMILY}{_NAMES[type(message)]}Event{_VERSION}"
    time = event.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"type": kind, "specversion": "1.0", "id": event.id, "source": event.source, "time": time, "data": data}


def _created(data: Mapping[str, Any]) -> RequestCreated:
    comment = data.get("comment", "")
    if not isinstance(comment, str):
        raise PactError("data.comment: is no text")
    return RequestCreated(criteria_of_event(data), comment)


def _fulfilled(data: Mapping[str, Any]) -> RequestFulfilled:
    found = data.get("pfs")
    if not isinstance(found, list) or not 0 < len(found) <= MOST_FOOTPRINTS:
        raise PactError(f"data.pfs: is no list of 1 to {MOST_FOOTPRINTS} footprints")
    footprints = []
    for place, one in enumerate(found):
        try:
            footprints.append(read(one))
        except PactError as error:
            raise PactError(f"data.pfs[{place}]: {error}") from None
    return RequestFulfilled(_text(data, "requestEventId", "data."), tuple(footprints))


def _rejected(data: Mapping[str, Any]) -> RequestRejected:
    error = data.get("error")
    if not isinstance(error, dict):
        raise PactError("data.error: is no object")
    code = _text(error, "code", "data.error.")
    if code not in CODES:
        raise PactError(f"data.error.code: is none of {', '.join(sorted(CODES))}")
    return RequestRejected(_text(data, "requestEventId", "data."), code, _text(error, "message", "data.error.", 10_000))


def _published(data: Mapping[str, Any]) -> Published:
    found = data.get("pfIds")
    if not isinstance(found, list) or len(found) > MOST_FOOTPRINTS:
        raise PactError(f"data.pfIds: is no list of at most {MOST_FOOTPRINTS}")
    return Published(tuple(_uuid(one, place) for place, one in enumerate(found)))


def _uuid(value: Any, place: int) -> uuid.UUID:
    text = value if isinstance(value, str) else ""
    try:
        found = uuid.UUID(text)
    except ValueError:
        found = None
    # The standard library also takes braces, and "urn:uuid:" before it.
    if found is None or str(found) != text.lower():
        raise PactError(f"data.pfIds[{place}]: is no UUID")
    return found


def _text(values: Mapping[str, Any], name: str, where: str = "", most: int = _MOST_CHARACTERS) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise PactError(f"{where}{name}: is no text of 1 to {most} characters")
    return value


_NAMES: Final[Mapping[type[Message], str]] = {
    RequestCreated: "RequestCreated",
    RequestFulfilled: "RequestFulfilled",
    RequestRejected: "RequestRejected",
    Published: "Published",
}
_OF: Final[Sequence[Callable[[Mapping[str, Any]], Message]]] = (_created, _fulfilled, _rejected, _published)
_READERS: Final = {f"{_FAMILY}{name}Event{_VERSION}": reader for name, reader in zip(_NAMES.values(), _OF, strict=True)}
