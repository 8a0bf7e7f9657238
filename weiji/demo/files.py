"""The bank of the town, which is paid by: shops withdraw by file, the bank told of some, and the next file waits."""

from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID

from weiji import payments
from weiji.demo.people import BY_HANDLE, COLLEAGUE
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import derive
from weiji.payments import PayoutSource, RequestPayout
from weiji.payments.bank.importing import import_statement
from weiji.payments.bank.model import BankImportStatus
from weiji.payments.bank_transfers.importing import import_returns
from weiji.payments.bank_transfers.making import file_of_bank, give_out
from weiji.payments.bank_transfers.operations import make_bank_batches
from weiji.payments.channels import find_kinds, wechat_ecommerce
from weiji.payments.channels.bank import PAYOUTS_ONLY
from weiji.payments.model import BANK
from weiji.payments.opening.model import channel_id
from weiji.payments.opening.operations import change_channels
from weiji.payments.opening.proving import prove_change
from weiji.program import Program
from weiji.rulebook import APPROVAL_RULES, ApprovalRules, PublishRules, publish_rules

ACCOUNT: Final = {
    "holder": "小镇集市有限公司",
    "bank": "小镇银行 湖边支行",
    "number": "6222 0000 8888 0001",
    "use": PAYOUTS_ONLY,
}

AMOUNTS: Final = (12_000, 8_800)
"""What each shop withdraws: the first time, and what waits now."""

STATEMENT_ABOVE: Final = 10_000
"""More than this, in fen, two of the staff have to say that the bank says."""

OUTCOMES: Final = ("成功", "失败", "处理中")
"""What the bank says of the lines of its first file."""


def bank_batch_id() -> UUID:
    """Name the file that the bank has."""
    return derive(channel_id(BANK), "demo", "batch")


async def pay_by_file(program: Program, owners: Mapping[UUID, Actor]) -> None:
    """Set the bank up, have shops withdraw by it, and have it tell of the first file."""
    staff = Actor("staff", BY_HANDLE["wenshan"].id)
    opened = prove_change(find_kinds()[BANK], None, ACCOUNT, 1, staff, is_open=True, is_live=False)
    await program.batchers.of(change_channels).submit(opened)
    await program.opener.refresh()
    await _withdraw(program, owners, AMOUNTS[0])
    await program.batchers.of(make_bank_batches).submit(file_of_bank(bank_batch_id(), staff))
    given = await give_out(program.database, program.batchers, bank_batch_id(), staff)
    assert given is not None, "the shops have something to withdraw"
    batch, content = given
    heads, *rows = [line.split(",") for line in content.decode(batch.encoding).splitlines()]
    amount, reference = heads.index("金额"), heads.index("附言")
    told = [
        f"{row[reference]},{row[amount]},{word},{'户名与账号不符' if word == '失败' else ''}"
        for row, word in zip(rows, OUTCOMES, strict=False)
    ]
    returns = "\n".join(["附言,金额,状态,失败原因", *told])
    await import_returns(program.database, program.batchers, "打款结果.csv", returns.encode(), staff)
    await _hold_a_statement(program, rows[OUTCOMES.index("处理中")][reference])
    await _withdraw(program, owners, AMOUNTS[1])
    await _bind(program, list(owners), staff)


async def _hold_a_statement(program: Program, reference: str) -> None:
    """Have one of the staff bring a statement by which more is paid than one may say alone: it waits for another."""
    rules = PublishRules(
        of=APPROVAL_RULES,
        version=2,
        rules=ApprovalRules(statement_above=STATEMENT_ABOVE),
        reason="小镇开张：对账单算出一百元以上的，两个人看。",
        actor=Actor("staff", BY_HANDLE["wenshan"].id),
    )
    await program.database.retried(partial(publish_rules, commands=[rules]))
    day = f"{clock.now().astimezone(SHANGHAI):%Y-%m-%d}"
    lines = ["交易日期,收入金额,支出金额,交易流水号,对方户名,附言", f"{day},,{AMOUNTS[0] / 100:.2f},T1001,,{reference}"]
    colleague = Actor("staff", COLLEAGUE.id)
    result = await import_statement(
        program.database, program.batchers, "账户明细.csv", "\n".join(lines).encode(), colleague
    )
    assert result.status is BankImportStatus.HELD, result


async def _bind(program: Program, shops: list[UUID], staff: Actor) -> None:
    """Say who shops are at a channel that the town may open one day."""
    commands = [
        payments.BindSubMerchant(shop_id=shop, channel=wechat_ecommerce.NAME, number=f"19000{place:05d}", actor=staff)
        for place, shop in enumerate(shops, 109)
    ]
    await program.batchers.of(payments.bind_sub_merchants, "shop_id").submit_all(commands)


async def _withdraw(program: Program, owners: Mapping[UUID, Actor], amount: int) -> None:
    commands = [
        RequestPayout(
            id=derive(shop, "demo", "payout by file", amount),
            owner_id=shop,
            source=PayoutSource.MERCHANT_AVAILABLE,
            account_id=derive(shop, "demo", "bank"),
            amount=amount,
            fee=0,
            channel=BANK,
            actor=owner,
        )
        for shop, owner in owners.items()
    ]
    await program.batchers.of(payments.request_payouts).submit_all(commands)
    await program.deliverer.drain()
