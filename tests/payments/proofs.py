"""Operators who can prove that it is them, as whoever says where money goes has to."""

from typing import Final

from tests.identity.people import ORIGIN, PASSWORD
from weiji.identity.model import SetPaymentPassword, SignUp
from weiji.identity.payment_password import set_payment_password
from weiji.identity.sign_in import sign_up
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.web import Caller

PROOF: Final = {"payment_password": "481516", "login_password": PASSWORD}


async def proved_operator(database: Database) -> Caller:
    """Sign an operator up, who has a payment password, and no app."""
    person_id = new_id()
    handle = f"op_{person_id.hex[-10:]}"
    entered = SignUp(id=person_id, handle=handle, phone=None, display_name="文山", password=PASSWORD, locale="zh-CN")
    made = await sign_up(database, entered, ORIGIN, is_open=True)
    assert made.status == "created", made
    password = SetPaymentPassword(
        person_id=person_id, payment_password=PROOF["payment_password"], login_password=PASSWORD
    )
    assert (await set_payment_password(database, password, ORIGIN)).status == "created"
    return Caller(person_id=person_id, roles=(("platform", "operator"),), session_id=new_id(), csrf_secret=bytes(32))
