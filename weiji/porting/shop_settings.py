"""How a shop is set up, in an archive: told of, taken over where the shop has nothing of the kind yet, and taken back.

What the shop has stays as it is: an archive adds to it. Something is the same as here if it has its id, the id that is
derived of it, or its name, so that an archive that comes again, or comes back, makes nothing twice.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Protocol
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.aftersale import SetReturnAddress, SetReturnAddressStatus, get_return_addresses, set_return_addresses
from weiji.events import Actor
from weiji.freight import (
    AssignTemplate,
    PutTemplate,
    PutTemplateStatus,
    RemoveTemplate,
    Template,
    Way,
    assign_templates,
    get_assignments,
    get_templates,
    put_templates,
    remove_templates,
)
from weiji.inventory import (
    SaveWarehouse,
    SaveWarehouseStatus,
    Warehouse,
    default_warehouse,
    get_stock,
    get_warehouses,
    save_warehouses,
)
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import derive
from weiji.orders.invoices import OfferInvoices, get_offering, offer_invoices
from weiji.porting.records import (
    FreightRecord,
    ProductRecord,
    SettingsRecord,
    ShelfRecord,
    TemplateRecord,
    WarehouseRecord,
)
from weiji.web.permissions import Permission


class Given(Struct, frozen=True, kw_only=True):
    """What a run gave the settings of a shop."""

    templates: tuple[Template, ...] = ()
    """As the run left them."""
    warehouses: tuple[UUID, ...] = ()
    default_warehouse: Warehouse | None = None
    """The default one as the run left it, if it had none but its name before."""
    has_address: bool = False
    offers_invoices: bool = False
    labels: tuple[str, ...] = ()
    """Of which it said nothing before."""

    @property
    def is_anything(self) -> bool:
        """Whether there is something to take back."""
        return self != Given()


class _Named(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def name(self) -> str: ...


NOT_ALLOWED: Final = "not_allowed"
"""Why something was not taken over: whoever brings it in may not change it by hand, either."""

TEMPLATE: Final = "template"
WAREHOUSE: Final = "warehouse"


def ours(shop_id: UUID, kind: str, id: UUID, name: str, here: Iterable[_Named]) -> UUID | None:
    """Say which of a shop's own something of an archive is; None where the shop has none such."""
    names = {each.name: each.id for each in here}
    ids = {each.id for each in here}
    derived = derive(shop_id, kind, id)
    return id if id in ids else derived if derived in ids else names.get(name)


# ==== Out ====


async def tell_settings(reader: Reader, shop_id: UUID) -> SettingsRecord:
    """Tell how a shop is set up."""
    templates = (await get_templates(reader, [shop_id]))[shop_id]
    warehouses = await get_warehouses(reader, shop_id)
    addresses = await get_return_addresses(reader, [shop_id])
    return SettingsRecord(
        templates=tuple(
            TemplateRecord(
                id=each.id,
                name=each.name,
                method=each.method,
                zones=each.zones,
                excluded=each.excluded,
                is_default=each.is_default,
            )
            for each in templates
        ),
        warehouses=tuple(
            WarehouseRecord(
                id=each.id,
                name=each.name,
                region_code=each.region_code,
                priority=each.priority,
                is_open=each.is_open,
                is_default=each.id == shop_id,
            )
            for each in warehouses
        ),
        return_address=addresses.get(shop_id),
        offers_invoices=shop_id in await get_offering(reader, [shop_id]),
    )


async def with_places(
    reader: Reader, shop_id: UUID, products: Sequence[tuple[UUID, Sequence[UUID], ProductRecord]]
) -> list[ProductRecord]:
    """Tell by what the freight of products is found, and in which warehouses their SKUs lie.

    *products* are the ids of each, those of its SKUs, and what is told of it otherwise.
    """
    said = await get_assignments(reader, shop_id, [id for id, _, _ in products])
    sku_ids = [sku_id for _, sku_ids, _ in products for sku_id in sku_ids]
    stock = dict(zip(sku_ids, await get_stock(reader, sku_ids), strict=True))
    names = {each.id: each.name for each in await get_warehouses(reader, shop_id)}
    told = []
    for id, ids, record in products:
        freight = None
        if id in said:
            way = Way.TEMPLATE if said[id].template_id else Way.FREE
            freight = FreightRecord(way=way, template=said[id].template_id, name=said[id].name)
        skus = []
        for sku_id, sku in zip(ids, record.skus, strict=True):
            found = stock[sku_id]
            shelves = [
                ShelfRecord(warehouse=warehouse_id, name=names.get(warehouse_id, ""), on_hand=shelf.on_hand)
                for warehouse_id, shelf in ((found.shelves or {}).items() if found else ())
                if shelf.on_hand
            ]
            # By what stays the same elsewhere: two archives of one shop can be compared.
            skus.append(replace(sku, shelves=tuple(sorted(shelves, key=lambda each: (each.name, each.warehouse)))))
        told.append(replace(record, freight=freight, skus=tuple(skus)))
    return told


