"""Makes people for tests."""

from itertools import count
from typing import Final
from uuid import UUID

from weiji.identity.model import Locale, Origin, SignUpPerson, SignUpStatus
from weiji.identity.operations import sign_up_people
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id

ORIGIN: Final = Origin(address="203.0.113.7", request_id="a request", user_agent="a browser")

PASSWORD: Final = "a goose on a bridge"
PASSWORD_HASH: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$VpwDvrhwAk/ofwzJO4wVRw$JooTYFNnQiVRVbBgslLDbhAhkBMcHu+6yortaXVTS/E"
)
"""The hash of another password: for people who never sign in."""

_numbers = count(1)


def sign_up_command(
    handle: str | None = None, phone: str | None = None, id: UUID | None = None, locale: Locale = "zh-CN"
) -> SignUpPerson:
    """Make a command for somebody; without names, with a handle that nobody has."""
    id = id or new_id()
    if handle is None and phone is None:
        handle = f"p{next(_numbers)}_{id.hex[-12:]}"
    return SignUpPerson(
        id=id,
        handle=handle,
        phone=phone,
        display_name="梅",
        locale=locale,
        password_hash=PASSWORD_HASH,
        actor=ORIGIN.actor(id),
    )


async def make_people(tx: Transaction, number: int) -> list[UUID]:
    """Make so many people, and give their ids."""
    commands = [sign_up_command() for _ in range(number)]
    assert set(await sign_up_people(tx, commands)) <= {SignUpStatus.CREATED}
    return [command.id for command in commands]
