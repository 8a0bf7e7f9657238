"""A site where the bank is open: who tops up by a transfer, and an operator who carries files."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from tests.pages.site import PROOF, Browser, Site, open_site
from weiji.events import BY_SYSTEM, Actor
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.kit.ids import new_id
from weiji.ledger import get_trial_balance
from weiji.payments import CreatePayment, Purpose, create_payments, get_payments, start_payments
from weiji.payments.model import PaymentStatus

SETTINGS = {"holder": "小镇商贸有限公司", "bank": "招商银行杭州分行", "number": "5719 0000 1234 567"}

HEAD = "交易日期,交易时间,收入金额,支出金额,余额,交易流水号,对方户名,对方账号,摘要,附言"


class Town:
    """A site where the bank is open."""

    def __init__(self, site: Site, boss: Browser, buyer: Browser, buyer_id: UUID) -> None:
        self.site = site
        self.boss = boss
        self.buyer = buyer
        self.buyer_id = buyer_id

    async def begin(self, amount: int, id: UUID | None = None) -> UUID:
        """Have the buyer top the wallet up by a transfer."""
        program, id = self.site.program, id or new_id(self.buyer_id)
        command = CreatePayment(
            id=id,
            payer_id=self.buyer_id,
            subject_id=self.buyer_id,
            payee_id=self.buyer_id,
            amount=amount,
            channel="bank",
            purpose=Purpose.TOP_UP,
            actor=Actor("buyer", self.buyer_id),
        )
        assert await program.batchers.of(create_payments).submit(command) == "created"
        await start_payments(program.database, program.lanes, [id])
        return id

    async def bring(self, *lines: str, name: str = "明细.csv") -> None:
        """Have the operator bring a statement, by the form."""
        await self.upload("/operator/bank-statements", "/operator/bank-statements", name, "\n".join([HEAD, *lines]))

    async def upload(self, page: str, action: str, name: str, content: str) -> None:
        """Have the operator send a file by the form of a page."""
        await self.boss.visit(page)
        token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', self.boss.page)
        assert token
        files = {"file": (name, content.encode(), "text/csv")}
        answer = await self.boss.client.post(action, data={"csrf_token": token[1]}, files=files, follow_redirects=True)
        self.boss._take(answer)
        await self.site.settle()

    async def status(self, id: UUID) -> tuple[PaymentStatus, int]:
        """Tell how a payment stands, and what was taken."""
        async with self.site.program.database.read() as reader:
            (payment,) = await get_payments(reader, [id])
        assert payment
        return payment.status, payment.captured

    async def balances(self) -> dict[int, int]:
        """Add up the accounts by code: what was debited less what was credited."""
        async with self.site.program.database.read() as reader:
            rows = await get_trial_balance(reader)
        return {row["code"]: row["debits_posted"] - row["credits_posted"] for row in rows}


@asynccontextmanager
async def bank_town(database_url: str, data: Path) -> AsyncIterator[Town]:
    async with open_site(database_url, data) as site:
        buyer_id = await site.person("buyer", money=100_000)
        boss_id = await site.person("boss", "文山")
        role = GrantRole(person_id=boss_id, scope=PLATFORM, role=Role.OPERATOR, actor=BY_SYSTEM)
        async with site.program.database.transaction() as tx:
            await grant_roles(tx, [role])
        async with site.browser("boss") as boss, site.browser("buyer") as buyer:
            await site.let_pay(boss_id)
            await boss.visit("/operator/channels/bank")
            await boss.send("/operator/channels/bank", **SETTINGS, is_open="1", **PROOF)
            assert "已经保存" in boss.text
            yield Town(site, boss, buyer, buyer_id)
