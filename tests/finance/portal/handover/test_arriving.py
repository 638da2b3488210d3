"""A reader imports a bundle, opens it, compares, verifies, drills down; and what is wrong with one is said."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tally_chain import bundle, fingerprint, granting, policy_text, reader_key, sealing
from tally_chain.bundle import Bundle
from tally_chain.policy import TrustedKey
from tally_finance.portal.handover import reader_page
from tally_finance.portal.handover.arrivals import Arrival
from tests.chain.verify.case import NOW
from tests.finance.portal.handover.parties import (
    EVIDENCE,
    HTML,
    OWNER_KEY,
    POLICY,
    READER_KEY,
    WORLD,
    Hall,
    terms,
)
from tests.finance.portal.signed_in import COOKIE
from tests.world import POINT, p256

KID = READER_KEY.public_key.kid


@pytest.fixture(scope="module")
def sealed(made: Hall) -> bytes:
    """A sealed file with a document shown and one withheld."""
    return made.sealed({"carry": ("invoice.txt", b"an invoice"), "withhold": ("price.txt", b"a price")})


def wrapping_key(data: bytes, key: reader_key.FileReaderKey = READER_KEY) -> str:
    """What a browser derives from the reader's key."""
    mine = sealing.recipient_of(sealing.decode(data), KID)
    return sealing._wrapping_key(key.agree(mine.ephemeral)).hex()


def opened(made: Hall, data: bytes, policy: str | None = POLICY) -> str:
    """The path of an arrival that was opened with the reader's key."""
    path = made.arrived(data, policy)
    answer = made.post("reader", f"{path}/open", kid=KID.hex(), wrapping_key=wrapping_key(data))
    assert answer.status_code == 303, answer.text
    return path


def fresh(grant: Bundle) -> bytes:
    """Sealed anew: another file, so another arrival."""
    return sealing.seal(bundle.encode(grant), [READER_KEY.public_key])


def granted(key: object = OWNER_KEY, **changed: object) -> Bundle:
    """A bundle as an owner grants it by the command."""
    values: dict[str, object] = {
        "owner": "Mill", "reader": "First Bank", "purpose": "a loan", "expires_at": NOW + 1000, "reader_key": KID,
    }  # fmt: skip
    return granting.grant(bundle.decode(EVIDENCE), granting.Terms(**(values | changed)), (), key, NOW)  # type: ignore[arg-type]


def test_from_the_stick_to_the_anchor(made: Hall, sealed: bytes) -> None:
    """Sealed, opened, granted and withheld, compared, and a statement in every step."""
    sealed = sealing.seal(sealing.open_sealed(sealed, READER_KEY), [READER_KEY.public_key])  # another test opened it
    path = made.arrived(sealed)
    page = made.get("reader", path).text
    assert fingerprint.digits(KID) in page
    assert made.get("reader", f"/open/bundle/{path.rpartition('/')[2]}").status_code == 409
    assert made.get("reader", f"{path}/file/opened").status_code == 404
    answer = made.post("reader", f"{path}/open", kid=KID.hex(), wrapping_key=wrapping_key(sealed))
    assert answer.status_code == 303
    page = made.get("reader", path).text
    for words in ("The evidence holds", "a loan against steel", "invoice.txt", "withheld", "yes, here", "not compared"):
        assert words in page
    for what, kid in (("owner", OWNER_KEY.public_key.kid), ("reader", KID)):
        assert made.post("reader", f"{path}/compare", what=what, digits=fingerprint.digits(kid)).status_code == 303
    page = made.get("reader", path).text
    assert page.count(">equal<") == 2
    assert "the fingerprints were compared" in page
    base = f"/open/bundle/{path.rpartition('/')[2]}"
    listed = made.get("reader", f"{base}?subject={POINT}").text
    link = re.findall(r'href="(/open/bundle/[^"]+/statements/[0-9a-f]{64})"', listed)[1]
    statement = made.get("reader", link).text
    assert re.findall(r'class="step (\w+)"', statement).count("good") == 9
    assert made.get("reader", f"{link}/transparent").status_code == 200
    assert made.get("reader", f"{base}/statements/{'00' * 32}").status_code == 404
    for who in ("other", "owner"):
        for at in (path, f"{path}/file/came", f"{path}/file/opened", base, link):
            assert made.get(who, at).status_code == 404


