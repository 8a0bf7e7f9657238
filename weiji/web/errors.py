"""What goes wrong at the edge, told in the reader's words: a page to a person, problem+json (RFC 9457) to a program."""

from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import asyncpg
import msgspec
import structlog
from litestar import Request
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response
from litestar.types import ExceptionHandlersMap, Scope

from weiji.kit.batch import QueueFull, Unavailable
from weiji.kit.db import LOST_RACES, UNREACHABLE, UNSTORABLE
from weiji.kit.idempotency import IdempotencyConflict
from weiji.kit.outage import PERHAPS_FAULTS, Outage
from weiji.kit.security import note_refusal
from weiji.web.bodies import explain
from weiji.web.caller import SecondFactorMissing, caller_of
from weiji.web.csrf import SAFE_METHODS, CrossSiteError
from weiji.web.grants import is_for_keys
from weiji.web.locales import gettext as _
from weiji.web.page import HTML, page, redirect, safe_path, second_factor_path, sign_in_path, toast_headers
from weiji.web.visit import API, is_htmx, visit_of

PROBLEM: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 1
RETRY_AFTER_SECONDS_MAX: Final = 60
"""When to come back after what took too long: asked for each second, it would leave the database to nobody else."""

UNFIT: Final = (*UNSTORABLE, UnicodeDecodeError)
"""What comes of texts that are none: with U+0000, or, in a field of a form with files, not in UTF-8."""

AWAY: Final = (*UNREACHABLE, *(race for race in LOST_RACES if race is not asyncpg.UniqueViolationError))
"""What comes of a database that is away, or of a lock that somebody holds for long. Who meets the same row at each try
met a fault of ours."""

_log = structlog.get_logger()
_encode: Final = msgspec.json.Encoder(enc_hook=str).encode


class Refused(HTTPException):
    """Something that a person asked for can't be; *detail* tells them why, in their language.

    For what a page can't show in its own place: `raise Refused(_("这件商品已经下架。"), status_code=409)`. A *title*
    says it in short, where that of the status would mislead.
    """

    status_code = 409

    def __init__(self, detail: str, *, status_code: int | None = None, title: str | None = None) -> None:
        super().__init__(detail=detail, status_code=status_code)
        self.title = title


class Wording(NamedTuple):
    """How a status is told to a person."""

    icon: str
    title: str
    note: str


def wording(status: int, error: BaseException | None = None) -> Wording:
    """Find the words for a status. They are translated here, where the reader's language is known."""
    match status:
        case 401:
            return Wording("log-in", _("请先登录"), _("登录之后才能看这一页。"))
        case 403 if isinstance(error, CrossSiteError):
            return Wording(
                "shield-alert",
                _("这一步没有做"),
                _("页面可能放得太久了，或者请求来自别的网站。请回到上一页，刷新之后再试一次。"),
            )
        case 403:
            return Wording(
                "lock", _("这里不对你开放"), _("你登录的账号没有看这一页的权限。如果你认为应该有，请联系店主或平台。")
            )
        case 404:
            return Wording(
                "map-pin-off", _("这里什么也没有"), _("地址可能写错了，或者这件东西已经不在了，或者它不属于你。")
            )
        case 405:
            return Wording("map-pin-off", _("这一步不能这样做"), _("请回到上一页，用页面上的按钮再试一次。"))
        case 409:
            return Wording(
                "git-compare", _("情况已经变了"), _("在你操作的同时，别人先做了改动。请看看现在的样子，再决定。")
            )
        case 413:
            return Wording("weight", _("太大了"), _("你发送的内容超过了上限。请换一个小一些的文件，或分几次发送。"))
        case 422 | 400:
            return Wording("pencil", _("这里有些内容不对"), _("请回到上一页，检查一下填写的内容。"))
        case 429:
            return Wording("hourglass", _("慢一点"), _("你的请求太频繁了，请稍等片刻再试。"))
        case 503:
            is_crowd = error is None or isinstance(error, QueueFull | HTTPException)
            if is_crowd:
                return Wording("coffee", _("现在人太多了"), _("什么也没有丢。请过几秒钟再试一次。"))
            note = _("请稍等片刻再试。如果刚才提交了什么，请先看看它是否已经办成。")
            return Wording("coffee", _("暂时办不了"), note)
        case _ if status >= 500:
            return Wording(
                "wrench", _("我们这边出了问题"), _("已经记录下来了。你的钱和订单都安全：没做完的，就当没做过。")
            )
        case _:
            return Wording("circle-alert", _("做不到"), _("请回到上一页再试一次。"))


