"""`tallystick finance receipt|pledge|loan|close`: from a receipt to a signed close that others compute again."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tally_chain.anchoring.keys import write_keystore
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.registry.roles import KeyRole
from tally_edge import signer as edge_signer
from tally_finance import cli_desk_run
from tally_finance.book.database import engine_for
from tally_finance.book.goods_events import PriceSeen
from tally_finance.book.store import Book, News
from tests.chain.contracts.stage import ALL, STRANGER, Stage
from tests.chain.receipts.test_operation_commands import encrypted
from tests.chain.receipts.yard import Yard, yard_on
from tests.chain.registry.consortium import PASSPHRASE, Said, say
from tests.chain.registry.parties import YEAR, fresh, parties_on

TERMS = """
facility = "F-1"
borrower = "{borrower}"
limit = 10000000
warning = 0.8
liquidation = 0.9
yearly_rate = 0.0435
penalty = 1.5
matures = {matures}
pledging = "static"
search_age_s = 172800
utc_offset_s = 28800

[[goods]]
commodity = "copper"
advance = 0.7
price_age_s = 604800
quantity_age_s = 604800
"""


@dataclass
class Bank:
    """A lender with a desk in a folder, beside a warehouse on a chain; everything by command."""

    folder: Path
    yard: Yard
    lot: bytes
    known: int
    """A block since when everybody's keys act."""
    now: int
    """The time of the chain's newest block when the commands began."""
    written: int = 0
    names: dict[str, bytes] = field(default_factory=dict)

    @property
    def chain(self) -> list[str]:
        return ["--embedded", str(self.folder / "chain"), "--pins", str(self.folder / "pins.json")]

    @property
    def desk(self) -> list[str]:
        return ["--desk", str(self.folder / "desk.toml")]

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def say(self, *words: object) -> Said:
        return say("finance", *map(str, words))

    def did(self, *words: object) -> Any:
        said = self.say(*words, "--json")
        assert said.code == 0, said.err or said.out
        return said.json

    def time(self, seconds: int) -> str:
        return datetime.fromtimestamp(self.now + seconds, UTC).isoformat()

    def signed(self, made: Any, *by: str) -> None:
        """The drafted file, signed by these keys."""
        for number, name in enumerate(by):
            words = ("sign", made["file"], "--digest", made["digest"], "--key", self.path(f"{name}.json"))
            said = say("operation", *words, "--as", str(number))
            assert said.code == 0, said.err

    def carried_out(self, made: Any, *by: str) -> None:
        """The drafted file, signed by these keys and sent."""
        self.signed(made, *by)
        sent = say("operation", "send", made["file"], "--key", self.path("stranger.json"), *self.chain)
        assert sent.code == 0, sent.err

    def send(self, made: Any) -> Said:
        """Through the desk, which tests it again."""
        return self.say("pledge", "send", made["file"], "--key", self.path("stranger.json"), *self.desk, *self.chain)

    def last(self) -> int:
        """When the book's last entry was known."""
        engine = engine_for(f"sqlite:///{self.folder / 'books.db'}")
        found = Book(engine, "bank-1").newest()
        engine.dispose()
        return found

    def searched(self) -> None:
        words = ("facility=F-1", f"search={fresh('search').hex()}", "clear=yes", "--at", self.last())
        self.did("loan", "note", "search", *words, *self.desk)

    def paper(self, name: str) -> str:
        """A paper in the desk's keeping."""
        file = Path(self.path(f"{name}-{fresh().hex()[:8]}.pdf"))
        file.write_bytes(fresh(name))
        return str(self.did("loan", "paper", file, *self.desk, *self.chain)["digest"])

    def drafted(self, what: str, kind: str, *by: str, **values: object) -> Any:
        self.written += 1
        words = [f"{name}={value.hex() if isinstance(value, bytes) else value}" for name, value in values.items()]
        made = self.did(what, "draft", kind, *words, "--out", self.path(f"{self.written}.json"), *self.chain)
        self.carried_out(made, *by)
        return made

    def priced(self, per_t: int, at: int) -> None:
        engine = engine_for(f"sqlite:///{self.folder / 'books.db'}")
        event = PriceSeen("copper", Decimal(per_t), (fresh("quote"),))
        Book(engine, "bank-1").append([News(at, event)], key=fresh().hex(), known_at=at)
        engine.dispose()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    folder = tmp_path_factory.mktemp("bank")
    engine = EmbeddedEngine.create(folder / "chain", [key.address for key in ALL])
    yard = yard_on(parties_on(Stage(engine, EMBEDDED, "")))
    lot = yard.stocked(60)
    identity, at = engine.identity(), yard.parties.at
    goods = next(file for file in yard.files if file.operation.kind == "OpenLot").operation.values["goods"]
    close_key = edge_signer.generate()
    yard.parties.bind(yard.whose("lender"), close_key.public_key.kid, KeyRole.LENDER)
    known, now = yard.parties.known(), yard.parties.now()
    engine.close()
    close_key.save(folder / "close.key", PASSPHRASE)
    registries = {"TimelockController": at.timelock, "Organisations": at.organisations, "Claims": at.claims}
    pins = {
        "chain": {"id": identity.chain_id, "genesis": identity.genesis_hash.hex()},
        "contracts": {**registries, **yard.places},
    }
    (folder / "pins.json").write_text(json.dumps(pins), "utf-8")
    lender = yard.whose("lender").hex()
    sheet = f'book = "bank-1"\nlender = "{lender}"\n[[goods]]\ndigest = "{goods.hex()}"\ncommodity = "copper"\n'
    (folder / "desk.toml").write_text(sheet, "utf-8")
    matures = (datetime.fromtimestamp(now, UTC) + timedelta(days=180)).date()
    terms = TERMS.format(borrower=yard.whose("holder").hex(), matures=matures.isoformat())
    (folder / "terms.toml").write_text(terms, "utf-8")
    for name, key in {**yard.keys, "stranger": STRANGER}.items():
        write_keystore(folder / f"{name}.json", encrypted(key))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)
        made = Bank(folder, yard, lot, known, now)
        pledged(made)
        yield made