# ==== In ====


class Settled(Struct, frozen=True, kw_only=True):
    """What a shop's settings were given, and what was refused: which, and why."""

    given: Given
    refused: tuple[tuple[str, str], ...] = ()


async def take_settings(
    tx: Transaction, shop_id: UUID, record: SettingsRecord, actor: Actor, may: Collection[Permission]
) -> Settled:
    """Give a shop what an archive has of settings, as far as it has nothing of the kind.

    Templates and warehouses go with the goods. For the rest *actor* *may* need more than to bring goods in: who gets
    what is sent back is for those who deal with orders, and what the shop offers for those who speak for it.
    """
    templates, refused = await _take_templates(tx, shop_id, record.templates, actor)
    warehouses, default, told = await _take_warehouses(tx, shop_id, record.warehouses, actor)
    refused += told
    has_address = offers = False
    if record.return_address and not await get_return_addresses(tx, [shop_id]):
        why = NOT_ALLOWED
        if Permission.ORDERS in may:
            command = SetReturnAddress(shop_id=shop_id, address=record.return_address, actor=actor)
            (status,) = await set_return_addresses(tx, [command])
            has_address, why = status is SetReturnAddressStatus.SET, str(status)
        refused += [] if has_address else [(record.return_address.name, why)]
    if record.offers_invoices and shop_id not in await get_offering(tx, [shop_id]):
        offers = Permission.SHOP in may
        refused += [] if offers else [("offers_invoices", NOT_ALLOWED)]
    if offers:
        await offer_invoices(tx, [OfferInvoices(shop_id=shop_id, is_offered=True, actor=actor)])
    given = Given(
        templates=tuple(templates),
        warehouses=tuple(warehouses),
        default_warehouse=default,
        has_address=has_address,
        offers_invoices=offers,
    )
    return Settled(given=given, refused=tuple(refused))


_Refused = list[tuple[str, str]]


async def _take_templates(
    tx: Transaction, shop_id: UUID, records: Sequence[TemplateRecord], actor: Actor
) -> tuple[list[Template], _Refused]:
    here = (await get_templates(tx, [shop_id]))[shop_id]
    new = [each for each in records if not ours(shop_id, TEMPLATE, each.id, each.name, here)]
    commands = [
        PutTemplate(
            template=Template(
                id=derive(shop_id, TEMPLATE, each.id),
                shop_id=shop_id,
                name=each.name,
                method=each.method,
                zones=each.zones,
                excluded=each.excluded,
                is_default=each.is_default and not here,
            ),
            actor=actor,
        )
        for each in new
    ]
    statuses = await put_templates(tx, commands)
    made = {c.template.id for c, s in zip(commands, statuses, strict=True) if s is PutTemplateStatus.CREATED}
    after = (await get_templates(tx, [shop_id]))[shop_id] if made else []
    taken = (PutTemplateStatus.CREATED, PutTemplateStatus.CHANGED, PutTemplateStatus.EXISTS)
    refused = [(c.template.name, str(s)) for c, s in zip(commands, statuses, strict=True) if s not in taken]
    return [each for each in after if each.id in made], refused


