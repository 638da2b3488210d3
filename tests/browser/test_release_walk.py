"""What the guide says of letting goods out, walked over HTTP by its five people with the key files that lie there."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from tally_edge.command import main
from tally_finance.portal.accounts.sessions import form_token
from tally_trial.portal_demo import guide
from tally_trial.portal_demo.people import PARTS
from tally_trial.portal_demo.release import OUT_T, PAID, RELEASE
from tests.browser.crawl import cookie
from tests.browser.house import House

KEYS = {one.name: one.key for one in PARTS}


class Person:
    """Somebody of the demonstration, with a session and a key file."""

    def __init__(self, house: House, name: str, folder: Path, until: ExitStack) -> None:
        self.folder, self.key = folder, house.made.warehouse.bundle.parents[2] / KEYS[name]
        held = cookie(house, name)
        asking = httpx.Client(
            base_url=house.address, headers={"accept": "text/html"}, cookies=dict([held]), trust_env=False,
            timeout=60, follow_redirects=True,
        )  # fmt: skip
        self.client = until.enter_context(asking)
        self.guard = form_token(held[1])

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, files: Any = None, **fields: str) -> httpx.Response:
        data = {"csrf": self.guard, "once": secrets.token_hex(16), **fields}
        answer = self.client.post(path, data=data, files=files)
        assert answer.status_code == 200, answer.text
        return answer

    def signs(self, operation: str) -> str:
        """Download, sign by the very command that the page shows, bring; the page that answers."""
        shown = first(r"<pre[^>]*>(tallystick operation sign [^<]*)</pre>", self.get(operation)).split()[1:]
        file = self.folder / next(word for word in shown if word.startswith("operation-"))
        file.write_bytes(self.client.get(f"{operation}/file").content)
        own = {file.name: str(file), "KEY.json": str(self.key)}
        words = [own.get(word, word) for word in shown]
        assert main([*words, "--passphrase-file", str(self.key.with_name("passphrase"))]) == 0
        return self.post(f"{operation}/signatures", {"file": (file.name, file.read_bytes())}).text


def first(pattern: str, text: str) -> str:
    found = re.search(pattern, html.unescape(text), re.DOTALL)
    assert found is not None, text
    return found[1]


def values(page: str, *names: str) -> dict[str, str]:
    """What stands in fields of a form before anybody writes."""
    return {name: first(f'<input[^>]* name="{name}"[^>]* value="([^"]*)"', page) for name in names}


@pytest.fixture
def people(house: House, tmp_path: Path) -> Iterator[list[Person]]:
    with ExitStack() as until:
        yield [Person(house, name, tmp_path, until) for name, _ in RELEASE]


def test_goods_go_out_as_the_guide_says(house: House, people: list[Person]) -> None:
    anna, bo, fen, ke, yan = people
    page = anna.get(guide.address(house.secret))
    weighing = first("<pre>([0-9a-f]{64})</pre>", page)
    assert all(f"{guide.address(house.secret)}/{name}" in page for name, _ in RELEASE)

    receipt = first("/lender/receipts/(0x[0-9a-f]{64})", anna.get("/lender/book"))
    facility = first(r'href="(/operations/facility/[^"]+)"', anna.get(f"/operations/margin/{receipt}"))
    advice = {"advice": ("advice.txt", secrets.token_bytes(8))}
    anna.post(f"{facility}/repay", advice, amount=PAID, **values(anna.get(facility), "paid_at"))
    form = anna.get(f"/operations/prepare/order?receipt={receipt}")
    truck = {"plate": "沪A12345", "driver": "licence 0001", "quantity": OUT_T, "quantity.unit": "t"}
    asked = values(form, "receipt", "begins", "until", "salt") | truck
    prepared = anna.post("/operations/prepare/order", **asked).text
    order = first("(/operations/one/0x[0-9a-f]{64})", prepared)
    opening = first("<textarea[^>]*>(.*?)</textarea>", prepared).encode()
    for who in (anna, bo, fen):
        assert order in who.get("/operations")
        said = who.signs(order)
    assert "have it sent" in said
    assert "The chain has carried it out" in fen.post(f"{order}/send").text

    gate = first(rf'href="/operations/gate\?(receipt=0x[0-9a-f]{{64}}&order={order[-66:]})"', ke.get("/keeper"))
    brought = ke.post("/operations/gate", {"opening": ("opening.json", opening)}, **dict(parse_qsl(gate))).text
    record = values(brought, "receipt", "order", "picker", "leftAt", "deadline")
    left = {"quantity": "4.98", "quantity.unit": "t", "evidence": weighing}
    execution = ke.post("/operations/begin/Execute", **record, **left).url.path
    ke.signs(execution)
    yan.signs(execution)
    assert "The chain has carried it out" in yan.post(f"{execution}/send").text
    assert "262,240" in anna.get(f"/lender/receipts/{receipt}")
