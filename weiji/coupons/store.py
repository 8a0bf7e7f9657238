"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from weiji.coupons.model import (
    Campaign,
    CampaignState,
    Cashier,
    ClaimCoupon,
    Coupon,
    CouponState,
    CouponUse,
    Effect,
    PastUses,
    ServeCoupon,
    ShownCampaign,
    Taking,
    Terms,
)
from weiji.coupons.rules import Claimed, allowed_from, read_code
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import SHARDS, distinct_shards, shard_of, shards_of
from weiji.ledger import chart

SQL: Final = sql.beside(__file__)

ALL_SHARDS: Final = list(range(SHARDS))

_BEGINNING: Final = (datetime.min.replace(tzinfo=UTC), UUID(int=0), UUID(int=0))
"""A place before all uses."""


async def lock_campaigns(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Campaign]:
    """Lock campaigns until *tx* ends; those that are not there are left out."""
    wanted = sorted(ids)
    rows = await tx.rows(SQL.lock_campaigns, distinct_shards(wanted), wanted) if wanted else []
    return {row["id"]: _campaign(row) for row in rows}


async def get_budgets(reader: Reader, campaign_ids: Collection[UUID]) -> dict[UUID, int]:
    """Read what is left in budgets, or of what was prepaid, and not held; what never had anything is left out."""
    accounts = [account(id).id for id in sorted(campaign_ids) for account in (chart.budget, chart.prepaid)]
    rows = await reader.rows(SQL.get_budgets, distinct_shards(accounts), accounts) if accounts else []
    return {row["owner_id"]: row["available"] for row in rows}


async def find_codes(tx: Transaction, codes: Collection[str]) -> dict[str, UUID]:
    """Read which codes are taken, and by which campaigns."""
    rows = await tx.rows(SQL.find_codes, sorted(codes)) if codes else []
    return {row["code"]: row["campaign_id"] for row in rows}


async def add_campaigns(tx: Transaction, campaigns: Sequence[Campaign]) -> bool:
    """Write campaigns with their codes; tell whether every code was still free."""
    if not campaigns:
        return True
    coded = [campaign for campaign in campaigns if campaign.code is not None]
    if coded:
        codes, owners = columns(coded, "code", "id")
        if len(await tx.rows(SQL.add_codes, codes, owners)) < len(coded):
            return False
    ids, shops, names = columns(campaigns, "id", "shop_id", "name")
    terms = [campaign.terms for campaign in campaigns]
    amounts, percents, thresholds = columns(terms, "amount", "percent", "threshold")
    products, categories = (
        [",".join(map(str, sorted(getattr(each, name)))) for each in terms] for name in ("product_ids", "category_ids")
    )
    facts = columns(campaigns, "quantity", "per_person", "starts_at", "ends_at", "valid_days", "code")
    await tx.run(
        SQL.add_campaigns,
        shards_of(ids), ids, shops, names, amounts, percents, thresholds, products, categories, *facts, tx.now,
        [each.cashier for each in terms],
    )  # fmt: skip
    return True


async def update_campaigns(tx: Transaction, campaigns: Sequence[Campaign]) -> None:
    """Write how campaigns that are locked stand now."""
    if campaigns:
        ids, *facts = columns(campaigns, "id", "state", "claimed", "started_at", "stopped_at")
        await tx.run(SQL.update_campaigns, shards_of(ids), ids, *facts)


async def count_claims(tx: Transaction, commands: Sequence[ClaimCoupon]) -> dict[tuple[UUID, UUID], int]:
    """Count how many coupons those who ask have, by campaign and person."""
    pairs = sorted({(command.campaign_id, command.person_id) for command in commands})
    ids = [campaign_id for campaign_id, _ in pairs]
    rows = await tx.rows(SQL.find_claims, shards_of(ids), ids, [person_id for _, person_id in pairs])
    return {(row["campaign_id"], row["person_id"]): row["n"] for row in rows}


async def find_claimed(tx: Transaction, ids: Collection[UUID]) -> list[Claimed]:
    """Read coupons by their ids."""
    wanted = sorted(ids)
    rows = await tx.rows(SQL.find_claimed, distinct_shards(wanted), wanted)
    return [Claimed(**dict(row)) for row in rows]


