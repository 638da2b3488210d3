"""Leaving a file in the demo's folder."""

from __future__ import annotations

from pathlib import Path


def leave(file: Path, data: bytes) -> None:
    """Write a file, with the folders above it. A demo that is cut off is played again, so nothing is synced."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
