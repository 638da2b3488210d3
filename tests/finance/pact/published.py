"""The published schema of PACT 3.0, where the data of others lies beside the project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema_rs
import yaml

from tests.conftest import SHARED

FILE = SHARED / "carbon" / "pact-conformance-mit" / "openapi_v3_0.yaml"


def published() -> Callable[[str, Any], list[str]] | None:
    """A function of a schema's name and a value, which gives the value's faults; None without the file."""
    if not FILE.is_file():
        return None
    schemas = yaml.safe_load(FILE.read_text("utf-8"))["components"]["schemas"]

    def faults(name: str, value: Any) -> list[str]:
        root = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        validator = jsonschema_rs.Draft202012Validator(root, validate_formats=True)
        return [str(one) for one in validator.iter_errors(value)]

    return faults
