"""The verbs of dormancy. Each takes an open transaction and a batch of one lane, and answers every command.

Locks: rows of wallets that were told of, in the order of their owners, then accounts, then the heads of streams.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from weiji.dormancy import rules, store
from weiji.dormancy.model import Dormancy, FollowStatus, FollowWallet, GiveBack, GiveBackStatus
from weiji.events import BY_CLOCK, Actor, Event, Occurrence, publish
from weiji.events.dormancy import DormancyAnnounced, DormantGivenBack, WalletAwoke, WalletSetAside
from weiji.kit.db import Transaction
from weiji.ledger import Transfer, chart, create_transfers, get_wallets


async def follow_wallets(tx: Transaction, commands: Sequence[FollowWallet]) -> list[FollowStatus]:
    """Tell of wallets that lie, set aside those that were told of long enough. In the order of *commands*.

    Publishes DormancyAnnounced, WalletAwoke or WalletSetAside.
    """
    ids = {command.person_id for command in commands}
    found = await store.lock_wallets(tx, ids)
    balances = await get_wallets(tx, ids)
    statuses: list[FollowStatus] = []
    changed: dict[UUID, Dormancy] = {}
    moving: list[Dormancy] = []
    told: list[Occurrence] = []
    for command in commands:
        wallet = balances.get(command.person_id)
        status, dormancy = rules.judge_following(found.get(command.person_id), wallet, command, tx.now)
        statuses.append(status)
        if dormancy is None or wallet is None:
            continue
        found[command.person_id] = changed[command.person_id] = dormancy
        if status is FollowStatus.TOLD:
            event = DormancyAnnounced(amount=wallet.available, due_at=dormancy.due_at)
            told.append(_told(command.person_id, event, BY_CLOCK))
        elif status is FollowStatus.AWOKE:
            told.append(_told(command.person_id, WalletAwoke(), BY_CLOCK))
        else:
            moving.append(dormancy)
    for dormancy, amount in zip(moving, await _post(tx, moving, rules.set_aside), strict=True):
        is_aside = rules.note_aside(dormancy, amount, tx.now)
        told.append(_told(dormancy.person_id, WalletSetAside(amount=amount) if is_aside else WalletAwoke(), BY_CLOCK))
    await store.put_wallets(tx, list(changed.values()))
    await publish(tx, told)
    return statuses


async def give_back_dormant(tx: Transaction, commands: Sequence[GiveBack]) -> list[GiveBackStatus]:
    """Bring what is set aside into its owners' wallets. In the order of *commands*. Publishes DormantGivenBack."""
    found = await store.lock_wallets(tx, {command.person_id for command in commands})
    dormant = await store.get_dormant(tx, {command.person_id for command in commands if command.amount is not None})
    statuses, given = [], []
    actors: list[Actor] = []
    for command in commands:
        dormancy = found.get(command.person_id)
        statuses.append(rules.judge_giving_back(dormancy, dormant.get(command.person_id, 0), command, tx.now))
        if dormancy is not None and statuses[-1] is GiveBackStatus.GIVEN_BACK:
            given.append(dormancy)
            actors.append(command.actor)
    amounts = await _post(tx, given, rules.give_back)
    await store.put_wallets(tx, given)
    await publish(
        tx,
        [
            _told(dormancy.person_id, DormantGivenBack(amount=amount), actor)
            for dormancy, amount, actor in zip(given, amounts, actors, strict=True)
        ],
    )
    return statuses


async def _post(tx: Transaction, wallets: Sequence[Dormancy], posting: Callable[[Dormancy], Transfer]) -> list[int]:
    """Post for each wallet what is due; give how much it came to."""
    if not wallets:
        return []
    opening = [account(each.person_id) for each in wallets for account in (chart.wallet, chart.dormant)]
    results = await create_transfers(tx, [posting(each) for each in wallets], opening)
    wrong = [result.status for result in results if not result.is_made]
    assert not wrong, f"the ledger refused what takes what there is: {wrong}"
    return [result.amount for result in results]


def _told(person_id: UUID, event: Event, actor: Actor) -> Occurrence:
    return Occurrence(event, person_id, person_id, actor)
