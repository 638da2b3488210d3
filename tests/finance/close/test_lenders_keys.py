"""Whose key signed a close: by the registry of organisations, as it was when the close was made."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest

from tally_chain.registry.organisations import BoundKey, Revocation
from tally_chain.registry.roles import KeyRole
from tally_finance.close.replaying import lenders_keys
from tests.finance.book.ledger import digest
from tests.finance.close.examples import LENDER, MADE_AT
from tests.finance.close.test_close_file import CLOSE, KID

BOUND = BoundKey(
    key_id=KID,
    organisation=LENDER,
    role=KeyRole.LENDER,
    valid_from=0,
    valid_until=MADE_AT + 10**6,
    bound_at=MADE_AT - 100,
    bound_block=5,
    sequence=1,
    acts_since=5,
)
BLOCK = 10


def history(key: BoundKey) -> Any:
    return SimpleNamespace(registry=SimpleNamespace(keys={key.key_id: key}), last_block=BLOCK)


def test_a_good_key_of_the_lender_is_believed() -> None:
    assert lenders_keys(CLOSE, history(BOUND)) == {KID}
    assert lenders_keys(CLOSE, None) == set()


@pytest.mark.parametrize(
    "change",
    [
        {"organisation": digest("another bank")},
        {"role": KeyRole.KEEPER},
        {"bound_at": MADE_AT + 1},
        {"valid_until": MADE_AT},
        {"valid_from": MADE_AT + 1},
        {"key_id": digest("another key")},
    ],
)
def test_any_other_key_is_not(change: dict[str, Any]) -> None:
    assert lenders_keys(CLOSE, history(dataclasses.replace(BOUND, **change))) == set()


def test_a_revoked_key_is_not() -> None:
    fields = {field.name: 0 for field in dataclasses.fields(Revocation)}
    revoked = Revocation(**{**fields, "since": MADE_AT - 1, "block_number": 7})
    assert lenders_keys(CLOSE, history(dataclasses.replace(BOUND, revocation=revoked))) == set()
