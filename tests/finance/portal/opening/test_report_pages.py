"""From a report's figure down to the anchor, page by page, each link as the page before gives it."""

from __future__ import annotations

import re

import pytest

from tally_chain import transparent
from tally_edge import statement
from tally_gateway.pages.visit import LANGUAGE
from tests.finance.portal.signed_in import COOKIE
from tests.in_process import InProcess

HTML = {"accept": "text/html"}
Made = tuple[InProcess, str]


@pytest.fixture(scope="module")
def reached(made: Made) -> str:
    """The path of a statement's page, by following links from the figure."""
    client, digest = made
    path = f"/open/report/{digest}/total-location"
    for _ in range(4):
        answer = client.get(path, headers=HTML)
        assert answer.status_code == 200, answer.text
        found = re.search(r'href="(/open/report/[^"]+/statements/[0-9a-f]{64})"', answer.text)
        if found:
            return found[1]
        links = re.findall(rf'<td><a href="(/open/report/{digest}/[^"]+)"', answer.text)
        path = next((one for one in links if "load" in one), links[0])
    raise AssertionError("no statement within four steps")


def test_a_figure_opens_to_a_statement_in_every_step(made: Made, reached: str) -> None:
    """Nine steps with what each gave; every one of them is told in both languages."""
    client, _ = made
    page = client.get(reached, headers=HTML)
    assert page.status_code == 200
    steps = re.findall(r'class="step (\w+)" id="step-(\w+)"', page.text)
    assert [name for _, name in steps] == [
        "statement", "key", "signature", "link", "leaf", "path", "head", "anchor", "bundle",
    ]  # fmt: skip
    assert {tone for tone, name in steps if name not in ("link", "bundle")} == {"good"}
    assert "signed by the key of" in page.text
    client.cookies.set(LANGUAGE, "zh-CN")
    chinese = client.get(reached, headers=HTML).text
    client.cookies.delete(LANGUAGE)
    assert "由 " in chinese
    assert "的密钥签名" in chinese
    assert "已核验，成立" in chinese
    for words in ("style=", "onclick", "<script>"):
        assert words not in page.text


def test_the_bytes_can_be_taken_away_and_checked(made: Made, reached: str) -> None:
    """The statement alone, its proof, both in one file; and what the browser computes again."""
    client, _ = made
    told = client.get(f"{reached}/steps.json").json()
    file = client.get(f"{reached}/statement")
    assert statement.decode(file.content).id.hex() == reached.rpartition("/")[2]
    assert "attachment" in file.headers["content-disposition"]
    both = transparent.decode(client.get(f"{reached}/transparent").content)
    assert both.statement.encoded == file.content
    assert both.proofs[0].encode() == client.get(f"{reached}/proof").content
    assert both.proofs[0].root_for(0, file.content).hex() == told["root"]
    assert client.get(f"{reached}/nothing").status_code == 400


def test_it_is_open_to_readers_of_the_report_alone(made: Made, reached: str) -> None:
    """To another organisation it is not there; to a keeper it is not open; to nobody at all it asks for a sign-in."""
    client, digest = made
    for who, status in (("abroad", 404), ("keeper", 403), ("nobody", 401)):
        client.cookies.set(COOKIE, who)
        for path in (reached, f"{reached}/steps.json", f"{reached}/statement", f"/open/report/{digest}/total-location"):
            assert client.get(path).status_code == status, (who, path)
    client.cookies.set(COOKIE, "li")
    assert client.get("/open", headers=HTML).text.count(digest) == 1
    assert client.get(f"/open/report/{digest}/nothing").status_code == 404
    assert client.get(f"/open/report/{digest}/statements/{'00' * 32}").status_code == 404


def test_every_item_of_the_report_has_a_page_in_both_languages(made: Made) -> None:
    """Each thing with an id opens; Chinese pages have Chinese names for what it says, and states in words."""
    client, digest = made
    waiting, seen = ["total-location", "total-market"], set[str]()
    client.cookies.set(LANGUAGE, "zh-CN")
    while waiting:
        item = waiting.pop()
        answer = client.get(f"/open/report/{digest}/{item}", headers=HTML)
        assert answer.status_code == 200, (item, answer.text)
        seen.add(item.partition("-")[0])
        found = re.findall(rf'href="/open/report/{digest}/([^"/?]+)"', answer.text)
        waiting += [one for one in found if one not in seen and one.partition("-")[0] not in seen]
        names = re.findall(r"<dt>([^<]+)</dt>", answer.text)
        assert sum(1 for name in names if re.search("[\u4e00-\u9fff]", name)) > len(names) / 2
    client.cookies.delete(LANGUAGE)
    assert {"total", "line", "factor", "load"} <= seen
