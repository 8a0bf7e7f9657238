"""The card keys of a product on its shop's desk: how many there are, more of them in, and a list of their ends."""

import asyncio
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.card_keys.model import KEY_MAX, KEYS_MAX, DiscardKey, DiscardStatus, Fault, StoreKeys, StoreStatus
from weiji.card_keys.operations import discard_keys, get_keys_of_sku, store_keys
from weiji.card_keys.sealing import seal_lines
from weiji.catalog import Delivery, ProductPage, get_product_page
from weiji.kit.ids import new_id
from weiji.web import gettext as _
from weiji.web import ngettext, page, redirect, shop_staff
from weiji.web.forms import read_form, read_id
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

PAGE: Final = 50
"""Keys on one page of the list."""

FILE_BYTES_MAX: Final = KEYS_MAX * KEY_MAX
"""The largest file with keys."""

FORM_BYTES_MAX: Final = 2 * FILE_BYTES_MAX
"""The largest form."""

FAULTS_SHOWN: Final = 20
"""Lines with a fault that the page names one by one."""


class MerchantKeys(Controller):
    """The card keys of a product."""

    path = "/merchant/{shop_id:uuid}/goods/{product_id:uuid}/keys"
    guards = (shop_staff(Permission.GOODS),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID], product_id: FromPath[UUID]) -> Response[str]:
        """Show the keys of a SKU, and a form for more."""
        return await _show(request, shop_id, product_id)

    @post("/", status_code=303, request_max_body_size=FORM_BYTES_MAX)
    async def store(self, request: WebRequest, shop_id: FromPath[UUID], product_id: FromPath[UUID]) -> Response[str]:
        """Store what was pasted and what is in the file, one key a line."""
        form = await request.form()
        sku_id, upload_id = read_id(str(form.get("sku", ""))), read_id(str(form.get("id", "")))
        text = str(form.get("keys", ""))
        file = form.get("file")
        if isinstance(file, UploadFile):
            content = await asyncio.to_thread(file.file.read, FILE_BYTES_MAX + 1)
            await file.close()
            if len(content) > FILE_BYTES_MAX:
                return await _show(request, shop_id, product_id, error=_("文件太大了，请分几次上传。"))
            text += "\n" + _decode(content)
        lines = text.splitlines()
        if sku_id is None or upload_id is None:
            raise NotFoundException
        if sum(1 for line in lines if line.strip()) > KEYS_MAX:
            return await _show(request, shop_id, product_id, error=store_error(StoreStatus.TOO_MANY_KEYS))
        keys, faults = await asyncio.to_thread(seal_lines, upload_id, lines)
        command = StoreKeys(
            id=upload_id,
            shop_id=shop_id,
            sku_id=sku_id,
            keys=keys,
            faults=faults,
            actor=request.actor("merchant"),
        )
        result = await request.batchers.of(store_keys, "sku_id").submit(command)
        if result.status is StoreStatus.SKU_NOT_FOUND:
            raise NotFoundException
        error = None if result.status is StoreStatus.STORED else store_error(result.status)
        if error or result.faults:
            return await _show(request, shop_id, product_id, error=error, stored=result.stored, faults=result.faults)
        toast = ngettext("存好了 %(number)s 个卡密。", "存好了 %(number)s 个卡密。", result.stored)
        return redirect(request, f"/merchant/{shop_id}/goods/{product_id}/keys?sku={sku_id}", toast=toast)

    @post("/discard", status_code=303)
    async def discard(self, request: WebRequest, shop_id: FromPath[UUID], product_id: FromPath[UUID]) -> Response[str]:
        """Take a key out of the store that nobody has bought."""
        form = await read_form(request)
        sku_id, key_id = form.id("sku"), form.id("key")
        if sku_id is None or key_id is None:
            raise NotFoundException
        command = DiscardKey(id=key_id, shop_id=shop_id, sku_id=sku_id, actor=request.actor("merchant"))
        status = await request.batchers.of(discard_keys, "sku_id").submit(command)
        words = {
            DiscardStatus.DISCARDED: _("删掉了，库存少了一个。"),
            DiscardStatus.KEY_NOT_FOUND: _("没有这个卡密了。"),
            DiscardStatus.HANDED_OUT: _("这个卡密已经发给买家，不能删。"),
            DiscardStatus.PROMISED: _("剩下的都留给了没付款的订单，现在不能删。"),
        }
        way = f"/merchant/{shop_id}/goods/{product_id}/keys?sku={sku_id}"
        tone: Any = "good" if status is DiscardStatus.DISCARDED else "warn"
        return redirect(request, way, toast=words[status], tone=tone)


async def _show(
    request: WebRequest,
    shop_id: UUID,
    product_id: UUID,
    *,
    error: str | None = None,
    stored: int = 0,
    faults: tuple[tuple[int, Fault], ...] = (),
) -> Response[str]:
    wanted = read_id(request.query_params.get("sku"))
    async with request.database.read() as reader:
        product = await get_product_page(reader, product_id)
        if product is None or product.shop_id != shop_id or product.delivery is not Delivery.VIRTUAL:
            raise NotFoundException
        sku = next((sku for sku in product.skus if sku.id == wanted), product.skus[0])
        keys, after = await get_keys_of_sku(reader, sku.id, after=request.query_params.get("after"), limit=PAGE)
    here = f"/merchant/{shop_id}/goods/{product_id}/keys"
    return page(
        request,
        "card_keys/merchant_keys.html",
        status_code=422 if error else 200,
        shop=product.shop,
        product=product,
        sku=sku,
        tabs=_tabs(product, here),
        keys=keys,
        more=f"{here}?sku={sku.id}&after={after}" if after else None,
        here=here,
        id=new_id(shop_id),
        error=error,
        stored=stored,
        faults=[(line, fault_word(fault)) for line, fault in faults[:FAULTS_SHOWN]],
        faults_count=len(faults),
        keys_max=KEYS_MAX,
    )


def _tabs(product: ProductPage, here: str) -> list[dict[str, str]]:
    return [
        {"key": str(sku.id), "label": " · ".join(sku.choices), "href": f"{here}?sku={sku.id}"}
        for sku in product.skus
        if sku.choices
    ]


def _decode(content: bytes) -> str:
    """Read a file of text as people's programs write it: UTF-8, else what Chinese Windows writes."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", errors="replace")


def store_error(status: StoreStatus) -> str:
    """Say why nothing was stored."""
    match status:
        case StoreStatus.TOO_MANY_KEYS:
            return ngettext(
                "一次最多存 %(number)s 个卡密，请分几次。", "一次最多存 %(number)s 个卡密，请分几次。", KEYS_MAX
            )
        case StoreStatus.NOT_VIRTUAL:
            return _("这件商品要发快递，没有卡密。")
        case _:
            return _("没有可以存的卡密：一行一个，贴在框里或放在文件里。")


def fault_word(fault: Fault) -> str:
    """Say why a line is no key to store."""
    match fault:
        case Fault.DOUBLE:
            return _("重复了，已经存过")
        case Fault.TOO_LONG:
            return ngettext("太长，最多 %(number)s 个字符", "太长，最多 %(number)s 个字符", KEY_MAX)
        case Fault.INVALID:
            return _("有看不见的字符")


ROUTES: Final = (MerchantKeys,)
"""What the program serves of this module."""