def pledged(bank: Bank) -> None:
    """A receipt of 50 t, pledged and filed, by command; 70,000 a tonne."""
    number, yard = fresh("receipt"), bank.yard
    bank.names["receipt"] = number
    bank.drafted(
        "receipt", "issue", "keeper", "holder", "inspector",
        number=number, lot=bank.lot, holder=yard.whose("holder"), holderSince=bank.known, quantity="50t",
        until=bank.now + YEAR, document=fresh("document"), trade="none",
    )  # fmt: skip
    terms = bank.did("loan", "open", bank.path("terms.toml"), *bank.desk)["terms"]
    bank.drafted(
        "pledge", "offer", "holder", "keeper",
        receipt=number, lender=yard.whose("lender"), lenderSince=bank.known, quantity="50t", terms=terms,
        until=bank.now + 86_400, maturity=bank.now + YEAR,
    )  # fmt: skip
    unread = bank.say("loan", "note", "search", "facility=F-1", f"search={fresh('s').hex()}", "clear=yes", *bank.desk)
    assert (unread.code, "--at" in unread.err) == (2, True)
    bank.searched()
    papers = [f"{name}={fresh(name).hex()}" for name in ("contract", "invoice", "payment", "search")]
    bank.did("loan", "note", "ownership", f"receipt={number.hex()}", *papers, "clear=yes", *bank.desk)
    lapses = f"lapses_at={bank.time(YEAR)}"
    filing = (f"receipt={number.hex()}", f"filing={fresh('f').hex()}", lapses)
    bank.did("loan", "note", "filing", "facility=F-1", *filing, *bank.desk)
    bank.did("loan", "sync", *bank.desk, *bank.chain)
    at = bank.did("loan", "position", "F-1", *bank.desk)["positions"][0]["known_at"]
    bank.priced(70_000, at)
    made = bank.did(
        "pledge", "accept", number.hex(), "--ownership", bank.paper("pack"), "--search", bank.paper("search"),
        "--out", bank.path("accept.json"), *bank.desk, *bank.chain,
    )  # fmt: skip
    bank.signed(made, "lender")
    sent = bank.send(made)
    assert sent.code == 0, sent.err
    bank.drafted("pledge", "register", "lender", receipt=number, filing=fresh("f"), search=fresh("s"))
    bank.did("loan", "draw", "--facility", "F-1", "--amount", "1000000", *bank.desk, *bank.chain)
    bank.searched()


