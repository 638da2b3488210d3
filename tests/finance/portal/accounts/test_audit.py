"""The log of what was done: rows that hold together, a file that checks, and what is in it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from tally_edge import keys, signer
from tally_edge.errors import SignatureError, TallyError
from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tally_finance.errors import AuditError
from tally_finance.portal.accounts import audit
from tally_finance.portal.accounts.audit import Done, Row
from tally_finance.portal.accounts.audit_log import AuditLog
from tally_finance.portal.accounts.knocks import FURTHER, HOUR_S, Knocks
from tests.finance.portal.accounts.rig import HOST, HTML, OTHER, Rig

KEY = signer.generate(keys.EDDSA)


def rows(count: int, key: signer.FileSigner = KEY) -> list[Row]:
    made: list[Row] = []
    for seq in range(1, count + 1):
        prev = made[-1].digest if made else audit.FIRST_PREV
        done = Done("ana", "post", f"/x/{seq}", "192.0.2.0/24", "done", HOST)
        made.append(audit.sign(done, seq, prev, key, 100 + seq))
    return made


def test_a_file_opens_to_what_was_signed() -> None:
    made = rows(5)
    log = audit.decode(audit.encode(made, KEY.public_key), [KEY.public_key.kid])
    assert log.is_whole
    assert [row.entry for row in log.rows] == [row.entry for row in made]
    part = audit.decode(audit.encode(made[2:], KEY.public_key), [])
    assert not part.is_whole


def test_what_was_taken_out_put_in_or_moved_is_told() -> None:
    made = rows(5)
    other = rows(5, signer.generate(keys.EDDSA))
    for wrong, error in (
        (made[:2] + made[3:], AuditError),
        ([made[0], made[2], made[1]], AuditError),
        ([*made[:2], other[2], *made[3:]], TallyError),
        (made[1:2] + made[1:], AuditError),
    ):
        with pytest.raises(error):
            audit.decode(audit.encode(wrong, KEY.public_key), [])
    with pytest.raises(SignatureError, match="none of those"):
        audit.decode(audit.encode(made, KEY.public_key), [other[0].statement.claims.kid])
    data = bytearray(audit.encode(made, KEY.public_key))
    data[-10] ^= 1
    with pytest.raises(TallyError):
        audit.decode(bytes(data), [])
    with pytest.raises(AuditError, match="behind"):
        audit.decode(audit.encode(made, KEY.public_key) + b"\x00", [])


def test_what_a_stranger_sends_is_shown_as_it_can_be() -> None:
    row = audit.sign(Done("a\n\x00b", "post", "\ud800" + "x" * 500, "", "done"), 1, audit.FIRST_PREV, KEY, 1)
    assert row.entry.account == "a??b"
    assert len(row.entry.about) == audit.MAX_ABOUT_CHARS
    assert row.entry.network == audit.NOBODY


def test_a_log_grows_and_nothing_in_it_changes(books: Engine) -> None:
    now = [1_000]
    log = AuditLog(books, KEY, lambda: now[0])
    log.add(Done("ana", "sign-in", "password", "192.0.2.0/24", "done", HOST))
    now[0] = 900  # a clock that was set back
    log.add(Done("bo", "post", "/x", "192.0.2.0/24", "303", OTHER))
    log.add(Done("-", "post", "/x", "192.0.2.0/24", "403"))
    found = log.all()
    assert [row.entry.seq for row in found] == [1, 2, 3]
    assert [row.entry.at for row in found] == [1_000] * 3
    assert len(list(audit.following(found, log.key))) == 3
    assert [row.entry.account for row in log.newest(OTHER, 10)] == ["bo"]
    assert [row.entry.seq for row in log.newest(None, 10, before=3)] == [2, 1]
    assert log.all(after=2)[0].entry.seq == 3
    for change in ("DELETE FROM portal_audit", "UPDATE portal_audit SET account = 'x'"):
        with pytest.raises(DatabaseError, match="append-only"), books.begin() as connection:
            connection.execute(text(change))


def test_its_pages_lead_back_as_they_lead_on(tmp_path: Path) -> None:
    engine = engine_for(f"sqlite:///{tmp_path / 'portal.db'}")
    migrate(engine)
    log, ours = AuditLog(engine, KEY, lambda: 0), b"\x0c" * 32
    log.add(Done("bo", "post", "/x", "192.0.2.0/24", "done", OTHER))
    for each in range(7):
        log.add(Done("ana", "post", f"/y/{each}", "192.0.2.0/24", "done", ours))
    before, pages = None, []
    while True:
        rows = log.newest(ours, 3, before)
        newer, total, back = log.beside(ours, 3, before)
        assert (newer, total) == (sum(len(seqs) for _, seqs in pages), 7)
        assert back == (pages[-1][0] if pages else None)
        pages.append((before, [one.entry.seq for one in rows]))
        if newer + len(rows) == total:
            break
        before = rows[-1].entry.seq
    assert [len(seqs) for _, seqs in pages] == [3, 3, 1]
    engine.dispose()


def test_strangers_do_not_fill_the_log(portal: Rig) -> None:
    """The last row that is written of them says so; people of the portal are written down as ever."""
    nia, client, accounts = portal.invited("nia", HOST, "lender"), portal.client(), portal.accounts
    accounts.knocks = Knocks(most_of_network=5)
    for _ in range(4):
        assert client.post("/account/codes", headers=HTML).status_code == 401
        assert client.post("/sign-in", data={"name": "nia"}, headers=HTML).status_code in (401, 429)
    assert nia.post("/account/sessions/end-others", csrf="x").status_code == 403
    accounts.knocks = Knocks()
    told = [(row.entry.account, row.entry.about) for row in accounts.audit.newest(None, 6)]
    assert told == [
        ("nia", "POST /account/sessions/end-others"), ("-", "POST /account/codes" + FURTHER), ("nia", "refused"),
        ("-", "POST /account/codes"), ("nia", "refused"), ("-", "POST /account/codes"),
    ]  # fmt: skip


def test_an_account_that_many_networks_try_at_is_told_of() -> None:
    knocks = Knocks(most=2)
    assert [knocks.note("x", f"n{number}", 0) for number in range(3)] == ["x", "x" + FURTHER, None]
    assert (knocks.note("y", "n4", 0, is_known=True) or "").startswith("y")
    assert knocks.note("x", "n5", HOUR_S) == "x"


def test_what_is_done_and_refused_is_written_down_and_read_by_ones_own(portal: Rig) -> None:
    lea = portal.invited("lea", HOST, "administrator", "lender")
    max_ = portal.invited("max", OTHER, "administrator", "keeper")
    assert max_.post("/account/sessions/end-others").status_code == 303
    assert max_.sign_in(password="this is a wrong one").status_code == 401
    assert max_.sign_in().status_code == 303
    assert max_.post("/account/tokens", csrf="x").status_code == 403
    assert max_.get("/administration/audit/file").status_code == 403
    told = [(row.entry.account, row.entry.what, row.entry.outcome) for row in portal.accounts.audit.newest(OTHER, 6)]
    assert told == [
        ("max", "get", "403"),
        ("max", "post", "403"),
        ("max", "sign-in", "done"),
        ("max", "sign-in", "refused"),
        ("max", "session", "done"),
        ("max", "set-up", "done"),
    ]
    his, hers = max_.get("/administration/audit").text, lea.get("/administration/audit").text
    assert ">max<" in his
    assert ">lea<" not in his
    assert ">lea<" in hers
    file = lea.get("/administration/audit/file")
    log = audit.decode(file.content, [portal.accounts.audit.key.kid])
    assert log.is_whole
    assert (log.rows[-1].entry.account, log.rows[-1].entry.what) == ("lea", "export")


def test_no_secret_stands_in_the_log(portal: Rig) -> None:
    link = portal.link("ned", HOST, "lender")
    portal.client().post(f"/invitation/{link}", data={"password": "short"})
    portal.set_up("ned", link)
    seen = " ".join(str(dataclasses.asdict(row.entry)) for row in portal.accounts.audit.all())
    assert link not in seen
    assert portal.people["ned"].secret not in seen
    assert "mule" not in seen
