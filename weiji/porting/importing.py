"""Takes products of a file into a shop, a batch in a transaction, and back: through catalog and inventory."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.catalog import (
    Category,
    Delivery,
    ListProduct,
    ProductPage,
    ProductState,
    SaveProduct,
    SaveProductResult,
    SaveProductStatus,
    Tree,
    WithdrawProduct,
    WithdrawProductStatus,
    find_products,
    get_categories,
    get_products,
    lock_products,
    show_product_videos,
    write_listings,
    write_products,
    write_withdrawals,
)
from weiji.events import Actor, Occurrence, publish
from weiji.inventory import ON_HAND_MAX, SetStock, SetStockStatus, get_stock, write_stock
from weiji.kit.db import RETRIES, Database, Reader, Transaction
from weiji.kit.ids import derive
from weiji.media import ShowVideo
from weiji.porting import store
from weiji.porting.labelling import take_labels
from weiji.porting.labels import Guesser, label_of, normal
from weiji.porting.model import Outcome, Undoing
from weiji.porting.page_design import apply_design, design_sources, design_with, fault_of, read_design
from weiji.porting.pictures import PROBLEMS_KEPT, find_brought, is_to_bring, sources_of, with_known
from weiji.porting.readers import archive, google, woocommerce
from weiji.porting.readers.archive import DESIGN, INVOICES, SETTINGS
from weiji.porting.records import (
    VALUE_MAX,
    DesignRecord,
    Fault,
    HistoryRecord,
    Item,
    LineProblem,
    PaperRecord,
    ProductRecord,
    ProfileRecord,
    Refusal,
    SettingsRecord,
    VideoRecord,
    handle_of,
    saved,
)
from weiji.porting.shop_settings import NOT_ALLOWED, Given, assign_freight, find_shelves, take_settings
from weiji.porting.store import LineToSave, LineToUndo, VideoOfLine
from weiji.shops import COLOUR_DEFAULT, NO_SHOP, UpdateShop, UpdateShopStatus, get_shops, update_shops
from weiji.web.permissions import Permission

ITEMS_AT_ONCE: Final = 100
"""Items of a file in one transaction."""

PAPER_BYTES_AT_ONCE: Final = 16 * 1024**2
"""Bytes of files of invoices in one transaction, but for the last one's."""

SKUS_AT_ONCE: Final = 1_000
"""SKUs in one transaction, but for the last product's."""

TEXT_MAX: Final = 255
"""Characters of a handle or a title that a report keeps."""


class Raced(Exception):
    """Somebody changed a product between reading and saving it: the batch is worth another try."""


def of_origin(items: Sequence[Item], origin: str) -> list[Item]:
    """Put the shop that products come from before their handles, so that one's are not taken for another's."""
    return [
        replace(item, handle=handle_of(origin, item.handle)) if origin and isinstance(item, ProductRecord) else item
        for item in items
    ]


NUMBERED: Final = (woocommerce.SOURCE, google.SOURCE)
"""Formats whose products have numbers that are each shop's own: those of two shops may be the same."""


def is_another(record: ProductRecord, existing: ProductPage) -> bool:
    """Tell whether a product of the shop has nothing in common with one of a file but its number."""
    codes = [
        {text for sku in skus for text in (sku.code, sku.barcode) if text} for skus in (record.skus, existing.skus)
    ]
    pictures = [{picture.url for picture in each} for each in (record.pictures, existing.pictures)]
    pairs = [_pairs(title) for title in (record.title, existing.title)]
    return all(one.isdisjoint(other) for one, other in (codes, pictures, pairs))


def is_unpriced(record: ProductRecord, command: SaveProduct, existing: ProductPage) -> bool:
    """Tell whether something of the shop would cost nothing because a file has no price of it."""
    if not any(problem.fault is Fault.FREE for problem in record.warnings):
        return False
    prices = {sku.id: sku.price for sku in existing.skus}
    new = 0 if existing.state is ProductState.DRAFT else None
    return any(not sku.price and prices.get(sku.id, new) != 0 for sku in command.skus)


def _pairs(title: str) -> set[str]:
    """Tell which two letters stand side by side in a title."""
    letters = "".join(filter(str.isalnum, title.casefold()))
    return {letters[place : place + 2] for place in range(max(1, len(letters) - 1))}