def handle_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer an error that has a status."""
    _note(request, error)
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if error.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.setdefault("retry-after", str(RETRY_AFTER_SECONDS))
    return _answer(request, error.status_code, error, headers)


def _note(request: Request[Any, Any, Any], error: HTTPException) -> None:
    """Note who was let do something not, and why; a stranger who is sent to sign in tried nothing.

    Who asks too often is noted where that is counted, lest they fill the log.
    """
    match error.status_code:
        case 401 if "authorization" in request.headers:
            reason = "key"
        case 403:
            reason = "cross_site" if isinstance(error, CrossSiteError) else "not_permitted"
        case _:
            return
    caller = caller_of(request.scope)
    note_refusal(
        "request_refused",
        reason=reason,
        method=request.method,
        path=request.url.path,
        person=caller.person_id,
        key=caller.key_id,
    )


def handle_busy(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer that too much is going on just now, or that the database is away."""
    backend = request.app.state.get("backend")
    seconds = note_busy(request.method, request.url.path, error, backend and backend.database.outage)
    return _answer(request, 503, error, {"retry-after": str(seconds)})


def note_busy(method: str, path: str, error: Exception, outage: Outage | None) -> int:
    """Note why something was not answered, and say in how many seconds it may be asked for again.

    That there is a crowd is not noted, nor, where that is said for all, that the database is away: it would add to
    what there is to do.
    """
    if not isinstance(error, QueueFull) and not (outage and outage.tells(error)):
        cause = f"{type(error).__name__}: {error}"
        shown = error if isinstance(error, PERHAPS_FAULTS) else None
        _log.warning("not_answered", method=method, path=path, error=cause, exc_info=shown)
    return RETRY_AFTER_SECONDS_MAX if isinstance(error, TimeoutError) else RETRY_AFTER_SECONDS