async def add_coupons(tx: Transaction, claims: Sequence[Claimed], campaigns: dict[UUID, Campaign]) -> None:
    """Write coupons that were claimed."""
    if claims:
        ids, owners, people, places, ends = columns(claims, "id", "campaign_id", "person_id", "place", "expires_at")
        most = [campaigns[id].per_person for id in owners]
        await tx.run(SQL.add_coupons, shards_of(ids), ids, owners, people, places, most, ends, tx.now)


async def lock_coupons(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Coupon]:
    """Lock coupons until *tx* ends; those that are not there are left out."""
    wanted = sorted(ids)
    rows = await tx.rows(SQL.lock_coupons, distinct_shards(wanted), wanted)
    return {row["id"]: _coupon(row) for row in rows}


async def take_coupons(tx: Transaction, takings: Sequence[Taking], state: CouponState) -> None:
    """Write that orders have coupons."""
    if takings:
        ids, *facts = columns(takings, "coupon_id", "order_id", "amount", "sales")
        used_at = tx.now if state is CouponState.USED else None
        await tx.run(SQL.take_coupons, shards_of(ids), ids, *facts, state, used_at, allowed_from(state))


async def free_coupons(tx: Transaction, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Write that orders have coupons no longer; each is (coupon, order)."""
    if pairs:
        ids = [id for id, _ in pairs]
        await tx.run(SQL.free_coupons, shards_of(ids), ids, [order_id for _, order_id in pairs])


async def serve_coupons(tx: Transaction, coupons: Sequence[Coupon]) -> None:
    """Write how coupons that are locked stand, after a till or a desk did something to them."""
    if coupons:
        ids, states, uses, tills = columns(coupons, "id", "state", "order_id", "at_till")
        ends = columns(coupons, "expires_at", "ended_at")
        amounts = [each.terms.amount if each.at_till else None for each in coupons]
        times = [tx.now if each.at_till else None for each in coupons]
        await tx.run(SQL.serve_coupons, shards_of(ids), ids, states, uses, tills, amounts, times, *ends)


async def find_past_uses(tx: Transaction, commands: Sequence[ServeCoupon]) -> PastUses:
    """Find which of these uses, and of these returns, there were before, of coupons that are locked."""
    ids = sorted({command.coupon_id for command in commands})
    uses = sorted({command.use_id for command in commands if command.use_id})
    returns = sorted({command.return_id for command in commands if command.return_id})
    rows = await tx.rows(SQL.find_past_uses, distinct_shards(ids), ids, uses, returns)
    return PastUses(
        uses={(row["coupon_id"], row["use_id"]) for row in rows},
        returns={(row["coupon_id"], row["return_id"]) for row in rows if row["return_id"]},
    )


async def get_use(reader: Reader, coupon_id: UUID, id: UUID) -> tuple[datetime, datetime | None] | None:
    """Say when a use of a coupon was, and when it was taken back; *id* is its own, or its return's."""
    row = await reader.row(SQL.get_use, shard_of(coupon_id), coupon_id, id)
    return (row["used_at"], row["returned_at"]) if row else None


async def note_uses_by_orders(tx: Transaction, takings: Sequence[Taking]) -> None:
    """Keep that orders used coupons, which is written of these already."""
    if takings:
        ids, orders = columns(takings, "coupon_id", "order_id")
        await tx.run(SQL.note_uses_by_orders, shards_of(ids), ids, orders)


async def note_uses_at_tills(tx: Transaction, uses: Sequence[tuple[Coupon, UUID]]) -> None:
    """Keep that tills used coupons, each with the id of its use."""
    if uses:
        ids, owners, people = columns([coupon for coupon, _ in uses], "id", "campaign_id", "person_id")
        amounts = [coupon.terms.amount for coupon, _ in uses]
        use_ids = [use_id for _, use_id in uses]
        await tx.run(SQL.note_uses_at_tills, shards_of(ids), ids, use_ids, owners, people, amounts, tx.now)


async def return_uses(tx: Transaction, returned: Sequence[tuple[UUID, UUID, UUID | None]]) -> None:
    """Keep that uses came back, if there were any; each is (coupon, use, return)."""
    if returned:
        ids, uses = [id for id, _, _ in returned], [use_id for _, use_id, _ in returned]
        returns = [return_id for _, _, return_id in returned]
        await tx.run(SQL.return_uses, shards_of(ids), ids, uses, returns, tx.now)


async def list_uses(
    reader: Reader, campaign_id: UUID, after: CouponUse | None, until: datetime, limit: int
) -> list[CouponUse]:
    """Read what was used of a campaign after one of these uses, until some time, what came back since, too."""
    place = (after.used_at, after.id, after.order_id) if after else _BEGINNING
    rows = await reader.rows(SQL.list_uses, shard_of(campaign_id), campaign_id, until, *place, limit)
    return [CouponUse(**dict(row.items())) for row in rows]


async def list_returned_uses(
    reader: Reader, campaign_id: UUID, after: CouponUse | None, until: datetime, limit: int
) -> list[CouponUse]:
    """Read which uses of a campaign came back, after one of them and until some time; the first first."""
    place = (after.returned_at, after.id, after.order_id) if after else _BEGINNING
    rows = await reader.rows(SQL.list_returned_uses, shard_of(campaign_id), campaign_id, until, *place, limit)
    return [CouponUse(**dict(row.items())) for row in rows]


async def list_usable(
    reader: Reader, person_id: UUID, shop_ids: Collection[UUID], now: datetime, limit: int
) -> list[Coupon]:
    """Read somebody's coupons for some shops, and the platform's; those that end soonest first."""
    rows = await reader.rows(SQL.list_usable, person_id, sorted(shop_ids), now, limit)
    return [_coupon(row) for row in rows]


async def list_coupons(
    reader: Reader, person_id: UUID, tab: str, now: datetime, before: tuple[datetime, UUID] | None, limit: int
) -> list[tuple[Coupon, str | None, str | None]]:
    """Read somebody's coupons, each with the name and handle of its shop, what was claimed last first."""
    at, id = before or (None, None)
    rows = await reader.rows(SQL.list_coupons, person_id, tab, now, at, id, limit)
    return [(_coupon(row), row["shop_name"], row["shop_handle"]) for row in rows]


async def list_coupons_in_shop(
    reader: Reader,
    shop_id: UUID,
    person_id: UUID,
    campaign_id: UUID | None,
    tab: str,
    now: datetime,
    offset: int,
    limit: int,
) -> tuple[list[Coupon], int]:
    """Read somebody's coupons of a shop, of one campaign or all, what was claimed last first; tell how many there are.

    *tab* is `usable`, `used`, `expired` (`lapsed`: by itself, `ended`: by the shop) or anything else for all of them.
    """
    near = shard_of(shop_id)
    rows = await reader.rows(SQL.list_coupons_in_shop, near, shop_id, person_id, campaign_id, tab, now, offset, limit)
    return [_coupon(row) for row in rows], rows[0]["total"] if rows else 0


async def get_coupons(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Coupon]:
    """Read coupons by their ids; those that are not there are left out."""
    wanted = sorted(ids)
    rows = await reader.rows(SQL.get_coupons, distinct_shards(wanted), wanted) if wanted else []
    return {row["id"]: _coupon(row) for row in rows}


async def list_open(
    reader: Reader, shop_id: UUID | None, person_id: UUID | None, now: datetime, limit: int
) -> list[ShownCampaign]:
    """Read what can be claimed: in a shop (of it and of the platform), or anywhere."""
    shards = ALL_SHARDS if shop_id is None else sorted({shard_of(shop_id), shard_of(chart.TREASURY)})
    rows = await reader.rows(SQL.list_open, shop_id, person_id, now, limit, shards)
    return [
        ShownCampaign(
            campaign=_campaign(row), shop_name=row["shop_name"], shop_handle=row["shop_handle"], own=row["own"]
        )
        for row in rows
    ]


async def list_campaigns(reader: Reader, shop_id: UUID | None, before: UUID | None, limit: int) -> list[ShownCampaign]:
    """Read the campaigns of a shop, or of the platform, the newest first, with what they brought."""
    near = shop_id or chart.TREASURY
    rows = await reader.rows(SQL.list_campaigns, shard_of(near), shop_id, before, limit)
    return [ShownCampaign(campaign=_campaign(row), effect=_effect(row)) for row in rows]


async def find_campaigns(
    reader: Reader,
    shop_id: UUID,
    state: CampaignState | None,
    since: datetime | None,
    until: datetime | None,
    offset: int,
    limit: int,
) -> tuple[list[ShownCampaign], int]:
    """Read a page of a shop's campaigns, made within a time, the newest first; tell how many there are in all.

    Ids that programs derive do not tell which is newer: the time does.
    """
    near = shard_of(shop_id)
    rows = await reader.rows(SQL.find_campaigns, near, shop_id, state, since, until, offset, limit)
    found = [ShownCampaign(campaign=_campaign(row)) for row in rows if row["id"]]
    return found, rows[0]["total"]


async def get_campaign(
    reader: Reader, id: UUID, person_id: UUID | None = None, *, has_effect: bool = True
) -> ShownCampaign | None:
    """Read a campaign with what its budget has, and what it brought; *has_effect*: that costs as much as it brought."""
    row = await reader.row(SQL.get_campaign, shard_of(id), id, chart.budget(id).id, person_id, has_effect)
    if row is None:
        return None
    return ShownCampaign(
        campaign=_campaign(row),
        shop_name=row["shop_name"],
        shop_handle=row["shop_handle"],
        effect=_effect(row),
        budget=row["budget"],
        own=row["own"],
    )


async def find_by_code(reader: Reader, typed: str) -> Campaign | None:
    """Read the campaign that a code leads to."""
    code = read_code(typed)
    row = await reader.row(SQL.find_campaigns_by_code, code) if code else None
    return _campaign(row) if row else None


async def get_ended_campaigns(reader: Reader, over_at: datetime, after: UUID, limit: int) -> dict[UUID, UUID | None]:
    """Find campaigns that money was set apart for, and that were over at a time with all their coupons: those of the
    platform, and prepaid ones, each with its shop; from the one after *after* on.
    """
    rows = await reader.rows(SQL.get_ended_campaigns, shard_of(chart.TREASURY), over_at, after, limit)
    return {row["id"]: row["shop_id"] for row in rows}


def read_coupons(rows: Iterable[Any]) -> list[Coupon]:
    """Read coupons that another module's statement selected from `coupons.public_coupons`."""
    return [_coupon(row) for row in rows]


def _terms(row: Row) -> Terms:
    return Terms(
        amount=row["amount"],
        percent=row["percent"],
        threshold=row["threshold"],
        product_ids=frozenset(row["product_ids"]),
        category_ids=frozenset(row["category_ids"]),
        cashier=msgspec.convert(row["cashier"], Cashier) if row["cashier"] else None,
    )


_CAMPAIGN: Final = (
    "id", "shop_id", "name", "quantity", "claimed", "per_person", "starts_at", "ends_at", "valid_days", "code",
    "created_at", "started_at", "stopped_at",
)  # fmt: skip


def _campaign(row: Row) -> Campaign:
    return Campaign(**{name: row[name] for name in _CAMPAIGN}, state=CampaignState(row["state"]), terms=_terms(row))


_COUPON: Final = (
    "id", "campaign_id", "shop_id", "name", "person_id", "starts_at", "claimed_at", "expires_at", "order_id",
    "at_till", "ended_at",
)  # fmt: skip


def _coupon(row: Row) -> Coupon:
    return Coupon(**{name: row[name] for name in _COUPON}, state=CouponState(row["state"]), terms=_terms(row))


def _effect(row: Row) -> Effect:
    return Effect(
        claimed=row["claimed"],
        reserved=row["reserved"],
        used=row["used"],
        amount=row["used_amount"],
        sales=row["sales"],
    )