class Plan(Struct, frozen=True):
    """What is to be done with a product of a file."""

    record: ProductRecord
    command: SaveProduct
    existing: ProductPage | None
    is_back: bool
    """Whether undoing a run took it off sale: then it is put there again."""
    pictures: int
    """How many pictures are to be brought, its video counted as one."""
    video: VideoRecord | None = None
    """The video that it does not show yet."""
    label: str = ""
    is_another: bool = False
    """Whether the shop's product of this number is quite another one, of another shop elsewhere: it stays."""
    is_unpriced: bool = False
    """Whether the file has no price of something that the shop sells: it stays."""

    @property
    def is_same(self) -> bool:
        """Whether the shop has it just so."""
        existing, actor = self.existing, self.command.actor
        return existing is not None and replace(self.command, version=None) == saved(existing, actor)


async def plan(
    reader: Reader, shop_id: UUID, source: str, records: Sequence[ProductRecord], actor: Actor
) -> list[Plan]:
    """Find out which products the shop has already: by their handles, else by the ids that the file gives them."""
    records = await with_known(reader, shop_id, records)
    named = await find_products(reader, shop_id, {record.handle for record in records})
    ids = [named.get(record.handle) or derive(shop_id, source, record.handle) for record in records]
    pages = await get_products(reader, ids)
    back = await store.get_withdrawn(reader, [page.id for page in pages if page])
    tree = await get_categories(reader)
    labels = Labels(tree, (await store.get_labels(reader, [shop_id]))[shop_id])
    plans = []
    for record, page in zip(records, pages, strict=True):
        existing = page if page and page.shop_id == shop_id else None
        command = record.to_command(shop_id, source, actor, existing)
        label = "" if source == archive.SOURCE else label_of(record)
        category = labels.category_of(record, label, existing) if label else None
        record, command = classified(record, command, tree, category)
        if existing:
            command = replace(command, version=existing.version)
        is_back = existing is not None and existing.state is ProductState.WITHDRAWN and existing.id in back
        is_back = is_back and record.state is ProductState.LISTED
        video = record.video
        if video and existing and existing.video and existing.video.url == video.url:
            video = None
        pictures = len(sources_of(command)) + (video is not None)
        other = existing is not None and source in NUMBERED and is_another(record, existing)
        unpriced = existing is not None and is_unpriced(record, command, existing)
        plans.append(Plan(record, command, existing, is_back, pictures, video, label, other, unpriced))
    return plans


class Labels:
    """Says which category goods are, by what a file calls them: what the shop said, else what is guessed."""

    def __init__(self, tree: Tree, said: Mapping[str, UUID | None]) -> None:
        self.said = said
        self.tree = tree
        self.guesser = Guesser(tree)

    def category_of(self, record: ProductRecord, label: str, existing: ProductPage | None) -> Category | None:
        """Find the category of a product; None where it stays as it is. What is guessed is of new products only."""
        if label in self.said:
            found = self.tree.categories.get(self.said[label] or NO_SHOP)
            return None if found is None or found.is_retired else found
        if existing or record.category:
            return None
        return self.guesser.guess(label) or self.guesser.guess(record.kind)


def classified(
    record: ProductRecord, command: SaveProduct, tree: Tree, labelled: Category | None = None
) -> tuple[ProductRecord, SaveProduct]:
    """Put a product into the category that the file names, or its label is, as far as one here takes it."""
    category = labelled or tree.find(record.category)
    if not record.category and (labelled is None or labelled.id == command.category_id):
        return record, command
    attributes = (
        tree.accept(category.id, {**called(tree, category, record), **command.attributes, **record.attributes})
        if category
        else None
    )
    if category is None or attributes is None:
        name = " > ".join(each.name for each in tree.path_of(category.id)) if category else " > ".join(record.category)
        name = name[-VALUE_MAX:]
        told = LineProblem(line=record.line, fault=Fault.CATEGORY_NOT_TAKEN, value=name)
        return replace(record, warnings=(*record.warnings, told)), command
    return record, replace(command, category_id=category.id, attributes=attributes)


