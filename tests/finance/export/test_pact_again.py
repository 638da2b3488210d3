"""A document that came, held against the report that it names: no word of it is changed unnoticed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_finance.errors import FinanceError, PactError
from tally_finance.export import pact_again, pact_document, pact_of
from tally_finance.export.product import Product
from tally_finance.export.product_sheet import Exempted, Unit
from tally_finance.pact.document import read
from tally_finance.pact.semantics import Name, doubts
from tally_finance.report.differing import Difference
from tally_finance.report.folder import Kept
from tests.finance.export import coil
from tests.finance.pact.examples import BAR


@pytest.fixture(scope="module")
def kept() -> Kept:
    return coil.kept(coil.late(), days=31)


@pytest.fixture(scope="module")
def product(kept: Kept) -> Product:
    return pact_of.product_in(kept, "coil")


@pytest.fixture(scope="module")
def sent(kept: Kept) -> dict[str, Any]:
    valid = {"valid": (coil.CREATED, coil.CREATED.replace(year=2027))}
    return pact_of.footprint_of(kept, "coil", coil.sheet(**valid), coil.NEW)


def differing(body: dict[str, Any], product: Product) -> tuple[Difference, ...]:
    return pact_again.differing(read(body), product, None)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        yield path
        return
    for name, one in inner:
        yield from leaves(one, (*path, name))


def with_other(body: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """Something else at a place: another digit, another letter, the other flag."""
    made = copy.deepcopy(body)
    place = made
    for name in path[:-1]:
        place = place[name]
    was = place[path[-1]]
    last = was[-1:] if isinstance(was, str) else ""
    place[path[-1]] = not was if isinstance(was, bool) else f"{was[:-1]}{'1' if last != '1' else '2'}"
    return made


def test_it_is_the_same(sent: dict[str, Any], product: Product) -> None:
    named = pact_again.named(read(sent))
    assert named is not None
    assert (named.report, named.product) == (product.digest.hex(), "coil")
    assert differing(sent, product) == ()
    assert differing(sent | {"status": "Deprecated"}, product) == ()
    moved = json.loads(json.dumps(sent, sort_keys=True))
    moved["created"] = "2026-06-01T08:00:00+08:00"
    assert differing(moved, product) == ()
    foreign = {"specVersion": "2.0.0", "dataSchema": "https://other.example/x.json", "data": {}}
    assert differing(sent | {"extensions": [foreign, *sent["extensions"]]}, product) == ()


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["kilogram", "piece", "square meter", "liter"]),
    st.decimals(min_value="0.001", max_value=10**6, places=3),
    st.decimals(min_value="0.001", max_value=10**6, places=4),
    st.decimals(min_value=0, max_value="0.0005", places=7),
    st.text(min_size=1).filter(str.strip).filter(str.isprintable),
)
def test_whatever_is_stated_a_document_follows_from_its_report(
    product: Product, of: str, amount: Decimal, mass: Decimal, carbon: Decimal, words: str
) -> None:
    """It means something, its numbers are the report's times what the unit is, and it is computed again from itself."""
    unit = Unit(of, amount, amount if of == "kilogram" else mass)
    made = coil.sheet(
        unit=unit, fossil_carbon=carbon, biogenic_carbon=carbon / 2, name=words, exempted=Exempted(Decimal(0), words)
    )
    body = json.loads(pact_document.encode(pact_document.document(product, made, coil.NEW)))
    footprint = read(body)
    assert doubts(footprint, now=coil.CREATED, proven_primary=product.rests.percents()["devices"]) == ()
    exact = Fraction(body["extensions"][0]["data"]["exactPerDeclaredUnit"])
    assert exact == product.exact * Fraction(unit.mass_kg)
    assert abs(Fraction(body["pcf"]["fossilGhgEmissions"]) - exact) <= exact / 10**9
    assert differing(body, product) == ()


def test_no_word_is_changed_unnoticed(sent: dict[str, Any], product: Product) -> None:
    """Whatever stands in it: what the report says differs, and what the company states moves the id."""
    places = list(leaves(sent))
    assert len(places) > 60
    for path in places:
        made = with_other(sent, path)
        try:
            found = differing(made, product)
        except FinanceError:
            continue
        assert found or made == sent, path


