"""How a shop's page looks, in an archive: told of with handles of products, and taken over where there is none."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from weiji.catalog import find_products, get_categories, get_products
from weiji.events import Actor
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import derive
from weiji.kit.text import is_line
from weiji.porting.records import DesignRecord
from weiji.storefronts import (
    Banner,
    Design,
    PublishDesign,
    PublishDesignStatus,
    SaveDraft,
    SaveDraftStatus,
    categories_of,
    find_fault,
    get_storefront,
    pictures_of,
    products_of,
    publish_designs,
    save_drafts,
    with_pictures,
    with_products,
)

URL_MAX: Final = 2_000
"""Characters of the address of a picture."""


async def tell_design(reader: Reader, shop_id: UUID) -> DesignRecord:
    """Tell how a shop's page looks."""
    front = await get_storefront(reader, shop_id)
    designs = [design for design in (front.published, front.draft) if design]
    ids = sorted({id for design in designs for id in products_of(design)})
    found = [page for page in await get_products(reader, ids) if page and page.shop_id == shop_id]
    products = {page.id: page.handle for page in sorted(found, key=lambda page: page.handle)}
    draft = front.draft if front.draft != front.published else None
    named = {id for design in designs for id in categories_of(design)}
    tree = await get_categories(reader) if named else None
    categories = {id: tuple(each.name for each in tree.path_of(id)) for id in sorted(named)} if tree else {}
    return DesignRecord(published=front.published, draft=draft, products=products, categories=categories)


async def read_design(reader: Reader, shop_id: UUID, source: str, record: DesignRecord) -> DesignRecord | None:
    """Say how a shop's page shall look, with its own products; None where it has a page, or the file none."""
    if not (record.published or record.draft) or (await get_storefront(reader, shop_id)).version:
        return None
    named = await find_products(reader, shop_id, set(record.products.values()))
    ids = {id: named.get(handle) or derive(shop_id, source, handle) for id, handle in record.products.items()}

    tree = await get_categories(reader) if record.categories else None
    found = {id: tree.find(names) for id, names in record.categories.items()} if tree else {}
    categories = {id: category.id for id, category in found.items() if category}

    def own(design: Design | None) -> Design | None:
        return with_pictures(with_products(design, ids, categories), _address) if design else None

    return DesignRecord(published=own(record.published), draft=own(record.draft))


def _address(url: str) -> str | None:
    """Keep what may be an address."""
    return url if is_line(url, URL_MAX) else None


def fault_of(record: DesignRecord) -> str | None:
    """Say why a page can't be made, whatever becomes of its pictures."""
    designs = [_without_holes(design, {}) for design in (record.published, record.draft) if design]
    return next((fault for fault, _ in map(find_fault, designs) if fault), None)


def design_sources(record: DesignRecord) -> list[str]:
    """List the addresses of a page's pictures, each once."""
    designs = [design for design in (record.published, record.draft) if design]
    return list(dict.fromkeys(url for design in designs for url in pictures_of(design)))


def design_with(record: DesignRecord, urls: Mapping[str, str]) -> DesignRecord:
    """Show pictures under the addresses that they have here; those that have none stay what they are."""

    def shown(design: Design | None) -> Design | None:
        return with_pictures(design, lambda url: urls.get(url, url)) if design else None

    return replace(record, published=shown(record.published), draft=shown(record.draft))


async def apply_design(
    tx: Transaction, shop_id: UUID, record: DesignRecord, urls: Mapping[str, str], actor: Actor
) -> str | None:
    """Give a shop that has no page of its own this one; say why not. Pictures that are not in *urls* are left out."""
    front = await get_storefront(tx, shop_id)
    if front.version:
        return None
    version = 0
    for design, is_shown in ((record.published, True), (record.draft, False)):
        if design is None:
            continue
        command = SaveDraft(shop_id=shop_id, design=_without_holes(design, urls), version=version, actor=actor)
        (saved,) = await save_drafts(tx, [command])
        version = saved.version
        if saved.status not in (SaveDraftStatus.SAVED, SaveDraftStatus.EXISTS):
            return saved.status
        if is_shown:
            (shown,) = await publish_designs(tx, [PublishDesign(shop_id=shop_id, version=version, actor=actor)])
            if shown.status not in (PublishDesignStatus.PUBLISHED, PublishDesignStatus.EXISTS):
                return shown.status
    return None


def _without_holes(design: Design, urls: Mapping[str, str]) -> Design:
    """Leave out pictures that are not here, and slides that have nothing else."""
    design = with_pictures(design, urls.get)
    blocks = []
    for block in design.blocks:
        if isinstance(block, Banner):
            block = replace(block, slides=tuple(slide for slide in block.slides if slide.picture or slide.title))
            if not block.slides:
                continue
        blocks.append(block)
    return replace(design, blocks=tuple(blocks))
