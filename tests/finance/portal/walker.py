"""Walks every page of a portal as somebody of another organisation, in each role, with ids that are not theirs.

It takes the routes from the application, so that a room that comes joins by itself. The oracle:

    1. nobody: no page answers but the public ones; nothing is changed
    2. a stranger: what names something that is another's is never answered below 300 (a way on, 303, shows nothing)
    3. no page that a stranger is shown holds anything of `theirs`
    4. nothing breaks (below 500), and no page may be kept by anybody on the way (`no-store`)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute

from tally_finance.portal.accounts.sessions import form_token
from tests.in_process import InProcess

HTML = {"accept": "text/html"}
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
_OPEN = ("/static/", "/healthz", "/preferences", "/sign-in", "/invitation/")


@dataclass
class Walk:
    """`theirs`: values for parameters of paths and forms, all of another organisation; `marks`: texts that no stranger
    may be shown."""

    app: FastAPI
    client: InProcess
    theirs: Mapping[str, Sequence[str]]
    marks: Sequence[str]
    general: frozenset[str] = frozenset()
    """Routes whose parameters are words that are the same for everybody."""
    wrong: list[str] = field(default_factory=list)

    def routes(self) -> Iterator[tuple[str, str, bool]]:
        """Method, a path with values of others in it, and whether it has any."""
        for route in flat(self.app.routes):
            names = _PARAMETER.findall(route.path)
            for place in range(max([1, *(len(self.theirs.get(name, ())) for name in names)])):
                path = _PARAMETER.sub(lambda found: self._value(found[1], place), route.path)  # noqa: B023  at once
                for method in sorted(route.methods & {"GET", "POST"}):
                    yield method, path, bool(names) and route.path not in self.general

    def nobody(self) -> int:
        """See 1; how many were asked."""
        count = 0
        for method, path, _ in self.routes():
            answer = self._ask(method, path, {})
            count += 1
            is_open = path.startswith(_OPEN)
            if not is_open and not (answer.status_code in (401, 403, 404) or _leads_to_sign_in(answer)):
                self.wrong.append(f"nobody: {method} {path}: {answer.status_code}")
            self._judge("nobody", method, path, answer)
        return count

    def stranger(self, who: str, cookie: tuple[str, str], *, knows: bool = False) -> int:
        """See 2 to 4; how many were asked. `knows`: the role is shown whatever it can name, and changes nothing."""
        headers, count = {"cookie": f"{cookie[0]}={cookie[1]}"}, 0
        guard = {"csrf": form_token(cookie[1]), "once": "walker-walks-here-000"}
        for method, path, names_theirs in self.routes():
            if path == "/sign-out":  # ends the walk
                continue
            answer = self._ask(method, path, headers, guard)
            count += 1
            if names_theirs and answer.status_code < 300 and not (knows and method == "GET"):
                self.wrong.append(f"{who}: {method} {path}: {answer.status_code}")
            self._judge(who, method, path, answer)
        return count

    def _value(self, name: str, place: int) -> str:
        values = self.theirs.get(name) or ("0" * 64,)
        return values[place % len(values)]

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], guard: Mapping[str, str] | None = None
    ) -> httpx.Response:
        given = {**HTML, **headers}
        if method == "GET":
            return self.client.get(path, headers=given)
        form: dict[str, Any] = {name: values[0] for name, values in self.theirs.items()}
        return self.client.post(path, data={**form, **(guard or {})}, headers=given)

    def _judge(self, who: str, method: str, path: str, answer: httpx.Response) -> None:
        where = f"{who}: {method} {path}: {answer.status_code}"
        if answer.status_code >= 500:
            self.wrong.append(where)
        if answer.headers.get("cache-control") != "no-store":
            self.wrong.append(f"{where} may be kept")
        sent = {path, *(value for values in self.theirs.values() for value in values)}
        shown = [mark for mark in self.marks if mark in answer.text and not any(mark in one for one in sent)]
        if shown and answer.status_code < 300:
            self.wrong.append(f"{where} shows {shown}")


def flat(routes: Iterable[Any]) -> Iterator[APIRoute]:
    """Those of routers in routers, too."""
    for route in routes:
        if isinstance(route, APIRoute):
            if not route.path.startswith("/static/"):
                yield route
        elif hasattr(route, "original_router"):
            yield from flat(route.original_router.routes)


def _leads_to_sign_in(answer: httpx.Response) -> bool:
    return answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
