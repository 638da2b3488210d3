"""The kit: words, what is let in, what errors look like, static files."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterator
from importlib import resources
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, Request, Response

from tally_gateway.errors import ApiError
from tally_gateway.pages import assembly, entrance, shown
from tally_gateway.pages.guest import Guest
from tally_gateway.pages.room import ANYBODY, Link, Room
from tally_gateway.pages.visit import Visited, csrf_checked, own_path
from tally_gateway.pages.words import Language, Words, preferred
from tests.browser.language import foreign
from tests.in_process import InProcess, asked

CSRF = "token-of-this-session"


class _Guests:
    def guest_of(self, request: Request) -> Guest | None:
        who = request.cookies.get("who")
        if who is None:
            return None
        return Guest(who, CSRF, frozenset({"lender"}), Words("Bank of the Delta", "三角洲银行"))


_GATE: list[asyncio.Event] = []
"""What long bodies wait for."""


def _room() -> Room:
    router = APIRouter()

    @router.get("/refused")
    async def refused(visit: Visited) -> Response:
        raise ApiError(409, "not as things stand", "the lot <b>is</b> held")

    @router.get("/refused-in-words")
    async def refused_in_words(visit: Visited) -> Response:
        raise ApiError(409, "not as things stand", Words("choose a reader first", "请先选择读者。"))

    @router.get("/broken")
    async def broken(visit: Visited) -> Response:
        return visit.page("no-such-template.html")

    @router.post("/written")
    async def written(visit: Visited, _: Annotated[None, Depends(csrf_checked)]) -> Response:
        return visit.back("/refused", Words("Done", "已办理"))

    @router.post("/large")
    async def large(request: Request) -> Response:
        await _GATE[0].wait()
        return Response("read")

    links = (Link("/refused", Words("Refused", "拒绝"), ANYBODY), Link("/x", Words("X", "某"), frozenset({"keeper"})))
    return Room(router, "tests.gateway.pages", links, uploads={re.compile("/large"): 1 << 20})


@pytest.fixture(scope="module")
def client() -> Iterator[InProcess]:
    app = assembly.build(Words("Test", "测试"), [_room()], _Guests())
    with asked(app) as made:
        yield made


SIGNED_IN = {"cookie": "who=ana", "accept": "text/html"}


def test_nobody_is_sent_to_sign_in_and_brought_back(client: InProcess) -> None:
    answer = client.get("/refused?a=1&b=2", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Frefused%3Fa%3D1%26b%3D2")
    assert client.get("/refused").status_code == 401  # a program is told so


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Not as things stand"), ("zh-CN,zh;q=0.9", "当前状态下无法办理")]
)
def test_a_refusal_is_a_page_in_the_visitors_language(client: InProcess, language: str, said: str) -> None:
    answer = client.get("/refused", headers={**SIGNED_IN, "accept-language": language})
    assert answer.status_code == 409
    assert said in answer.text
    assert ("the lot &lt;b&gt;is&lt;/b&gt; held" in answer.text, foreign(answer.text)) == (True, [])
    assert "/x" not in re.findall(r'href="([^"]+)"', answer.text)  # a room of another role


@pytest.mark.parametrize(
    ("language", "said", "unsaid"),
    [("en", "choose a reader first", "请先选择读者"), ("zh-CN", "请先选择读者。", "choose a reader first")],
)
def test_an_error_in_both_languages_is_a_page_in_one(client: InProcess, language: str, said: str, unsaid: str) -> None:
    text = client.get("/refused-in-words", headers={**SIGNED_IN, "accept-language": language}).text
    assert (said in text, unsaid in text) == (True, False)
    told = client.get("/refused-in-words", headers={"cookie": "who=ana"}).json()
    assert (told["title"], told["detail"]) == ("not as things stand", "choose a reader first")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_what_goes_wrong_is_said_in_the_visitors_language(client: InProcess, language: str) -> None:
    """A form that is none, another session's, what there is not, a method that is none; libraries' words say theirs."""
    headers = {**SIGNED_IN, "accept-language": language}
    answers = [
        client.get("/nothing-here", headers=headers),
        client.post("/refused", headers=headers),
        client.post("/written", headers=headers, data={"csrf": "0"}),
        client.post("/written", headers=headers, data={"csrf": "0" * 300}),
    ]
    assert [one.status_code for one in answers] == [404, 405, 403, 400]
    for one in answers:
        assert f'<html lang="{language}"' in one.text
        assert foreign(one.text) == []


def test_every_answer_has_the_headers_and_no_page_is_kept(client: InProcess) -> None:
    answer = client.get("/refused", headers=SIGNED_IN)
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_page_has_nothing_inline_and_nothing_of_others(client: InProcess) -> None:
    text = client.get("/refused", headers=SIGNED_IN).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", text)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)


@pytest.mark.parametrize(
    ("headers", "csrf", "status"),
    [
        ({}, CSRF, 303),
        ({"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"}, CSRF, 303),
        ({"origin": "https://evil.example"}, CSRF, 403),
        ({"origin": "null"}, CSRF, 403),
        ({"origin": "http://["}, CSRF, 403),
        ({"sec-fetch-site": "cross-site"}, CSRF, 403),
        ({"sec-fetch-site": "same-site"}, CSRF, 403),
        ({}, "", 403),
        ({}, "another", 403),
        ({}, "é", 403),
    ],
)
def test_only_a_form_of_this_session_is_taken(
    client: InProcess, headers: dict[str, str], csrf: str, status: int
) -> None:
    answer = client.post("/written", data={"csrf": csrf}, headers={**SIGNED_IN, **headers})
    assert answer.status_code == status


def test_a_fault_inside_is_told_to_the_operator_alone(client: InProcess) -> None:
    answer = client.get("/broken", headers=SIGNED_IN)
    assert answer.status_code == 500
    assert "no-such-template" not in answer.text


def test_what_is_too_long_is_not_read(client: InProcess) -> None:
    answer = client.post("/written", content=b"x" * (300 << 10), headers=SIGNED_IN)
    assert answer.status_code == 413


def test_long_bodies_are_taken_a_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is held in memory as a whole. Short forms, and whoever only looks, do not wait for them."""
    app = assembly.build(Words("Test", "测试"), [_room()], _Guests())
    monkeypatch.setattr(entrance, "MOST_LONG_BYTES", 5 * (300 << 10))

    async def play() -> None:
        _GATE[:] = [asyncio.Event()]
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:

            async def send(who: str) -> int:
                headers = {"cookie": f"who={who}"}
                return (await client.post("/large", content=b"x" * (300 << 10), headers=headers)).status_code

            people = [f"p{number // entrance.MOST_LONG_OF_ONE}" for number in range(5)]
            under_way = [asyncio.create_task(send(who)) for who in people]
            await asyncio.sleep(0.2)
            assert await send("p0") == 429
            assert await send("another") == 503
            assert (await client.post("/large", content=b"x" * (300 << 10))).status_code == 401
            assert (await client.get("/refused", headers={"cookie": "who=p0"})).status_code == 409
            _GATE[0].set()
            assert set(await asyncio.gather(*under_way)) == {200}
            assert await send("p0") == 200

    asyncio.run(play())


