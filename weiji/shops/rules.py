"""What is decided about shops: pure functions over what was read."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.kit.chinese import HAN, syllables_of
from weiji.kit.text import is_line, is_text
from weiji.shops.model import (
    COLOUR,
    HANDLE_MAX,
    NAME_MAX,
    NEW_HANDLE,
    SHOPS_OWNED_MAX,
    STORY_MAX,
    OpenShop,
    OpenShopStatus,
    Shop,
    ShopState,
    UpdateShop,
    UpdateShopStatus,
    Verification,
    VerifyShop,
    VerifyShopStatus,
)
from weiji.word_rules import Field


class Shops(Struct):
    """What a batch is judged against: the shops and owners it names, and the handles that are taken."""

    shops: dict[UUID, Shop]
    handles: set[str]
    owner_ids: set[UUID]
    owned: dict[UUID, int] = {}
    """How many shops each owner has that are not closed."""
    refused: Collection[int] = ()
    """Openings by their place in the batch that say what word rules refuse."""


def handles_for(name: str, shop_id: UUID) -> tuple[str, str]:
    """Say two handles that a shop of this name may have where its owner writes none: as the name is read, and the same
    with a part of its id, which nobody else has.
    """
    parts = re.findall(f"[{HAN}]+|[a-z0-9]+", name.lower())
    read = ["".join(syllables_of(part)) if re.match(f"[{HAN}]", part) else part for part in parts]
    handle = re.sub("[^a-z0-9-]", "", "-".join(each for each in read if each))
    own = f"{handle[: HANDLE_MAX - 5].strip('-') or 'shop'}-{sha256(shop_id.bytes).hexdigest()[:4]}"
    short = handle[:HANDLE_MAX].strip("-")
    return (short if NEW_HANDLE.fullmatch(short) else own), own


def texts_of(name: str, story: str) -> list[tuple[Field, str]]:
    """Say what a shop says of itself, for word rules."""
    return [(Field.SHOP_NAME, text) for text in (name[:NAME_MAX], story[:STORY_MAX]) if text]


def judge_openings(state: Shops, commands: Sequence[OpenShop], now: datetime) -> list[OpenShopStatus]:
    """Answer each command as if it came alone, after the ones before it; *state* is changed to what comes of it."""
    return [_open(state, command, now, is_refused=n in state.refused) for n, command in enumerate(commands)]


def _open(state: Shops, command: OpenShop, now: datetime, *, is_refused: bool) -> OpenShopStatus:
    found = state.shops.get(command.id)
    if found:
        is_same = found.owner_id == command.owner_id and found.handle == command.handle
        return OpenShopStatus.EXISTS if is_same else OpenShopStatus.ID_TAKEN
    if command.owner_id not in state.owner_ids:
        return OpenShopStatus.OWNER_NOT_FOUND
    if state.owned.get(command.owner_id, 0) >= SHOPS_OWNED_MAX:
        return OpenShopStatus.EXCEEDS_LIMIT
    if not NEW_HANDLE.fullmatch(command.handle):
        return OpenShopStatus.INVALID_HANDLE
    if not is_line(command.name, NAME_MAX):
        return OpenShopStatus.INVALID_NAME
    if not is_text(command.story, STORY_MAX):
        return OpenShopStatus.INVALID_STORY
    if not COLOUR.fullmatch(command.colour):
        return OpenShopStatus.INVALID_COLOUR
    if command.handle in state.handles:
        return OpenShopStatus.HANDLE_TAKEN
    if is_refused:
        return OpenShopStatus.WORDS_REFUSED
    state.handles.add(command.handle)
    state.owned[command.owner_id] = state.owned.get(command.owner_id, 0) + 1
    state.shops[command.id] = Shop(
        id=command.id,
        handle=command.handle,
        name=command.name,
        story=command.story,
        owner_id=command.owner_id,
        status=ShopState.OPEN,
        colour=command.colour,
        created_at=now,
    )
    return OpenShopStatus.CREATED


def judge_updates(
    shops: dict[UUID, Shop], commands: Sequence[UpdateShop], refused: Collection[int] = ()
) -> list[UpdateShopStatus]:
    """Answer each command as if it came alone, after the ones before it; *shops* is changed to what comes of it.

    *refused* are commands by their place in the batch that say what word rules refuse.
    """
    return [_update(shops, command, is_refused=n in refused) for n, command in enumerate(commands)]


def _update(shops: dict[UUID, Shop], command: UpdateShop, *, is_refused: bool) -> UpdateShopStatus:
    shop = shops.get(command.shop_id)
    if shop is None:
        return UpdateShopStatus.SHOP_NOT_FOUND
    if command.name is not None and not is_line(command.name, NAME_MAX):
        return UpdateShopStatus.INVALID_NAME
    if command.story is not None and not is_text(command.story, STORY_MAX):
        return UpdateShopStatus.INVALID_STORY
    if command.colour is not None and not COLOUR.fullmatch(command.colour):
        return UpdateShopStatus.INVALID_COLOUR
    if is_refused:
        return UpdateShopStatus.WORDS_REFUSED
    given = {
        name: value for name in ("name", "story", "colour", "status") if (value := getattr(command, name)) is not None
    }
    shops[shop.id] = msgspec.structs.replace(shop, **given)
    return UpdateShopStatus.UPDATED


def judge_verifications(shops: dict[UUID, Shop], commands: Sequence[VerifyShop]) -> list[VerifyShopStatus]:
    """Answer each command as if it came alone, after the ones before it; *shops* is changed to what comes of it."""
    return [_verify(shops, command) for command in commands]


def _verify(shops: dict[UUID, Shop], command: VerifyShop) -> VerifyShopStatus:
    shop = shops.get(command.shop_id)
    if shop is None:
        return VerifyShopStatus.SHOP_NOT_FOUND
    if shop.verification is Verification.VERIFIED:
        return VerifyShopStatus.EXISTS
    shops[shop.id] = msgspec.structs.replace(shop, verification=Verification.VERIFIED)
    return VerifyShopStatus.VERIFIED
