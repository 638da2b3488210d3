"""Cases of a lender's book: an entry of every kind of event, and journals' files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from tally_edge import cbor, statement
from tally_edge import wire as codec
from tally_edge.statement import Claims, Kind
from tally_finance.book import journal, journal_file
from tally_finance.book.events import kind_of
from tally_finance.book.goods_events import PriceSeen
from tally_finance.book.journal import Entry, Recorded
from tally_finance.book.journal_file import MEDIA_TYPE, Cover, Signed
from tests.finance.book.examples import EXAMPLES
from tests.finance.book.ledger import BOOK, DAY, FACILITY, T0
from tests.vectors import testkeys
from tests.vectors.case import Case
from tests.vectors.readers import READERS

LENDER = testkeys.p256_test_key(7)
PREV = journal.start(BOOK).digest
DRAW = next(one for one in EXAMPLES if kind_of(one) == 10)


def _entry(event: object, seq: int = 1, prev: bytes = PREV) -> tuple[Recorded, bytes]:
    return journal.recorded(Entry(BOOK, seq, prev, T0, T0 + seq, "key 幂等键", 0, event))  # type: ignore[arg-type]


def cases() -> Iterator[Case]:
    """All of them."""
    for event in EXAMPLES:
        words = re.sub(r"(?<!^)(?=[A-Z])", "-", type(event).__name__).lower()
        data = {"input": _entry(event)[1]}
        why = f"Kind {kind_of(event)}, as every book since has written it."
        yield Case("book-entry", f"{kind_of(event):02}-{words}", why, data, READERS["book-entry"](data))
    judged = PriceSeen("copper", Decimal("68432.50"), (bytes(range(32)),), T0 - 900, T0 + 85_500, 7)
    data = {"input": _entry(judged)[1]}
    why = "Kind 14 of a price that was judged: how old it is, until when it stands, by which block its keys were good."
    yield Case("book-entry", "14-price-judged", why, data, READERS["book-entry"](data))
    yield from _bad_entries()
    data = {"input": _file(), "key": LENDER.public_key.encode()}
    yield Case("book-journal", "of-two", "A signed head and two entries.", data, READERS["book-journal"](data))
    empty = {"input": journal_file.encode(BOOK, [], LENDER, T0), "key": LENDER.public_key.encode()}
    yield Case("book-journal", "empty", "Nothing stands in it: the head is the book's start.", empty,
               READERS["book-journal"](empty))  # fmt: skip
    yield from _bad_journals()


def _bad_entries() -> Iterator[Case]:
    body = codec.to_item(_entry(DRAW)[0].entry)

    def bad(name: str, why: str, says: str, **changes: cbor.Item) -> Case:
        item = {**body, **{int(label[1:]): value for label, value in changes.items()}}
        return Case("book-entry", name, why, {"input": cbor.encode(item)}, error=("TallyError", says))

    yield bad("unknown-kind", "A kind that no book has.", "no kind of event", _8=[9_999, {}])
    yield bad("kind-as-text", "A kind is a number.", "no kind of event", _8=["10", {}])
    yield bad("half-a-fen", "Money is whole fen.", "is not an integer", _8=[10, {1: FACILITY, 2: Decimal("0.5")}])
    yield bad("nothing-drawn", "A draw of nothing.", "Drawn.amount", _8=[10, {1: FACILITY, 2: 0}])
    yield bad("unknown-label", "A label that the kind has not.", "unknown labels", _8=[10, {1: FACILITY, 2: 5, 3: 1}])
    yield bad("label-missing", "A draw without a sum.", "amount (label 2) is missing", _8=[10, {1: FACILITY}])
    yield bad("before-it-was", "Known before it took effect.", "takes effect at", _4=T0 + 2)
    correction = [23, {1: bytes(32), 2: "x", 3: [23, {1: bytes(32), 2: "y"}]}]
    yield bad(
        "corrected-correction", "A correction is corrected, not replaced.", "replaces no correction", _8=correction
    )
    sound = _entry(DRAW)[1]
    yield Case("book-entry", "trailing-byte", "A byte behind the entry.", {"input": sound + b"\x00"},
               error=("TallyError", "trailing"))  # fmt: skip


def _entries() -> list[tuple[Recorded, bytes]]:
    first = _entry(EXAMPLES[0])
    return [first, _entry(DRAW, 2, first[0].digest)]


def _file() -> bytes:
    return journal_file.encode(BOOK, [one for one, _ in _entries()], LENDER, T0 + DAY)


def _bad_journals() -> Iterator[Case]:
    key, (one, two) = LENDER.public_key.encode(), _entries()

    def covered(seq: int, head: bytes, kind: Kind = Kind.JOURNAL) -> bytes:
        claims = Claims(kind, LENDER.public_key.kid, "urn:tallystick:key:x", "urn:tallystick:journal:x", T0 + DAY)
        said = statement.sign(claims, codec.encode(Signed(BOOK, seq, head)), LENDER)
        return codec.encode(Cover(MEDIA_TYPE, said.encoded, key))

    def bad(name: str, why: str, data: bytes, error: str, says: str) -> Case:
        return Case("book-journal", name, why, {"input": data, "key": key}, error=(error, says))

    head = two[0].digest
    yield bad("last-cut-off", "The last entry is missing.", covered(2, head) + one[1], "BookError", "ends at entry 1")
    yield bad("one-left-out", "The first entry is missing.", covered(2, head) + two[1], "BookError", "does not follow")
    yield bad("another-kind", "A grant's signature.", covered(2, head, Kind.GRANT) + one[1] + two[1],
              "BookError", "signs no journal")  # fmt: skip
    stranger = journal_file.encode(BOOK, [one[0], two[0]], testkeys.STRANGER, T0 + DAY)
    yield bad("a-stranger", "Whole, and signed by a key that the reader does not know.", stranger,
              "SignatureError", "none of those it is taken from")  # fmt: skip
    yield bad("trailing-byte", "A byte behind the last entry.", _file() + b"\x00", "StatementError", "must be a map")
