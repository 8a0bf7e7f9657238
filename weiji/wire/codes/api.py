"""The JSON API of payment codes: for apps of payers, who show them at a till."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Meta, Struct

from weiji.identity import PasswordCheckStatus, check_payment_password, origin_of
from weiji.kit import clock
from weiji.web import rate
from weiji.web.api import ApiRequest, Batch, PaymentPassword, operation
from weiji.wire.codes.model import LASTS, CodeUse, IssueCode, IssueCodeStatus, digest_of, draw_code
from weiji.wire.codes.operations import issue_codes
from weiji.wire.codes.rules import use_of
from weiji.wire.codes.store import get_codes
from weiji.wire.trade import get_orders


class IssueBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A code that you want to show."""

    id: Annotated[UUID, Meta(description="The code's. Made by you; its last six bits are those of your own id.")]
    payment_password: PaymentPassword


class PaymentCodeStatus(StrEnum):
    """How showing a code ended. Where several apply, the first listed is given."""

    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """It is missing, wrong, locked, or not set."""
    ID_TAKEN = "id_taken"
    """The id was used, or was not made near you."""
    CREATED = "created"


class IssueAnswer(Struct, kw_only=True):
    """How showing ended, and the code: it is told this once, and good for one order."""

    status: PaymentCodeStatus
    code: str | None = None
    expires_at: datetime | None = None


class CodeAnswer(Struct, kw_only=True):
    """What came of a code. An order `to_confirm` is large, or your wallet had too little: it waits at the cashier."""

    id: UUID
    use: CodeUse
    expires_at: datetime
    order_id: UUID | None
    amount: int | None
    """In fen."""


IssueBatch = Batch[IssueBody]


class PaymentCodesApi(Controller):
    """Codes that you show at tills."""

    path = "/api/v1/payment-codes"
    tags = ("payments",)

    @post("/issue", **operation("IssuePaymentCodes", opt=rate("password", "30/minute")))
    async def issue(self, request: ApiRequest, data: IssueBatch) -> list[IssueAnswer]:
        """Have codes made, each for one order from your wallet. Of them, and of those before, the last is good."""
        return [await self._issue(request, body) for body in data]

    async def _issue(self, request: ApiRequest, body: IssueBody) -> IssueAnswer:
        person_id = request.person_id
        check = await check_payment_password(
            request.database, person_id, body.payment_password, origin_of(request.scope)
        )
        if check.status is not PasswordCheckStatus.CORRECT:
            return IssueAnswer(status=PaymentCodeStatus.PAYMENT_PASSWORD_WRONG)
        code = draw_code(person_id)
        command = IssueCode(id=body.id, person_id=person_id, digest=digest_of(code), actor=request.actor("buyer"))
        status = await request.batchers.of(issue_codes, "person_id").submit(command)
        if status is not IssueCodeStatus.CREATED:
            return IssueAnswer(status=PaymentCodeStatus(status.value))
        return IssueAnswer(status=PaymentCodeStatus.CREATED, code=code, expires_at=clock.now() + LASTS)

    @get("/{code_id:uuid}", **operation("GetPaymentCode"))
    async def show(self, request: ApiRequest, code_id: FromPath[UUID]) -> CodeAnswer:
        """Read what came of a code of yours."""
        async with request.database.read() as reader:
            code = (await get_codes(reader, [code_id])).get(code_id)
            if code is None or code.person_id != request.person_id:
                raise NotFoundException
            order = (await get_orders(reader, [code.order_id]))[code.order_id] if code.order_id else None
        return CodeAnswer(
            id=code.id,
            use=use_of(code, order, clock.now()),
            expires_at=code.expires_at,
            order_id=code.order_id,
            amount=order.total if order else None,
        )


ROUTES: Final = (PaymentCodesApi,)
"""What the program serves of this module's API."""