async def _take_warehouses(
    tx: Transaction, shop_id: UUID, records: Sequence[WarehouseRecord], actor: Actor
) -> tuple[list[UUID], Warehouse | None, _Refused]:
    here = await get_warehouses(tx, shop_id)
    nameless = next((each for each in here if each.id == shop_id), None) in (None, default_warehouse(shop_id))
    commands = []
    for each in records:
        if each.is_default:
            id = shop_id if nameless else None
        else:
            id = None if ours(shop_id, WAREHOUSE, each.id, each.name, here) else derive(shop_id, WAREHOUSE, each.id)
        if id:
            commands.append(
                SaveWarehouse(
                    id=id,
                    shop_id=shop_id,
                    name=each.name,
                    region_code=each.region_code,
                    priority=each.priority,
                    is_open=each.is_open,
                    actor=actor,
                )
            )
    statuses = await save_warehouses(tx, commands)
    saved = [c for c, status in zip(commands, statuses, strict=True) if status is SaveWarehouseStatus.SAVED]
    refused = [(c.name, str(s)) for c, s in zip(commands, statuses, strict=True) if s is not SaveWarehouseStatus.SAVED]
    default = next((c for c in saved if c.id == shop_id), None)
    as_left = (
        Warehouse(
            id=shop_id,
            shop_id=shop_id,
            name=default.name,
            region_code=default.region_code,
            priority=default.priority,
            is_open=True,
        )
        if default
        else None
    )
    if as_left == default_warehouse(shop_id):
        as_left = None
    return [c.id for c in saved if c.id != shop_id], as_left, refused


async def assign_freight(tx: Transaction, shop_id: UUID, made: Sequence[tuple[UUID, FreightRecord]]) -> None:
    """Say of products that are new by what their freight is found; by the default, where there is no such template."""
    if not made:
        return
    here = (await get_templates(tx, [shop_id]))[shop_id]
    commands = []
    for product_id, freight in made:
        template_id = ours(shop_id, TEMPLATE, freight.template, freight.name, here) if freight.template else None
        if freight.way is Way.FREE or template_id:
            way = Way.TEMPLATE if template_id else Way.FREE
            commands.append(AssignTemplate(product_id=product_id, shop_id=shop_id, way=way, template_id=template_id))
    await assign_templates(tx, commands)


async def find_shelves(reader: Reader, shop_id: UUID) -> "Shelves":
    """Find the warehouses of a shop, for what lies in several."""
    return Shelves(shop_id, await get_warehouses(reader, shop_id))


class Shelves:
    """Says which warehouses of a shop those of an archive are."""

    def __init__(self, shop_id: UUID, here: Sequence[Warehouse]) -> None:
        self.shop_id = shop_id
        self.here = here

    def of(self, shelves: Sequence[ShelfRecord], on_hand: int) -> Mapping[UUID, int]:
        """Say how many units lie where; what has no warehouse here lies in the default one."""
        found = {self.shop_id: 0}
        for each in shelves:
            id = ours(self.shop_id, WAREHOUSE, each.warehouse, each.name, self.here) or self.shop_id
            found[id] = found.get(id, 0) + max(0, each.on_hand)
        if sum(found.values()) != on_hand:  # Somebody changed the sum: it is what counts.
            return {self.shop_id: on_hand}
        return found


# ==== Back ====


async def take_back_settings(
    tx: Transaction, shop_id: UUID, given: Given, actor: Actor, may: Collection[Permission]
) -> None:
    """Take from a shop's settings what a run gave them, as far as *actor* *may*.

    Warehouses stay, since goods may lie there, and are closed.
    """
    if given.templates:
        left = {each.id for each in (await get_templates(tx, [shop_id]))[shop_id] if each in given.templates}
        await remove_templates(tx, [RemoveTemplate(id=id, shop_id=shop_id, actor=actor) for id in sorted(left)])
    here = {each.id: each for each in await get_warehouses(tx, shop_id)}
    saves = [
        SaveWarehouse(
            id=id,
            shop_id=shop_id,
            name=here[id].name,
            region_code=here[id].region_code,
            priority=here[id].priority,
            is_open=False,
            actor=actor,
        )
        for id in given.warehouses
        if id in here
    ]
    if given.default_warehouse and here.get(shop_id) == given.default_warehouse:
        before = default_warehouse(shop_id)
        saves.append(SaveWarehouse(id=shop_id, shop_id=shop_id, name=before.name, actor=actor))
    if saves:
        await save_warehouses(tx, saves)
    if given.offers_invoices and Permission.SHOP in may:
        await offer_invoices(tx, [OfferInvoices(shop_id=shop_id, is_offered=False, actor=actor)])
