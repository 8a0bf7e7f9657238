"""The phone number of somebody who is here already: one more name to sign in with."""

from weiji.events import Occurrence, publish
from weiji.events.identity import PhoneChanged
from weiji.identity import store
from weiji.identity.model import ChangePhone, ChangePhoneResult, ChangePhoneStatus, Origin
from weiji.identity.oneself import Unproven, do_as_oneself
from weiji.identity.rules import PHONE_LOCK, clean_password, clean_phone, contains_name
from weiji.identity.sign_in import count_once, phone_key
from weiji.identity.store import SQL
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import shard_of
from weiji.kit.seal import KEYS


async def change_phone(database: Database, entered: ChangePhone, origin: Origin) -> ChangePhoneResult:
    """Give a person who knows the login password a phone number, another one, or none.

    Nobody shows that the number is theirs, as nobody does who signs up: it is a name, and proves nothing. Of two who
    want one at the same moment, one loses a race and is answered when it is run again. Publishes PhoneChanged. Raises
    QueueFull where too many passwords wait to be hashed.
    """
    person_id, shard = entered.person_id, shard_of(entered.person_id)
    phone = None if entered.phone is None else clean_phone(entered.phone)
    if entered.phone is not None and phone is None:
        return ChangePhoneResult(ChangePhoneStatus.PHONE_MALFORMED)
    if phone and contains_name(clean_password(entered.login_password), phone):
        return ChangePhoneResult(ChangePhoneStatus.PASSWORD_CONTAINS_NAME)

    async def write(tx: Transaction) -> ChangePhoneResult:
        # Only of who knows the password: else who stole a session would keep its person from changing the number.
        locked_until = await count_once(tx, phone_key(person_id), PHONE_LOCK)
        if locked_until:
            return ChangePhoneResult(ChangePhoneStatus.LOCKED, locked_until)
        row = await tx.row(SQL.get_password, shard, person_id)
        assert row, "who knows the password is somebody"
        before = store.phone_of(row)
        if before == phone:
            return ChangePhoneResult(ChangePhoneStatus.EXISTS)
        if phone is None and row["handle"] is None:
            return ChangePhoneResult(ChangePhoneStatus.NAME_MISSING)
        was, name = store.names_of(None, before).phone, store.names_of(None, phone).phone
        if name and await store.find_names(tx, [name]):
            return ChangePhoneResult(ChangePhoneStatus.PHONE_TAKEN)
        if was:
            await tx.run(SQL.remove_name, was, person_id)
        if name:
            await tx.run(SQL.add_names, [name], [person_id], tx.now)
        sealed = KEYS.seal(phone, store.PHONE, person_id) if phone else None
        await tx.run(SQL.set_phone, shard, person_id, sealed)
        event = PhoneChanged(has_phone=phone is not None)
        await publish(tx, [Occurrence(event, person_id, person_id, origin.actor(person_id))])
        return ChangePhoneResult(ChangePhoneStatus.CHANGED)

    result = await do_as_oneself(database, person_id, entered.login_password, origin, write)
    if isinstance(result, Unproven):
        return ChangePhoneResult(ChangePhoneStatus(result.status), result.locked_until)
    return result
