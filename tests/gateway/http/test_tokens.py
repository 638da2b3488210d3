"""The store of tokens: what two processes do to it at once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tally_gateway.errors import ApiError, CredentialsError
from tally_gateway.http.tokens import Scope, TokenFile

SUBMIT = frozenset({Scope.SUBMIT})


def test_tokens_that_are_made_at_once_all_open(tmp_path: Path) -> None:
    """Each as a process of its own would: another TokenFile over the same path."""
    path = tmp_path / "api-tokens.toml"
    made: dict[str, str] = {}
    failed: list[BaseException] = []

    def register(first: int) -> None:
        try:
            for number in range(first, first + 10):
                name = f"reader-{number:02}"
                made[name] = TokenFile(path).add(name, SUBMIT)
        except BaseException as error:  # noqa: BLE001  a thread's error would otherwise be lost
            failed.append(error)

    threads = [threading.Thread(target=register, args=(first,)) for first in (0, 10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    store = TokenFile(path)
    assert [store.require(f"Bearer {made[name]}", Scope.SUBMIT).name for name in sorted(made)] == sorted(made)
    assert len(made) == 30


def test_a_removed_token_is_unknown_to_whoever_read_it_before(tmp_path: Path) -> None:
    serving = TokenFile(tmp_path / "api-tokens.toml")
    token = TokenFile(tmp_path / "api-tokens.toml").add("bank", SUBMIT)
    assert serving.require(f"Bearer {token}", Scope.SUBMIT).name == "bank"
    TokenFile(tmp_path / "api-tokens.toml").remove("bank")
    with pytest.raises(ApiError, match="not known"):
        serving.require(f"Bearer {token}", Scope.SUBMIT)
    with pytest.raises(CredentialsError, match="no token"):
        serving.remove("bank")


def test_a_readers_token_is_ended_and_no_other_is_by_that_way(tmp_path: Path) -> None:
    serving = TokenFile(tmp_path / "api-tokens.toml")
    token = serving.add("bank", frozenset({Scope.ENTRIES}))
    for more in (SUBMIT, frozenset({Scope.ENTRIES, Scope.OPERATE})):
        name = f"has-{len(more)}"
        serving.add(name, more)
        with pytest.raises(ApiError, match="more than entries") as refused:
            serving.end_reader(name)
        assert refused.value.status == 403
    TokenFile(tmp_path / "api-tokens.toml").end_reader("bank")
    with pytest.raises(ApiError, match="not known"):
        serving.require(f"Bearer {token}", Scope.ENTRIES)
    with pytest.raises(ApiError) as gone:
        serving.end_reader("bank")
    assert gone.value.status == 404
