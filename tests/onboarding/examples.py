"""Applications for tests: numbers that pass every check, and shops on their way to be verified."""

import random
from datetime import date, timedelta
from io import BytesIO
from uuid import UUID

from PIL import Image

from tests.identity.people import PASSWORD_HASH
from weiji.events import Actor
from weiji.identity import SignUpPerson, sign_up_people
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id
from weiji.onboarding import Decision, Field, PutDocument, SaveFields, Value
from weiji.onboarding.checks import credit_code_check, id_number_check, luhn_check
from weiji.shops import OpenShop, OpenShopStatus, open_shops

PLACE = b"120.15 E, 30.28 N"
"""Where the picture was taken."""


def _photo() -> bytes:
    made, exif = BytesIO(), Image.Exif()
    exif[0x010E] = PLACE.decode()
    Image.new("RGB", (640, 400), "#8a6d1f").save(made, "JPEG", exif=exif)
    return made.getvalue()


JPEG = _photo()
PNG = b"\x89PNG\r\n\x1a\n" + b"another picture" * 40
PDF = b"%PDF-1.7\n" + b"a licence" * 40

OWNER = Actor("merchant", new_id())


def make_id_number(seed: int) -> str:
    """Make a resident's number that can be."""
    chance = random.Random(seed)  # noqa: S311
    born = date(1950, 1, 1) + timedelta(days=chance.randrange(18_000))
    first = f"3301{chance.randrange(2, 10):02}{born:%Y%m%d}{chance.randrange(1000):03}"
    return first + (id_number_check(first) or "")


def make_credit_code(seed: int) -> str:
    """Make a unified social credit code that can be."""
    first = f"91330106{random.Random(seed).randrange(10**9):09}"  # noqa: S311
    return first + (credit_code_check(first) or "")


def make_card_number(seed: int) -> str:
    """Make the number of a bank card that can be."""
    first = f"621700{random.Random(seed).randrange(10**12):012}"  # noqa: S311
    return first + luhn_check(first)


def person_values(seed: int = 1) -> dict[Field, str]:
    """Give what a person fills in."""
    return {
        Field.KIND: "person",
        Field.NAME: "周山",
        Field.ID_NUMBER: make_id_number(seed),
        Field.BANK: "建设银行",
        Field.HOLDER: "周山",
        Field.ACCOUNT_NUMBER: make_card_number(seed),
    }


def company_values(seed: int = 1) -> dict[Field, str]:
    """Give what somebody fills in for a company that they represent; its account is in their name."""
    return {
        **person_values(seed),
        Field.KIND: "company",
        Field.COMPANY_NAME: "杭州（西湖）茶业有限公司",
        Field.CREDIT_CODE: make_credit_code(seed),
    }


def save(shop_id: UUID, values: dict[Field, str], actor: Actor | None = None) -> SaveFields:
    """Write the command that keeps fields."""
    told = tuple(Value(name, value) for name, value in values.items())
    return SaveFields(shop_id=shop_id, values=told, actor=actor or OWNER)


def put(shop_id: UUID, name: Field, content: bytes = JPEG, id: UUID | None = None) -> PutDocument:
    """Write the command that puts a document."""
    return PutDocument(id=id or new_id(shop_id), shop_id=shop_id, field=name, content=content, actor=OWNER)


def accept(*names: Field) -> tuple[Decision, ...]:
    """Accept fields."""
    return tuple(Decision(name, is_accepted=True) for name in names)


async def open_shop(tx: Transaction, owner_id: UUID | None = None) -> tuple[UUID, UUID]:
    """Open a shop of somebody new, or of *owner_id*; give its id and its owner's."""
    shop_id = new_id()
    if owner_id is None:
        owner_id = new_id()
        person = SignUpPerson(
            id=owner_id,
            handle=f"p{owner_id.hex[-12:]}",
            phone=None,
            display_name="周山",
            locale="zh-CN",
            password_hash=PASSWORD_HASH,
            actor=Actor("person", owner_id),
        )
        await sign_up_people(tx, [person])
    opening = OpenShop(
        id=shop_id,
        handle=f"s{shop_id.hex[-12:]}",
        name="山里的茶",
        owner_id=owner_id,
        actor=Actor("merchant", owner_id),
    )
    assert await open_shops(tx, [opening]) == [OpenShopStatus.CREATED]
    return shop_id, owner_id
