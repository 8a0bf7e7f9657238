"""A command for a terminal: let somebody, or everybody, sign in anew."""

import asyncio
from functools import partial
from typing import Final
from uuid import UUID

import click

from weiji.developers.model import RevokeKey
from weiji.developers.operations import revoke_keys
from weiji.developers.store import LISTED_MAX, get_keys
from weiji.events import BY_SYSTEM
from weiji.identity import EndOtherSessions, drop_second_factor, end_other_sessions, find_person, get_signed_in
from weiji.kit.db import Database, Transaction
from weiji.kit.installation import open_keys
from weiji.kit.reaching import open_database
from weiji.kit.seal import Source
from weiji.settings import Settings

PEOPLE_MAX: Final = 500
"""People whose sessions end in one transaction."""


@click.command("sign-out")
@click.argument("name", required=False)
@click.option("--everybody", is_flag=True, help="All people; their API keys stay.")
@click.option(
    "--without-code", is_flag=True, help="Ask for no codes of an app any more: NAME lost it, and the recovery code."
)
@click.pass_obj
def sign_out(settings: Settings, name: str | None, everybody: bool, without_code: bool) -> None:
    """End all sessions of the person who signs in as NAME (handle or phone), and revoke their API keys.

    For an account that somebody else is in. The program may run meanwhile.
    """
    if (name is None) is not everybody:
        raise click.UsageError("name somebody, or say --everybody")
    if everybody and without_code:
        raise click.UsageError("whose codes are asked for no more is said one by one: --without-code takes a NAME")
    asyncio.run(_sign_out(settings, name, without_code=without_code))


async def _sign_out(settings: Settings, name: str | None, *, without_code: bool) -> None:
    async with open_database(settings.database_url, settings.data) as database:
        if name is None:
            click.echo(f"{await sign_out_everybody(database):,} sessions ended.")
            return
        await open_keys(database, Source.of(settings))  # A phone number is found by its blind index.
        async with database.read() as reader:
            person_id = await find_person(reader, name)
        if person_id is None:
            raise click.ClickException(f"nobody signs in as {name}")
        if without_code and await database.retried(partial(drop_second_factor, person_id=person_id)):
            click.echo(f"{name} signs in with the password alone.")
        sessions, keys = await shut_out(database, person_id)
        click.echo(f"{name}: {sessions:,} sessions ended, {keys:,} API keys revoked.")


async def sign_out_everybody(database: Database) -> int:
    """End the sessions of all who are signed in; tell how many those were. Who signs in meanwhile may stay."""
    total = 0
    while True:
        async with database.read() as reader:
            people = await get_signed_in(reader, PEOPLE_MAX)
        if not people:
            return total
        total += await database.retried(partial(_end_sessions, people=people))


async def shut_out(database: Database, person_id: UUID) -> tuple[int, int]:
    """End a person's sessions, then their keys, which a session could make more of; tell how many of each."""
    sessions = await database.retried(lambda tx: _end_sessions(tx, [person_id]))
    return sessions, await database.retried(lambda tx: _revoke_keys(tx, person_id))


async def _end_sessions(tx: Transaction, people: list[UUID]) -> int:
    commands = [EndOtherSessions(person_id=person_id, keep_id=None, actor=BY_SYSTEM) for person_id in people]
    return sum(await end_other_sessions(tx, commands))


async def _revoke_keys(tx: Transaction, person_id: UUID) -> int:
    revoked, after = 0, None
    while found := await get_keys(tx, person_id, after):
        live = [RevokeKey(id=key.id, person_id=person_id, actor=BY_SYSTEM) for key in found if key.is_live(tx.now)]
        if live:
            await revoke_keys(tx, live)
        revoked, after = revoked + len(live), found[-1].id
        if len(found) < LISTED_MAX:
            break
    return revoked
