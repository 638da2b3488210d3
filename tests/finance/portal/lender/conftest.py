"""One house for every test of the lender's pages; a test that changes it changes what is its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chain.contracts.fixtures import embedded
from tests.chain.contracts.stage import Stage
from tests.finance.portal.lender.house import House, house
from tests.in_process import InProcess, asked

__all__ = ["embedded"]


@pytest.fixture(scope="package")
def bank(embedded: Stage, tmp_path_factory: pytest.TempPathFactory) -> House:
    return house(embedded, tmp_path_factory.mktemp("bank"))


@pytest.fixture(scope="package")
def client(bank: House) -> Iterator[InProcess]:
    with asked(bank.portal) as made:
        yield made
