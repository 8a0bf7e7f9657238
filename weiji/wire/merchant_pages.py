"""The desk's pages of the payment protocol: every key and its role, and what merchants' servers were told."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.kit import clock
from weiji.kit.db import Database
from weiji.shops import get_shops
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, shop_staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import Form, read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest
from weiji.webhooks import (
    MessageStatus,
    ResendMessage,
    ResendMessageStatus,
    get_log,
    list_messages,
    resend_messages,
)
from weiji.wire import issuing, words
from weiji.wire.addresses import is_address
from weiji.wire.examples import examples
from weiji.wire.issuing import MerchantKeys, public_key_of_ring, read_keys
from weiji.wire.keys import (
    AddCertificateStatus,
    ChoosePlatformKey,
    EndCertificateStatus,
    KeyKind,
    Refusal,
    SetApiKey,
    SetPartners,
    SetV2Access,
    SetV2AccessStatus,
    choose_platform_keys,
    get_keys_of_shop,
    open_merchant,
    set_api_keys,
    set_partners,
    set_v2_access,
)
from weiji.wire.keys.authority import CSR_MAX, read_request
from weiji.wire.keys.model import OVERLAP_MAX
from weiji.wire.listeners import PutListener, Topic, Wish, put_listeners
from weiji.wire.running import wire_of
from weiji.wire.sealing import make_api_key
from weiji.wire.trade import list_orders

PAGE: Final = 30
"""Messages on one page of the list."""

ATTEMPTS_SHOWN: Final = 50
"""Attempts that the page of a message shows."""

ENTERED: Final = ("name", "csr", "url", "partners", "addresses", *Topic)
"""Fields that come back where something was wrong: no key is among them."""

TABS: Final = ("", MessageStatus.WAITING, MessageStatus.GIVEN_UP, MessageStatus.DELIVERED)


class WirePages(Controller):
    """The keys of a merchant."""

    path = "/merchant/{shop_id:uuid}/open-payments"
    guards = (shop_staff(Permission.OWNERSHIP),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show every key between the merchant and us, or what there is to gain."""
        return await _show(request, shop_id)

    @post("/number", status_code=303, opt=rate("wire_keys", "60/hour"))
    async def open(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Give the shop a number."""
        await open_merchant(request.batchers, shop_id, request.actor("merchant"))
        return redirect(request, _here(shop_id), toast=_("开通了。下一步：要一张证书，设好 APIv3 密钥。"))

    @post("/certificates", status_code=200, opt=rate("wire_keys", "60/hour"))
    async def certify(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[Any]:
        """Certify a key of the merchant; the answer is a file with all that a client needs but for the private key.

        The page's script makes the key pair in the browser, and adds the private key to the file there.
        """
        form = await read_form(request)
        keys = await _read(request.database, shop_id)
        name = form.text("name")
        try:
            key = read_request(await _uploaded(request) or form.long("csr", CSR_MAX))
        except Refusal as refusal:
            reason = str(refusal)
            shown = None if reason == "csr_is_private_key" else form  # What is secret goes no way twice.
            return await _show(request, shop_id, shown, {"csr": words.csr_error(reason)})
        actor = request.actor("merchant")
        issued = await issuing.issue(request.database, request.batchers, keys, name, key, actor)
        if issued.status is not AddCertificateStatus.CREATED:
            return await _show(request, shop_id, form, {"name": words.certificate_error(issued.status)})
        content = issuing.pack(keys, issued, _origin(request))
        headers = {
            "content-disposition": f'attachment; filename="weiji_{keys.merchant.mchid}.zip"',
            "cache-control": "no-store",
            "weiji-serial": issued.serial or "",
        }
        return Response(content, media_type="application/zip", headers=headers)

    @post("/certificates/{serial:str}/end", status_code=303)
    async def end(self, request: WebRequest, shop_id: FromPath[UUID], serial: FromPath[str]) -> Response[str]:
        """Let a certificate end, at once or later."""
        form = await read_form(request)
        keys = await _read(request.database, shop_id)
        days = min(max(form.number("days") or 0, 0), OVERLAP_MAX.days)
        actor = request.actor("merchant")
        status = await issuing.end_certificate(
            request.database, request.batchers, keys.merchant, serial, timedelta(days=days), actor
        )
        if status is EndCertificateStatus.CERTIFICATE_NOT_FOUND:
            raise NotFoundException
        return redirect(request, _here(shop_id), toast=_("证书到时候就失效了。") if days else _("证书已经失效。"))

    @post("/api-key", status_code=200, opt=rate("wire_keys", "60/hour"))
    async def set_api_key(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Set the APIv3 key: the one that was typed, else one that is made and shown this once."""
        form = await read_form(request)
        keys = await _read(request.database, shop_id)
        typed = form.raw("api_key").strip()
        api_key = typed or make_api_key()
        command = SetApiKey(shop_id=shop_id, api_key=api_key, actor=request.actor("merchant"))
        status = await request.batchers.of(set_api_keys, "shop_id").submit(command)
        wire_of(request.database).directory.forget(keys.merchant.mchid)
        if status != "set":
            return await _show(request, shop_id, form, {"api_key": _("要 32 个字母或数字。")})
        return await _show(request, shop_id, made_key="" if typed else api_key, is_key_set=True)

    @post("/v2-access", status_code=200, opt=rate("wire_keys", "60/hour"))
    async def set_v2_access(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Say from where old calls may move money, and set their key, if one was typed; the first is made for them."""
        form = await read_form(request)
        keys = await _read(request.database, shop_id)
        typed = form.raw("v2_key").strip()
        v2_key = typed or (None if keys.merchant.v2_key_set_at else make_api_key())
        command = SetV2Access(
            shop_id=shop_id,
            v2_key=v2_key,
            addresses=tuple(form.text("addresses").replace(",", " ").split()),
            actor=request.actor("merchant"),
        )
        status = await request.batchers.of(set_v2_access, "shop_id").submit(command)
        wire_of(request.database).directory.forget(keys.merchant.mchid)
        if status is not SetV2AccessStatus.SET:
            return await _show(request, shop_id, form, words.v2_errors(status))
        return await _show(request, shop_id, made_v2_key="" if typed else v2_key or "", is_v2_set=True)

    @post("/platform-key", status_code=303)
    async def choose(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Say which of the platform's keys signs where a program names none: at once or later, and back as easily."""
        form, wall = await read_form(request), clock.wall()
        days = min(max(form.number("switch_days") or 0, 0), OVERLAP_MAX.days)
        keys = await _read(request.database, shop_id)
        wanted = form.text("platform_key") or None
        command = ChoosePlatformKey(
            shop_id=shop_id,
            platform_key_id=wanted,
            is_known=wanted is not None and keys.ring.find(wanted, wall) is not None,
            actor=request.actor("merchant"),
            begins_at=wall + timedelta(days=days) if days else None,
        )
        status = await request.batchers.of(choose_platform_keys, "shop_id").submit(command)
        wire_of(request.database).directory.forget(keys.merchant.mchid)
        if status not in ("chosen", "exists"):
            return redirect(request, _here(shop_id), toast=_("这把钥匙已经不在用了。"), tone="warn")
        if days:
            return redirect(request, _here(shop_id), toast=_("到时候就换成这把钥匙；在那以前还用现在的。"))
        return redirect(request, _here(shop_id), toast=_("从现在起，没有点名的回答和通知用这把钥匙签名。"))

    @post("/partners", status_code=303)
    async def name_partners(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Name the service providers who may make orders for this merchant."""
        form = await read_form(request)
        keys = await _read(request.database, shop_id)
        command = SetPartners(
            shop_id=shop_id,
            partners=tuple(form.text("partners").replace(",", " ").split()),
            actor=request.actor("merchant"),
        )
        status = await request.batchers.of(set_partners, "shop_id").submit(command)
        wire_of(request.database).directory.forget(keys.merchant.mchid)
        if status != "set":
            return await _show(request, shop_id, form, {"partners": _("商户号是 10 位数字，最多 20 个。")})
        return redirect(request, _here(shop_id), toast=_("服务商改好了。"))

    @post("/listeners", status_code=303)
    async def listen(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Say where the merchant is told of what it did not ask for: all topics at once, an empty one not at all."""
        form = await read_form(request)
        keys = await _read(request.database, shop_id)
        urls = {topic: form.text(topic) for topic in Topic}
        wrong = {topic.value: words.url_error() for topic, url in urls.items() if url and not is_address(url)}
        if wrong:
            return await _show(request, shop_id, form, wrong)
        await request.batchers.of(put_listeners, "shop_id").submit_all(
            [
                PutListener(
                    mchid=keys.merchant.mchid,
                    topic=topic,
                    shop_id=shop_id,
                    wish=Wish.PUT if url else Wish.REMOVE,
                    url=url,
                    actor=request.actor("merchant"),
                )
                for topic, url in urls.items()
            ]
        )
        return redirect(request, _here(shop_id), toast=_("通知地址改好了。"))

    @post("/self-test", status_code=303, opt=rate("wire_self_test", "60/hour"))
    async def test(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Send a notice that tells of nothing, signed with a chosen key, and show what became of it."""
        form = await read_form(request)
        keys = await _read(request.database, shop_id)
        url = form.text("url")
        if not is_address(url):
            return await _show(request, shop_id, form, {"url": words.url_error()})
        id = await issuing.send_self_test(request.database, keys.merchant, url, form.text("platform_key") or None)
        return redirect(request, f"{_here(shop_id)}/notices/{id}")


class MerchantOrderPages(Controller):
    """What programs sold for a shop."""

    path = "/merchant/{shop_id:uuid}/open-payments/orders"
    guards = (shop_staff(Permission.MONEY),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """List orders that programs made, the newest first."""
        before = read_cursor(request.query_params.get("before"), tuple[datetime, UUID])
        async with request.database.read() as reader:
            (shop,) = await get_shops(reader, [shop_id])
            orders = await list_orders(reader, shop_id, before, PAGE + 1)
        if shop is None:
            raise NotFoundException
        shown = orders[:PAGE]
        next = write_cursor(shown[-1].created_at, shown[-1].id) if len(orders) > PAGE else None
        return page(
            request,
            "wire/orders.html",
            shop=shop,
            orders=shown,
            state_word=words.order_word,
            more=f"{_here(shop_id)}/orders?before={next}" if next else None,
        )


class NoticePages(Controller):
    """What merchants' servers were told."""

    path = "/merchant/{shop_id:uuid}/open-payments/notices"
    guards = (shop_staff(Permission.MONEY),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """List messages, the newest first."""
        tab = request.query_params.get("tab", "")
        status = MessageStatus(tab) if tab in TABS and tab else None
        before = read_cursor(request.query_params.get("before"), tuple[datetime, UUID])
        async with request.database.read() as reader:
            (shop,) = await get_shops(reader, [shop_id])
            messages = await list_messages(reader, shop_id, before=before, status=status, limit=PAGE + 1)
        if shop is None:
            raise NotFoundException
        shown = messages[:PAGE]
        next = write_cursor(shown[-1].created_at, shown[-1].id) if len(messages) > PAGE else None
        here = f"{_here(shop_id)}/notices"
        query = f"tab={status.value}&" if status else ""
        return page(
            request,
            "wire/notices.html",
            shop=shop,
            here=here,
            tab=status.value if status else "",
            tabs=[
                {"key": each, "label": words.tab_word(each), "href": f"{here}?tab={each}" if each else here}
                for each in map(str, TABS)
            ],
            messages=shown,
            status_word=words.status_word,
            type_word=words.type_word,
            more=f"{here}?{query}before={next}" if next else None,
        )

    @get("/{message_id:uuid}")
    async def show_message(
        self, request: WebRequest, shop_id: FromPath[UUID], message_id: FromPath[UUID]
    ) -> Response[str]:
        """Show a message with every attempt: what was sent, what came back, and why it failed."""
        async with request.database.read() as reader:
            (shop,) = await get_shops(reader, [shop_id])
            message, attempts = await get_log(reader, message_id, ATTEMPTS_SHOWN) or (None, [])
        if shop is None or message is None or message.owner_id != shop_id:
            raise NotFoundException
        return page(
            request,
            "wire/notice.html",
            shop=shop,
            here=f"{_here(shop_id)}/notices",
            message=message,
            attempts=attempts,
            status_word=words.status_word,
            type_word=words.type_word,
            reason_word=words.reason_word,
        )

    @post("/{message_id:uuid}/resending", status_code=303)
    async def resend(self, request: WebRequest, shop_id: FromPath[UUID], message_id: FromPath[UUID]) -> Response[str]:
        """Send a message again, now."""
        command = ResendMessage(id=message_id, owner_id=shop_id, actor=request.actor("merchant"))
        status = await request.batchers.of(resend_messages, "id").submit(command)
        if status is ResendMessageStatus.MESSAGE_NOT_FOUND:
            raise NotFoundException
        return redirect(request, f"{_here(shop_id)}/notices/{message_id}", toast=_("马上再发一次。"))


def _here(shop_id: UUID) -> str:
    return f"/merchant/{shop_id}/open-payments"


async def _uploaded(request: WebRequest) -> str:
    """Read the request for a certificate that came as a file; nothing where there is none."""
    file = (await request.form()).get("csr_file")
    return (await file.read(CSR_MAX + 1)).decode(errors="replace") if isinstance(file, UploadFile) else ""


def _origin(request: WebRequest) -> str:
    return str(request.base_url).rstrip("/")


async def _read(database: Database, shop_id: UUID) -> MerchantKeys:
    async with database.read() as reader:
        keys = await read_keys(reader, database, shop_id)
    if keys is None:
        raise NotFoundException
    return keys


async def _show(
    request: WebRequest,
    shop_id: UUID,
    form: Form | None = None,
    errors: dict[str, str] | None = None,
    *,
    made_key: str = "",
    is_key_set: bool = False,
    made_v2_key: str = "",
    is_v2_set: bool = False,
) -> Response[str]:
    async with request.database.read() as reader:
        found = await get_keys_of_shop(reader, shop_id)
    if found is None:
        raise NotFoundException
    if found.merchant is None:
        return page(request, "wire/closed.html", shop=found.shop, here=_here(shop_id))
    ring = await wire_of(request.database).keyring.ring()
    wall = clock.wall()
    merchant = found.merchant
    public = public_key_of_ring(ring)
    serials = [each.serial for each in found.certificates if each.is_in_force(wall)]
    signing = ring.signing(wall)
    return page(
        request,
        "wire/keys.html",
        status_code=422 if errors else 200,
        shop=found.shop,
        here=_here(shop_id),
        merchant=merchant,
        origin=_origin(request),
        certificates=[
            {
                "it": each,
                "is_in_force": each.is_in_force(wall),
                "is_ending": each.ends_at is not None,
                # In a sandbox whose clock was turned, the page tells its time: what is to come may not look past.
                "ends_at": each.ends_at and clock.now() + (each.ends_at - wall),
            }
            for each in found.certificates
        ],
        platform_keys=signing,
        signing=ring.choose(None, merchant, wall),
        signing_word=words.signing_word(merchant, wall),
        # As above, of what is to come.
        switches_at=(at := merchant.switches_at(wall)) and clock.now() + (at - wall),
        key_choices=[("", _("公钥；程序取过平台证书的，用最新的证书"))]
        + [(key.id, words.platform_key_word(key)) for key in signing],
        key_word=words.platform_key_word,
        public_key=public,
        is_public=lambda key: key.kind is KeyKind.PUBLIC_KEY,
        examples=examples(merchant.mchid, serials[0] if serials else "…", public.id, _origin(request)),
        topics=[(topic.value, words.topic_word(topic)) for topic in Topic],
        listeners=found.listeners,
        switching=[("0", _("马上换")), ("1", _("1 天后换")), ("7", _("7 天后换")), ("30", _("30 天后换"))],
        days=[("0", _("马上失效")), ("1", _("1 天后失效")), ("7", _("7 天后失效")), ("30", _("30 天后失效"))],
        errors=errors or {},
        entered={name: form.long(name, CSR_MAX) for name in ENTERED} if form else {},
        made_key=made_key,
        is_key_set=is_key_set,
        made_v2_key=made_v2_key,
        is_v2_set=is_v2_set,
    )


ROUTES: Final = (WirePages, MerchantOrderPages, NoticePages)
"""What the program serves of this module's pages for merchants."""
