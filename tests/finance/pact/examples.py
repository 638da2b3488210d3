"""Footprints for tests: a bar of steel and what can be changed about it."""

from __future__ import annotations

import copy
import json
import uuid
from typing import Any

BAR: dict[str, Any] = {
    "id": "0a4b1b0e-6f5a-4d3c-9b5e-0c1d2e3f4a5b",
    "specVersion": "3.0.0",
    "created": "2026-02-01T08:00:00Z",
    "status": "Active",
    "companyName": "Huaxin Steel 华鑫钢铁",
    "companyIds": ["urn:lei:5299000J2N45DDNE4Y28"],
    "productDescription": "Hot rolled bar, 16 mm",
    "productIds": ["urn:pact:huaxin.example:product-id:bar-16"],
    "productClassifications": ["urn:pact:productclassification:un-cpc:41241"],
    "productNameCompany": "Bar 16",
    "pcf": {
        "declaredUnitOfMeasurement": "kilogram",
        "declaredUnitAmount": "1",
        "productMassPerDeclaredUnit": "1",
        "referencePeriodStart": "2025-01-01T00:00:00+08:00",
        "referencePeriodEnd": "2026-01-01T00:00:00+08:00",
        "geographyCountry": "CN",
        "pcfExcludingBiogenicUptake": "1.234",
        "pcfIncludingBiogenicUptake": "1.234",
        "fossilGhgEmissions": "1.234",
        "fossilCarbonContent": "0.002",
        "ipccCharacterizationFactors": ["AR6"],
        "crossSectoralStandards": ["ISO14067", "PACT-3.0"],
        "exemptedEmissionsPercent": "0",
        "primaryDataShare": "63.5",
        "secondaryEmissionFactorSources": [{"name": "MEE notice 47 of 2025", "version": "2023"}],
    },
}


def changed(**changes: Any) -> dict[str, Any]:
    """The bar with other properties; `pcf__name` reaches into the pcf, and None takes a property out."""
    made = copy.deepcopy(BAR)
    for name, value in changes.items():
        inner, _, rest = name.partition("__")
        where, key = (made[inner], rest) if rest else (made, inner)
        if value is None:
            del where[key]
        else:
            where[key] = value
    return made


def another(**changes: Any) -> dict[str, Any]:
    """The same under a new id."""
    return changed(id=str(uuid.uuid4()), **changes)


def text(document: dict[str, Any]) -> bytes:
    """As a file has it."""
    return json.dumps(document, ensure_ascii=False).encode()
