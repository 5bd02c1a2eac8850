"""A service's no as a page, for whoever typed an address into a browser."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from weir.errors import WeirError
from weir.service.answers import answer

_TITLES = {
    401: ("请先登录", "Sign in first"),
    403: ("此账户无权查看", "This account may not see it"),
    404: ("没有找到", "Not found"),
    405: ("此处不接受这种请求", "No such request is taken here"),
    422: ("地址有误", "The address is wrong"),
    429: ("请求过于频繁", "Too many requests"),
    503: ("暂不可用", "Unavailable for now"),
}
_OTHERWISE = ("已拒绝", "Refused")

_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{zh} {en}</title>
<link rel="stylesheet" href="/desk.css">
</head>
<body>
<main>
<h1>{zh} <span class="en" lang="en">{en}</span></h1>
<dl>
{parts}
</dl>
<p><a href="/">返回首页 <span class="en" lang="en">Front page</span></a></p>
</main>
</body>
</html>
"""


def answer_in_kind(
    request: Request, status: int, error: WeirError, headers: Mapping[str, str] | None = None
) -> Response:
    """The error as a page to whoever asks for one, and as JSON to all others."""
    if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
        return answer(status, error, headers)
    zh, en = _TITLES.get(status, _OTHERWISE)
    parts = (
        ("原因", "why", f"{error.code}: {error.what}" if error.what else error.code),
        ("依据", "article", error.article),
        ("办法", "remedy", error.remedy),
    )
    told = "\n".join(
        f'<dt>{name} <span class="en" lang="en">{also}</span></dt><dd>{escape(text)}</dd>'
        for name, also, text in parts
        if text
    )
    page = _PAGE.format(zh=zh, en=en, parts=told)
    return HTMLResponse(page, status_code=status, headers=dict(headers or {}))