def called(tree: Tree, category: Category, record: ProductRecord) -> dict[str, str]:
    """Find attributes of a category in what a file says by names of its own."""
    # A name of mere marks is like none, and so is one that an attribute has not.
    facts = {word: value for name, value in record.facts.items() if (word := normal(name))}
    return {
        each.key: facts[name]
        for each in tree.attributes_of(category.id)
        for name in (normal(each.name_en), normal(each.name))
        if name in facts
    }


class Taken(Struct, frozen=True):
    """What became of a batch: its lines, how much history is new, and what the profile was given."""

    lines: list[LineToSave]
    history: int = 0
    profile: ProfileRecord | None = None
    settings: Given | None = None
    design: DesignRecord | None = None
    """How the page shall look, once its pictures are there."""


async def take(
    tx: Transaction, shop_id: UUID, run_id: UUID | None, source: str, items: Sequence[Item], first: int, actor: Actor
) -> Taken:
    """Take a batch of items into a shop; say what became of each, numbered from *first*. Raises Raced.

    History is kept for the run; without one, as on a terminal, it is passed over.

    A product is saved whole or not at all. Stock is set for SKUs that are new: that of the others is the shop's own
    affair.
    """
    number_of = {id(item): number for number, item in enumerate(items, first)}
    others: list[LineToSave] = []
    settings = None
    is_of_shop = any(isinstance(item, SettingsRecord | ProfileRecord | DesignRecord) for item in items)
    may = await store.get_permissions(tx, shop_id, actor) if is_of_shop else frozenset()
    for item in items:
        # Before the goods, which lie in warehouses and are sent by templates.
        if isinstance(item, SettingsRecord):
            settled = await take_settings(tx, shop_id, item, actor, may)
            settings = replace(settled.given, labels=await take_labels(tx, shop_id, item.labels))
            others.append(_settings_line(number_of[id(item)], settled.refused, is_anything=settings.is_anything))
    plans = await plan(tx, shop_id, source, [item for item in items if isinstance(item, ProductRecord)], actor)
    sku_ids = [sku.id for each in plans for sku in each.command.skus]
    counted = {id for id, stock in zip(sku_ids, await get_stock(tx, sku_ids), strict=True) if stock}
    to_save = [each.command for each in plans if not (each.is_same or each.is_another or each.is_unpriced)]
    saved_now, told = await write_products(tx, to_save)
    given = iter(saved_now)
    results = [
        SaveProductResult(SaveProductStatus.HANDLE_TAKEN)
        if each.is_another
        else SaveProductResult(SaveProductStatus.PRICE_OUT_OF_RANGE)
        if each.is_unpriced
        else SaveProductResult(SaveProductStatus.EXISTS, each.existing.version)
        if each.existing and each.is_same
        else next(given)
        for each in plans
    ]
    if any(result.status is SaveProductStatus.VERSION_CONFLICT for result in results):
        raise Raced
    accepted = [(each, result) for each, result in zip(plans, results, strict=True) if result.status in _TAKEN]
    unstocked, told_of_stock = await _set_stock(tx, shop_id, [each for each, _ in accepted], counted, actor)
    back = [each.command.id for each, _ in accepted if each.is_back]
    _, told_of_listings = await write_listings(
        tx, [ListProduct(product_id=id, shop_id=shop_id, actor=actor) for id in back]
    )
    # Behind the goods: whoever sells them locks their stock before the head of the shop's stream.
    await publish(tx, [*told, *told_of_stock, *told_of_listings])
    new = [each for each, result in accepted if result.status is SaveProductStatus.CREATED]
    freight = [(each.command.id, each.record.freight) for each in new if each.record.freight]
    await assign_freight(tx, shop_id, freight)
    done = iter(zip(plans, results, strict=True))
    lines = [
        _refused(item, number) if isinstance(item, Refusal) else _line(number, *next(done), unstocked)
        for number, item in enumerate(items, first)
        if isinstance(item, ProductRecord | Refusal)
    ]
    # What happened in this very shop is there already.
    history = [item for item in items if isinstance(item, HistoryRecord) and item.shop_id != shop_id]
    papers = [item for item in items if isinstance(item, PaperRecord) and item.shop_id != shop_id]
    left = await store.add_papers(tx, shop_id, run_id, papers) if run_id else []
    others.extend(_without_paper(number_of[id(paper)], paper) for paper in left)
    profiles = [item for item in items if isinstance(item, ProfileRecord)]
    design = None
    for item in items:
        if isinstance(item, DesignRecord):
            design, line = await _take_design(tx, shop_id, source, item, number_of[id(item)], actor, may)
            others.append(line)
    return Taken(
        [*lines, *(line for line in others if line.outcome is not Outcome.SAME or line.problems)],
        await store.add_history(tx, shop_id, run_id, history) if run_id else 0,
        await _fill_profile(tx, shop_id, profiles[0], actor) if profiles and Permission.SHOP in may else None,
        settings,
        design,
    )


