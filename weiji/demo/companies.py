"""Shops of the town whose owners have shown who they are: companies, with numbers that can be and belong to nobody."""

from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from weiji import web
from weiji.events import Actor
from weiji.kit.ids import derive
from weiji.onboarding import (
    Checklist,
    DecideApplication,
    Decision,
    Field,
    Kind,
    PutDocument,
    SaveFields,
    SubmitApplication,
    TakeApplication,
    Value,
    decide_applications,
    put_documents,
    save_fields,
    submit_applications,
    take_applications,
)
from weiji.onboarding.checks import credit_code_check, id_number_check, luhn_check
from weiji.onboarding.rules import mark_of
from weiji.program import Program

PICTURE: Final = Path(web.__file__).parent / "assets" / "icon-192.png"
"""What stands for the pictures of licences and cards."""

LEGAL_REPRESENTATIVE: Final = "沈月如"

COMPANY: Final = "（小镇）有限公司"
"""How a company is called behind its name."""


def company_values(name: str, number: int, checklist: Checklist) -> dict[Field, str]:
    """Fill in what a company must; *number* makes one company another."""
    code = f"9133010600000{number:04}"
    person = f"33010219680615{number:03}"
    card = f"622000000000{number:03}"
    company = name + COMPANY
    return {
        Field.TERMS: mark_of(checklist),
        Field.KIND: Kind.COMPANY,
        Field.COMPANY_NAME: company,
        Field.CREDIT_CODE: code + (credit_code_check(code) or ""),
        Field.NAME: LEGAL_REPRESENTATIVE,
        Field.ID_NUMBER: person + (id_number_check(person) or ""),
        Field.BANK: "小镇银行 集市支行",
        Field.HOLDER: company,
        Field.ACCOUNT_NUMBER: card + luhn_check(card),
    }


async def verify(
    program: Program, shop_id: UUID, name: str, number: int, checklist: Checklist, owner: Actor, reviewer: Actor
) -> None:
    """Bring a shop from nothing known to verified, as a company."""
    batchers = program.batchers
    told = tuple(Value(field, value) for field, value in company_values(name, number, checklist).items())
    await batchers.of(save_fields, "shop_id").submit(SaveFields(shop_id=shop_id, values=told, actor=owner))
    documents = [
        PutDocument(
            id=derive(shop_id, "demo", field),
            shop_id=shop_id,
            field=field,
            content=PICTURE.read_bytes(),
            actor=owner,
        )
        for field in checklist.company_documents
    ]
    await program.database.retried(partial(put_documents, commands=documents))
    await batchers.of(submit_applications, "shop_id").submit(SubmitApplication(shop_id=shop_id, actor=owner))
    await batchers.of(take_applications, "shop_id").submit(TakeApplication(shop_id=shop_id, actor=reviewer))
    decisions = tuple(Decision(field, is_accepted=True) for field in checklist.wants(Kind.COMPANY))
    deciding = DecideApplication(shop_id=shop_id, decisions=decisions, actor=reviewer)
    await batchers.of(decide_applications, "shop_id").submit(deciding)
