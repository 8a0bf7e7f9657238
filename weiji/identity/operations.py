"""The verbs of identity. Each takes an open transaction and a batch, and answers every command in order."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from weiji.events import Actor, Event, Occurrence, publish
from weiji.events.identity import (
    AllowanceGranted,
    AllowanceRevoked,
    AllowanceSpent,
    NameTaken,
    PaymentPasswordResetCancelled,
    PersonSignedUp,
    ProfileChanged,
    RoleGranted,
    RoleRevoked,
    SessionEnded,
    SessionStarted,
)
from weiji.identity import store
from weiji.identity.model import (
    SESSIONS_MAX,
    AddressStatus,
    Allowance,
    CancelPaymentPasswordReset,
    CancelPaymentPasswordResetStatus,
    ChangeProfile,
    ChangeProfileStatus,
    EndOtherSessions,
    EndSession,
    EndSessionStatus,
    GrantAllowance,
    GrantAllowanceStatus,
    GrantRole,
    GrantRoleStatus,
    PutAddress,
    RemoveAddress,
    RemoveAddressStatus,
    RevokeAllowance,
    RevokeAllowanceStatus,
    RevokeRole,
    RevokeRoleStatus,
    Role,
    SignUpPerson,
    SignUpStatus,
    SpendAllowance,
    SpendAllowanceStatus,
    StartSession,
    TakeName,
    TakeNameStatus,
)
from weiji.identity.naming import screen_names
from weiji.identity.rules import (
    SESSION_ABSOLUTE,
    SESSION_IDLE,
    AddressBooks,
    Allowances,
    Spending,
    clean_display_name,
    judge_sign_ups,
    plain_name,
)
from weiji.identity.store import SQL
from weiji.kit.db import Transaction
from weiji.kit.ids import shards_of
from weiji.kit.text import tidy_name


def _about(person_id: UUID, event: Event, actor: Actor) -> Occurrence:
    return Occurrence(event, person_id, person_id, actor)


# People


async def sign_up_people(tx: Transaction, commands: Sequence[SignUpPerson]) -> list[SignUpStatus]:
    """Make people whose names and passwords were judged already. Publishes PersonSignedUp.

    Of two who want a name at the same moment, one loses a race and is answered when it is run again.
    """
    names = [store.names_of(command.handle, command.phone) for command in commands]
    people = await store.find_people(tx, [command.id for command in commands])
    taken = await store.find_names(tx, [name for each in names for name in each.all()])
    statuses = judge_sign_ups(commands, names, people, taken)
    created = [
        (command, each)
        for command, each, status in zip(commands, names, statuses, strict=True)
        if status is SignUpStatus.CREATED
    ]
    if created:
        await store.add_people(tx, created)
    await publish(
        tx,
        [_about(c.id, PersonSignedUp(display_name=c.display_name, locale=c.locale), c.actor) for c, _ in created],
    )
    return statuses


async def change_profiles(tx: Transaction, commands: Sequence[ChangeProfile]) -> list[ChangeProfileStatus]:
    """Change display names and locales. Publishes ProfileChanged."""
    ids = [command.person_id for command in commands]
    rows = await tx.rows(SQL.lock_people, shards_of(ids), ids)
    profiles = {row["id"]: (row["display_name"], row["locale"]) for row in rows}
    refused = await _refused_names(tx, profiles, commands)
    taken = {row["id"]: tidy_name(row["taken_name"]) for row in rows if row["taken_name"]}
    statuses, occurrences = [], []
    changed: dict[UUID, tuple[str, str]] = {}
    for command in commands:
        before = profiles.get(command.person_id)
        status = ChangeProfileStatus.CHANGED
        if before is None:
            status = ChangeProfileStatus.NOT_FOUND
        else:
            name = before[0] if command.display_name is None else clean_display_name(command.display_name)
            after = (name, command.locale or before[1]) if name else None
            if after is None:
                status = ChangeProfileStatus.DISPLAY_NAME_MALFORMED
            elif after == before:
                status = ChangeProfileStatus.EXISTS
            elif after[0] != before[0] and (
                (command.person_id, after[0]) in refused or tidy_name(after[0]) == taken.get(command.person_id)
            ):
                status = ChangeProfileStatus.DISPLAY_NAME_REFUSED
            else:
                profiles[command.person_id] = changed[command.person_id] = after
                event = ProfileChanged(display_name=after[0], locale=after[1])
                occurrences.append(_about(command.person_id, event, command.actor))
        statuses.append(status)
    if changed:
        await tx.run(
            SQL.change_profiles,
            shards_of(changed),
            list(changed),
            [name for name, _ in changed.values()],
            [locale for _, locale in changed.values()],
            tx.now,
        )
    await publish(tx, occurrences)
    return statuses


async def take_names(tx: Transaction, commands: Sequence[TakeName]) -> list[TakeNameStatus]:
    """Take names from people; results are in the order of *commands*. Publishes NameTaken."""
    ids = [command.person_id for command in commands]
    rows = await tx.rows(SQL.lock_people, shards_of(ids), ids)
    names = {row["id"]: (row["display_name"], row["locale"]) for row in rows}
    statuses, done = [], []
    for command in commands:
        name, locale = names.get(command.person_id, (None, ""))
        if name is None:
            statuses.append(TakeNameStatus.NOT_FOUND)
        elif name != command.name:
            statuses.append(TakeNameStatus.NAME_CHANGED)
        else:
            names[command.person_id] = plain_name(command.person_id, locale), locale
            done.append(command)
            statuses.append(TakeNameStatus.TAKEN)
    if done:
        ids = [command.person_id for command in done]
        plain = [names[id][0] for id in ids]
        await tx.run(SQL.take_names, shards_of(ids), ids, plain, [command.reason for command in done], tx.now)
    told = [
        NameTaken(display_name=names[each.person_id][0], locale=names[each.person_id][1], reason=each.reason)
        for each in done
    ]
    await publish(tx, [_about(each.person_id, event, each.actor) for each, event in zip(done, told, strict=True)])
    return statuses


async def _refused_names(
    tx: Transaction, profiles: Mapping[UUID, tuple[str, str]], commands: Sequence[ChangeProfile]
) -> set[tuple[UUID, str]]:
    """Tell which of the names that people want have words that can't be in them; what one has already is not asked."""
    wanted = [
        (command.person_id, name)
        for command in commands
        if command.display_name is not None
        and (name := clean_display_name(command.display_name))
        and command.person_id in profiles
        and name != profiles[command.person_id][0]
    ]
    found = await screen_names(tx, wanted)
    return {each for each, words in zip(wanted, found, strict=True) if words}