def test_a_receipt_is_listed_shown_and_opened_to_its_history(bank: Bank) -> None:
    number = bank.names["receipt"].hex()
    (listed,) = bank.did("receipt", "list", *bank.chain)["receipts"]
    assert (listed["number"], listed["quantity"], listed["state"]) == (number, 50_000_000, "issued")
    assert bank.did("receipt", "list", "--keeper", fresh("nobody").hex(), *bank.chain)["receipts"] == []
    shown = bank.say("receipt", "show", number, *bank.chain)
    assert "registered: 50 t (50,000 kg) to " in shown.out
    history = bank.did("receipt", "history", number, *bank.chain)
    assert [one["kind"] for one in history["entries"]] == ["Issue", "Offer", "Accept", "Register"]
    assert bank.say("receipt", "show", fresh("none").hex(), *bank.chain).code == 1


def test_a_pledge_is_listed_and_shown(bank: Bank) -> None:
    number = bank.names["receipt"].hex()
    (one,) = bank.did("pledge", "list", "--lender", bank.yard.whose("lender").hex(), *bank.chain)["pledges"]
    assert (one["receipt"], one["charge"]["stage"], one["charge"]["pledged"]) == (number, "registered", 50_000_000)
    assert "terms 条款" in bank.say("pledge", "show", number, *bank.chain).out
    assert bank.say("pledge", "show", fresh("none").hex(), *bank.chain).code == 1


def test_a_draft_without_fields_lists_them_and_what_the_desk_tests_is_not_drafted(bank: Bank) -> None:
    assert "toSince" in bank.say("receipt", "draft", "endorse").out
    assert "facility" in bank.say("loan", "note", "fee", *bank.desk).out
    refused = bank.say("pledge", "draft", "release")
    assert refused.code == 2
    without = bank.say("receipt", "draft", "surrender", f"receipt={bank.names['receipt'].hex()}", "--out", "x")
    assert (without.code, "--pins" in without.err) == (2, True)


def test_a_position_says_what_may_be_drawn_and_no_more_is(bank: Bank) -> None:
    (one,) = bank.did("loan", "position", *bank.desk)["positions"]
    assert (one["facility"], one["owed"]["principal"], one["lendable"]) == ("F-1", "1000000", "2450000")
    assert (one["available"], one["doubts"], one["stops"]) == ("1450000.00", [], [])
    words = ("loan", "draw", "--facility", "F-1", *bank.desk, *bank.chain, "--ask", "--amount")
    assert bank.did(*words, "1450000")["allowed"]
    refused = bank.say(*words, "1450000.01")
    assert (refused.code, "not-covered" in refused.out) == (1, True)
    really = bank.say("loan", "draw", "--facility", "F-1", *bank.desk, *bank.chain, "--amount", "1450000.01")
    assert (really.code, "not-covered" in really.err) == (1, True)
    assert bank.did("loan", "at", one["known_at"], *bank.desk)["positions"] == [one]


