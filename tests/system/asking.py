"""Questions over HTTP to a running gateway."""

from __future__ import annotations

import urllib.error
import urllib.request

from tests.system.plant import Plant


def metric(plant: Plant, name: str) -> float:
    """A metric of the running gateway."""
    with urllib.request.urlopen(f"{plant.url}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def health(plant: Plant) -> int:
    """The status of /healthz."""
    try:
        with urllib.request.urlopen(f"{plant.url}/healthz", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def request(
    plant: Plant, method: str, path: str, body: bytes | None = None, token: str | None = None
) -> tuple[int, str, bytes]:
    """Status, content type and body of one HTTP request."""
    headers = {"Content-Type": "application/json"} | ({} if token is None else {"Authorization": f"Bearer {token}"})
    asked = urllib.request.Request(plant.url + path, data=body, method=method, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get_content_type(), error.read()
