"""Cases of a portal's audit log: chains that hold, and each way in which one is broken."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from tally_edge import cbor, statement
from tally_edge import wire as codec
from tally_edge.keys import Signer
from tally_edge.statement import Kind
from tally_finance import signed_file
from tally_finance.portal.accounts import audit
from tally_finance.portal.accounts.audit import Done, Row
from tests.vectors import testkeys
from tests.vectors.case import Case
from tests.vectors.readers import READERS

PORTAL = testkeys.ed25519_test_key(12)
NOW = 1_790_000_000
DONE = (
    Done("li.na", "sign-in", "password", "192.0.2.0/24", "done", b"\x11" * 32),
    Done("li.na", "post", "POST /reviewer/reports/…/conclude", "192.0.2.0/24", "303", b"\x11" * 32),
    Done("-", "sign-in", "password", "2001:db8::/48", "refused"),
)


def cases() -> Iterator[Case]:
    """All of them."""
    rows = chain()
    for name, why, those in (
        ("three-rows", "Somebody signs in and signs an opinion; a stranger is refused.", rows),
        ("begins-later", "A file that begins at row 2: it holds, and is not whole.", rows[1:]),
        ("cut-short", "The newest row was cut off: a file does not show that by itself.", rows[:2]),
        ("same-second", "Two rows of one second: a time is not before the one before it.", chain(times=(0, 0))),
        ("no-rows", "A log in which nothing was done yet.", ()),
    ):
        data = given(those)
        yield Case("audit", name, why, data, READERS["audit"](data))
    yield from _broken_chains(rows)
    yield from _broken_files(rows)


def chain(times: Sequence[int] = (0, 60, 75)) -> tuple[Row, ...]:
    """Rows as a portal writes them; `times`: seconds behind NOW."""
    rows, prev = list[Row](), audit.FIRST_PREV
    for seq, (done, after_s) in enumerate(zip(DONE, times, strict=False), 1):
        rows.append(audit.sign(done, seq, prev, PORTAL, NOW + after_s))
        prev = rows[-1].digest
    return tuple(rows)


def given(rows: Sequence[Row], signer: Signer = PORTAL) -> dict[str, bytes]:
    """A file, and the key that its reader knows."""
    return {"input": audit.encode(rows, signer.public_key), "key": PORTAL.public_key.encode()}


class Forger:
    """Says that it is the portal's key, and signs with a stranger's."""

    public_key = PORTAL.public_key
    algorithm = PORTAL.algorithm

    def sign(self, message: bytes) -> bytes:
        """See Signer."""
        return testkeys.ED_DEVICE.sign(message)


def again(row: Row, signer: Signer = PORTAL, **changes: object) -> Row:
    """A row with something else in it, signed anew."""
    entry = dataclasses.replace(row.entry, **changes)
    claims = signed_file.claims_of(Kind.AUDIT, signer.public_key, f"urn:tallystick:audit:{entry.seq}", entry.at)
    return Row(statement.sign(claims, codec.encode(entry), signer), entry)


def _bad(name: str, why: str, data: dict[str, bytes], error: str, says: str) -> Case:
    return Case("audit", name, why, data, error=(error, says))


def _broken_chains(rows: tuple[Row, ...]) -> Iterator[Case]:
    first, second, third = rows
    changed = again(second, outcome="403")
    for name, why, those, error, says in (
        ("a-row-left-out", "Row 2 is missing.", (first, third), "AuditError", "row 3 stands after row 1"),
        ("rows-exchanged", "Rows 2 and 3 in the other order.", (first, third, second), "AuditError", "row 3 stands"),
        ("a-row-twice", "Row 2 stands twice.", (first, second, second), "AuditError", "row 2 stands after row 2"),
        (
            "a-row-rewritten", "The portal's own key wrote row 2 anew: row 3 names the one that was there.",
            (first, changed, third), "AuditError", "row 3 follows another row 2",
        ),
        (
            "an-older-row", "Row 2 is older than row 1.", (first, again(second, at=NOW - 1)), "AuditError",
            "row 2 is older",
        ),
        (
            "first-names-another", "Row 1 names a row before it.", (again(first, prev=second.digest),), "AuditError",
            "is the first and names one before it",
        ),
        (
            "later-names-none", "Row 2 names no row before it.", (again(second, prev=audit.FIRST_PREV),), "AuditError",
            "or is not and names none",
        ),
        (
            "a-strangers-row", "Row 2 is signed by another key.", (first, again(second, testkeys.ED_DEVICE)),
            "SignatureError", "row 2 was signed by another key",
        ),
        (
            "a-forged-row", "Row 2 says that the portal's key signed it, and a stranger's did.",
            (first, again(second, Forger())), "SignatureError",
            "row 2: ",
        ),
    ):  # fmt: skip
        yield _bad(name, why, given(those), error, says)
    yield _bad(
        "a-strangers-log", "A chain that holds, by a key that its reader does not know.",
        given(tuple(again(one, testkeys.ED_DEVICE) for one in rows[:1]), testkeys.ED_DEVICE), "SignatureError",
        "none of those",
    )  # fmt: skip


def _broken_files(rows: tuple[Row, ...]) -> Iterator[Case]:
    key, encoded = PORTAL.public_key.encode(), [row.statement.encoded for row in rows]
    bent = bytearray(encoded[1])
    bent[-1] ^= 1
    another = statement.sign(
        signed_file.claims_of(Kind.CLOSE, PORTAL.public_key, "urn:tallystick:audit:1", NOW), b"\xa0", PORTAL
    )

    def file(those: Sequence[bytes], media: str = audit.MEDIA_TYPE, **more: object) -> dict[str, bytes]:
        inside: dict[int | str, object] = {1: media, 2: key, 3: list(those), **{int(n): v for n, v in more.items()}}
        return {"input": cbor.encode(inside), "key": key}

    def payload(entry: dict[int | str, object]) -> dict[str, bytes]:
        claims = signed_file.claims_of(Kind.AUDIT, PORTAL.public_key, "urn:tallystick:audit:1", NOW)
        return file([statement.sign(claims, cbor.encode(entry), PORTAL).encoded])

    entry = cbor.decode(codec.encode(rows[0].entry))
    sound = file(encoded)
    yield _bad(
        "a-bit-changed", "A bit of row 2's signature.", file([encoded[0], bytes(bent)]), "SignatureError", "row 2"
    )
    yield _bad("another-kind", "A close is no row.", file([another.encoded]), "AuditError", "kind close is no row")
    yield _bad("no-statement", "A row that is none.", file([b"\xa0"]), "AuditError", "row 1 of the file")
    yield _bad("another-type", "Another media type.", file(encoded, "text/plain"), "AuditError", "is no audit log")
    yield _bad("another-label", "A label that nobody knows.", file(encoded, **{"4": 1}), "DecodeError", "4")
    yield _bad(
        "trailing-byte", "A byte behind the file.", {**sound, "input": sound["input"] + b"\x00"}, "AuditError",
        "1 bytes stand behind",
    )  # fmt: skip
    yield _bad(
        "cut-in-a-row",
        "The file ends inside a row.",
        {**sound, "input": sound["input"][:-9]},
        "CborError",
        "past the end",
    )
    long_head = {**sound, "input": b"\xb8\x03" + sound["input"][1:]}
    yield _bad("not-shortest", "The map's length has a byte too many.", long_head, "CborError", "shortest")
    long = {**entry, 6: "x" * (audit.MAX_ABOUT_CHARS + 1)}
    yield _bad("a-long-about", "An object of 201 characters.", payload(long), "AuditError", "Entry.about")
    unknown = {**entry, 10: 1}
    yield _bad("an-unknown-field", "A row with a field more.", payload(unknown), "AuditError", "unknown labels")
    nameless = {name: value for name, value in entry.items() if name != 4}
    yield _bad("nobody-did-it", "A row without an account.", payload(nameless), "AuditError", "account (label 4)")
    zero = {**entry, 1: 0}
    yield _bad("row-zero", "Rows are numbered from 1 on.", payload(zero), "AuditError", "row 0")
