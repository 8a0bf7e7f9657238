"""People whom a program names by what its app calls them: only those who have an account here are found."""

from collections.abc import Collection
from uuid import UUID

from weiji.identity import get_people
from weiji.kit.db import Reader
from weiji.wire.openids import person_of


async def find_payees(reader: Reader, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """Tell who is meant by pairs of an app and an openid; whoever has no account here is left out. At most 1,000.

    A guest who paid has an openid, too, and a wallet that nobody could ever open.
    """
    meant = {(appid, openid): person_of(appid, openid) for appid, openid in names}
    there = await get_people(reader, sorted({id for id in meant.values() if id}))
    return {name: id for name, id in meant.items() if id in there}
