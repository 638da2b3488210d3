"""Health and metrics. /readyz: it takes statements. /healthz: it also does what it is for."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

from fastapi import APIRouter, Response

from tally_gateway import metrics
from tally_gateway.metrics import Measured


def health_routes(measured: Callable[[], Measured]) -> APIRouter:
    """The routes; `measured` says where the service stands now."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", response_class=Response, summary="Checkpoints, space and anchors: 200, or 503 with faults")
    async def healthz() -> Response:
        standing = measured().standing
        faults = standing.faults()
        body = json.dumps({"healthy": not faults, "faults": faults, **dataclasses.asdict(standing)}).encode()
        return Response(body, 503 if faults else 200, {"cache-control": "no-store"}, "application/json")

    @router.get("/readyz", response_class=Response, summary="Whether statements are taken")
    async def readyz() -> Response:
        ready = measured().standing.has_space
        body = json.dumps({"ready": ready}).encode()
        return Response(body, 200 if ready else 503, {"cache-control": "no-store"}, "application/json")

    @router.get("/metrics", response_class=Response, summary="Prometheus metrics (docs/metrics.md)")
    async def scrape() -> Response:
        return Response(metrics.render(measured()), media_type=metrics.CONTENT_TYPE)

    return router
