"""The verbs of codes of a merchant's own. They publish nothing: that a coupon was sent is told by coupons.

Locks: campaigns, then stocks, in id order, then codes: whoever changes the codes of a stock has its row.
"""

from collections.abc import Sequence

from weiji.coupons import CampaignState, lock_campaigns
from weiji.kit.db import Transaction
from weiji.wire.own_codes import store
from weiji.wire.own_codes.model import (
    CODES_MAX,
    BindCode,
    BindCodeResult,
    BindCodeStatus,
    CodeMode,
    DeleteCode,
    DeleteCodeStatus,
    NoteCodeStock,
    NoteCodeStockStatus,
    UnbindCode,
    UploadCodes,
    UploadCodesResult,
    UploadCodesStatus,
)


async def note_code_stocks(tx: Transaction, commands: Sequence[NoteCodeStock]) -> list[NoteCodeStockStatus]:
    """Note where the codes of stocks come from, once for ever: before they are started.

    What was started without is started for ever: it has codes of ours.
    """
    campaigns = await lock_campaigns(tx, {each.campaign_id for each in commands})
    started = {id for id, campaign in campaigns.items() if campaign.state is not CampaignState.CREATED}
    notes = {each.campaign_id: each for each in reversed(commands) if each.campaign_id not in started}
    added = await store.add_code_stocks(tx, list(notes.values()))
    there = await store.get_code_stocks(tx, [each.campaign_id for each in commands])
    statuses = []
    for command in commands:
        if command.campaign_id not in there or there[command.campaign_id].mode is not command.mode:
            statuses.append(NoteCodeStockStatus.EXISTS_WITH_DIFFERENT_MODE)
        elif command.campaign_id in added:
            added.remove(command.campaign_id)  # The next one says it again.
            statuses.append(NoteCodeStockStatus.NOTED)
        else:
            statuses.append(NoteCodeStockStatus.EXISTS)
    return statuses


async def upload_codes(tx: Transaction, commands: Sequence[UploadCodes]) -> list[UploadCodesResult]:
    """Take codes of merchants' own in. Each command has as many as fit a request: one statement for each."""
    stocks = await store.lock_code_stocks(tx, [command.campaign_id for command in commands])
    results = []
    for command in commands:
        stock = stocks.get(command.campaign_id)
        if stock is None or stock.mode is not CodeMode.MERCHANT_UPLOAD:
            results.append(UploadCodesResult(status=UploadCodesStatus.NOT_UPLOADED_HERE))
        elif stock.codes + len(command.codes) > CODES_MAX:
            results.append(UploadCodesResult(status=UploadCodesStatus.TOO_MANY))
        else:
            new = await store.add_codes(tx, command)
            stock.codes += len(new)
            results.append(UploadCodesResult(status=UploadCodesStatus.DONE, new=frozenset(new)))
    await store.count_codes(tx, list(stocks.values()))
    return results


async def bind_codes(tx: Transaction, commands: Sequence[BindCode]) -> list[BindCodeResult]:
    """Give coupons that are about to be sent their codes; whoever asks again is told the same one."""
    stocks = await store.lock_code_stocks(tx, [command.campaign_id for command in commands])
    results = []
    for command in commands:
        found = (await store.get_codes_of_coupons(tx, [command.coupon_id])).get(command.coupon_id)
        if found is not None:
            is_it = command.code in (None, found)
            status = BindCodeStatus.EXISTS if is_it else BindCodeStatus.EXISTS_WITH_DIFFERENT_CODE
            results.append(BindCodeResult(status=status, code=found))
            continue
        if command.code and stocks[command.campaign_id].mode is not CodeMode.MERCHANT_API:
            results.append(BindCodeResult(status=BindCodeStatus.NOT_SAID_HERE))
            continue
        code = await (store.say_code(tx, command) if command.code else store.draw_code(tx, command))
        missing = BindCodeStatus.CODE_TAKEN if command.code else BindCodeStatus.NONE_LEFT
        results.append(BindCodeResult(status=BindCodeStatus.BOUND if code else missing, code=code))
    return results


async def unbind_codes(tx: Transaction, commands: Sequence[UnbindCode]) -> list[bool]:
    """Free the codes of coupons that nobody got; tell which there were.

    With the stocks' rows: whoever sends one all the same looks at its code once more, and waits for this.
    """
    await store.lock_code_stocks(tx, [command.campaign_id for command in commands])
    freed = await store.free_codes(tx, commands)
    answers = []
    for command in commands:
        answers.append(command.coupon_id in freed)
        freed.discard(command.coupon_id)  # The next one frees nothing.
    return answers


async def delete_codes(tx: Transaction, commands: Sequence[DeleteCode]) -> list[DeleteCodeStatus]:
    """Take back codes that no coupon has: they are not drawn any more, and may be uploaded anew."""
    stocks = await store.lock_code_stocks(tx, [command.campaign_id for command in commands])
    statuses = []
    for command in commands:
        found = await store.find_own_code(tx, command.shop_id, command.code)
        if found is None or found.campaign_id != command.campaign_id:
            statuses.append(DeleteCodeStatus.CODE_NOT_FOUND)
        elif found.coupon_id is not None:
            statuses.append(DeleteCodeStatus.SENT)
        elif found.deleted_at is not None:
            statuses.append(DeleteCodeStatus.EXISTS)
        else:
            await store.delete_code(tx, command)
            stocks[command.campaign_id].codes -= 1
            statuses.append(DeleteCodeStatus.DELETED)
    await store.count_codes(tx, list(stocks.values()))
    return statuses
