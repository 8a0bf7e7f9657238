"""The verbs of shops. Each takes an open transaction and a batch, and answers every command."""

from collections.abc import Collection, Sequence
from uuid import UUID

from weiji.events import BY_SYSTEM, Occurrence, publish
from weiji.events.shops import ShopHandleChanged, ShopOpened, ShopRestricted, ShopUpdated, ShopVerified
from weiji.identity import GrantRole, Role, get_people, grant_roles
from weiji.kit.db import Reader, Transaction
from weiji.shops import store
from weiji.shops.handles import ChangeHandle, ChangeHandleStatus, Handles, judge_changes
from weiji.shops.model import (
    HANDLE,
    Limits,
    OpenShop,
    OpenShopStatus,
    RestrictShop,
    Shop,
    UpdateShop,
    UpdateShopStatus,
    VerifyShop,
    VerifyShopStatus,
)
from weiji.shops.rules import Shops, judge_openings, judge_updates, judge_verifications, texts_of
from weiji.shops.staff.store import add_owners
from weiji.word_rules import Action, Text, screen_shop_texts


async def open_shops(tx: Transaction, commands: Sequence[OpenShop], *, is_limited: bool = True) -> list[OpenShopStatus]:
    """Open shops; each owner gets the role that lets them act for it. Results are in the order of *commands*.

    Where *is_limited* an owner has 50 that are not closed, and some more if they are opened at the same moment.
    Publishes ShopOpened, and RoleGranted of the owner.
    """
    owners = {command.owner_id for command in commands}
    state = Shops(
        shops=await store.get_shops(tx, {command.id for command in commands}),
        handles=set(await store.get_handles(tx, {c.handle for c in commands if HANDLE.fullmatch(c.handle)})),
        owner_ids=set(await get_people(tx, list(owners))),
        owned=await store.count_owned(tx, owners) if is_limited else {},
        refused=await _refused(tx, [(command.id, command.name, command.story) for command in commands]),
    )
    statuses = judge_openings(state, commands, tx.now)
    made = [c for c, status in zip(commands, statuses, strict=True) if status is OpenShopStatus.CREATED]
    shops = [state.shops[command.id] for command in made]
    await store.add_shops(tx, shops)
    await add_owners(tx, shops)
    await grant_roles(
        tx, [GrantRole(person_id=c.owner_id, scope=str(c.id), role=Role.OWNER, actor=c.actor) for c in made]
    )
    await publish(
        tx,
        [
            Occurrence(ShopOpened(shop_id=c.id, handle=c.handle, name=c.name, owner_id=c.owner_id), c.id, c.id, c.actor)
            for c in made
        ],
    )
    return statuses


async def update_shops(tx: Transaction, commands: Sequence[UpdateShop]) -> list[UpdateShopStatus]:
    """Change shops. Results are in the order of *commands*. Publishes ShopUpdated for each that is another now."""
    before = await store.lock_shops(tx, {command.shop_id for command in commands})
    shops = dict(before)
    said = [(command.shop_id, command.name or "", command.story or "") for command in commands]
    statuses = judge_updates(shops, commands, await _refused(tx, said))
    changed = {id: shop for id, shop in shops.items() if shop != before[id]}
    await store.update_shops(tx, list(changed.values()))
    last = {
        command.shop_id: command
        for command, status in zip(commands, statuses, strict=True)
        if status is UpdateShopStatus.UPDATED and command.shop_id in changed
    }
    await publish(
        tx,
        [
            Occurrence(ShopUpdated(shop_id=id, name=shops[id].name, status=shops[id].sells), id, id, command.actor)
            for id, command in last.items()
        ],
    )
    return statuses


async def _refused(tx: Transaction, said: Sequence[tuple[UUID, str, str]]) -> set[int]:
    """Tell which names and stories say what word rules refuse, by their place."""
    if not any(name or story for _, name, story in said):
        return set()
    things = [Text(subject_id=id, texts=texts_of(name, story)) for id, name, story in said]
    found = enumerate(await screen_shop_texts(tx, things))
    return {place for place, hits in found if any(hit.action is Action.REFUSE for hit in hits)}


