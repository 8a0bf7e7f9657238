"""The bench of a merchant in a sandbox: the clock to turn, and what is to go wrong."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.identity import make_session_cookies, origin_of, read_session_cookie, start_session
from weiji.kit.db import Database
from weiji.program import Program
from weiji.sandbox.desk import AddFaults, desk_of
from weiji.sandbox.faults import AnswerFault, AnswerKind, NoticeFault, NoticeKind
from weiji.sandbox.own_desk import OwnDesk
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, shop_staff
from weiji.web.forms import read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest
from weiji.wire.keys import get_keys_of_shop, open_merchant

STEPS: Final = {
    "minutes": timedelta(minutes=30),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "days": timedelta(days=10),
}
"""How far the buttons turn the clock."""

COUNT_MAX: Final = 100
"""Times that one fault of the form happens."""


class BenchPages(Controller):
    """The bench."""

    path = "/merchant/{shop_id:uuid}/sandbox"
    guards = (shop_staff(Permission.OWNERSHIP),)
    include_in_schema = False

    @get("/")
    async def show(
        self, request: WebRequest, shop_id: FromPath[UUID], program: NamedDependency[Program]
    ) -> Response[str]:
        """Show the clock, and what is to go wrong yet."""
        async with request.database.read() as reader:
            found = await get_keys_of_shop(reader, shop_id)
        if found is None:
            raise NotFoundException
        mchid = found.merchant.mchid if found.merchant else None
        left = desk_of(program).left(mchid) if mchid else None
        return page(
            request,
            "sandbox/bench.html",
            shop=found.shop,
            here=_here(shop_id),
            keys=f"/merchant/{shop_id}/open-payments",
            mchid=mchid,
            origin=str(request.base_url).rstrip("/"),
            faults=[
                *((_answer_words()[each.kind], each.path, each.count) for each in (left.answers if left else ())),
                *((_notice_words()[each.kind], each.url, each.count) for each in (left.notices if left else ())),
            ],
            answer_choices=list(_answer_words().items()),
            notice_choices=list(_notice_words().items()),
            count_max=COUNT_MAX,
        )

    @post("/number", status_code=303, opt=rate("wire_keys", "60/hour"))
    async def open(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Give a shop that was opened here a number."""
        await open_merchant(request.batchers, shop_id, request.actor("merchant"))
        return redirect(request, _here(shop_id))

    @post("/clock", status_code=303)
    async def turn(
        self, request: WebRequest, shop_id: FromPath[UUID], program: NamedDependency[Program]
    ) -> Response[str]:
        """Turn the clock, and wait until what came due has happened."""
        by = STEPS.get((await read_form(request)).text("by"))
        if by is None:
            raise NotFoundException
        try:
            await OwnDesk(desk_of(program), request.caller).turn(by)
        except HTTPException:
            toast = _("时钟是大家的，你今天快进得够多了。明天再来，或者用 weiji sandbox 独享一个。")
            return redirect(request, _here(shop_id), toast=toast, tone="warn")
        response = redirect(request, _here(shop_id), toast=_("快进好了，到期的事都办完了。"), tone="info")
        # The turn may have ended the session: nobody has to notice.
        started = await start_session(
            program.database, request.person_id, origin_of(request.scope), read_session_cookie(request.scope)
        )
        assert started.cookie
        response.cookies.extend(make_session_cookies(request.scope, started.cookie))
        return response

    @post("/faults", status_code=303)
    async def add_fault(
        self, request: WebRequest, shop_id: FromPath[UUID], program: NamedDependency[Program]
    ) -> Response[str]:
        """Let something go wrong with the next answers to this merchant, or the next notices."""
        form = await read_form(request)
        mchid = await _mchid_of(request.database, shop_id)
        answer, notice = form.text("answer"), form.text("notice")
        count = min(max(form.number("count") or 1, 1), COUNT_MAX)
        answers = [AnswerFault(kind=_kind(answer, _answer_words()), count=count)] if answer else []
        notices = [NoticeFault(kind=_kind(notice, _notice_words()), count=count)] if notice else []
        asked = AddFaults(answers=answers, notices=notices, mchid=mchid)
        await OwnDesk(desk_of(program), request.caller).add_faults(asked)
        return redirect(request, _here(shop_id), toast=_("安排好了，下一次就会出。"), tone="info")

    @post("/calm", status_code=303)
    async def calm(
        self, request: WebRequest, shop_id: FromPath[UUID], program: NamedDependency[Program]
    ) -> Response[str]:
        """Let nothing go wrong any more for this merchant."""
        await OwnDesk(desk_of(program), request.caller).calm(await _mchid_of(request.database, shop_id))
        return redirect(request, _here(shop_id), toast=_("都取消了，一切正常。"))


async def _mchid_of(database: Database, shop_id: UUID) -> str:
    async with database.read() as reader:
        found = await get_keys_of_shop(reader, shop_id)
    if found is None or found.merchant is None:
        raise NotFoundException
    return found.merchant.mchid


def _kind(text: str, words: dict[Any, str]) -> Any:
    if text not in words:
        raise NotFoundException
    return text


def _answer_words() -> dict[AnswerKind, str]:
    return {
        "too_many_requests": _("回答 429，什么也没做"),
        "fail_before": _("回答 500，什么也没做"),
        "fail_after": _("做完了，却回答 500"),
        "wrong_signature": _("回答的签名是错的"),
        "slow": _("过两秒才回答"),
    }


def _notice_words() -> dict[NoticeKind, str]:
    return {
        "lose": _("通知丢了"),
        "double": _("通知来了两次"),
        "late": _("通知晚到"),
        "overtaken": _("通知被后一个超过"),
        "wrong_signature": _("通知的签名是错的"),
    }


def _here(shop_id: UUID) -> str:
    return f"/merchant/{shop_id}/sandbox"


ROUTES: Final = (BenchPages,)