@pytest.mark.parametrize("what", ["owner", "reader"])
def test_digits_that_are_not_equal(made: Hall, sealed: bytes, what: str) -> None:
    """A beginning of the right digits, another key's, nothing that is a key: none of them is equal."""
    path = opened(made, sealed)
    kid = OWNER_KEY.public_key.kid if what == "owner" else KID
    for told in (fingerprint.digits(kid)[:-1], fingerprint.digits(p256("stranger").public_key.kid), "yes"):
        made.post("reader", f"{path}/compare", what=what, digits=told)
        assert "not equal" in made.get("reader", path).text
    assert made.post("reader", f"{path}/compare", what="nobody", digits="1").status_code == 422
    made.post("reader", f"{path}/compare", what=what, digits=fingerprint.digits(kid))


def test_of_two_who_compare_at_once_neither_is_lost(made: Hall, sealed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is told other digits for the owner's key, while the other finds the reader's equal."""
    path = opened(made, sealed)
    compared = reader_page.compared

    def meanwhile(kept: Arrival, what: str, digits: str) -> bool:
        made.arrivals.compare(kept.organisation, kept.id, "owner", {"equal": False, "at": NOW, "by": "another"})
        return compared(kept, what, digits)

    monkeypatch.setattr(reader_page, "compared", meanwhile)
    made.post("reader", f"{path}/compare", what="reader", digits=fingerprint.digits(KID))
    assert "not equal" in made.get("reader", path).text
    made.post("reader", f"{path}/compare", what="owner", digits=fingerprint.digits(OWNER_KEY.public_key.kid))


def test_a_wrong_key_opens_nothing(made: Hall, sealed: bytes) -> None:
    """Neither another's key, nor one under the right name, nor bytes that are none."""
    path = made.arrived(sealing.seal(sealing.open_sealed(sealed, READER_KEY), [READER_KEY.public_key]))
    other = reader_key.generate()
    wrong = [
        (other.public_key.kid.hex(), "00" * 32, 422),
        (KID.hex(), wrapping_key(sealed, other), 422),
        (KID.hex(), "00" * 32, 422),
        (KID.hex(), "00", 400),
        (KID.hex(), "zz" * 32, 400),
    ]
    for kid, key, status in wrong:
        assert made.post("reader", f"{path}/open", kid=kid, wrapping_key=key).status_code == status
    assert made.post("reader", f"{path}/open-here").status_code == 409
    assert "sealed" in made.get("reader", path).text


def test_a_tampered_file(made: Hall, sealed: bytes) -> None:
    """A byte of the content, of the wrapped key, of the frame: it is turned away, or does not open."""
    for at in (-1, -60, len(sealed) // 2):
        changed = bytearray(sealed)
        changed[at] ^= 1
        answer = made.post("reader", "/handover/arrivals", {"bundle": ("x", bytes(changed))})
        if answer.status_code == 303:
            path = answer.headers["location"]
            key = wrapping_key(sealed)
            assert made.post("reader", f"{path}/open", kid=KID.hex(), wrapping_key=key).status_code == 422
        else:
            assert answer.status_code == 422


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda: granted(reader="Second Bank"), 703),
        (lambda: granted(expires_at=NOW - 1), 702),
        (lambda: granted(p256("stranger")), 701),
        (lambda: granted(reader_key=reader_key.generate().public_key.kid), 703),
        (lambda: granted(points=("urn:example:other",)), 703),
        (lambda: replace(bundle.decode(EVIDENCE), grant=None), 706),
        (lambda: replace(granted(), to_at=granted().to_at + 1), 703),
    ],
    ids=["another reader", "expired", "a stranger's", "another's key", "other points", "none", "another period"],
)
def test_a_grant_that_is_not_for_this_reader(made: Hall, wrong: object, code: int) -> None:
    """Each is a finding under the reader's policy, and the page does not say that it holds (but for a missing one)."""
    path = opened(made, fresh(wrong()))  # type: ignore[operator]
    page = made.get("reader", path).text
    assert f"<td>{code}</td>" in page
    assert ("The evidence does not hold" in page) == (code != 706)
    if code == 702:
        assert "The grant has run out" in page
    if code == 706:
        assert "carries no grant" in page


