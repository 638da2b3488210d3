"""An answer that a browser saves as a file where its reader wants it, and neither shows nor keeps."""

from __future__ import annotations

from typing import Final

from fastapi import Response

OCTETS: Final = "application/octet-stream"


def attachment(data: bytes, name: str, media_type: str = OCTETS) -> Response:
    """`name`: what the file is called; printable ASCII without quotes, for it stands in a header as it is."""
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}"'}
    return Response(data, 200, headers, media_type)