def test_goods_are_ordered_out_as_far_as_the_rest_covers(bank: Bank, tmp_path: Path) -> None:
    number = bank.names["receipt"].hex()
    window = ("--from", bank.time(0), "--until", bank.time(86_400), "--picker", fresh("p").hex())
    words = ("pledge", "order", number, *window, *bank.desk, *bank.chain)
    made = bank.did(*words, "--quantity", "29.5t", "--out", tmp_path / "order.json")  # 20.5 t × 49,000 ≥ 1,000,000
    assert made["signers"][:2] == ["lender of the pledge", "lender of the pledge, by another key"]
    drafted = json.loads((tmp_path / "order.json").read_text("utf-8"))
    assert (drafted["kind"], drafted["values"]["computation"]) == ("Order", made["computation"])
    refused = bank.say(*words, "--quantity", "30t", "--out", tmp_path / "more.json")
    assert (refused.code, "not-covered" in refused.err) == (1, True)
    assert not (tmp_path / "more.json").exists()
    (held,) = bank.did("loan", "position", *bank.desk)["positions"][0]["reserved"]
    assert (held["operation"], held["quantity_g"]) == (made["digest"].removeprefix("0x"), 29_500_000)
    assert "held for prepared acts 预留" in bank.say("loan", "position", *bank.desk).out
    withdraw = ("pledge", "withdraw", tmp_path / "order.json", "--reason", "no truck came", *bank.desk, *bank.chain)
    unsure = bank.say(*withdraw)
    assert (unsure.code, "a copy of it that the lender signed" in unsure.err) == (1, True)
    withdrawn = bank.did(*withdraw, "--no-copy-was-signed")
    by_digest = ("pledge", "withdraw", made["digest"], *withdraw[3:], "--no-copy-was-signed")
    assert bank.did(*by_digest) == withdrawn  # once
    assert bank.did("loan", "position", *bank.desk)["positions"][0]["reserved"] == []


def test_what_was_signed_is_not_sent_on_a_loan_that_changed_since(bank: Bank, tmp_path: Path) -> None:
    number = bank.names["receipt"].hex()
    bank.priced(22_000, bank.last() + 1)
    try:
        made = bank.did(
            "pledge", "call", number, "--until", bank.time(5 * 86_400), "--out", tmp_path / "call.json",
            *bank.desk, *bank.chain,
        )  # fmt: skip
        unsigned = bank.send(made)
        assert (unsigned.code, "not signed yet by" in unsigned.err) == (2, True) or unsigned.code == 1
        bank.signed(made, "lender")
    finally:
        bank.priced(70_000, bank.last() + 1)
    refused = bank.send(made)
    assert (refused.code, "not any more: covered" in refused.err) == (1, True)
    history = bank.did("receipt", "history", number, *bank.chain)["entries"]
    assert "CallMargin" not in [one["kind"] for one in history]


def test_an_act_under_one_name_is_done_once(bank: Bank) -> None:
    words = ("loan", "note", "fee", "facility=F-1", "amount=1.50", "reason=assay", "--once", "fee 7", *bank.desk)
    first = bank.did(*words, "--at", bank.time(0))
    assert bank.did(*words, "--at", bank.time(0)) == first
    paid = bank.did(
        "loan", "repay", "--facility", "F-1", "--amount", "1.50", "--payment", fresh("advice").hex(), *bank.desk,
        "--at", bank.last(),
    )  # fmt: skip
    assert paid["allocation"]["costs"] == "3/2"
    assert bank.say("loan", "note", "fee", "facility=F-1", "amount=x", "reason=r", *bank.desk).code == 2


def test_a_file_of_notes_is_written_whole_and_once(bank: Bank, tmp_path: Path) -> None:
    ids = {name: fresh(name).hex() for name in ("policy", "lot", "claim", "creditor")}
    insurance = f"insurance policy={ids['policy']} insurer='PICC 人保' lots={ids['lot']} amount=6000000"
    lines = [
        "# what the back office knows",
        f"{insurance} until=2037-01-01T00:00:00+08:00 lender_first=yes",
        f"claim facility=F-1 receipt={bank.names['receipt'].hex()} claim={ids['claim']} creditor={ids['creditor']} "
        f"amount=0 at={bank.time(0)}",
    ]
    file = tmp_path / "notes.txt"
    words = ("loan", "note", "--from", str(file), "--once", "March", *bank.desk)
    file.write_text("\n".join((*lines, "cap dimension=site amount=5 000")))
    refused = bank.say(*words)
    assert (refused.code, f"{file}: line 4: '000': write each field of cap" in refused.err) == (2, True)
    file.write_text("\n".join(lines))
    written = bank.did(*words)["entries"]
    assert len(written) == 2, "nothing of the wrong file was written"
    assert bank.did(*words)["entries"] == written
    assert lines[1].removeprefix("insurance ").split()[0] in bank.say(*words).out
    file.write_text("\n".join((*lines, f"place lot={ids['lot']} site={ids['policy']} keeper={ids['claim']}")))
    assert bank.did(*words)["entries"][:2] == written
    file.write_text("\n".join(lines).replace("amount=6000000", "amount=7000000"))
    assert f"{file}: line 2: the key own March 2 was used for something else" in bank.say(*words).err
    file.write_text("\n".join((*lines, "", "insurance-required facility=F-2 required=yes")))
    assert f"{file}: line 5: facility F-2 is not open" in bank.say(*words).err
    for wrong in (("loan", "note", *bank.desk), (*words[:4], *bank.desk), (*words, "--at", bank.time(0))):
        assert bank.say(*wrong).code == 2


