"""What happens to certificates by the clock, and when a shop is handed over."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec

from weiji.credit.certificates import rules, signing, store
from weiji.credit.certificates.model import ASK_EVERY, HANDED_OVER, CertificateReport, NoteReport
from weiji.credit.certificates.operations import end_of_owner, note_reports
from weiji.events import Delivered, Subscription
from weiji.events.shops import ShopHandedOver
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database, Transaction
from weiji.kit.fetching import Fetcher, FetchError
from weiji.kit.jobs import Job
from weiji.settings import Settings

ASKED_AT_ONCE: Final = 20
"""Certificates that one run of the job asks for; each may take as long as `kit.fetching` lets it."""

ANSWER_BYTES_MAX: Final = 65_536

WELL_KNOWN: Final = "/.well-known/weiji-credit"
"""Where an installation publishes its keys (RFC 8615)."""

REPORTS: Final = "/api/v1/credit/certificates/"
"""Where an installation says what became of a certificate."""


class Asking:
    """Asks issuers whether what shops brought still stands."""

    def __init__(self, batchers: Batchers, fetcher: Fetcher) -> None:
        self.batchers = batchers
        self.fetcher = fetcher

    async def ask(self, database: Database, limit: int) -> int:
        """Ask for what was not asked for a day. Who does not answer is asked again after another: nothing is lost."""
        now = clock.now()
        async with database.read() as reader:
            due = await store.get_due(reader, now, now - ASK_EVERY, min(limit, ASKED_AT_ONCE))
        reports = await asyncio.gather(*map(self._ask, due))
        commands = [
            NoteReport(id=each.id, shop_id=each.shop_id, report=report)
            for each, report in zip(due, reports, strict=True)
        ]
        await self.batchers.of(note_reports, "shop_id").submit_all(commands)
        return len(due)

    async def _ask(self, due: store.Due) -> CertificateReport | None:
        try:
            answer = await self.fetcher.fetch(f"{due.issuer}{REPORTS}{due.certificate_id}", ANSWER_BYTES_MAX)
            report = msgspec.json.decode(answer, type=CertificateReport)
        except (FetchError, *signing.UNREADABLE):
            return None
        return report if report.id == due.certificate_id else None


async def find_keys(fetcher: Fetcher, address: str) -> list[bytes]:
    """Fetch the keys that an installation publishes at its address; none where there is nothing such.

    From the open network they come by https: on any other way somebody could put theirs in their place.
    """
    if not rules.ADDRESS.fullmatch(address) or not (address.startswith("https://") or fetcher.may_go_inside):
        return []
    try:
        found = signing.read_keys(await fetcher.fetch(address + WELL_KNOWN, ANSWER_BYTES_MAX))
    except FetchError:
        return []
    # What is found behind a redirect, or a proxy, may be somebody else's.
    return found[1] if found and rules.tidy_address(found[0]) == address else []


def make_fetcher(settings: Settings) -> Fetcher:
    """Make what reaches other installations: in private networks only where the operator said so."""
    return Fetcher(may_go_inside=settings.notify_inside)


async def follow_hand_overs(tx: Transaction, batch: Sequence[Delivered]) -> None:
    """ShopHandedOver: another is behind the shop now, so what was certified of it, and to it, stands no more."""
    await end_of_owner(tx, sorted({delivered.stream for delivered in batch}), HANDED_OVER)


def subscriptions() -> list[Subscription]:
    """Say what certificates hear of."""
    return [
        Subscription(name="credit.follow_hand_overs", events=(ShopHandedOver,), handler=follow_hand_overs),
    ]


def jobs(batchers: Batchers, settings: Settings) -> list[Job]:
    """Say what certificates do by the clock."""
    asking = Asking(batchers, make_fetcher(settings))
    return [Job(name="credit.ask_issuers", every=timedelta(minutes=10), work=asking.ask)]