def test_what_differs_is_named(sent: dict[str, Any], product: Product) -> None:
    more = copy.deepcopy(sent)
    more["pcf"]["primaryDataShare"] = "99"
    (one,) = differing(more, product)
    assert (one.path, one.said, one.computed) == ("pcf.primaryDataShare", "99", sent["pcf"]["primaryDataShare"])
    proven = product.rests.percents()["devices"]
    assert [one.name for one in doubts(read(more), now=coil.CREATED, proven_primary=proven)] == [
        Name.PRIMARY_SHARE_UNPROVEN
    ]
    less = copy.deepcopy(sent)
    less["extensions"][0]["data"]["u95PerDeclaredUnit"] = "0"
    assert [one.path for one in differing(less, product)] == ["extension.u95PerDeclaredUnit"]


@pytest.mark.parametrize(
    ("add", "path"),
    [
        (lambda body: body.update(more=None), "more"),
        (lambda body: body["pcf"].update(more=None), "pcf.more"),
        (lambda body: body["extensions"][0]["data"]["marks"].append(None), "extension.marks[{marks}]"),
        (lambda body: body["extensions"][0]["data"]["restsOnPercent"].update(more=[]), "extension.restsOnPercent.more"),
    ],
)
def test_nothing_is_not_null(sent: dict[str, Any], product: Product, add: Any, path: str) -> None:
    """A property that says nothing is one that the report does not give."""
    made = copy.deepcopy(sent)
    path = path.format(marks=len(made["extensions"][0]["data"]["marks"]))
    add(made)
    assert path in {one.path for one in differing(made, product)}


def test_what_another_party_added_is_named(sent: dict[str, Any]) -> None:
    foreign = {"specVersion": "2.0.0", "dataSchema": "https://other.example/x.json", "data": {"share": "100"}}
    assert pact_again.others_of(read(sent)) == ()
    assert pact_again.others_of(read(sent | {"extensions": [*sent["extensions"], foreign]})) == (foreign["dataSchema"],)


def test_a_verification_that_nobody_shows(sent: dict[str, Any], product: Product) -> None:
    made = copy.deepcopy(sent)
    made["pcf"]["verification"] = {"providerName": "Someone", "completedAt": "2026-05-01T00:00:00Z"}
    (one,) = differing(made, product)
    assert (one.path, one.computed) == ("pcf.verification", None)


def test_documents_that_lead_to_no_report(sent: dict[str, Any], product: Product) -> None:
    assert pact_again.named(read(BAR)) is None
    with pytest.raises(PactError, match="no extension of a report"):
        pact_again.differing(read(_sound(BAR)), product, None)
    twice = sent | {"extensions": [*sent["extensions"], *sent["extensions"]]}
    with pytest.raises(PactError, match="stands twice"):
        pact_again.named(read(twice))
    half = copy.deepcopy(sent)
    half["companyName"] = "\ud800"
    with pytest.raises(PactError, match="half a character"):
        differing(half, product)


def test_amounts_that_no_product_has(sent: dict[str, Any], product: Product) -> None:
    made = copy.deepcopy(sent)
    tiny = f"0.{'0' * 39}1"
    made["pcf"] |= {"declaredUnitAmount": tiny, "productMassPerDeclaredUnit": tiny}
    made["pcf"] |= {"biogenicCarbonContent": "9" * 40, "fossilCarbonContent": "0"}
    with pytest.raises(PactError, match=r"pcf.biogenicCO2Uptake: is not a decimal number"):
        differing(made, product)
    with pytest.raises(PactError, match="are no amounts of one product"):
        pact_document._sum(f"0.{'0' * 60}1", "9" * 40)


def _sound(body: dict[str, Any]) -> dict[str, Any]:
    """A document that says why nothing is left out, as ours do."""
    made = copy.deepcopy(body)
    made["pcf"]["exemptedEmissionsDescription"] = "nothing is"
    return made