# Sessions


async def start_sessions(tx: Transaction, commands: Sequence[StartSession]) -> None:
    """Start sessions. Who would have more than 50 loses those that were not used longest. Publishes SessionStarted."""
    people = [command.person_id for command in commands]
    await tx.run(SQL.end_surplus_sessions, shards_of(people), people, SESSIONS_MAX - 1)
    await tx.run(
        SQL.start_sessions,
        shards_of(people),
        [command.id for command in commands],
        people,
        [command.secret_hash for command in commands],
        [command.actor.address for command in commands],
        [command.user_agent for command in commands],
        tx.now,
        tx.now + SESSION_IDLE,
        tx.now + SESSION_ABSOLUTE,
    )
    await publish(
        tx, [_about(c.person_id, SessionStarted(session_id=c.id, device=c.device), c.actor) for c in commands]
    )


async def end_sessions(tx: Transaction, commands: Sequence[EndSession]) -> list[EndSessionStatus]:
    """End sessions of the people who have them. Publishes SessionEnded."""
    people = [command.person_id for command in commands]
    rows = await tx.rows(SQL.end_sessions, shards_of(people), [command.id for command in commands], people)
    ended = {(row["person_id"], row["id"]) for row in rows}
    statuses, occurrences = [], []
    for command in commands:
        status = EndSessionStatus.NOT_FOUND
        if (command.person_id, command.id) in ended:
            # Whoever ends it again finds nothing.
            ended.remove((command.person_id, command.id))
            status = EndSessionStatus.ENDED
            occurrences.append(_about(command.person_id, SessionEnded(session_id=command.id), command.actor))
        statuses.append(status)
    await publish(tx, occurrences)
    return statuses


async def end_other_sessions(tx: Transaction, commands: Sequence[EndOtherSessions]) -> list[int]:
    """End all sessions of people but one each; tell how many those were. Publishes SessionEnded."""
    people = [command.person_id for command in commands]
    rows = await tx.rows(SQL.end_other_sessions, shards_of(people), people, [command.keep_id for command in commands])
    left = {row["id"]: row["person_id"] for row in rows}
    counts, occurrences = [], []
    for command in commands:
        gone = [id for id, owner in left.items() if owner == command.person_id and id != command.keep_id]
        for id in gone:
            del left[id]
            occurrences.append(_about(command.person_id, SessionEnded(session_id=id), command.actor))
        counts.append(len(gone))
    await publish(tx, occurrences)
    return counts


# Roles