def _without_paper(number: int, paper: PaperRecord) -> LineToSave:
    problem = LineProblem(line=paper.line, fault=Fault.PAPER_NOT_TAKEN, value=str(paper.id))
    return LineToSave(
        number=number,
        line=paper.line,
        rows=0,
        handle=INVOICES,
        title="",
        outcome=Outcome.SAME,
        problems=(problem,),
    )


def _settings_line(number: int, refused: Sequence[tuple[str, str]], *, is_anything: bool) -> LineToSave:
    problems = [
        LineProblem(line=1, fault=Fault.SETTING_NOT_TAKEN, column=why, value=name[:VALUE_MAX]) for name, why in refused
    ]
    return LineToSave(
        number=number,
        line=1,
        rows=0,
        handle=SETTINGS,
        title="",
        outcome=Outcome.CHANGED if is_anything else Outcome.SAME,
        problems=storable(problems),
    )


async def _take_design(
    tx: Transaction,
    shop_id: UUID,
    source: str,
    record: DesignRecord,
    number: int,
    actor: Actor,
    may: Collection[Permission],
) -> tuple[DesignRecord | None, LineToSave]:
    """Make the shop's page, if its pictures are here; else give it back, to be made once they are."""
    line = LineToSave(number=number, line=1, rows=0, handle=DESIGN, title="", outcome=Outcome.SAME, problems=())
    design = await read_design(tx, shop_id, source, record)
    if design is None:
        return None, line
    fault = fault_of(design) if Permission.SHOP in may else NOT_ALLOWED
    if fault:
        return None, _not_taken(line, fault)
    sources = {url for url in design_sources(design) if is_to_bring(url)}
    brought = await find_brought(tx, shop_id, sources)
    design = design_with(design, {source: each.url for source, each in brought.items() if each.url})
    missing = len(sources) - len(brought)
    if missing:
        return design, replace(line, outcome=Outcome.CHANGED, pictures=missing)
    refusal = await apply_design(tx, shop_id, design, {url: url for url in design_sources(design)}, actor)
    return None, _not_taken(line, refusal) if refusal else replace(line, outcome=Outcome.CHANGED)


def _not_taken(line: LineToSave, why: str) -> LineToSave:
    problem = LineProblem(line=1, fault=Fault.SETTING_NOT_TAKEN, column=why)
    return replace(line, outcome=Outcome.REFUSED, problems=(problem,))


async def _fill_profile(tx: Transaction, shop_id: UUID, profile: ProfileRecord, actor: Actor) -> ProfileRecord | None:
    """Give a shop that says nothing of itself yet what it said elsewhere. Its name and address it has already."""
    (shop,) = await get_shops(tx, [shop_id])
    assert shop, "a shop stays"
    story = profile.story if not shop.story else ""
    colour = profile.colour if shop.colour == COLOUR_DEFAULT and profile.colour != shop.colour else ""
    if not story and not colour:
        return None
    command = UpdateShop(shop_id=shop_id, actor=actor, story=story or None, colour=colour or None)
    (status,) = await update_shops(tx, [command])
    return ProfileRecord(story=story, colour=colour) if status is UpdateShopStatus.UPDATED else None


async def take_back_profile(tx: Transaction, shop_id: UUID, given: ProfileRecord, actor: Actor) -> None:
    """Take from a shop's profile what a run gave it, as long as it is still so."""
    (shop,) = await get_shops(tx, [shop_id])
    assert shop, "a shop stays"
    command = UpdateShop(
        shop_id=shop_id,
        actor=actor,
        story="" if given.story and shop.story == given.story else None,
        colour=COLOUR_DEFAULT if given.colour and shop.colour == given.colour else None,
    )
    if (command.story, command.colour) != (None, None):
        await update_shops(tx, [command])


