"""Settings of a watch: everything that is wrong is named with its file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tally_edge.errors import ConfigError
from tally_finance.watch.seen import Ends
from tally_finance.watch_service import settings

ID = "ab" * 32
PLAIN = f"""
database = "sqlite:///bank.db"
sheet = "desk.toml"
policy = "policy.toml"
metrics = "127.0.0.1:9465"
pickers = "pickers"

[chain]
pins = "receipts.json"
node = ["https://node.example"]

[[log]]
origin = "tallystick.example/mill/1"
gateway = "https://gateway.example"
token_file = "token"

[[yard]]
point = "urn:scale"
lot = "{ID}"

[[journey]]
sites = ["urn:b", "urn:a"]
seconds = 5400

[[keeping]]
lot = "{ID}"
keeper = "K"
depositor = "D"
behind_keeper = ["Chen"]
evidence = "{ID}"

[[ends]]
what = "quality"
of = "lot {ID}"
at = 2026-09-01T00:00:00+08:00
evidence = "{ID}"
"""
AGAIN = """[[log]]
origin = "tallystick.example/mill/1"
gateway = "http://x"
token_file = "t"

"""
OTHER = f"""[[yard]]
point = "urn:scale"
lot = "{ID[2:]}00"

"""
BARE = f"""[[pledge]]
receipt = "{ID}"
search = "s.toml"

"""


def loaded(folder: Path, text: str = PLAIN) -> settings.Settings:
    (folder / "desk.toml").write_text(f'book = "bank-1"\nlender = "{ID}"\n')
    (folder / "watch.toml").write_text(text)
    return settings.load(folder / "watch.toml")


def test_everything_is_read(tmp_path: Path) -> None:
    found = loaded(tmp_path)
    assert found.database == f"sqlite:///{tmp_path / 'bank.db'}"
    assert (found.sheet.book, found.sheet.lender) == ("bank-1", bytes.fromhex(ID))
    assert found.metrics == ("127.0.0.1", 9465)
    assert found.chain is not None
    assert (found.chain.nodes, found.chain.every_s) == (("https://node.example",), 0.5)
    assert [one.origin for one in found.logs] == ["tallystick.example/mill/1"]
    assert found.yards == {"urn:scale": bytes.fromhex(ID)}
    assert found.limits.journey_s("urn:a", "urn:b") == 5400
    assert [one.behind_keeper for one in found.keepings] == [frozenset({"Chen"})]
    assert [(one.ends, one.of) for one in found.terms] == [(Ends.QUALITY, f"lot {ID}")]


def test_a_book_alone_is_enough(tmp_path: Path) -> None:
    found = loaded(tmp_path, 'database = "postgresql://h/b"\nsheet = "desk.toml"\npolicy = "p.toml"\n')
    assert (found.database, found.chain, found.logs, found.metrics) == ("postgresql://h/b", None, (), None)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('database = "sqlite:///bank.db"', "", "database: is missing"),
        ('sheet = "desk.toml"', 'sheet = "nowhere.toml"', "nowhere.toml"),
        ('metrics = "127.0.0.1:9465"', 'metrics = "9465x"', "metrics: '9465x' is not an address"),
        ('node = ["https://node.example"]', "", "chain.node: either nodes or an embedded chain"),
        ('pins = "receipts.json"', 'pins = "receipts.json"\nembedded = "chain"', "chain.node: either nodes"),
        ("https://gateway.example", "gateway.example", "log[1].gateway: 'gateway.example' is no address"),
        (f'point = "urn:scale"\nlot = "{ID}"', f'point = "urn:scale"\nlot = "{ID[2:]}"', "yard[1].lot: has 31 bytes"),
        ('sites = ["urn:b", "urn:a"]', 'sites = ["urn:b"]', "journey[1].sites: names two sites"),
        ('what = "quality"', 'what = "colour"', "ends[1].what: 'colour' is not one of"),
        ("at = 2026-09-01T00:00:00+08:00", "at = 2026-09-01T00:00:00", "ends[1].at: is not a whole second"),
        ('pickers = "pickers"', 'pickrs = "pickers"', "pickrs: is not a known setting"),
        ("[[journey]]", AGAIN + "[[journey]]", "one log stands there twice"),
        ("[[journey]]", OTHER + "[[journey]]", "is the scale of another lot"),
        ("[[journey]]", BARE + "[[journey]]", "pledge[1].pack: is missing"),
        ("[chain]", "[chain", "watch.toml"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in PLAIN
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, PLAIN.replace(before, after, 1))
    assert said in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*watch\.toml"):
        settings.load(tmp_path / "watch.toml")