async def grant_roles(tx: Transaction, commands: Sequence[GrantRole]) -> list[GrantRoleStatus]:
    """Let people act in roles. Publishes RoleGranted; whether the actor may grant them, whoever calls has judged."""
    ids = [command.person_id for command in commands]
    found = (await store.get_people(tx, list(set(ids)))).keys()
    wanted = [(c.person_id, c.scope, c.role) for c in commands if c.person_id in found]
    granted: set[tuple[UUID, str, str]] = set()
    if wanted:
        rows = await tx.rows(SQL.grant_roles, *_role_columns(wanted), tx.now)
        granted = {(row["person_id"], row["scope"], row["role"]) for row in rows}
    statuses, occurrences = [], []
    for c in commands:
        status = GrantRoleStatus.EXISTS
        if c.person_id not in found:
            status = GrantRoleStatus.PERSON_NOT_FOUND
        elif (c.person_id, c.scope, c.role) in granted:
            granted.remove((c.person_id, c.scope, c.role))
            status = GrantRoleStatus.CREATED
            occurrences.append(_about(c.person_id, RoleGranted(scope=c.scope, role=c.role), c.actor))
        statuses.append(status)
    await publish(tx, occurrences)
    return statuses


async def revoke_roles(tx: Transaction, commands: Sequence[RevokeRole]) -> list[RevokeRoleStatus]:
    """Take roles back. Publishes RoleRevoked."""
    wanted = [(command.person_id, command.scope, command.role) for command in commands]
    rows = await tx.rows(SQL.revoke_roles, *_role_columns(wanted))
    revoked = {(row["person_id"], row["scope"], row["role"]) for row in rows}
    statuses, occurrences = [], []
    for c in commands:
        status = RevokeRoleStatus.NOT_FOUND
        if (c.person_id, c.scope, c.role) in revoked:
            revoked.remove((c.person_id, c.scope, c.role))
            status = RevokeRoleStatus.REVOKED
            occurrences.append(_about(c.person_id, RoleRevoked(scope=c.scope, role=c.role), c.actor))
        statuses.append(status)
    await publish(tx, occurrences)
    return statuses


def _role_columns(roles: Sequence[tuple[UUID, str, Role]]) -> list[list[Any]]:
    return [
        shards_of(person_id for person_id, _, _ in roles),
        [person_id for person_id, _, _ in roles],
        [scope for _, scope, _ in roles],
        [role for _, _, role in roles],
    ]


# Addresses


async def put_addresses(tx: Transaction, commands: Sequence[PutAddress]) -> list[AddressStatus]:
    """Write addresses into the books of people; a person's book stays locked until *tx* ends."""
    books = await _lock_books(tx, [command.person_id for command in commands])
    statuses = [books.put(command) for command in commands]
    await store.write_addresses(tx, books.written(), books.removed())
    return statuses


async def remove_addresses(tx: Transaction, commands: Sequence[RemoveAddress]) -> list[RemoveAddressStatus]:
    """Take addresses out of the books of people; a person's book stays locked until *tx* ends."""
    books = await _lock_books(tx, [command.person_id for command in commands])
    statuses = [books.remove(command) for command in commands]
    await store.write_addresses(tx, books.written(), books.removed())
    return statuses


async def _lock_books(tx: Transaction, people: Sequence[UUID]) -> AddressBooks:
    rows = await tx.rows(SQL.lock_people, shards_of(people), people)
    return AddressBooks(await store.get_books(tx, [row["id"] for row in rows]), tx.now)


# Payment passwords


async def cancel_payment_password_resets(
    tx: Transaction, commands: Sequence[CancelPaymentPasswordReset]
) -> list[CancelPaymentPasswordResetStatus]:
    """End resets of forgotten payment passwords. Publishes PaymentPasswordResetCancelled.

    The payment passwords of the people stay locked until *tx* ends.
    """
    held = await store.lock_payment_passwords(tx, [command.person_id for command in commands])
    resets = {person_id: store.reset_of(row) for person_id, row in held.items()}
    pending = {person_id for person_id, reset in resets.items() if reset and reset.is_pending(tx.now)}
    statuses, occurrences = [], []
    for command in commands:
        if command.person_id not in pending:
            statuses.append(CancelPaymentPasswordResetStatus.NOT_FOUND)
            continue
        pending.remove(command.person_id)
        statuses.append(CancelPaymentPasswordResetStatus.CANCELLED)
        event = PaymentPasswordResetCancelled(reason=command.reason)
        occurrences.append(_about(command.person_id, event, command.actor))
    if occurrences:
        ended = [occurrence.subject_id for occurrence in occurrences]
        await tx.run(SQL.cancel_payment_password_resets, shards_of(ended), ended)
        await publish(tx, occurrences)
    return statuses


