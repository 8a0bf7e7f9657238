"""The verb of the twin: people come over from the live installation, and find themselves and their shop."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from weiji.events import Actor
from weiji.identity import Role, SignUpPerson, SignUpStatus, get_people, sign_up_people
from weiji.kit import clock
from weiji.kit.db import Transaction
from weiji.kit.ids import derive
from weiji.shops import (
    AnswerInvitation,
    AnswerInvitationStatus,
    InviteStaff,
    InviteStaffStatus,
    OpenShop,
    OpenShopStatus,
    VerifyShop,
    answer_invitations,
    get_shops,
    invite_staff,
    open_shops,
    verify_shops,
)
from weiji.twin import store
from weiji.twin.model import TakeTicket, TakeTicketStatus, Ticket

_NO_PASSWORD: Final = "$argon2id$none"  # noqa: S105 - Nobody signs in with it: they come by tickets.


async def take_tickets(tx: Transaction, commands: Sequence[TakeTicket]) -> list[TakeTicketStatus]:
    """Let people in whose tickets were not used yet; results are in the order of *commands*.

    Who comes for the first time is made: a person and a shop with the ids that they have in the live installation, and
    its names, unless somebody here has those. The shop is verified, so that all of it can be tried, and is the
    person's: the live installation says so. Publishes what `identity` and `shops` do.
    """
    fresh = await store.add_tickets(tx, [command.ticket for command in commands], clock.wall())
    let_in = []
    for command in commands:
        if command.ticket.id in fresh:
            fresh.remove(command.ticket.id)  # The same once more is used by then.
            let_in.append(command)
    await _make_people(tx, let_in)
    owners = await _make_shops(tx, let_in)
    statuses = dict.fromkeys(map(id, let_in), TakeTicketStatus.TAKEN)
    for command in let_in:
        ticket = command.ticket
        if owners[ticket.shop_id] == ticket.person_id:
            continue
        if await _hand_over(tx, command, owners[ticket.shop_id]):
            owners[ticket.shop_id] = ticket.person_id
        else:
            statuses[id(command)] = TakeTicketStatus.SHOP_OFFERED
    return [statuses.get(id(command), TakeTicketStatus.USED) for command in commands]


async def _make_people(tx: Transaction, commands: Sequence[TakeTicket]) -> None:
    known = await get_people(tx, list({command.ticket.person_id for command in commands}))
    new = list({c.ticket.person_id: c for c in commands if c.ticket.person_id not in known}.values())
    if not new:
        return
    wanted = [_sign_up(c, c.ticket.handle or _handle_of(c.ticket)) for c in new]
    statuses = await sign_up_people(tx, wanted)
    late = [
        _sign_up(c, _handle_of(c.ticket))
        for c, status in zip(new, statuses, strict=True)
        if status is SignUpStatus.HANDLE_TAKEN
    ]
    if late:
        statuses = [status for status in statuses if status is not SignUpStatus.HANDLE_TAKEN]
        statuses += await sign_up_people(tx, late)
    # Not `created`: they came over with another ticket of theirs since we looked. `id_taken` where they have another
    # handle there; or where their own was found taken, since people are looked up before names, and then another tried.
    here = (SignUpStatus.CREATED, SignUpStatus.EXISTS, SignUpStatus.ID_TAKEN)
    assert all(status in here for status in statuses), statuses


def _sign_up(command: TakeTicket, handle: str) -> SignUpPerson:
    ticket = command.ticket
    return SignUpPerson(
        id=ticket.person_id,
        handle=handle,
        phone=None,
        display_name=ticket.name,
        locale="en" if ticket.locale == "en" else "zh-CN",
        password_hash=_NO_PASSWORD,
        actor=command.actor,
    )


def _handle_of(ticket: Ticket) -> str:
    """Name somebody whose handle is another's here, or who has none."""
    return f"p{ticket.person_id.hex[-16:]}"


async def _make_shops(tx: Transaction, commands: Sequence[TakeTicket]) -> dict[UUID, UUID]:
    """Make the shops that are not there yet; tell whose each is."""
    ids = list({command.ticket.shop_id for command in commands})
    owners = {shop.id: shop.owner_id for shop in await get_shops(tx, ids) if shop}
    new = {c.ticket.shop_id: c for c in reversed(commands) if c.ticket.shop_id not in owners}
    if not new:
        return owners
    made = list(new.values())
    statuses = await open_shops(tx, [_opening(c, c.ticket.shop_handle) for c in made], is_limited=False)
    late = [c for c, status in zip(made, statuses, strict=True) if status is OpenShopStatus.HANDLE_TAKEN]
    opened = {c.ticket.shop_id: status for c, status in zip(made, statuses, strict=True)}
    statuses = await open_shops(tx, [_opening(c, f"s-{c.ticket.shop_id.hex[-16:]}") for c in late], is_limited=False)
    opened |= {c.ticket.shop_id: status for c, status in zip(late, statuses, strict=True)}
    here = (OpenShopStatus.CREATED, OpenShopStatus.EXISTS, OpenShopStatus.ID_TAKEN)  # As with people.
    assert all(status in here for status in opened.values()), opened
    theirs = [c for c in made if opened[c.ticket.shop_id] is not OpenShopStatus.ID_TAKEN]
    await verify_shops(tx, [VerifyShop(shop_id=c.ticket.shop_id, actor=c.actor) for c in theirs])
    if len(theirs) < len(made):  # Whoever was quicker may be another.
        return {shop.id: shop.owner_id for shop in await get_shops(tx, ids) if shop}
    return owners | {c.ticket.shop_id: c.ticket.person_id for c in made}


def _opening(command: TakeTicket, handle: str) -> OpenShop:
    ticket = command.ticket
    return OpenShop(
        id=ticket.shop_id,
        handle=handle,
        name=ticket.shop_name,
        owner_id=ticket.person_id,
        actor=command.actor,
    )


async def _hand_over(tx: Transaction, command: TakeTicket, owner_id: UUID) -> bool:
    """Let a shop be whose it is in the live installation: it was handed over there. Tell whether it is now."""
    ticket = command.ticket
    person = (await get_people(tx, [ticket.person_id]))[ticket.person_id]
    invitation_id = derive(ticket.shop_id, "twin", ticket.id)
    offer = InviteStaff(
        id=invitation_id,
        shop_id=ticket.shop_id,
        name=person.handle or "",
        role=Role.OWNER,
        actor=Actor("person", owner_id),
    )
    (invited,) = await invite_staff(tx, [offer])
    if invited.status is not InviteStaffStatus.CREATED:
        return False
    answer = AnswerInvitation(invitation_id=invitation_id, is_accepted=True, actor=command.actor)
    (answered,) = await answer_invitations(tx, [answer])
    return answered is AnswerInvitationStatus.ACCEPTED