_TAKEN: Final = (SaveProductStatus.CREATED, SaveProductStatus.UPDATED, SaveProductStatus.EXISTS)


async def _set_stock(
    tx: Transaction, shop_id: UUID, plans: Sequence[Plan], counted: set[UUID], actor: Actor
) -> tuple[dict[UUID, SetStockStatus], list[Occurrence]]:
    """Count SKUs that are new, but for card keys, which are stored.

    Return of which products the stock was refused, and what is to be told.
    """
    new = [
        (each.command.id, told, sku.id)
        for each in plans
        for told, sku in zip(each.record.skus, each.command.skus, strict=True)
        if sku.id not in counted and each.command.delivery is not Delivery.VIRTUAL
    ]
    is_spread = any(told.shelves for _, told, _ in new)
    shelves = await find_shelves(tx, shop_id) if is_spread else None
    given = []
    for product_id, told, sku_id in new:
        on_hand = min(told.on_hand, ON_HAND_MAX)
        if not shelves or not told.shelves:
            given.append((product_id, SetStock(sku_id=sku_id, shop_id=shop_id, on_hand=on_hand, actor=actor)))
            continue
        for warehouse_id, units in shelves.of(told.shelves, on_hand).items():
            command = SetStock(sku_id=sku_id, shop_id=shop_id, on_hand=units, actor=actor, warehouse_id=warehouse_id)
            given.append((product_id, command))
    statuses, told_of_stock = await write_stock(tx, [command for _, command in given])
    refused: dict[UUID, SetStockStatus] = {
        product_id: status
        for (product_id, _), status in zip(given, statuses, strict=True)
        if status is not SetStockStatus.SET
    }
    return refused, told_of_stock


def _refused(item: Refusal, number: int) -> LineToSave:
    return LineToSave(
        number=number,
        line=item.line,
        rows=len(item.rows),
        handle=_short(item.handle),
        title=_short(item.title),
        outcome=Outcome.REFUSED,
        problems=storable(item.problems),
    )


def _line(number: int, each: Plan, result: SaveProductResult, stock: dict[UUID, SetStockStatus]) -> LineToSave:
    record, product_id = each.record, each.command.id
    problems = list(record.warnings)
    version: int | None = result.version
    before = None
    match result.status:
        case SaveProductStatus.CREATED:
            outcome = Outcome.NEW
        case SaveProductStatus.UPDATED | SaveProductStatus.EXISTS if each.is_back:
            outcome = Outcome.NEW
        case SaveProductStatus.UPDATED:
            outcome = Outcome.CHANGED
            assert each.existing, "what was updated was there"
            before = saved(each.existing, each.command.actor)
        case SaveProductStatus.EXISTS:
            outcome = Outcome.SAME
        case refusal:
            outcome = Outcome.REFUSED
            version = None
            if each.is_another and each.existing:
                title = each.existing.title[:VALUE_MAX]
                problems.append(LineProblem(line=record.line, fault=Fault.ANOTHER_PRODUCT, value=title))
            elif not each.is_unpriced:
                problems.append(LineProblem(line=record.line, fault=Fault.NOT_SAVED, value=refusal))
    if outcome is Outcome.NEW and each.existing is None and each.command.delivery is Delivery.VIRTUAL:
        problems.append(LineProblem(line=record.line, fault=Fault.KEYS_MISSING))
    if product_id in stock:
        problems.append(LineProblem(line=record.line, fault=Fault.STOCK_NOT_SET, value=stock[product_id]))
    return LineToSave(
        number=number,
        line=record.line,
        rows=len(record.rows),
        handle=_short(record.handle),
        title=_short(record.title),
        outcome=outcome,
        problems=storable(problems),
        product_id=None if outcome is Outcome.REFUSED else product_id,
        version=version,
        before=before,
        pictures=0 if outcome is Outcome.REFUSED else each.pictures,
        video=None if outcome is Outcome.REFUSED or not each.video else VideoOfLine(video=each.video),
        label=_text(each.label),
        category_id=each.command.category_id,
    )


def _short(text: str) -> str:
    return _text(text)[:TEXT_MAX]


