"""The published client in all its forms: blocking and not, in both key modes. What one is told, all are told."""

import asyncio
import inspect
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from wechatpayv3.async_.type import WeChatPayType as AsyncType

from tests.wire.world import Account, World

Voice = Callable[..., Awaitable[tuple[int, Any]]]

DRAWN_ANEW: Final = ("download_url", "encrypt_key", "nonce", "code_url", "prepay_id", "package_info", "update_time")
"""What is another each time that somebody asks."""


@asynccontextmanager
async def voices(world: World, account: Account | None = None, **given: Any) -> AsyncIterator[list[Voice]]:
    """Give four clients: each calls a method by its name, or, of a path, asks for it."""
    async with AsyncExitStack() as stack:
        spoken: list[Voice] = []
        for is_key_mode in (True, False):
            blocking = await asyncio.to_thread(world.client, account, is_key_mode=is_key_mode, **given)
            other = await stack.enter_async_context(world.async_client(account, is_key_mode=is_key_mode, **given))
            spoken += [speak(blocking, is_blocking=True), speak(other, is_blocking=False)]
        yield spoken


def speak(client: Any, *, is_blocking: bool) -> Voice:
    """Have a client called in one way, whichever half of the published one it is."""

    async def say(name: str, /, *args: Any, **given: Any) -> tuple[int, Any]:
        method = (lambda: client._core.request(name)) if name.startswith("/") else getattr(client, name)
        if not is_blocking and "pay_type" in given:
            given["pay_type"] = AsyncType[given["pay_type"].name]  # Each half of the client has its own.
        said = await asyncio.to_thread(method, *args, **given) if is_blocking else method(*args, **given)
        while inspect.isawaitable(said):  # One method of the other half gives a coroutine where it should await it.
            said = await said
        code, text = said
        return code, json.loads(text) if text and isinstance(text, str) else text

    return say


async def alike(
    world: World, *calls: tuple[Any, ...], account: Account | None = None, code: int = 200, **given: Any
) -> list[Any]:
    """Have every form of the client make the same calls, and check that all are answered alike; give the answers."""
    answers = []
    async with voices(world, account, **given) as spoken:
        for name, *args in calls:
            options = args.pop() if args and isinstance(args[-1], Options) else {}
            told = [await voice(name, *args, **options) for voice in spoken]
            assert [each for each, _ in told] == [code] * len(spoken), (name, told)
            kept = [_kept(value) for _, value in told]
            assert all(each == kept[0] for each in kept), (name, kept)
            answers.append(told[0][1])
    return answers


class Options(dict[str, Any]):
    """What a call is given by name."""


def _kept(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _kept(each) for name, each in value.items() if name not in DRAWN_ANEW}
    return (
        [_kept(each) for each in value] if isinstance(value, Sequence) and not isinstance(value, str | bytes) else value
    )
