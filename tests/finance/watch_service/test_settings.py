"""Settings of a watch: everything that is wrong is named with its file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tally_edge.errors import ConfigError
from tally_finance.filing.description import filing_digest
from tally_finance.watch.codes import Code
from tally_finance.watch.judge import standing
from tally_finance.watch.limits import Limits
from tally_finance.watch.seen import Seen
from tally_finance.watch.seen_papers import Ends
from tally_finance.watch_service import settings
from tests.finance.ownership.deal import KEEPER, SMELTER, TRADER, org
from tests.finance.ownership.deal import OTHER as BANK

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

[[group]]
name = "Chen family"
members = ["{SMELTER}", "{BANK}"]

[[filing]]
receipt = "{ID}"
filed = "filing.toml"

[[ends]]
what = "quality"
of = "lot {ID}"
at = 2026-09-01T00:00:00+08:00
evidence = "{ID}"
"""
FILING = f"""
registration = "ZD-2026-1"
text = "filing.txt"
place = "洋山 1 号库"
goods = "阴极铜"
grade = "A级"
loan_contract = "DK-1"
loan_yuan = 14000000.50

[pledgor]
organisation = "{ID}"
name = "沪铜贸易有限公司"
code = "{TRADER}"
salt = "{ID}"

[pledgee]
organisation = "{ID}"
name = "第一银行股份有限公司"
code = "{BANK}"
salt = "{ID}"

[keeper]
organisation = "{ID}"
name = "洋山仓储有限公司"
scheme = "USCC"
code = "{KEEPER}"
salt = "{ID}"
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
SAME = f"""[[filing]]
receipt = "{ID}"
filed = "filing.toml"

"""
BARE = f"""[[pledge]]
receipt = "{ID}"
search = "s.toml"

"""


def loaded(folder: Path, text: str = PLAIN, filing: str = FILING) -> settings.Settings:
    (folder / "filing.toml").write_text(filing)
    (folder / "filing.txt").write_text("业务类型：仓单质押。")
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
    assert [one.behind_keeper for one in found.papers.keepings] == [frozenset({"K", "Chen"})]
    assert [(one.ends, one.of) for one in found.papers.terms] == [(Ends.QUALITY, f"lot {ID}")]
    assert found.papers.known.groups == (frozenset({org(SMELTER), org(BANK)}),)
    ((number, filed),) = found.papers.filings
    assert (number, filed.registration, filed.loan_fen) == (bytes.fromhex(ID), "ZD-2026-1", 1_400_000_050)
    assert (filed.pledgor.code, filed.keeper.name) == (TRADER, "洋山仓储有限公司")
    assert filed.digest == filing_digest("ZD-2026-1", "业务类型：仓单质押。")


def test_a_group_stands_behind_each_of_its_members(tmp_path: Path) -> None:
    """Keeper and depositor in one group have it in common, however their codes are written."""
    spaced = f"{SMELTER[:4]} {SMELTER[4:]}"
    text = PLAIN.replace('keeper = "K"', f'keeper = "{spaced}"').replace('depositor = "D"', f'depositor = "{BANK}"')
    papers = loaded(tmp_path, text).papers
    (keeping,) = papers.keepings
    assert keeping.behind_keeper & keeping.behind_depositor == {"Chen family"}
    told = {one.code: one for one in standing(Seen(0, keepings=papers.keepings), Limits())}
    assert told[Code.RELATED_KEEPER].said["shared"] == "Chen family"
    apart = text.replace(f'members = ["{SMELTER}", "{BANK}"]', f'members = ["{TRADER}", "{BANK}"]')
    assert not list(standing(Seen(0, keepings=loaded(tmp_path, apart).papers.keepings), Limits()))


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
        (f'"{SMELTER}", "{BANK}"', f'"{SMELTER}"', "group[1].members: names two organisations"),
        (f'"{SMELTER}", "{BANK}"', '"Chen", "Li"', "group[1].members: 'CHEN' is not a USCC"),
        (f'"{SMELTER}", "{BANK}"', f'"{SMELTER}", " {SMELTER}"', "group[1].members: names two organisations"),
        ("[[filing]]", SAME + "[[filing]]", "filing[2].receipt: has a filing already"),
        ('filed = "filing.toml"', 'filed = "nowhere.toml"', "nowhere.toml"),
        ("[chain]", "[chain", "watch.toml"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in PLAIN
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, PLAIN.replace(before, after, 1))
    assert said in str(caught.value)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('registration = "ZD-2026-1"', 'registration = " "', "without the registry's number"),
        ('text = "filing.txt"', 'text = "nowhere.txt"', "text: cannot be read"),
        ("loan_yuan = 14000000.50", "loan_yuan = 14000000.505", "loan_yuan: has parts of a fen"),
        (f'code = "{TRADER}"', 'code = "913100000000000227"', "pledgor.code: "),
        ('scheme = "USCC"', 'scheme = "VAT"', "keeper.scheme: 'VAT' is not one of USCC, LEI"),
        ("[keeper]", "[keepers]", "keeper: is missing"),
        ('grade = "A级"', 'grade = "A级"\ncolour = "red"', "colour: is not a known setting"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_filing_is_named(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in FILING
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, filing=FILING.replace(before, after, 1))
    assert said in str(caught.value)
    assert "filing.toml" in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*watch\.toml"):
        settings.load(tmp_path / "watch.toml")
