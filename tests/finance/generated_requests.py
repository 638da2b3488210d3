"""What schemathesis asks of an HTTP interface, made from its own OpenAPI document."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

import schemathesis
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode


@dataclass(frozen=True)
class Generated:
    """A route, and what generates its requests, as the document has them and not.

    Whoever tries a route as one party after the other shares this: schemathesis takes longer to make it than the
    service takes to answer.
    """

    route: tuple[str, str]
    """Method and path."""
    requests: SearchStrategy[Any]


def generated(document: dict[str, Any], routes: Container[tuple[str, str]]) -> list[Generated]:
    """For each operation of `document` that is among `routes` (method, path)."""
    found = []
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = result.ok()
        route = operation.method.upper(), operation.path
        if route in routes:
            as_said, otherwise = (
                operation.as_strategy(generation_mode=mode)
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
            )
            found.append(Generated(route, as_said | otherwise))
    return found