def _text(text: str) -> str:
    """Leave out what PostgreSQL does not take for text."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def storable(problems: Sequence[LineProblem]) -> tuple[LineProblem, ...]:
    """Keep of problems what a report has room for."""
    return tuple(
        replace(problem, column=_text(problem.column), value=_text(problem.value))
        for problem in problems[:PROBLEMS_KEPT]
    )


class _Trial(Exception):
    """Takes a transaction back, and what it did along."""

    def __init__(self, taken: Taken) -> None:
        self.taken = taken


async def try_out(
    database: Database, shop_id: UUID, run_id: UUID | None, source: str, items: Sequence[Item], first: int, actor: Actor
) -> Taken:
    """Say what would become of a batch of items: everything is done, and nothing kept."""

    async def work(tx: Transaction) -> None:
        raise _Trial(await take(tx, shop_id, run_id, source, items, first, actor))

    for attempt in range(1, RETRIES + 1):
        try:
            await database.retried(work)
        except _Trial as tried:
            return tried.taken
        except Raced:
            if attempt == RETRIES:
                raise
    raise AssertionError("unreachable")


async def take_kept(
    database: Database, shop_id: UUID, run_id: UUID | None, source: str, items: Sequence[Item], first: int, actor: Actor
) -> Taken:
    """Take a batch of items over, in a transaction of its own, without a run: for the terminal."""
    for attempt in range(1, RETRIES + 1):
        try:
            return await database.retried(lambda tx: take(tx, shop_id, run_id, source, items, first, actor))
        except Raced:
            if attempt == RETRIES:
                raise
    raise AssertionError("unreachable")


async def take_back(tx: Transaction, shop_id: UUID, lines: Sequence[LineToUndo], actor: Actor) -> dict[int, Undoing]:
    """Undo what a run did with products, except where they were edited since; say what was done, by number."""
    product_ids = [line.product_id for line in lines]
    await lock_products(tx, set(product_ids))
    pages = await get_products(tx, product_ids)
    undoing: dict[int, Undoing] = {}
    to_withdraw: list[tuple[int, WithdrawProduct]] = []
    to_save: list[tuple[int, SaveProduct]] = []
    for line, page in zip(lines, pages, strict=True):
        if page is None or page.version != line.version:
            undoing[line.number] = Undoing.GONE if page is None else Undoing.EDITED_SINCE
        elif line.before is not None:
            to_save.append((line.number, replace(line.before, actor=actor, version=line.version)))
        elif page.state is not ProductState.LISTED:
            undoing[line.number] = Undoing.NOT_LISTED
        else:
            to_withdraw.append((line.number, WithdrawProduct(product_id=line.product_id, shop_id=shop_id, actor=actor)))
    statuses, told = await write_withdrawals(tx, [command for _, command in to_withdraw])
    for (number, _), status in zip(to_withdraw, statuses, strict=True):
        undoing[number] = Undoing.WITHDRAWN if status is WithdrawProductStatus.WITHDRAWN else Undoing.NOT_LISTED
    results, told_of_saves = await write_products(tx, [command for _, command in to_save])
    for (number, _), result in zip(to_save, results, strict=True):
        undoing[number] = _UNDONE.get(result.status, Undoing.GONE)
    await _put_videos_back(tx, shop_id, [line for line in lines if line.number in dict(to_save)], actor)
    await publish(tx, [*told, *told_of_saves])
    return undoing


async def _put_videos_back(tx: Transaction, shop_id: UUID, lines: Sequence[LineToUndo], actor: Actor) -> None:
    """Show the videos again that products showed before, or none, where they still show what a run brought."""
    brought = {line.product_id: line.video for line in lines if line.video and line.video.shown}
    pages = await get_products(tx, list(brought)) if brought else []
    commands = [
        ShowVideo(
            holder_id=page.id,
            owner_id=shop_id,
            url=before.url if before else "",
            cover=before.cover if before else "",
            alt=before.alt if before else "",
            actor=actor,
        )
        for page in pages
        if page and page.video and page.video.url == brought[page.id].shown
        for before in (brought[page.id].before,)
    ]
    await show_product_videos(tx, commands)


_UNDONE: Final = {
    SaveProductStatus.UPDATED: Undoing.PUT_BACK,
    SaveProductStatus.EXISTS: Undoing.PUT_BACK,
    SaveProductStatus.VERSION_CONFLICT: Undoing.EDITED_SINCE,
}