# Allowances


async def grant_allowances(tx: Transaction, commands: Sequence[GrantAllowance]) -> list[GrantAllowanceStatus]:
    """Make allowances of people whose payment password was checked. Publishes AllowanceGranted."""
    people = [command.person_id for command in commands]
    held = await store.lock_allowances(tx, people, [command.id for command in commands])
    allowances = Allowances(held, [], tx.now)
    statuses = [allowances.grant(command) for command in commands]
    created = [c for c, status in zip(commands, statuses, strict=True) if status is GrantAllowanceStatus.CREATED]
    if created:
        await store.add_allowances(tx, created)
    await publish(
        tx,
        [
            _about(
                c.person_id,
                AllowanceGranted(allowance_id=c.id, key_id=c.key_id, amount=c.amount, expires_at=c.expires_at),
                c.actor,
            )
            for c in created
        ],
    )
    return statuses


class JudgedSpendings:
    """Spendings that were judged, and of which nothing is written yet. Their allowances are locked.

    `statuses` answers the first commands, one at least: as many as are answered the same whether or not those before
    them are written in the end. Ask about the others when these are written.
    """

    def __init__(
        self, commands: Sequence[SpendAllowance], held: Sequence[Allowance], found: Sequence[Spending]
    ) -> None:
        self.commands = commands
        self.held = held
        self.found = found
        self.statuses: list[SpendAllowanceStatus] = []


async def judge_spendings(tx: Transaction, commands: Sequence[SpendAllowance]) -> JudgedSpendings:
    """Say whether allowances may be used in the place of payment passwords, and lock them until *tx* ends.

    Then do what they are to pay, and call `write_spendings` for what was done: so what is refused uses up nothing.
    """
    people = [command.person_id for command in commands]
    held = await store.lock_allowances(tx, people, [command.allowance_id for command in commands])
    found = await store.find_spendings(tx, people, [command.id for command in commands])
    judged = JudgedSpendings(commands, held, found)
    all_stand, none_stands = Allowances(held, found, tx.now), Allowances(held, found, tx.now)
    for command in commands:
        status = all_stand.spend(command)
        if status is not none_stands.judge_spending(command):
            break
        judged.statuses.append(status)
    return judged


async def write_spendings(tx: Transaction, judged: JudgedSpendings, is_done: Sequence[bool]) -> list[Occurrence]:
    """Use up the allowances of what was done: *is_done* has one word for each of the statuses of *judged*.

    Returns what is to be published: AllowanceSpent, for whoever has accounts to lock before the streams.
    """
    allowances = Allowances(judged.held, judged.found, tx.now)
    occurrences = []
    spent: list[Spending] = []
    commands = judged.commands[: len(judged.statuses)]
    for c, status, done in zip(commands, judged.statuses, is_done, strict=True):
        if not done or status is not SpendAllowanceStatus.CREATED:
            continue
        again = allowances.spend(c)
        assert again is status, "an answer does not depend on what became of those before it"
        allowance = allowances.allowances[c.person_id, c.allowance_id]
        spent.append(allowances.spendings[c.person_id, c.id])
        event = AllowanceSpent(
            allowance_id=c.allowance_id,
            spending_id=c.id,
            key_id=c.key_id,
            amount=c.amount,
            left=allowance.amount - allowance.spent,
        )
        occurrences.append(_about(c.person_id, event, c.actor))
    if spent:
        await store.change_allowances(tx, _changed(judged.held, allowances), spent)
    return occurrences


async def revoke_allowances(tx: Transaction, commands: Sequence[RevokeAllowance]) -> list[RevokeAllowanceStatus]:
    """Take back what is left of allowances. Publishes AllowanceRevoked."""
    people = [command.person_id for command in commands]
    held = await store.lock_allowances(tx, people, [command.id for command in commands])
    allowances = Allowances(held, [], tx.now)
    statuses = [allowances.revoke(command) for command in commands]
    changed = _changed(held, allowances)
    if changed:
        await store.change_allowances(tx, changed)
    await publish(
        tx,
        [
            _about(c.person_id, AllowanceRevoked(allowance_id=c.id), c.actor)
            for c, status in zip(commands, statuses, strict=True)
            if status is RevokeAllowanceStatus.REVOKED
        ],
    )
    return statuses


def _changed(before: Sequence[Allowance], after: Allowances) -> list[Allowance]:
    return [now for was in before if (now := after.allowances[was.person_id, was.id]) != was]
