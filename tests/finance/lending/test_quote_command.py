"""`tallystick finance quote` with a registry on an embedded chain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chain.registry.consortium import PASSPHRASE, UNTIL, Consortium, Said, found_on, populate, say
from tests.chain.registry.parties import fresh


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consortium]:
    """A consortium in which `stranger` is the key of an exchange."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)
        made = found_on(tmp_path_factory.mktemp("market"), None)
        populate(made)
        made.organisation["exchange"] = "0x" + fresh("organisation").hex()
        batch = made.folder / "exchange.txt"
        batch.write_text(
            f"register-organisation {made.organisation['exchange']} 0x{fresh('commitment').hex()}\n"
            f"bind-key {made.organisation['exchange']} {made.address['stranger']} price-source --until {UNTIL}\n",
            "utf-8",
        )
        made.decided("batch", batch)
        yield made


def signed(market: Consortium, out: Path, *, by: str = "stranger", source: str = "exchange", **changes: str) -> Said:
    chain = json.loads(market.pins.read_text("utf-8"))["chain"]["id"]
    now = market.now()
    options = {
        "--source": market.organisation[source],
        "--commodity": "cathode copper 阴极铜",
        "--price": "70123.00",
        "--lineage": "0c" * 32,
        "--from": str(now - 60),
        "--until": str(now + 3_600),
        "--chain-id": str(chain),
        "--organisations": market.contracts["Organisations"],
        "--key": str(market.key(by)),
        "--out": str(out),
        **changes,
    }
    return say("finance", "quote", "sign", *(word for pair in options.items() for word in pair))


def checked(market: Consortium, file: Path, *more: str) -> Said:
    return say("finance", "quote", "check", str(file), *market.where, "--pins", str(market.pins), *more)


def test_a_quote_of_the_exchange_counts(market: Consortium, tmp_path: Path) -> None:
    file = tmp_path / "quote.json"
    said = signed(market, file)
    assert said.code == 0, said.err
    found = checked(market, file, "--json")
    assert found.code == 0, found.err
    assert (found.json["counts"], found.json["speaks"], found.json["per_t"]) == (True, True, "70123.00")
    assert "报价有效" in checked(market, file).out


def test_a_lender_prices_nothing(market: Consortium, tmp_path: Path) -> None:
    file = tmp_path / "quote.json"
    assert signed(market, file, by="bank-a", source="bank-a").code == 0
    found = checked(market, file)
    assert found.code == 1
    assert "is not bound as a key of a price source" in found.out


def test_a_quote_under_another_name_or_for_another_registry(market: Consortium, tmp_path: Path) -> None:
    other, elsewhere = tmp_path / "other.json", tmp_path / "elsewhere.json"
    assert signed(market, other, source="bank-a").code == 0
    assert "signs for" in checked(market, other).out
    assert signed(market, elsewhere, **{"--chain-id": "1"}).code == 0
    assert checked(market, elsewhere).code == 1


def test_a_quote_that_has_run_out(market: Consortium, tmp_path: Path) -> None:
    file = tmp_path / "quote.json"
    assert signed(market, file, **{"--until": str(market.now() - 1)}).code == 0
    found = checked(market, file)
    assert found.code == 1
    assert "报价不在有效期内" in found.out


@pytest.mark.parametrize(
    "changes",
    [{"--price": "70123.001"}, {"--price": "0"}, {"--price": "much"}, {"--price": "NaN"}, {"--currency": "yuan"}],
)
def test_what_is_not_signed(market: Consortium, tmp_path: Path, changes: dict[str, str]) -> None:
    file = tmp_path / "quote.json"
    assert signed(market, file, **changes).code == 2
    assert not file.exists()


def test_nothing_is_overwritten(market: Consortium, tmp_path: Path) -> None:
    file = tmp_path / "quote.json"
    file.write_text("mine")
    assert signed(market, file).code == 2
    assert file.read_text() == "mine"
    assert checked(market, file).code == 3
    assert checked(market, tmp_path / "none.json").code == 3
