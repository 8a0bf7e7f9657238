"""Proves that a ticket lets in once, and that who comes over finds themselves and the shop that is theirs in live."""

import asyncio
from datetime import timedelta
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.twin.examples import ticket
from weiji.events import Actor
from weiji.identity import Role, get_people
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id
from weiji.shops import InviteStaff, Verification, get_shops, invite_staff
from weiji.twin.model import TakeTicket, TakeTicketStatus, Ticket
from weiji.twin.operations import take_tickets

TAKEN, USED, SHOP_OFFERED = TakeTicketStatus


def _take(given: Ticket) -> TakeTicket:
    return TakeTicket(ticket=given, actor=Actor("person", given.person_id))


async def _taken(tx: Transaction, *tickets: Ticket) -> list[TakeTicketStatus]:
    return await take_tickets(tx, [_take(each) for each in tickets])


async def test_who_comes_first_is_made_and_who_comes_again_is_known(tx: Transaction) -> None:
    first = ticket()
    assert await _taken(tx, first) == [TAKEN]
    assert await _taken(tx, first) == [USED]
    again = msgspec.structs.replace(first, id=new_id(near=first.shop_id), shop_name="另一个名字", handle="another_one")
    assert await _taken(tx, again, again) == [TAKEN, USED]
    (shop,) = await get_shops(tx, [first.shop_id])
    assert shop
    assert (shop.name, shop.handle, shop.owner_id) == (first.shop_name, first.shop_handle, first.person_id)
    assert shop.verification is Verification.VERIFIED
    person = (await get_people(tx, [first.person_id]))[first.person_id]
    assert (person.handle, person.display_name) == (first.handle, first.name)


async def test_a_name_that_somebody_here_has_is_no_obstacle(tx: Transaction) -> None:
    first = ticket()
    second = ticket(handle=first.handle, shop_handle=first.shop_handle)
    third = ticket(handle="")
    assert await _taken(tx, first, second, third) == [TAKEN, TAKEN, TAKEN]
    people = await get_people(tx, [first.person_id, second.person_id, third.person_id])
    assert len({person.handle for person in people.values()}) == 3
    shops = await get_shops(tx, [first.shop_id, second.shop_id])
    assert len({shop.handle for shop in shops if shop}) == 2


async def test_a_shop_that_was_handed_over_in_live_is_the_new_owners(tx: Transaction) -> None:
    first, other = ticket(), new_id()
    second = ticket(first.shop_id, other)
    assert await _taken(tx, first, second) == [TAKEN, TAKEN]
    (shop,) = await get_shops(tx, [first.shop_id])
    assert shop
    assert shop.owner_id == other
    offer = InviteStaff(
        id=new_id(near=shop.id),
        shop_id=shop.id,
        name=first.handle,
        role=Role.OWNER,
        actor=Actor("person", other),
    )
    await invite_staff(tx, [offer])
    assert await _taken(tx, ticket(first.shop_id)) == [SHOP_OFFERED]


SHOPS = [derive(UUID(int=n), "shop of a twin") for n in range(2)]
PEOPLE = [derive(UUID(int=n), "person of a twin") for n in range(2)]
# None is so old that it is forgotten meanwhile.
LATER = clock.wall() + timedelta(days=1)
TICKETS = [
    ticket(SHOPS[0], PEOPLE[0], written_at=LATER),
    ticket(SHOPS[0], PEOPLE[1], written_at=LATER),
    ticket(
        SHOPS[1],
        PEOPLE[1],
        handle=f"p{PEOPLE[0].hex[-12:]}",
        shop_handle=f"s-{SHOPS[0].hex[-12:]}",
        written_at=LATER,
    ),
    ticket(SHOPS[0], PEOPLE[0], written_at=LATER),
]


class _RolledBack(Exception):
    pass


@given(st.lists(st.sampled_from(TICKETS), min_size=1, max_size=6))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_law_of_batches(tx: Transaction, asked: list[Ticket]) -> None:
    async def run(batches: list[list[Ticket]]) -> tuple[list[TakeTicketStatus], list[UUID | None]]:
        answers: list[TakeTicketStatus] = []
        owners: list[UUID | None] = []
        try:
            async with tx.connection.transaction():
                for batch in batches:
                    answers += await _taken(tx, *batch)
                owners += [shop and shop.owner_id for shop in await get_shops(tx, SHOPS)]
                raise _RolledBack
        except _RolledBack:
            return answers, owners

    assert await run([asked]) == await run([[each] for each in asked])


async def test_who_comes_with_two_tickets_at_once_gets_in_with_both(database: Database) -> None:
    first = ticket()
    tickets = [msgspec.structs.replace(first, id=new_id(near=first.shop_id)) for _ in range(6)]
    coming = (database.retried(lambda tx, each=each: _taken(tx, each)) for each in tickets)
    assert await asyncio.gather(*coming) == [[TAKEN]] * 6


async def test_of_two_who_come_with_one_ticket_one_gets_in(database: Database) -> None:
    shared = ticket()
    answers = await asyncio.gather(*(database.retried(lambda tx: _taken(tx, shared)) for _ in range(4)))
    assert sorted(status for (status,) in answers) == [TAKEN, USED, USED, USED]
