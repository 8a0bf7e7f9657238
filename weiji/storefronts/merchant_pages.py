"""Designing a shop's page: blocks beside a preview, the look, versions, and the short address with its QR code."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response
from msgspec.structs import replace

from weiji.catalog import show_picture
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.media import BYTES_MAX
from weiji.media.pages import FORM_BYTES_MAX
from weiji.shops import ChangeHandle, ChangeHandleStatus, change_handles
from weiji.storefronts.forms import (
    Reader,
    block_words,
    fault_word,
    new_block,
    order_words,
    read_block,
    read_look,
    source_value,
    summary_of,
    target_value,
    time_value,
)
from weiji.storefronts.model import (
    BLOCKS_MAX,
    SLIDES_MAX,
    VERSIONS_MAX,
    Banner,
    Block,
    CategoryOfGoods,
    Chosen,
    Design,
    Front,
    Grid,
    Header,
    InCategory,
    Pattern,
    PublishDesign,
    PublishDesignStatus,
    RestoreVersion,
    RestoreVersionStatus,
    SaveDraft,
    SaveDraftStatus,
    Slide,
    Storefront,
    Text,
    Video,
    type_of,
)
from weiji.storefronts.operations import (
    get_front,
    get_storefront,
    get_version,
    list_versions,
    publish_designs,
    restore_versions,
    save_drafts,
)
from weiji.storefronts.rules import (
    add_block,
    compose,
    find_block,
    move_block,
    remove_block,
    replace_block,
)
from weiji.storefronts.sharing import short_address
from weiji.storefronts.showing import front_context
from weiji.storefronts.starts import Start, by_itself, start
from weiji.web import Permission, fragment, page, redirect, shop_staff, toast_headers
from weiji.web import gettext as _
from weiji.web.forms import INTEGER_MAX, Form, read_form, read_number
from weiji.web.locales import current
from weiji.web.paragraphs import write_text
from weiji.web.requests import WebRequest
from weiji.web.sharing import base_of
from weiji.web.visit import is_htmx
from weiji.word_rules.words import refusal_lines

SAVED: Final = (SaveDraftStatus.SAVED, SaveDraftStatus.EXISTS)


class Builder(Controller):
    """The draft of a shop's page, block by block."""

    path = "/merchant/{shop_id:uuid}/storefront"
    guards = (shop_staff(Permission.SHOP),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show the blocks, and how they look."""
        return await _show(request, shop_id)

    @get("/blocks/{block_id:uuid}")
    async def edit(self, request: WebRequest, shop_id: FromPath[UUID], block_id: FromPath[UUID]) -> Response[str]:
        """Show a block as a form."""
        return await _show(request, shop_id, block_id)

    @post("/blocks", status_code=303)
    async def add(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Add a block at the end, and show its form."""
        form = await read_form(request)
        block = new_block(form.text("type"), new_id(shop_id))
        if block is None:
            raise NotFoundException
        front = await _get(request.database, shop_id)
        design = add_block(_draft(front, shop_id), block)
        saved = await _save(request, shop_id, design, form)
        if saved is not None:
            return saved
        return redirect(request, f"/merchant/{shop_id}/storefront/blocks/{block.id}")

    @post("/blocks/{block_id:uuid}", status_code=303, request_max_body_size=FORM_BYTES_MAX)
    async def save(self, request: WebRequest, shop_id: FromPath[UUID], block_id: FromPath[UUID]) -> Response[str]:
        """Take over what a block's form says."""
        front = await _get(request.database, shop_id)
        design = _draft(front, shop_id)
        block = find_block(design, block_id)
        if block is None:
            return _conflict(request, shop_id)
        sent = await request.form()
        reader = Reader(sent, request.batchers, request.settings, shop_id)
        typed = await read_block(reader, block)
        status = (
            SaveDraftStatus.INVALID_PICTURE
            if reader.refused
            else await _submit(
                request, shop_id, replace_block(design, typed), read_number(sent.get("version"), INTEGER_MAX)
            )
        )
        if status is SaveDraftStatus.VERSION_CONFLICT:
            return _conflict(request, shop_id)
        if status not in SAVED:
            errors = reader.refused or [fault_word(status)]
            return await _show(request, shop_id, block_id, typed=typed, errors=errors)
        return redirect(request, f"/merchant/{shop_id}/storefront", toast=_("已存进草稿。"))

    @post("/blocks/{block_id:uuid}/place", status_code=303)
    async def move(self, request: WebRequest, shop_id: FromPath[UUID], block_id: FromPath[UUID]) -> Response[str]:
        """Move a block up, down, or to a place."""
        form = await read_form(request)
        design = _draft(await _get(request.database, shop_id), shop_id)
        ids = [block.id for block in design.blocks]
        if block_id not in ids:
            return _conflict(request, shop_id)
        place = form.number("place") or 0
        step = {"up": -1, "down": 1}.get(form.text("step"))
        if step is not None:
            place = max(0, ids.index(block_id) + step)
        saved = await _save(request, shop_id, move_block(design, block_id, place), form)
        return saved or await _back(request, shop_id, _("挪好了。"))

    @post("/blocks/{block_id:uuid}/removal", status_code=303)
    async def remove(self, request: WebRequest, shop_id: FromPath[UUID], block_id: FromPath[UUID]) -> Response[str]:
        """Take a block out."""
        form = await read_form(request)
        design = _draft(await _get(request.database, shop_id), shop_id)
        saved = await _save(request, shop_id, remove_block(design, block_id), form)
        return saved or await _back(request, shop_id, _("已从草稿里删掉。"))

    @post("/start", status_code=303)
    async def begin(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Begin again with one of the designs; logo, cover picture and motto stay."""
        form = await read_form(request)
        which = form.text("start")
        if which not in tuple(Start):
            raise NotFoundException
        before = _draft(await _get(request.database, shop_id), shop_id).look
        design = start(shop_id, Start(which))
        look = replace(design.look, logo=before.logo, cover=before.cover, motto=before.motto)
        saved = await _save(request, shop_id, replace(design, look=look), form)
        return saved or redirect(request, f"/merchant/{shop_id}/storefront", toast=_("草稿换好了，买家还看不到。"))

    @post("/publication", status_code=303)
    async def publish(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show buyers the draft."""
        form = await read_form(request)
        command = PublishDesign(shop_id=shop_id, version=form.number("version") or 0, actor=request.actor("merchant"))
        result = await request.batchers.of(publish_designs, "shop_id").submit(command)
        here = f"/merchant/{shop_id}/storefront"
        match result.status:
            case PublishDesignStatus.VERSION_CONFLICT:
                return _conflict(request, shop_id)
            case PublishDesignStatus.WORDS_REFUSED:
                toast = _("没有发布：%(reasons)s", reasons=" ".join(refusal_lines(result.refusals)))
                return redirect(request, here, toast=toast, tone="bad")
            case PublishDesignStatus.NO_DRAFT:
                return redirect(request, here, toast=_("还没有改过，买家看到的就是这一页。"), tone="info")
            case _:
                return redirect(request, here, toast=_("发布了，买家现在就能看到。"))

    @get("/preview")
    async def preview(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show the draft, or a version, as buyers would see it."""
        number = read_number(request.query_params.get("number"), INTEGER_MAX)
        async with request.database.read() as reader:
            if number is None:
                design: Design | None = _draft(await get_storefront(reader, shop_id), shop_id)
            else:
                design = await get_version(reader, shop_id, min(number, 2**31 - 1))
            front = await get_front(reader, shop_id, design) if design else None
        if front is None or design is None:
            raise NotFoundException
        return page(request, "storefronts/preview.html", **front_context(front, design, clock.now()), number=number)


class LookPages(Controller):
    """What stands above the blocks."""

    path = "/merchant/{shop_id:uuid}/storefront/look"
    guards = (shop_staff(Permission.SHOP),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show the form."""
        return await _show_look(request, shop_id)

    @post("/", status_code=303, request_max_body_size=FORM_BYTES_MAX)
    async def save(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Take over what the form says."""
        design = _draft(await _get(request.database, shop_id), shop_id)
        sent = await request.form()
        reader = Reader(sent, request.batchers, request.settings, shop_id)
        design = replace(design, look=await read_look(reader))
        status = (
            SaveDraftStatus.INVALID_PICTURE
            if reader.refused
            else await _submit(request, shop_id, design, read_number(sent.get("version"), INTEGER_MAX))
        )
        if status is SaveDraftStatus.VERSION_CONFLICT:
            return _conflict(request, shop_id)
        if status not in SAVED:
            errors = reader.refused or [fault_word(status)]
            return await _show_look(request, shop_id, typed=design, errors=errors)
        return redirect(request, f"/merchant/{shop_id}/storefront/look", toast=_("已存进草稿。"))


class VersionPages(Controller):
    """What was published before."""

    path = "/merchant/{shop_id:uuid}/storefront/versions"
    guards = (shop_staff(Permission.SHOP),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """List the versions."""
        async with request.database.read() as reader:
            front = await get_front(reader, shop_id, Design())
            versions = await list_versions(reader, shop_id)
        if front is None:
            raise NotFoundException
        return page(
            request,
            "storefronts/merchant_versions.html",
            shop=front.shop,
            versions=versions,
            versions_max=VERSIONS_MAX,
            tabs=_tabs(shop_id),
        )

    @post("/", status_code=303)
    async def restore(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Make the draft what a version was."""
        form = await read_form(request)
        front = await _get(request.database, shop_id)
        command = RestoreVersion(
            shop_id=shop_id,
            number=min(form.number("number") or 0, 2**31 - 1),
            version=front.version,
            actor=request.actor("merchant"),
        )
        result = await request.batchers.of(restore_versions, "shop_id").submit(command)
        here = f"/merchant/{shop_id}/storefront"
        match result.status:
            case RestoreVersionStatus.VERSION_NOT_FOUND:
                return redirect(request, f"{here}/versions", toast=_("这个版本已经没有了。"), tone="bad")
            case RestoreVersionStatus.VERSION_CONFLICT:
                return _conflict(request, shop_id)
            case _:
                return redirect(
                    request,
                    here,
                    toast=_("草稿现在和第 %(number)s 版一样，发布之后买家才看到。", number=command.number),
                )


class AddressPages(Controller):
    """The short address, its QR code, and a card to print."""

    path = "/merchant/{shop_id:uuid}/storefront/address"
    guards = (shop_staff(Permission.SHOP),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show the address."""
        return await _show_address(request, shop_id)

    @post("/", status_code=303, guards=(shop_staff(Permission.OWNERSHIP),))
    async def change(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Give the shop another handle, once."""
        handle = (await read_form(request)).text("handle").lower()
        command = ChangeHandle(shop_id=shop_id, handle=handle, actor=request.actor("merchant"))
        status = await request.batchers.of(change_handles, "shop_id").submit(command)
        words = {
            ChangeHandleStatus.INVALID_HANDLE: _(
                "2 到 32 个小写字母、数字或连字符，头尾不能是连字符，也不能像一串编号。"
            ),
            ChangeHandleStatus.HANDLE_TAKEN: _("这个地址已经有人用了，换一个吧。"),
            ChangeHandleStatus.CHANGED_BEFORE: _("地址已经改过一次，不能再改了。"),
        }
        if status in words:
            return await _show_address(request, shop_id, handle, words[status])
        if status is ChangeHandleStatus.SHOP_NOT_FOUND:
            raise NotFoundException
        toast = _("地址改好了。原来的地址和二维码也一直能用。")
        return redirect(request, f"/merchant/{shop_id}/storefront/address", toast=toast)

    @get("/card")
    async def show_card(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show a card with the QR code, to be printed."""
        front = await _read_published(request.database, shop_id)
        address = short_address(base_of(request), front.shop.handle)
        design = front.design or by_itself(shop_id)
        return page(
            request,
            "storefronts/card.html",
            **front_context(front, design, None),
            address=address.partition("://")[2],
        )


# ==== The builder ====


async def _show(
    request: WebRequest,
    shop_id: UUID,
    block_id: UUID | None = None,
    *,
    typed: Block | None = None,
    errors: list[str] | None = None,
) -> Response[str]:
    context = await _builder(request.database, shop_id, block_id, typed, errors or [])
    return page(request, "storefronts/merchant_builder.html", status_code=422 if errors else 200, **context)


async def _back(request: WebRequest, shop_id: UUID, toast: str) -> Response[str]:
    """Show the builder again: its changed parts to htmx, else the page."""
    if not is_htmx(request.scope):
        return redirect(request, f"/merchant/{shop_id}/storefront", toast=toast)
    context = await _builder(request.database, shop_id, None, None, [])
    return fragment(request, "storefronts/builder.html", headers=toast_headers(toast), **context)


async def _builder(
    database: Database, shop_id: UUID, block_id: UUID | None, typed: Block | None, errors: list[str]
) -> dict[str, Any]:
    async with database.read() as reader:
        storefront = await get_storefront(reader, shop_id)
        design = _draft(storefront, shop_id)
        front = await get_front(reader, shop_id, design, has_choices=True)
    if front is None:
        raise NotFoundException
    block = find_block(design, block_id) if block_id else None
    if block_id and block is None:
        raise NotFoundException
    shown = compose(design, front, clock.now())
    words = block_words()
    return {
        **front_context(front, design, clock.now()),
        "storefront": storefront,
        "items": [
            {
                "id": one.block.id,
                "type": one.type,
                "word": words[one.type][0],
                "icon": words[one.type][1],
                "summary": summary_of(one.block),
                "is_hidden": one.is_hidden,
            }
            for one in shown
        ],
        "offers": [
            {"type": type, "word": word, "icon": icon, "note": note} for type, (word, icon, note) in words.items()
        ],
        "is_full": len(design.blocks) >= BLOCKS_MAX,
        "starts": _starts(),
        "tabs": _tabs(shop_id),
        "errors": errors,
        "target_value": target_value,
        "time_value": time_value,
        "editing": _editing(typed or block, front) if block else None,
    }


def _editing(block: Block, front: Front) -> dict[str, Any]:
    """Give the form of a block what it shows and offers."""
    *_shown, films, goods = front.shelves
    kinds = list(dict.fromkeys(card.kind for card in goods if card.kind))
    words = block_words()[type_of(block)]
    targets = [("", _("不去哪里"))]
    targets += [(f"goods:{order}", _("全部商品：%(order)s", order=word)) for order, word in order_words().items()]
    targets += [(f"kind:{kind}", _("类目：%(kind)s", kind=kind)) for kind in kinds]
    targets += [(f"product:{card.id}", card.title) for card in goods]
    sources = [(f"ranked:{order}", word) for order, word in order_words().items()]
    sources += [(f"kind:{kind}", _("类目：%(kind)s", kind=kind)) for kind in kinds]
    sources += _categories(block, front.categories)
    sources += [("tag", _("带某个标签的")), ("chosen", _("自己挑"))]
    given: dict[str, Any] = {
        "block": block,
        "type": type_of(block),
        "word": words[0],
        "note": words[2],
        "targets": targets,
        "megabytes": BYTES_MAX // 1024**2,
    }
    if isinstance(block, Banner):
        given["slides"] = [*block.slides, *([Slide()] if len(block.slides) < SLIDES_MAX else [])]
    elif isinstance(block, Grid):
        source = block.source
        chosen = source.product_ids if isinstance(source, Chosen) else ()
        given |= {
            "source": source_value(source),
            "sources": sources,
            "limit": getattr(source, "limit", 6),
            "tag": getattr(source, "tag", ""),
            "goods": [
                {
                    "id": card.id,
                    "title": card.title,
                    "picture": show_picture(card.picture, card.id, card.title, card.kind),
                    "is_chosen": card.id in chosen,
                }
                for card in goods
            ],
        }
    elif isinstance(block, Video):
        given["films"] = [("", _("最近放视频的那件"))] + [(str(card.id), card.title) for card in films]
    elif isinstance(block, Text):
        given["text"] = write_text(block.html)
    return given


def _categories(block: Block, offered: Sequence[CategoryOfGoods]) -> list[tuple[str, str]]:
    """List the categories that a grid may show, each with what it lies in; that which it shows is always there."""
    by_id = {category.id: category for category in offered}

    def path(category: CategoryOfGoods | None) -> str:
        if category is None:
            return ""
        name = category.name_en if category.name_en and current().startswith("en") else category.name
        above = path(by_id.get(category.parent_id)) if category.parent_id else ""
        return f"{above} › {name}" if above else name

    found = [(f"category:{each.id}", _("平台类目：%(category)s", category=path(each))) for each in offered]
    shown = block.source if isinstance(block, Grid) else None
    if isinstance(shown, InCategory) and shown.category_id not in by_id:
        found.append((f"category:{shown.category_id}", _("平台类目：现在没有商品在里面")))
    return sorted(found, key=lambda choice: choice[1])


def _starts() -> list[tuple[str, str, str]]:
    return [
        (Start.SIMPLE.value, _("简洁"), _("名字在中间，下面就是商品。适合东西不多的店。")),
        (Start.SHOWCASE.value, _("陈列"), _("横幅、类目、畅销、新品。适合东西多的店。")),
        (Start.STORY.value, _("故事"), _("先说你是谁，再看东西。适合手艺人。")),
    ]


def _tabs(shop_id: UUID) -> list[dict[str, str]]:
    here = f"/merchant/{shop_id}/storefront"
    return [
        {"key": "blocks", "label": _("页面"), "href": here},
        {"key": "look", "label": _("门面"), "href": f"{here}/look"},
        {"key": "versions", "label": _("版本"), "href": f"{here}/versions"},
        {"key": "address", "label": _("地址与二维码"), "href": f"{here}/address"},
    ]


async def _show_look(
    request: WebRequest, shop_id: UUID, *, typed: Design | None = None, errors: list[str] | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        storefront = await get_storefront(reader, shop_id)
        design = typed or _draft(storefront, shop_id)
        front = await get_front(reader, shop_id, design)
    if front is None:
        raise NotFoundException
    return page(
        request,
        "storefronts/merchant_look.html",
        status_code=422 if errors else 200,
        **front_context(front, design, clock.now()),
        storefront=storefront,
        errors=errors or [],
        tabs=_tabs(shop_id),
        headers_offered=[
            {"value": Header.COVER.value, "label": _("大图"), "note": _("名字放在封面图上")},
            {"value": Header.CENTRED.value, "label": _("居中"), "note": _("安静，名字在中间")},
            {"value": Header.SIGN.value, "label": _("招牌"), "note": _("窄窄一条，用店的颜色")},
        ],
        patterns=_patterns(),
        megabytes=BYTES_MAX // 1024**2,
    )


def _patterns() -> list[tuple[str, str]]:
    return [
        (Pattern.MOUNTAINS.value, _("远山")),
        (Pattern.WAVES.value, _("水波")),
        (Pattern.CLOUDS.value, _("云纹")),
        (Pattern.LATTICE.value, _("窗格")),
        (Pattern.PETALS.value, _("花瓣")),
        (Pattern.THREADS.value, _("织纹")),
    ]


async def _show_address(
    request: WebRequest, shop_id: UUID, handle: str = "", error: str | None = None
) -> Response[str]:
    front = await _read_published(request.database, shop_id)
    base = base_of(request)
    address = short_address(base, front.shop.handle)
    return page(
        request,
        "storefronts/merchant_address.html",
        status_code=422 if error else 200,
        shop=front.shop,
        tabs=_tabs(shop_id),
        address=address,
        prefix=short_address(base, "").partition("://")[2],
        handle=handle,
        error=error,
    )


async def _read_published(database: Database, shop_id: UUID) -> Front:
    async with database.read() as reader:
        front = await get_front(reader, shop_id)
    if front is None:
        raise NotFoundException
    return front


# ==== Saving ====


def _draft(front: Storefront, shop_id: UUID) -> Design:
    """Give the draft; what buyers see, where nothing was ever saved."""
    return front.draft or by_itself(shop_id)


async def _get(database: Database, shop_id: UUID) -> Storefront:
    async with database.read() as reader:
        return await get_storefront(reader, shop_id)


async def _save(request: WebRequest, shop_id: UUID, design: Design, form: Form) -> Response[str] | None:
    """Save a draft; give the way back, where it was refused."""
    status = await _submit(request, shop_id, design, form.number("version"))
    if status in SAVED:
        return None
    if status is SaveDraftStatus.VERSION_CONFLICT:
        return _conflict(request, shop_id)
    return redirect(request, f"/merchant/{shop_id}/storefront", toast=fault_word(status), tone="bad")


async def _submit(request: WebRequest, shop_id: UUID, design: Design, version: int | None) -> SaveDraftStatus:
    command = SaveDraft(shop_id=shop_id, design=design, version=version or 0, actor=request.actor("merchant"))
    return (await request.batchers.of(save_drafts, "shop_id").submit(command)).status


def _conflict(request: WebRequest, shop_id: UUID) -> Response[str]:
    toast = _("这一页刚刚被别人改过，先看看现在的样子再改。")
    return redirect(request, f"/merchant/{shop_id}/storefront", toast=toast, tone="warn")


ROUTES: Final = (Builder, LookPages, VersionPages, AddressPages)
"""What the program serves of this module."""
