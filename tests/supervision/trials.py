"""Trials of word rules for tests."""

from uuid import UUID

from weiji.events import BY_SYSTEM
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.supervision.inquiries import store
from weiji.supervision.inquiries.model import TryWordRules, WordTrial
from weiji.supervision.inquiries.trying import Trier, try_word_rules
from weiji.word_rules import WordRule


async def ask(database: Database, *rules: WordRule) -> UUID:
    """Ask for a trial of rules together."""
    command = TryWordRules(id=new_id(), rules=rules, actor=BY_SYSTEM)
    (result,) = await try_word_rules(database, [command])
    assert result.status == "queued", result
    return command.id


async def do_trials(database: Database) -> None:
    """Do all trials that were asked for."""
    trier = Trier()
    while await trier.work(database, 1):
        pass


async def trial_of(database: Database, id: UUID) -> WordTrial:
    """Read how far a trial is."""
    async with database.read() as reader:
        return (await store.get_word_trials(reader, [id]))[id]


async def tried(database: Database, *rules: WordRule) -> WordTrial:
    """Try rules together, to the end."""
    id = await ask(database, *rules)
    await do_trials(database)
    return await trial_of(database, id)
