"""argon2id, in a few threads beside the event loop: 25 ms and 19 MiB each, so never inside a transaction."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple, Unpack

from weiji.kit.batch import QueueFull

if TYPE_CHECKING:
    from argon2 import PasswordHasher

Args = TypeVarTuple("Args")
T = TypeVar("T")

# OWASP Password Storage Cheat Sheet, argon2id: the second of its equal choices.
MEMORY_KIB: Final = 19_456
ITERATIONS: Final = 2
LANES: Final = 1

THREADS: Final = 2
"""Hashes made at once: more would only wait for the same processors."""
WAITING_MAX: Final = 200
"""Hashes that may wait: about three seconds of them. More are refused, so that nobody's sign-in stops the shop."""


class Hashers:
    """A bounded number of threads that hash, and a bounded number of hashes that wait for one."""

    def __init__(self, waiting_max: int = WAITING_MAX) -> None:
        self.waiting_max = waiting_max
        self._threads = ThreadPoolExecutor(THREADS, "hash")
        self._waiting = 0

    async def hash(self, secret: bytes) -> str:
        """Hash a secret. Raises QueueFull."""
        return await self._run(_hasher().hash, secret)

    async def verify(self, hash: str | None, secret: bytes) -> bool:
        """Tell whether a secret has this hash; without one, take as long and say no. Raises QueueFull."""
        return await self._run(_verify, hash, secret)

    async def _run(self, work: Callable[[Unpack[Args]], T], *args: *Args) -> T:
        if self._waiting >= self.waiting_max:
            raise QueueFull("password hashes")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)
        finally:
            self._waiting -= 1


HASHERS: Final = Hashers()
"""The hashing threads of this process; they start when first needed."""


@cache
def _hasher() -> "PasswordHasher":
    # Slow to import, and most of what uses identity never hashes.
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=ITERATIONS, memory_cost=MEMORY_KIB, parallelism=LANES)


@cache
def _hash_of_nobody() -> str:
    return _hasher().hash(b"nobody has this password")


def _verify(hash: str | None, secret: bytes) -> bool:
    from argon2.exceptions import VerifyMismatchError

    try:
        return _hasher().verify(hash or _hash_of_nobody(), secret) and hash is not None
    except VerifyMismatchError:
        return False