def handle_unfit(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer that an idempotency key was used for another request, or that a text has what can't be stored."""
    return _answer(request, 422, error, {})


def handle_fault(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer for a bug of ours: it is logged with the request's id, and the reader is told the id."""
    _log.error("request_failed", method=request.method, path=request.url.path, exc_info=error)
    return _answer(request, 500, error, {})


HANDLERS: Final[ExceptionHandlersMap] = {
    HTTPException: handle_http,
    QueueFull: handle_busy,
    Unavailable: handle_busy,
    **dict.fromkeys(AWAY, handle_busy),
    IdempotencyConflict: handle_unfit,
    **dict.fromkeys(UNFIT, handle_unfit),
    Exception: handle_fault,
}


def problem(
    request: Request[Any, Any, Any],
    status: int,
    *,
    title: str,
    detail: str | None = None,
    headers: dict[str, str] | None = None,
    **members: Any,
) -> Response[bytes]:
    """Make a problem document (RFC 9457, section 3)."""
    document = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": f"urn:uuid:{_dashed(visit_of(request.scope).request_id)}",
        **members,
    }
    body = _encode({name: value for name, value in document.items() if value is not None})
    return Response(body, status_code=status, media_type=PROBLEM, headers=headers)


def _answer(request: Request[Any, Any, Any], status: int, error: Exception, headers: dict[str, str]) -> Response[Any]:
    words = wording(status, error)
    if wants_problem(request.scope):
        return problem(
            request,
            status,
            title=HTTPStatus(status).phrase,
            detail=_detail_for_program(request, error, status),
            headers=headers,
            errors=_errors_of(request, error),
        )
    if isinstance(error, Refused):
        words = words._replace(title=error.title or words.title, note=error.detail or words.note)
    if status == HTTPStatus.UNAUTHORIZED:
        # Who meant to do something, and was signed in when the page came, would think that it is done.
        undone = None if request.method in SAFE_METHODS else _("要先登录，刚才那一步还没有做。")
        return redirect(request, sign_in_path(_way_back(request)), toast=undone, tone="warn")
    if isinstance(error, SecondFactorMissing):
        return redirect(request, second_factor_path(_way_back(request)))
    if is_htmx(request.scope):
        # Not swapped in where a piece of the page was meant to go: it is said in a toast.
        told = {**headers, "hx-reswap": "none", **toast_headers(words.note, "bad")}
        return Response("", status_code=status, media_type=HTML, headers=told)
    return page(
        request,
        "web/error.html",
        status_code=status,
        headers=headers,
        status=status,
        icon_name=words.icon,
        title=words.title,
        note=words.note,
        errors=_errors_of(request, error) or [],
        retry_after=headers.get("retry-after"),
    )


def wants_problem(scope: Scope) -> bool:
    """Tell whether a program asks: under /api, or wherever JSON is wanted and HTML is not."""
    if scope["path"].startswith(API):
        return True
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return b"json" in accept and b"html" not in accept


def _detail_for_program(request: Request[Any, Any, Any], error: Exception, status: int) -> str | None:
    """Say in the reader's language what a program did wrong. What a handler said itself stays as it is."""
    if isinstance(error, IdempotencyConflict):
        return _("这个 Idempotency-Key 已经用于另一个请求，什么也没有做。")
    if isinstance(error, (ValidationException, *UNFIT)):
        return _("请求里有不对的内容，什么也没有做。")
    said = error.detail if isinstance(error, HTTPException) else ""
    if said and said != HTTPStatus(status).phrase and status not in _ANONYMOUS:
        return said
    match status:
        case 401 if _is_key_where_none_counts(request):
            return _("这一步只有本人登录后才能做，API 密钥做不了。")
        case 401:
            return _("请先登录，或者带上一个可用的 API 密钥。")
        case 403 if isinstance(error, CrossSiteError):
            return _("请求来自别的网站，或者没有带上这次登录的 X-CSRF-Token。")
        case 403 if isinstance(error, SecondFactorMissing):
            return _("平台的员工要先在 /me/second-factor 开启两步验证。")
        case 403:
            return _("你没有做这件事的权限。")
        case 404:
            return _("没有这样的东西，或者它不属于你。")
        case 405:
            return _("这个地址不接受这种方法。")
        case 413:
            return _("内容太大了，什么也没有做。")
        case 429:
            return _("请求太频繁了，请按 Retry-After 稍后再试。")
        case 503:
            return _("暂时办不了。请把同样的请求再发一次，不会多做一次。")
        case _ if status >= 500:
            return _("我们这边出了问题，已经记录下来了。没做完的，就当没做过。")
        case _:
            return said or None


def _is_key_where_none_counts(request: Request[Any, Any, Any]) -> bool:
    handler = request.scope.get("route_handler")
    return "authorization" in request.headers and handler is not None and not is_for_keys(handler)


_ANONYMOUS: Final = frozenset({401, 405, 413, 429})
"""Statuses whose words are ours: what the framework says of them is for the log."""


def _errors_of(request: Request[Any, Any, Any], error: Exception) -> list[Any] | None:
    extra = getattr(error, "extra", None)
    if not isinstance(extra, list) or not extra:
        return None
    return [_tell_parameter(request, each) for each in extra] if isinstance(error, ValidationException) else extra


def _tell_parameter(request: Request[Any, Any, Any], error: Any) -> Any:
    """Tell what is wrong with a parameter, under the name that it has outside, as we tell it of a body."""
    if not isinstance(error, dict):
        return error
    key = str(error.get("key", ""))
    handler = request.scope["route_handler"]
    declared = handler.parsed_fn_signature.parameters.get(key) if isinstance(handler, HTTPRouteHandler) else None
    name = getattr(declared.kwarg_definition, "name", None) if declared else None
    detail = explain(str(error.get("message", "")))
    return {"pointer": "", "detail": detail} if key == "data" else {"parameter": name or key, "detail": detail}


def _way_back(request: Request[Any, Any, Any]) -> str:
    """Tell where to go after signing in: to this page, or to the one that a form was on."""
    if request.method in SAFE_METHODS:
        query = request.scope["query_string"].decode("latin-1")
        return safe_path(_with_query(request.url.path, query))
    referer = urlsplit(request.headers.get("referer", ""))
    if referer.netloc != request.headers.get("host"):
        return "/"
    return safe_path(_with_query(referer.path, referer.query))


def _with_query(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


def _dashed(hex_id: str) -> str:
    return f"{hex_id[:8]}-{hex_id[8:12]}-{hex_id[12:16]}-{hex_id[16:20]}-{hex_id[20:]}"
