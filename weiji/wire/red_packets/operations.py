"""The verb of merchants' red packets: it takes an open transaction and a batch, and answers every command, in order."""

from collections.abc import Sequence

from weiji.kit.db import Transaction
from weiji.packets import SendStatus, send_packets
from weiji.payments import get_claims
from weiji.shops import get_barred
from weiji.wire.red_packets import rules, store
from weiji.wire.red_packets.model import SendMerchantPacket, SendMerchantPacketResult


async def send_merchant_packets(
    tx: Transaction, commands: Sequence[SendMerchantPacket]
) -> list[SendMerchantPacketResult]:
    """Put money of shops into packets; a number that was used is the packet that there is.

    `packets` publishes RedPacketSent. What every shop named has sent today stays locked until *tx* ends.
    """
    shop_ids = {command.shop_id for command in commands}
    barred, claims = await get_barred(tx, shop_ids), await get_claims(tx, shop_ids)
    refused = [rules.check_packet(command) or rules.judge_shop(barred, claims, command) for command in commands]
    sending = [command for command, refusal in zip(commands, refused, strict=True) if refusal is None]
    sent = await send_packets(tx, [rules.packet_of(command) for command in sending])
    made = [c for c, result in zip(sending, sent, strict=True) if result.status is SendStatus.CREATED]
    await store.add_packets(tx, [rules.asked_of(command, tx.now) for command in made])
    # Read after it was locked and written: what is under a number stays there for ever.
    found = await store.get_packets(tx, {command.id for command in commands}) if len(made) < len(commands) else {}
    answers = iter(sent)
    return [
        rules.judge_send(found.get(command.id), refusal, None if refusal else next(answers).status, command)
        for command, refusal in zip(commands, refused, strict=True)
    ]