def test_what_is_still_to_come_is_not_written_down(bank: Bank) -> None:
    before = bank.did("loan", "position", *bank.desk)["positions"]
    fee = ("loan", "note", "fee", "facility=F-1", "amount=1", "reason=early", *bank.desk)
    for words in (fee, ("loan", "repay", "--facility", "F-1", "--amount", "1", "--payment", "aa" * 32, *bank.desk)):
        refused = bank.say(*words, "--at", bank.time(86_400))
        assert (refused.code, "in the future" in refused.err) == (1, True)
    after = bank.did("loan", "position", *bank.desk)["positions"]
    assert after[0]["known_at"] < before[0]["known_at"] + 3_600  # the book's clock did not move on
    assert after[0]["owed"] == before[0]["owed"]


def test_a_facility_opens_once(bank: Bank) -> None:
    refused = bank.say("loan", "open", bank.path("terms.toml"), *bank.desk)
    assert (refused.code, "facility F-1 is open already" in refused.err) == (1, True)
    assert bank.say("loan", "position", *bank.desk).code == 0


def test_a_wrong_entry_is_corrected_by_its_number(bank: Bank) -> None:
    fee = ("loan", "note", "fee", "facility=F-1", "amount=150", "reason=assay")
    wrong = bank.did(*fee, *bank.desk)["entries"][0]["seq"]
    words = (
        "loan",
        "correct",
        wrong,
        "fee",
        "facility=F-1",
        "amount=15",
        "reason=assay",
        "--reason",
        "a zero too many",
    )
    asked = bank.did(*words, "--ask", *bank.desk)
    assert asked["entries"] == []
    made = bank.did(*words, *bank.desk)
    assert (made["before"]["owed"]["costs"], made["after"]["owed"]["costs"]) == ("150", "15")
    (entry,) = made["entries"]
    gone = bank.say("loan", "correct", entry["seq"], "--reason", "no fee at all", *bank.desk)
    assert (gone.code, "before:" in gone.out, "after:" in gone.out) == (0, True, True)
    assert bank.did("loan", "position", *bank.desk)["positions"][0]["owed"]["costs"] == "0"
    refused = bank.say(*words, *bank.desk)
    assert (refused.code, "is corrected by entry" in refused.err) == (1, True)


def test_what_stands_against_the_loans_is_told(bank: Bank) -> None:
    known_at = bank.did("loan", "position", *bank.desk)["positions"][0]["known_at"]
    bank.priced(22_000, known_at + 1)  # 50 t are worth 1,100,000: E / V = 10/11
    try:
        said = bank.say("loan", "position", *bank.desk)
        assert (said.code, "missing 应补" in said.out, "LIQUIDATION 平仓线" in said.out) == (1, True, True)
        alerts = bank.say("loan", "alerts", *bank.desk, *bank.chain, "--json")
        assert alerts.code == 1
        assert any("LIQUIDATION" in one["name"] for one in alerts.json["alerts"])
    finally:
        bank.priced(70_000, known_at + 2)


