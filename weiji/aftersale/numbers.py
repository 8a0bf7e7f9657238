"""Looks at the number under which a buyer is about to send goods back: may it be right, and was it used?

As with parcels of orders this only warns: what is doubtful may be sent by whoever says that it is right. But for one:
goods of an order do not come back in another of its parcels.
"""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.aftersale import store
from weiji.aftersale.rules import is_taken
from weiji.kit import clock
from weiji.kit.db import Reader
from weiji.orders import find_sent_numbers, get_parcel_numbers
from weiji.orders.numbers import USED_WITHIN, CheckStatus, ParcelCheck, judge_number, written


class CheckReturn(Struct, frozen=True):
    """A parcel in which goods of a case are to come back."""

    case_id: UUID
    carrier: str
    tracking_number: str


async def check_returns(reader: Reader, buyer_id: UUID, returns: Sequence[CheckReturn]) -> list[ParcelCheck | None]:
    """Look at the numbers of parcels that come back, in five statements; None: it is no case of the buyer.

    A number is used that anybody sent a parcel under, or sent something else back under: one buyer may send goods of
    several cases back to one shop in one parcel. Whose it is is not told. Results are in the order of *returns*.
    """
    since = clock.now() - USED_WITHIN
    numbers = [number for each in returns for number in written(each.tracking_number)]
    orders = set((await store.find_orders(reader, {each.case_id for each in returns})).values())
    cases = await store.read_cases(reader, orders)
    own = await get_parcel_numbers(reader, orders)
    sent = await find_sent_numbers(reader, numbers, since)
    returned = await store.find_returned_numbers(reader, numbers, since)
    checks: list[ParcelCheck | None] = []
    for each in returns:
        case, its = cases.get(each.case_id), written(each.tracking_number)
        if case is None or case.buyer_id != buyer_id:
            checks.append(None)
            continue
        others = {number for number, buyer, shop in returned if (buyer, shop) != (buyer_id, case.shop_id)}
        check = judge_number(each.carrier, each.tracking_number)
        is_refused = is_taken(each.tracking_number, case, cases.values(), own[case.order_id], is_back=True)
        if is_refused or its & (sent | others):
            check = replace(check, status=CheckStatus.NUMBER_USED, is_refused=is_refused)
        checks.append(check)
    return checks
