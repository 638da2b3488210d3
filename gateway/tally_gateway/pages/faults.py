"""What a page says when something does not go: in words, with a way on. Programs are answered with problems."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from tally_gateway.errors import ApiError
from tally_gateway.http import problems
from tally_gateway.http.problems import problem
from tally_gateway.pages.visit import Visit
from tally_gateway.pages.words import Words

_LOG = logging.getLogger(__name__)
_MOST: Final = 2_000

TITLES: Final = {
    400: Words("This was not understood", "无法识别该请求"),
    401: Words("Please sign in", "请先登录"),
    403: Words("This is not open to you", "您没有访问权限"),
    404: Words("There is nothing here, or it is not yours to see", "该页面不存在，或您无权查看"),
    405: Words("This page does not take that", "该页面不支持此操作"),
    409: Words("Not as things stand", "当前状态下无法办理"),
    413: Words("This is too large", "内容过大"),
    422: Words("Understood, and not taken", "未予受理"),
    429: Words("Too much at once: please wait a moment", "请求过于频繁，请稍后再试"),
    500: Words("Something went wrong here", "系统内部错误"),
    503: Words("This can not be read just now", "暂时无法读取"),
}

REFUSED: Final = {
    "not for this role": Words(
        "Your account has no role for this. Whoever administers your organisation's accounts can give it.",
        "您的账户没有相应角色，请联系本单位管理员开通。",
    ),
    "not from this page": Words(
        "The form is of another session, or too old. Load its page again and send it once more.",
        "表单已过期或不属于本次登录，请重新打开页面后再提交。",
    ),
    "not for writing": Words("Your account may only look.", "您的账户仅可查看。"),
    "only to look": Words("Your account may only look.", "您的账户仅可查看。"),
}
"""What to do about a 403, by its title."""
ADVICE: Final = {
    404: Words(
        "The address may be old or mistyped, or what stands there belongs to others.",
        "网址可能已失效或有误，或该内容属于其他单位。",
    ),
    413: Words("Choose a smaller file.", "请选择较小的文件。"),
    429: Words("Wait a little, then try again.", "请稍候再试。"),
    503: Words("Try again in a minute.", "请稍后重试。"),
}
"""What to do, where the status alone says it; the error's own text stands below."""
OTHERWISE: Final = {
    400: Words("Open the page again and fill it in once more.", "请重新打开页面，填写后再次提交。"),
    401: Words("Sign in, then open the page again.", "请登录后重新打开该页面。"),
    405: Words("Open the page again from where you came.", "请返回上一页重新打开。"),
    409: Words("Load the page again and begin from how things stand now.", "请刷新页面，按当前状态重新办理。"),
    422: Words("Correct what stands below, and send it again.", "请按以下说明更正后重新提交。"),
    500: Words("Whoever runs this service finds the reason in its messages.", "运维人员可在运行日志中查明原因。"),
}
"""What to do, where an error says in English alone what is wrong."""


def install(app: FastAPI, visit: Callable[[Request], Visit]) -> None:
    """Answer every error with a page where a browser asks, with a problem where a program does."""
    problems.install(app)

    def said(
        request: Request, status: int, title: str, detail: str | Words, retry_after_s: int | None = None
    ) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            return problem(status, title, detail, retry_after_s)
        words = TITLES.get(status, Words(title, title))
        advice = REFUSED.get(title) if status == 403 else ADVICE.get(status)
        if isinstance(detail, str):
            advice, detail = advice or OTHERWISE.get(status), detail[:_MOST]
        answer = visit(request).page(
            "error.html", status, words=words, advice=advice, detail=detail, number_of_error=status
        )
        if retry_after_s is not None:
            answer.headers["retry-after"] = str(retry_after_s)
        return answer

    async def of_api(request: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)  # noqa: S101  registered for it
        return said(request, error.status, error.title, error.words or str(error), error.retry_after_s)

    async def of_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  likewise
        return said(request, error.status_code, str(error.detail), str(error.detail))

    async def of_form(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101  likewise
        faults = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors())
        # What was sent may hold halves of surrogate pairs, which no answer can.
        text = faults[:500].encode("utf-8", "backslashreplace").decode()
        return said(request, 400, "the request is not understood", text)

    async def of_fault(request: Request, error: Exception) -> Response:
        _LOG.error("a page could not be made: %s: %s", type(error).__name__, error)
        return said(request, 500, "a fault of the service", OTHERWISE[500])

    app.add_exception_handler(ApiError, of_api)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(RequestValidationError, of_form)
    app.add_exception_handler(Exception, of_fault)