def test_a_close_by_a_key_that_the_registry_does_not_know_as_the_lenders(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = bank.did("close", "key", "--out", tmp_path / "own.key")
    monkeypatch.setattr(cli_desk_run, "clock", lambda: bank.now + 40 * 86_400)
    month = f"{datetime.fromtimestamp(bank.now, UTC) + timedelta(hours=8):%Y-%m}"
    words = ("--month", month, "--key", tmp_path / "own.key", "--out", tmp_path)
    assert bank.did("close", "make", *bank.desk, *words)["key_id"] == made["key_id"]
    verify = ("close", "verify", tmp_path / f"{month}.close")
    unknown = bank.say(*verify, *bank.chain, "--json")
    assert (unknown.code, unknown.json["steps"][0]["holds"]) == (1, False)
    alone = bank.say(*verify, "--signer", made["key_id"], "--json")
    assert [one["holds"] for one in alone.json["steps"]] == [True, None, None, None, True, None]
    assert (alone.code, alone.json["holds"]) == (1, None)  # a good signature says nothing of the figures
    assert "figures were not computed again" in bank.say(*verify, "--signer", made["key_id"]).out
    books = f"sqlite:///{bank.path('books.db')}"
    known = bank.did(*verify, "--signer", made["key_id"], "--books", books)
    assert [one["holds"] for one in known["steps"]] == [True, True, None, None, True, None]


def test_a_month_is_closed_and_computed_again_by_others(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    zone = timedelta(hours=8)
    local = datetime.fromtimestamp(bank.now, UTC) + zone
    month = f"{local:%Y-%m}"
    keeper, number = bank.yard.whose("keeper").hex(), bank.names["receipt"].hex()
    holder, lender = bank.yard.whose("holder").hex(), bank.yard.whose("lender").hex()
    book = tmp_path / "keeper.csv"
    book.write_text(f"receipt,lot,quantity_t,holder,pledgee\n{number},{bank.lot.hex()},50,{holder},{lender}\n", "utf-8")
    make = (
        "close", "make", *bank.desk, "--month", month, "--key", bank.path("close.key"),
        "--keeper-book", f"{keeper}={book}", "--out", tmp_path / "out", *bank.chain,
    )  # fmt: skip
    not_over = bank.say(*make)
    assert (not_over.code, "was not over" in not_over.err) == (2, True)
    monkeypatch.setattr(cli_desk_run, "clock", lambda: bank.now + 40 * 86_400)
    fallen = tmp_path / "out" / f"{month}.pdf"
    fallen.parent.mkdir()
    fallen.write_bytes(b"%PDF of a make that fell")
    half = bank.say(*make)
    assert (half.code, f"{month}.pdf stands there without" in half.err) == (2, True)
    none = bank.say("close", "show", fallen.with_suffix(".close"), "--pdf", fallen)
    assert (none.code, "there is no such close" in none.err) == (3, True)
    no_close = bank.say("close", "show", fallen)
    assert (no_close.code, "this is no monthly close" in no_close.err) == (3, True)
    fallen.unlink()
    made = bank.did(*make)
    assert (made["differs"], made["remarks"]) == (False, [])
    file = tmp_path / "out" / f"{month}.close"
    again = bank.say(*make)
    assert (again.code, "exists already" in again.err) == (2, True)
    bank.did("loan", "journal", "--out", tmp_path / "journal", "--key", bank.path("close.key"), *bank.desk)
    verify = (
        "close", "verify", file, "--journal", tmp_path / "journal",
        "--keeper-book", f"{keeper}={book}", *bank.chain,
    )  # fmt: skip
    told = bank.did(*verify)
    assert [one["holds"] for one in told["steps"]] == [True, True, True, True, True, None]
    written = bank.say("close", "show", file, "--pdf", tmp_path / "again.pdf")
    assert "可融资额度" in written.out
    assert (tmp_path / "again.pdf").read_bytes() == file.with_suffix(".pdf").read_bytes()
    file.with_suffix(".pdf").write_bytes(io.BytesIO(b"%PDF another").getvalue())
    changed = bank.say(*verify)
    assert (changed.code, "6. workbook and page are those 表格与文件一致: DOES NOT HOLD" in changed.out) == (1, True)
    stranger = bank.say("close", "verify", file, "--signer", fresh("k").hex())
    assert (stranger.code, "2. the key is trusted" in stranger.out) == (1, True)
    assert bank.say("close", "verify", file).code == 2
    assert bank.say("close", "show", book).code == 3
    book.write_text(book.read_text("utf-8").replace(",50,", ",49,"), "utf-8")
    differs = bank.say(*make[:-5], tmp_path / "second", *bank.chain)
    assert (differs.code, "keeper's book 49000000 g" in differs.out) == (1, True)