async def verify_shops(tx: Transaction, commands: Sequence[VerifyShop]) -> list[VerifyShopStatus]:
    """Lift the limits of shops. Results are in the order of *commands*. Publishes ShopVerified."""
    if not commands:
        return []
    shops = await store.lock_shops(tx, {command.shop_id for command in commands})
    statuses = judge_verifications(shops, commands)
    done = [c for c, status in zip(commands, statuses, strict=True) if status is VerifyShopStatus.VERIFIED]
    await store.update_shops(tx, [shops[command.shop_id] for command in done])
    await publish(tx, [Occurrence(ShopVerified(shop_id=c.shop_id), c.shop_id, c.shop_id, c.actor) for c in done])
    return statuses


async def change_handles(tx: Transaction, commands: Sequence[ChangeHandle]) -> list[ChangeHandleStatus]:
    """Give shops other short addresses; results are in the order of *commands*. Publishes ShopHandleChanged.

    The registry keeps the former ones: whatever leads to them finds the shop.
    """
    state = Handles(
        shops=await store.lock_handles(tx, {command.shop_id for command in commands}),
        taken=await store.get_handles(tx, {c.handle for c in commands if HANDLE.fullmatch(c.handle)}),
    )
    statuses = judge_changes(state, commands)
    await store.change_handles(tx, state.changed)
    done = [c for c, status in zip(commands, statuses, strict=True) if status is ChangeHandleStatus.CHANGED]
    await publish(
        tx,
        [
            Occurrence(
                ShopHandleChanged(shop_id=c.shop_id, handle=c.handle, former_handle=state.changed[c.shop_id][1]),
                c.shop_id,
                c.shop_id,
                c.actor,
            )
            for c in done
        ],
    )
    return statuses


async def get_limits(reader: Reader) -> Limits:
    """Read what shops may do that are not verified."""
    return await store.get_limits(reader)


async def get_barred(reader: Reader, ids: Collection[UUID]) -> dict[UUID, str]:
    """Tell which of these shops may not withdraw now, and why: `owner_suspended`, or `owner_not_verified`."""
    found = await store.get_barred(reader, ids) if ids else {}
    return {id: "owner_suspended" if is_suspended else "owner_not_verified" for id, is_suspended in found.items()}


async def restrict_shops(tx: Transaction, commands: Sequence[RestrictShop]) -> None:
    """Let shops be restricted as penalties say, and tell of what is another now: publishes ShopRestricted.

    The caller has judged that; of one shop there is one command at most.
    """
    shops = await store.lock_shops(tx, {command.shop_id for command in commands})
    changed = [
        c
        for c in commands
        if c.shop_id in shops
        and (c.is_listing_frozen, c.is_limited, c.is_withdrawals_held)
        != (
            shops[c.shop_id].is_listing_frozen,
            shops[c.shop_id].is_limited,
            shops[c.shop_id].is_withdrawals_held,
        )
    ]
    await store.restrict_shops(tx, changed)
    told = [
        ShopRestricted(
            shop_id=c.shop_id,
            is_listing_frozen=c.is_listing_frozen,
            is_limited=c.is_limited,
            is_withdrawals_held=c.is_withdrawals_held,
        )
        for c in changed
    ]
    await publish(tx, [Occurrence(event, event.shop_id, event.shop_id, BY_SYSTEM) for event in told])


async def set_limits(tx: Transaction, limits: Limits) -> None:
    """Let other limits be those of every shop that is not verified, from now on."""
    if limits != await store.get_limits(tx):
        await store.add_limits(tx, limits)


async def lock_shops(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Shop]:
    """Lock shops until *tx* ends: their standing stays what it is. What is not there is left out."""
    return await store.lock_shops(tx, ids)


async def get_shops(reader: Reader, ids: Sequence[UUID]) -> list[Shop | None]:
    """Read shops, in the order of *ids*; None where there is none."""
    found = await store.get_shops(reader, ids)
    return [found.get(id) for id in ids]


async def find_shop(reader: Reader, handle: str) -> UUID | None:
    """Tell the id of the shop with a handle."""
    if not HANDLE.fullmatch(handle):
        return None
    return (await store.get_handles(reader, [handle])).get(handle)