@pytest.mark.parametrize("text", ["//[", "http://[", "//evil.example", "/\\evil.example", "/\t/evil.example", "x", ""])
def test_a_way_back_that_is_none_leads_to_the_start(client: InProcess, text: str) -> None:
    assert own_path(text) == "/"
    answer = client.get("/preferences", params={"back": text, "language": "en"}, headers=SIGNED_IN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_static_files_are_kept_by_their_version(client: InProcess) -> None:
    page = client.get("/refused", headers=SIGNED_IN).text
    found = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert found
    for address in found:
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    other = client.get("/static/kit.css?v=another")
    assert "immutable" not in other.headers["cache-control"]
    again = client.get("/static/kit.css", headers={"if-none-match": other.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/static/kit.css", headers={"if-none-match": '"another"'}).status_code == 200
    assert client.get("/static/uplot/LICENSE").status_code == 404
    assert client.get("/static/../base.html").status_code in (401, 404)


def test_the_chart_library_is_what_its_build_line_says() -> None:
    folder = resources.files("tally_gateway.pages").joinpath("static/uplot")
    said = dict(re.findall(r"\| (\S+) \| ([0-9a-f]{64}) \|", folder.joinpath("README.md").read_text("utf-8")))
    for name in ("uPlot.iife.min.js", "uPlot.min.css"):
        assert hashlib.sha256(folder.joinpath(name).read_bytes()).hexdigest() == said[name]


def test_choices_last_and_send_nobody_elsewhere(client: InProcess) -> None:
    answer = client.get("/preferences?language=zh-CN&back=//evil.example/x")
    assert answer.headers["location"] == "/"
    assert "language=zh-CN" in answer.headers["set-cookie"]
    assert client.get("/preferences?theme=dark&back=/refused").headers["location"] == "/refused"


@pytest.mark.parametrize(
    "text", ["https://evil.example", "//evil.example", "/\\evil.example", "x", "", "/a\nb", "/\\/evil", "/a\\b"]
)
def test_no_address_leads_elsewhere(text: str) -> None:
    assert own_path(text) == "/"


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("", "en"), ("zh", "zh-CN"), ("de, zh;q=0.5, en;q=0.4", "zh-CN"), ("fr", "en"), ("zh;q=0, en;q=0.1", "en"),
        ("zh;q=x", "en"),
    ],
)  # fmt: skip
def test_the_browsers_language(wanted: str, language: str) -> None:
    assert preferred(wanted) is Language(language)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        ("1234567.891", None, "1,234,567.891"), ("-1234", None, "−1,234"), ("0.999", 2, "0.99"), (5, 2, "5.00"),
        ("12", 0, "12"), ("n/a", None, "n/a"),
    ],
)  # fmt: skip
def test_numbers_are_grouped_and_never_rounded_up(value: object, places: int | None, text: str) -> None:
    assert shown.number(value, places) == text


def test_times_say_their_zone() -> None:
    assert str(shown.moment(0)) == '<time datetime="1970-01-01T00:00:00Z">1970-01-01 08:00:00 UTC+8</time>'
    assert "&lt;" in str(shown.moment("<b>"))
    for strange in (253_402_300_799, 2**40, -(10**30)):  # where a zone's clock, or the calendar, has no name for it
        assert str(shown.moment(strange)) == str(strange)
    assert shown.number("9" * 5_000) == "9" * 5_000
    assert shown.lasting(93_784) == "1 d 2 h"
    assert shown.lasting(93_784, Language.CHINESE) == "1 天 2 小时"
    assert shown.lasting(0) == "0 s"
