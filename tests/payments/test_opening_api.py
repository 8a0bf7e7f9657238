"""Proves of the API of channels that nobody changes one who did not prove who they are, a program with an operator's
key least of all, and that each command has an answer of its own."""

from typing import Any, ClassVar

from litestar.di import Provide

from tests.channels.examples import alipay_settings
from tests.payments.proofs import PROOF, proved_operator
from tests.payments.test_api import serve
from tests.payments.world import World
from weiji.payments.opening import Opener
from weiji.payments.opening.api import ChannelsApi
from weiji.settings import Settings
from weiji.settlement.freezing.api import SubMerchantsApi
from weiji.web.grants import is_for_keys

GATEWAY = "https://openapi-sandbox.dl.alipaydev.com"


async def test_whoever_changes_a_channel_proves_who_they_are_and_no_key_does(world: World) -> None:
    # A key is not even looked at where no scope is asked for (`tests/api/test_scopes.py`).
    assert not any(map(is_for_keys, (ChannelsApi.change, SubMerchantsApi.bind, SubMerchantsApi.restore)))
    opener = Opener(world.database, Settings())

    class Api(ChannelsApi):
        dependencies: ClassVar = {"opener": Provide(lambda: opener, sync_to_thread=False)}

    change: dict[str, Any] = {
        "name": "alipay",
        "version": 1,
        "is_open": False,
        "channel_settings": {**alipay_settings(), "gateway": GATEWAY},
    }
    proved = {**change, **PROOF}
    async with serve(world, routes=[Api]) as client:
        client.caller = await proved_operator(world.database)
        wrong = {**proved, "payment_password": "000000"}
        guessed = {**proved, "login_password": "guessed-it-twice"}
        unset = {**proved, "channel_settings": {"app_id": "12"}}
        alone = {name: value for name, value in proved.items() if name != "login_password"}
        bodies = [change, wrong, alone, guessed, {**change, "name": "nobody"}, unset, proved, proved]
        results = (await client.ask("POST", "/channels/change", bodies)).json()
        assert [result["status"] for result in results] == [
            "payment_password_missing",
            "payment_password_wrong",
            "step_up_needed",
            "login_password_wrong",
            "channel_not_found",
            "setting_wrong",
            "saved",
            "version_taken",
        ]
        assert results[1]["tries_left"] == 4
        listed = (await client.ask("GET", "/channels")).json()["items"]
        (alipay,) = [each for each in listed if each["name"] == "alipay"]
        assert (alipay["version"], alipay["is_open"]) == (1, False)