def test_a_bundle_that_came_open_proves_no_key(made: Hall) -> None:
    """Finding 708: its grant names a key, and nobody showed here that it holds that key."""
    page = made.get("reader", made.arrived(bundle.encode(granted()))).text
    assert "it came open" in page
    assert "<td>708</td>" in page


def test_without_a_policy_nothing_is_verified(made: Hall) -> None:
    """And nothing is said to hold; with one that was brought later it is."""
    path = made.arrived(bundle.encode(granted(purpose="no policy yet")), None)
    page = made.get("reader", path).text
    assert "Bring your policy" in page
    assert "The evidence holds" not in page
    assert made.get("reader", f"/open/bundle/{path.rpartition('/')[2]}").status_code == 409
    assert made.post("reader", f"{path}/policy", {"policy": ("p.toml", b"nonsense")}).status_code == 422
    assert made.post("reader", f"{path}/policy", {"policy": ("p.toml", POLICY.encode())}).status_code == 303
    assert "The evidence holds" in made.get("reader", path).text
    owners = (TrustedKey(p256("stranger").public_key, "Mill"),)
    other = policy_text.write(replace(WORLD.policy(), owners=owners, reader="First Bank"))
    assert made.post("reader", f"{path}/policy", {"policy": ("p.toml", other.encode())}).status_code == 303
    assert "<td>701</td>" in made.get("reader", path).text


def test_names_of_strangers_are_only_shown(made: Hall) -> None:
    """Folders, control characters and markup in a file's name and in a document's do nothing."""
    document = ("carry", ("..\\..\\<script>alert(1)<!--.txt", b"x"))
    path = opened(made, made.sealed([document], purpose="<img src=x>"))
    page = made.get("reader", path).text
    assert "<script>alert" not in page
    assert "<img" not in page.replace('<img src="/static', "")
    assert "&lt;script&gt;alert(1)&lt;!--.txt" in page
    name = "/etc/../..\\<b>x</b>"
    named = made.get("reader", made.arrived(bundle.encode(granted(purpose="named")), name=name)).text
    assert "<b>x</b>" not in named
    assert "/etc/" not in named


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\xd8\x60\x80", EVIDENCE[:-1]])
def test_what_is_no_bundle_is_turned_away(made: Hall, data: bytes) -> None:
    assert made.post("reader", "/handover/arrivals", {"bundle": ("x", data)}).status_code == 422


def test_a_file_that_is_too_long_is_turned_away(made: Hall) -> None:
    assert made.post("reader", "/handover/arrivals", {"bundle": ("x", bytes(38 << 20))}).status_code == 413


def test_the_same_file_is_one_arrival_and_can_be_forgotten(made: Hall) -> None:
    """Of each organisation by itself; deleted, it is not there any more."""
    data = bundle.encode(granted(purpose="twice"))
    path = made.arrived(data)
    assert made.arrived(data) == path
    assert made.post("other", "/handover/arrivals", {"bundle": ("x", data)}).headers["location"] != path
    assert made.post("other", f"{path}/delete").status_code == 404
    assert made.post("reader", f"{path}/delete").status_code == 303
    assert made.get("reader", path).status_code == 404


def test_every_page_in_chinese(made: Hall, sealed: bytes) -> None:
    """Title and next step are Chinese, and no English heading is left."""
    made.client.cookies.set("language", "zh-CN")
    opened_at = opened(made, sealed)
    grant = made.drafted()
    for who, path in (
        ("owner", "/handover"), ("owner", "/handover/grants"), ("owner", grant), ("owner", made.brought()),
        ("reader", "/handover/arrivals"), ("reader", opened_at), ("reader", made.arrived(fresh(granted()))),
        ("reader", f"/open/bundle/{opened_at.rpartition('/')[2]}"), ("reader", "/open"),
    ):  # fmt: skip
        text = made.get(who, path).text
        for heading in re.findall(r"<h[12][^>]*>(.*?)</h[12]>", text, re.DOTALL):
            words = re.sub(r"<[^>]+>", "", heading)
            assert re.search("[\u4e00-\u9fff]", words) or ".tally" in words, (path, words)
    made.client.cookies.delete("language")


def test_nobody_signed_in_sees_nothing(made: Hall) -> None:
    made.client.cookies.set(COOKIE, "nobody")
    for path in ("/handover", "/handover/grants", "/handover/arrivals", f"/open/bundle/{'0' * 32}"):
        answer = made.client.get(path, headers=HTML)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")
    assert terms()
