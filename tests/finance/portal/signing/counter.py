"""Pages of operations asked in this process, as persons of the parties of an office."""

from __future__ import annotations

import contextlib
import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import httpx
from fastapi import FastAPI

from tally_chain.receipts.operation_file import OperationFile, add, decode, encode
from tally_chain.receipts.signing import sign
from tally_finance.api.app import make_app
from tally_finance.api.forms import written
from tally_finance.api.rights import Role
from tally_finance.api.service import service_of
from tally_finance.portal.app import make_pages
from tally_finance.portal.site import Site
from tally_gateway.pages.room import Room
from tally_gateway.pages.words import Words
from tests.chain.registry.parties import fresh
from tests.finance.api.counter import FIRMS, MUCH, Brought
from tests.finance.desk.office import Office
from tests.finance.portal.signed_in import COOKIE, CSRF, Cookies
from tests.in_process import InProcess, asked

PERSONS = {
    "anna": (Role.LENDER, "lender"),
    "bo": (Role.LENDER, "lender 2"),
    "holly": (Role.DEPOSITOR, "holder"),
    "kim": (Role.KEEPER, "keeper"),
    "vera": (Role.INSPECTOR, "verifier"),
    "cora": (Role.COURT, "court"),
}
"""Somebody's role, and the yard's key that they have at home."""
CHINESE = {"accept-language": "zh-CN"}


@dataclass
class Shown:
    """The pages of an office, not asked yet. `receipt`: pledged, 40 t."""

    office: Office
    app: FastAPI
    people: Cookies
    receipt: str


@dataclass
class Counter(Shown):
    """`pages`: asked as one of PERSONS."""

    pages: InProcess

    def get(self, who: str, path: str, **headers: str) -> httpx.Response:
        sent = {"accept": "text/html", "cookie": f"{COOKIE}={who}", **headers}
        return self.pages.get(path, headers=sent)

    def post(
        self, who: str, path: str, fields: dict[str, str], *, once: str | None = None, **files: bytes
    ) -> httpx.Response:
        sent = {"csrf": CSRF, "once": once or fresh().hex()[:32], **fields}
        named = {name.replace("_file", ".file"): (f"{name}.json", data) for name, data in files.items()}
        headers = {"accept": "text/html", "cookie": f"{COOKIE}={who}"}
        return self.pages.post(path, data=sent, headers=headers, files=named or None)

    def file(self, who: str, digest: str) -> OperationFile:
        return decode(self.get(who, f"/operations/one/{digest}/file").content)

    def signed_at_home(self, who: str, digest: str, place: int, key_of: str | None = None) -> bytes:
        """The file that somebody downloaded, signed by their own key or another's, as the command writes it."""
        file = self.file(who, digest)
        key = self.office.yard.keys[PERSONS[key_of or who][1]]
        return encode(add(file, place, sign(key, file.operation, file.chain_id, file.contract))).encode()

    def signature(self, who: str, digest: str) -> str:
        file = self.file(who, digest)
        return "0x" + sign(self.office.yard.keys[PERSONS[who][1]], file.operation, file.chain_id, file.contract).hex()

    def bring(self, who: str, digest: str, place: int) -> httpx.Response:
        path = f"/operations/one/{digest}/signatures"
        return self.post(who, path, {}, file=self.signed_at_home(who, digest, place))


def shown(office: Office, more: Sequence[Room] = ()) -> Shown:
    """The pages; `more`: rooms of a test's own."""
    receipt = office.pledged(40)
    service = service_of(office.desk, Brought(office.yard), MUCH)
    people = Cookies()
    for name, (role, _) in PERSONS.items():
        people.add(name, office.yard.whose(FIRMS[role]), str(role))
    people.add("rival", fresh("rival"), str(Role.LENDER))
    people.add("olga", office.yard.whose("lender"), "operator")
    people.add("reader", office.yard.whose("lender"), str(Role.LENDER), may_write=False)
    site = Site(
        Words("Bank", "银行"), "http://127.0.0.1", office.yard.whose("lender"), office.desk.engine, people,
        desk_service=service, desk=make_app(service),
    )  # fmt: skip
    return Shown(office, make_pages(site, more), people, written(receipt))


@contextlib.contextmanager
def counter(office: Office) -> Iterator[Counter]:
    made = shown(office)
    with asked(made.app) as pages:
        yield Counter(made.office, made.app, made.people, made.receipt, pages)


def digest_in(answer: httpx.Response) -> str:
    """The digest of the operation that a page leads to."""
    place = answer.headers.get("location", "") + answer.text
    found = re.search(r"/operations/one/(0x[0-9a-f]{64})", place)
    assert found is not None, answer.text
    return found[1]


def text_of(answer: httpx.Response) -> str:
    """What a reader sees, in one line."""
    main = answer.text.partition("<main")[2] or answer.text
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


def order_form(quantity: str = "5", unit: str = "t") -> dict[str, str]:
    """An order as its form sends it, but for the receipt and the times."""
    return {
        "quantity": quantity,
        "quantity.unit": unit,
        "plate": "沪A12345",
        "driver": "licence 0001",
        "salt": "0a" * 16,
    }


def opening_of(answer: httpx.Response) -> bytes:
    """The opening of a picker on the page that shows it once."""
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", answer.text, re.DOTALL)
    assert found is not None
    return json.dumps(json.loads(html.unescape(found[1])), indent=1, ensure_ascii=False).encode() + b"\n"
