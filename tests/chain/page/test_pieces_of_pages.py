"""Pieces of the pages by themselves: the strict reader beside Python's, hashes, paths, columns and cells."""

from __future__ import annotations

import base64
import random
from typing import Any

from eth_utils.crypto import keccak

from tally_chain.errors import ReportPageError
from tally_chain.findings import printable
from tally_chain.page import report_file
from tally_chain.tree import LeafNodes, inclusion_path, root_of
from tally_edge.proof import leaf_hash
from tests.chain.page.test_report_file import FILE
from tests.chain.page.tricks import DATA_TRICKS, FORM_TRICKS, SHELL_TRICKS
from tests.chain.page.verifier_page import VerifierPage

HOUR = 3600


def asked(page: VerifierPage, function: str, *arguments: Any) -> Any:
    """What a function of pieces.js gives."""
    return page.run("/pieces.js", function, *arguments)


def of_python(file: bytes) -> dict[str, Any]:
    """What the strict reader of Python says of a file, in the words of pieces.js."""
    page = report_file.is_page(file)
    try:
        read = report_file.decode(file)
    except ReportPageError:
        return {"page": page}
    return {
        "page": page,
        "title": read.data.title,
        "policy": read.data.policy,
        "madeAt": read.data.made_at,
        "bundle": read.data.bundle.hex(),
        "digest": read.digest.hex(),
        "shell": read.shell.digest.hex(),
    }


def test_both_strict_readers_say_the_same(verifier_page: VerifierPage) -> None:
    chance = random.Random(20_260_101)
    files = [FILE, b"", b"<", b"\xef\xbb\xbf <html>"]
    files += [trick.play(FILE, chance) for trick in (*DATA_TRICKS, *FORM_TRICKS, *SHELL_TRICKS)]
    for _ in range(300):
        place = chance.randrange(len(FILE))
        cut = chance.choice((1, 1, 1, 7))
        files.append(FILE[:place] + chance.randbytes(chance.randrange(3)) + FILE[place + cut :])
    told = asked(verifier_page, "read", [base64.b64encode(file).decode() for file in files])
    for file, shown in zip(files, told, strict=True):
        assert ("error" in shown) == (shown.pop("kind", None) == "FormatError")
        shown.pop("error", None)
        assert shown == of_python(file), file
    assert sum("title" in shown for shown in told) > 20


def test_base64_has_one_way_of_writing(verifier_page: VerifierPage) -> None:
    chance = random.Random(1)
    texts = ["", "A", "AA==", "AB==", "AAA=", "AAB=", "AAAA", "AA=A", "====", "AA==AA==", " AAAA", "AA-_", "AAAA\n"]
    texts += [base64.b64encode(chance.randbytes(size)).decode() for size in range(40)]

    def strict(text: str) -> str | None:
        try:
            data = base64.b64decode(text, validate=True)
        except ValueError:
            return None
        return data.hex() if base64.b64encode(data).decode() == text else None

    assert asked(verifier_page, "base64s", texts) == [strict(text) for text in texts]


def test_keccak_is_ethereums(verifier_page: VerifierPage) -> None:
    chance = random.Random(2)
    data = [chance.randbytes(size) for size in (0, 1, 135, 136, 137, 271, 272, 1000)]
    assert asked(verifier_page, "keccaks", [one.hex() for one in data]) == [keccak(one).hex() for one in data]


def test_a_path_leads_to_the_root_and_to_no_other(verifier_page: VerifierPage) -> None:
    cases, roots = [], []
    for size in (1, 2, 3, 7, 8, 20):
        entries = [f"entry {number}".encode() for number in range(size)]
        leaves = [leaf_hash(entry) for entry in entries]
        root = root_of(leaves).hex()
        for index in range(size):
            path = [node.hex() for node in inclusion_path(LeafNodes(leaves), index, size)]
            cases.append({"statement": entries[index].hex(), "index": index, "size": size, "path": path})
            roots.append(root)
    assert asked(verifier_page, "climbs", cases) == roots
    longer = [case | {"path": [*case["path"], "00" * 32]} for case in cases]  # type: ignore[misc]
    assert not set(asked(verifier_page, "climbs", longer)) - {None}
    shorter = [case | {"path": case["path"][:-1]} for case in cases if case["path"]]  # type: ignore[index]
    assert not set(asked(verifier_page, "climbs", shorter)) - {None}
    beyond = [case | {"index": case["size"]} for case in cases]
    assert not set(asked(verifier_page, "climbs", beyond)) & set(roots)


def test_texts_of_others_hide_nothing(verifier_page: VerifierPage) -> None:
    texts = ["plain", "多云", "a\u202eb", "a\nb", "a\u200bb", "\x1b[31m", "\ue000", "x" * 500]
    shown = asked(verifier_page, "printables", texts)
    assert shown == [printable(text) for text in texts]


def test_numbers_and_times_are_shown_as_they_are(verifier_page: VerifierPage) -> None:
    assert asked(verifier_page, "words") == [
        "−1\u202f234\u202f567.50",
        "999",
        "1e5",
        "0123 4567 89",
        "2026-01-01 08:00",
        "2026-01-01 08:01:01",
        "second -1",
        0.5,
        50,
        1,
    ]


def test_columns_hold_what_rose_in_their_time(verifier_page: VerifierPage) -> None:
    samples = [{"at": HOUR * hour, "value": value} for hour, value in enumerate(("0", "1", "3", "6"))]
    assert asked(verifier_page, "curve", samples, 0, 3 * HOUR, 100) == [1, 2, 3]
    assert asked(verifier_page, "curve", [samples[0], samples[3]], 0, 3 * HOUR, 100) == [2]
    assert asked(verifier_page, "curve", samples[:3], 0, 6 * HOUR, 2) == [1.5, None]
    backwards = [samples[0], {"at": HOUR, "value": "-5"}]
    assert asked(verifier_page, "curve", backwards, 0, HOUR, 10) == [0]


def test_cells_say_what_covers_their_time(verifier_page: VerifierPage) -> None:
    start = 1_767_225_600
    samples = [{"at": start + HOUR * hour, "value": "1"} for hour in (0, 1, 4, 5)]
    found = [
        {"code": 504, "subject": "p/energy", "times": [[start + HOUR, start + 3 * HOUR]]},
        {"code": 505, "subject": "p", "times": [[start + 3 * HOUR + 1, start + 4 * HOUR]]},
        {"code": 505, "subject": "another", "times": [[start, start + 9 * HOUR]]},
    ]
    assert asked(verifier_page, "calendar", samples, start, start + 6 * HOUR, found) == [
        ["covered", 1],
        ["declared", 1],
        ["declared", 0],
        ["uncovered", 0],
        ["covered", 1],
        ["covered", 1],
    ]
    days = asked(verifier_page, "calendar", samples, start, start + 10 * 24 * HOUR, [])
    assert len(days) == 11  # the first and the last are parts of days in the site's zone
    assert days[0] == ["covered", 4]
    assert {state for state, _ in days[1:]} == {"silent"}
