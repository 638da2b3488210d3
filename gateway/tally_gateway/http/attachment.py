"""An answer that a browser saves as a file and does not show."""

from __future__ import annotations

from typing import Final

from fastapi import Response

OCTETS: Final = "application/octet-stream"


def attachment(data: bytes, name: str, media_type: str = OCTETS) -> Response:
    """`name`: what the file is called; printable ASCII without quotes, for it stands in a header as it is."""
    return Response(data, 200, {"content-disposition": f'attachment; filename="{name}"'}, media_type)
