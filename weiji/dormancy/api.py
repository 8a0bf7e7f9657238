"""The JSON API of wallets that lie: for their owners, and for the operator's staff."""

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from msgspec import Struct

from weiji.dormancy import store
from weiji.dormancy.model import DormancyState, GiveBack, GiveBackStatus
from weiji.dormancy.operations import give_back_dormant
from weiji.dormancy.store import Lying
from weiji.web.api import After, ApiRequest, Limit, Page, operation, run
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor


class DormancyAnswer(Struct, kw_only=True):
    """A wallet that nobody moved for long. Amounts are fen; what is `dormant` is its owner's still."""

    person_id: UUID
    state: DormancyState
    dormant: int
    available: int
    told_at: datetime
    due_at: datetime
    moved_at: datetime | None
    ended_at: datetime | None
    currency: str = "CNY"


class DormantWallets(Page[DormancyAnswer], kw_only=True):
    """A page of wallets, with what is set aside of all of them, and how many there are."""

    amount: int
    dormant_wallets: int
    told_wallets: int


class GiveBackAnswer(Struct):
    """How giving back ended."""

    status: GiveBackStatus


def _describe(lying: Lying) -> DormancyAnswer:
    its = lying.dormancy
    return DormancyAnswer(
        person_id=its.person_id,
        state=its.state,
        dormant=lying.dormant,
        available=lying.available,
        told_at=its.told_at,
        due_at=its.due_at,
        moved_at=its.moved_at,
        ended_at=its.ended_at,
    )


class DormancyApi(Controller):
    """Wallets that lie."""

    path = "/api/v1/dormancy"
    tags = ("payments",)

    @get("/own", **operation("GetDormancy", "payments:read", opt={"finds": True}))
    async def own(self, request: ApiRequest) -> DormancyAnswer:
        """Read how your wallet stands, if it was ever told of for lying long."""
        async with request.database.read() as reader:
            found = await store.get_dormancy(reader, request.person_id)
        if found is None:
            raise NotFoundException
        return _describe(found)

    @post("/give-back-own", **operation("GiveBackOwnDormant", "payments:write", repeat="key_needed"))
    async def give_back_own(self, request: ApiRequest) -> Response[list[GiveBackAnswer]]:
        """Bring what is set aside of your wallet into it."""
        command = GiveBack(person_id=request.person_id, actor=request.actor())
        return await run(request, give_back_dormant, "person_id", [command])

    @get("/wallets", **operation("ListDormantWallets", "platform:read", guards=[staff()]))
    async def index(
        self,
        request: ApiRequest,
        is_told: bool = False,
        after: After = None,
        limit: Limit = 20,
    ) -> DormantWallets:
        """List wallets that are set aside, or were told of, in the order of their owners, with the sums of all."""
        cursor = read_cursor(after, tuple[UUID])
        state = DormancyState.TOLD if is_told else DormancyState.DORMANT
        async with request.database.read() as reader:
            totals, found = await store.list_lying(reader, state, cursor[0] if cursor else None, limit + 1)
        return DormantWallets(
            items=[_describe(each) for each in found[:limit]],
            next=write_cursor(found[limit - 1].dormancy.person_id) if len(found) > limit else None,
            amount=totals.amount,
            dormant_wallets=totals.dormant,
            told_wallets=totals.told,
        )


ROUTES: Final = (DormancyApi,)
