"""Proves of the API of money that channels hold that the operator's staff bind shops and have channels asked again, and
that nobody else does; each command has an answer of its own."""

from uuid import UUID

from tests.orders.market import open_market
from tests.payments.proofs import PROOF, proved_operator
from tests.payments.test_api import serve
from weiji.events import BY_SYSTEM
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.payments import RequestUnfreezing, request_unfreezings
from weiji.payments.channels.wechat_ecommerce import NAME
from weiji.settlement.freezing.api import ROUTES
from weiji.web import Caller

NUMBER = "1900000109"


def _staff(role: str) -> Caller:
    return Caller(person_id=new_id(), roles=(("platform", role),), session_id=new_id(), csrf_secret=bytes(32))


async def test_the_staff_bind_shops_and_have_channels_asked_again(database: Database, lanes: Lanes) -> None:
    async with open_market(database, lanes) as market, serve(market, routes=ROUTES) as client:
        shop_id = market.shop_id
        client.be(market.seller_id, shop=shop_id)
        assert (await client.ask("GET", "/sub-merchants")).status_code == 403
        bind = {"shop_id": str(shop_id), "channel": NAME, "number": NUMBER}
        assert (await client.ask("POST", "/sub-merchants/bind", [bind])).status_code == 403
        client.caller = _staff("arbiter")
        assert (await client.ask("POST", "/sub-merchants/bind", [bind])).status_code == 403
        client.caller = _staff("operator")
        unproven = [bind, {**bind, "payment_password": "481516"}]
        statuses = [one["status"] for one in (await client.ask("POST", "/sub-merchants/bind", unproven)).json()]
        assert statuses == ["payment_password_missing", "payment_password_not_set"]
        assert (await client.ask("GET", "/sub-merchants")).json()["items"] == []
        client.caller = await proved_operator(database)
        bind |= PROOF
        bodies = [
            bind,
            bind,
            {**bind, "shop_id": str(new_id())},
            {**bind, "channel": "alipay"},
            {**bind, "number": "12"},
        ]
        statuses = [one["status"] for one in (await client.ask("POST", "/sub-merchants/bind", bodies)).json()]
        assert statuses == ["bound", "exists", "shop_not_found", "channel_not_found", "number_invalid"]
        restore = [{"shop_id": str(shop_id), "channel": NAME, "last4": "0000"}]
        restore.append({**restore[0], **PROOF})
        statuses = [one["status"] for one in (await client.ask("POST", "/sub-merchants/restore", restore)).json()]
        assert statuses == ["payment_password_missing", "former_not_found"]
        listed = await client.ask("GET", "/sub-merchants")
        (bound,) = listed.json()["items"]
        assert (bound["shop_id"], bound["channel"], bound["last4"]) == (str(shop_id), NAME, "0109")
        assert NUMBER not in listed.text
        order_id = new_id(shop_id)
        command = RequestUnfreezing(
            order_id=order_id,
            shop_id=shop_id,
            payment_id=UUID(int=0),
            channel=NAME,
            amount=900,
            frozen=1_000,
            actor=BY_SYSTEM,
        )
        async with database.transaction() as tx:
            await request_unfreezings(tx, [command])
        (waiting,) = (await client.ask("GET", "/unfreezings")).json()["items"]
        assert (waiting["id"], waiting["amount"], waiting["status"]) == (str(order_id), 900, "waiting")
        assert (await client.ask("GET", "/unfreezings/done")).json() == {"items": [], "next": None}
        retries = [{"id": str(order_id)}, {"id": str(new_id(shop_id))}]
        statuses = [one["status"] for one in (await client.ask("POST", "/unfreezings/retry", retries)).json()]
        assert statuses == ["retried", "unfreezing_not_found"]


async def test_what_was_settled_at_once_is_listed_whole_though_pages_end_within_it(
    database: Database, lanes: Lanes
) -> None:
    async with open_market(database, lanes) as market, serve(market, routes=ROUTES) as client:
        commands = [
            RequestUnfreezing(
                order_id=new_id(market.shop_id),
                shop_id=market.shop_id,
                payment_id=new_id(),
                channel=NAME,
                amount=900,
                frozen=1_000,
                actor=BY_SYSTEM,
            )
            for _ in range(5)
        ]
        async with database.transaction() as tx:
            await request_unfreezings(tx, commands)
        client.caller = _staff("operator")
        found: list[str] = []
        after = ""
        while after is not None:
            page = (await client.ask("GET", f"/unfreezings?limit=2{after}")).json()
            found += [one["id"] for one in page["items"]]
            after = f"&after={page['next']}" if page["next"] else None
        assert sorted(found) == sorted(str(command.order_id) for command in commands)
