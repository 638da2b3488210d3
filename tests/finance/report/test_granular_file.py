"""Granular certificates as JSON: what fits the published specification is read, and a fault names its place."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tally_edge.errors import ConfigError
from tally_finance.report import granular_file
from tests.finance.report import sunny
from tests.world import HOUR, START

SPECIFICATION = "carbon/energytag-fea/openapi.yaml"


def read(text: str) -> Any:
    return granular_file.decode(text.encode(), Path("gc.json"))


def test_what_it_says_is_what_is_read() -> None:
    one = sunny.bundle(12, 15, emissions_factor_production_device=0.25, quality_scheme_reference="passed over")
    (found,), (ended,) = read(sunny.file([one]))
    assert (found.number, found.kwh) == ("00000000-0000-4000-8000-000000000012:12001-12015", 15)
    assert (found.from_at, found.to_at) == (START + 12 * HOUR, START + 13 * HOUR)
    assert (found.grid, found.regions, found.stored) == (sunny.GRID, ("CN-JS", "CN"), False)
    assert found.emission == Decimal("0.25")
    assert found.expires_at - found.issued_at == (2 * 365 + 1) * 86_400
    assert (ended.issuance, ended.first, ended.last) == (found.issuance, found.first, found.last)
    assert ended.beneficiary == "Works 1"


@pytest.mark.shared
def test_the_fixtures_are_of_the_published_specification(shared: Path) -> None:
    """The fixtures are what a registry answers, and without a field that it needs they are not."""
    import jsonschema_rs  # noqa: PLC0415  comes with what fuzzes the interface
    import yaml  # noqa: PLC0415  as above

    text = (shared / SPECIFICATION).read_text("utf-8")
    schemas = yaml.safe_load(text)["components"]["schemas"]

    def faults(name: str, value: Any) -> list[str]:
        root = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        return [str(one) for one in jsonschema_rs.Draft202012Validator(root, validate_formats=True).iter_errors(value)]

    one = sunny.bundle(12, 15)
    assert not faults("GranularCertificateBundle", one)
    assert not faults("GranularCertificateCancellation", sunny.cancellation(one))
    for name in schemas["GranularCertificateBundle"]["required"]:
        lacking = {key: value for key, value in one.items() if key != name}
        assert faults("GranularCertificateBundle", lacking)
        if name != "device_location":  # says nothing here
            with pytest.raises(ConfigError, match=name):
                read(sunny.file([lacking], []))


@pytest.mark.shared
def test_the_published_measurements_become_bundles(shared: Path) -> None:
    """The specification's own hourly table, each hour issued in Wh: every row is read, and adds up to the column."""
    rows = (shared / "carbon/energytag-fea/test_measurements.csv").read_text().splitlines()[1:]
    fields = [row.split(",") for row in rows]
    every = [
        sunny.bundle(
            number,
            int(usage),
            face_value=1,
            production_starting_interval=f"{begin.replace(' ', 'T')}Z",
            production_ending_interval=f"{end.replace(' ', 'T')}Z",
        )
        for number, (begin, end, _, usage, _) in enumerate(fields)
        if int(usage)
    ]
    bundles, cancellations = read(sunny.file(every))
    assert len(bundles) == len(cancellations) == len(every) > 700
    assert sum(one.wh for one in bundles) == sum(int(one[3]) for one in fields)
    assert {one.to_at - one.from_at for one in bundles} == {HOUR}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"face_value": 1.5}, "bundles[0].face_value is no whole number"),
        ({"face_value": -1}, "bundles[0].face_value is no whole number"),
        ({"face_value": True}, "bundles[0].face_value is no whole number"),
        ({"bundle_quantity": 2**63}, "bundles[0].bundle_quantity is no whole number"),
        ({"issuance_id": None}, "bundles[0].issuance_id is no text"),
        ({"energy_source": ""}, "bundles[0].energy_source is no text"),
        ({"production_starting_interval": "2026-01-01T00:00:00"}, "production_starting_interval is '2026-01-01T00:00"),
        ({"production_starting_interval": "2026-01-01T00:00:00.5Z"}, "not a whole second"),
        ({"expiry_datestamp": "2028"}, "bundles[0].expiry_datestamp is '2028', and no day"),
        ({"issuance_post_energy_carrier_conversion": "no"}, "is neither true nor false"),
        ({"emissions_factor_production_device": "0"}, "emissions_factor_production_device is no number"),
    ],
)
def test_a_fault_names_its_place(changes: dict[str, Any], error: str) -> None:
    with pytest.raises(ConfigError) as found:
        read(sunny.file([sunny.bundle(12, 15, **changes)], []))
    assert "gc.json: bundles[0]." in str(found.value)
    assert error in str(found.value)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[]", "is no 'tallystick granular certificates 1'"),
        ("{", "gc.json: "),
        ('{"format":"tallystick granular certificates 1","bundles":[]}', "has the names format, bundles and"),
        (sunny.file([]).replace('"bundles": []', '"bundles": {}'), "bundles is no array"),
        (sunny.file([]).replace('"bundles": []', '"bundles": [1]'), "bundles[0] is no object"),
        (sunny.file([]).replace('"bundles": []', '"bundles": [], "bundles": []'), "a name stands twice"),
        (sunny.file([]).replace('"bundles": []', '"bundles": [NaN]'), "NaN is no number"),
        (sunny.file([], [{"source_id": "x"}]), "cancellations[0].source_certificate_issuance_id is no text"),
    ],
)
def test_a_file_that_is_none(text: str, error: str) -> None:
    with pytest.raises(ConfigError) as found:
        read(text)
    assert error in str(found.value)


@pytest.mark.parametrize("number", ["1e999999999", "-1E+61", "1e-999999999"])
def test_a_number_that_is_short_to_write_and_long_to_say_is_refused(number: str) -> None:
    text = sunny.file([sunny.bundle(12, 15, emissions_factor_production_device=0.25)])
    assert "0.25" in text
    with pytest.raises(ConfigError, match="more than 60 places"):
        read(text.replace("0.25", number))


def test_json_of_a_registry_has_more_names() -> None:
    item = json.loads(sunny.file([sunny.bundle(12, 15, hash="ab", owner={"of": 1})]))
    assert len(read(json.dumps(item))[0]) == 1
