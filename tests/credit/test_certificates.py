"""Proves that credit goes to another installation only as it was certified, only to the same subject's shop, and
only as long as its issuer says so; and that whatever was changed, borrowed, withdrawn or grown old is refused."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from unittest.mock import AsyncMock, patch
from uuid import UUID

import asyncpg
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.credit.test_operations import trade
from tests.kit.test_fetching import ok, served
from tests.onboarding.examples import open_shop
from weiji.credit import get_standings
from weiji.credit.certificates import signing, store
from weiji.credit.certificates.handlers import REPORTS, WELL_KNOWN, Asking, find_keys
from weiji.credit.certificates.model import (
    CERTIFICATES_MAX,
    LIFETIME,
    BringCredit,
    BringStatus,
    BroughtState,
    CertificateReport,
    CertificateState,
    CertifiedCredit,
    CertifiedShop,
    Claims,
    DistrustIssuer,
    DistrustStatus,
    IssueCertificate,
    IssueStatus,
    NoteReport,
    RemoveBrought,
    RemoveStatus,
    TrustIssuer,
    TrustStatus,
    WithdrawCertificate,
    WithdrawStatus,
)
from weiji.credit.certificates.operations import (
    bring_credit,
    compare_subject,
    distrust_issuers,
    end_of_owner,
    get_report,
    issue_certificates,
    note_reports,
    remove_brought,
    trust_issuers,
    withdraw_certificates,
)
from weiji.credit.certificates.rules import address_of
from weiji.credit.model import ReduceTrade
from weiji.credit.operations import count_trades, get_record, reduce_trades
from weiji.events import Actor
from weiji.events.outbox import get_events
from weiji.kit import clock, fetching
from weiji.kit.batch import Batcher, Batchers, Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.fetching import Fetcher
from weiji.kit.ids import new_id
from weiji.shops import get_shops

HERE: Final = "https://here.example"
THERE: Final = "https://there.example"
ELSEWHERE: Final = "https://elsewhere.example/shops/tea"
OWNER: Final = Actor("merchant", new_id())
STAFF: Final = Actor("staff", new_id())
KEY: Final = Ed25519PrivateKey.generate()
PUBLIC: Final = KEY.public_key().public_bytes_raw()
NUMBER: Final = "91330106000000018X"
SUBJECT: Final = signing.make_subject(NUMBER)
DIGEST: Final = SUBJECT.digest


def issue(shop_id: UUID, **changes: object) -> IssueCertificate:
    facts = {"id": new_id(shop_id), "audience": ELSEWHERE, "issuer": HERE, "subject": SUBJECT}
    return IssueCertificate(shop_id=shop_id, actor=OWNER, **facts | changes)  # type: ignore[arg-type]


async def shop_with_points(tx: Transaction, points: int = 4) -> UUID:
    shop_id, _ = await open_shop(tx)
    await count_trades(tx, [trade(shop_id) for _ in range(points)])
    return shop_id


async def trust(tx: Transaction, address: str = THERE) -> None:
    command = TrustIssuer(address=address, public_keys=(PUBLIC,), is_fetched=True, here=HERE, actor=STAFF)
    assert await trust_issuers(tx, [command]) == [TrustStatus.TRUSTED]


async def claims_for(tx: Transaction, shop_id: UUID, days_ago: float = 0, **changes: object) -> Claims:
    """Write what another installation would certify for the shop here."""
    (shop,) = await get_shops(tx, [shop_id])
    assert shop is not None
    issued_at = tx.now - timedelta(days=days_ago)
    claims = Claims(
        iss=THERE, sub=f"{THERE}/shops/tea", aud=address_of(HERE, shop), jti=new_id(), iat=int(issued_at.timestamp()),
        exp=int((issued_at + LIFETIME).timestamp()), shop=CertifiedShop(name="那边的茶", since=issued_at.date()),
        credit=CertifiedCredit(score=1_300, grade=8, trades=1_500), subject=SUBJECT,
    )  # fmt: skip
    return replace(claims, **changes)


def bring(shop_id: UUID, document: str | Claims, digest: str | None = DIGEST) -> BringCredit:
    text = document if isinstance(document, str) else signing.write_certificate(document, KEY)
    return BringCredit(shop_id=shop_id, document=text, here=HERE, digest=digest, actor=OWNER)


# Issuing


async def test_a_certificate_says_what_the_shop_is_known_for_and_is_signed(tx: Transaction) -> None:
    shop_id = await shop_with_points(tx)
    command = issue(shop_id)
    assert await issue_certificates(tx, [command, command]) == [IssueStatus.CREATED, IssueStatus.EXISTS]
    (found,) = await store.list_certificates(tx, shop_id, None, 10)
    assert signing.is_signed_by(found.document, signing.public_key())
    assert not signing.is_signed_by(found.document, PUBLIC)
    claims = signing.read_certificate(found.document)
    assert claims is not None
    assert (claims.iss, claims.aud, claims.jti) == (HERE, ELSEWHERE, command.id)
    assert claims.credit == CertifiedCredit(score=4, grade=1, trades=4)
    assert NUMBER not in msgspec.json.encode(claims).decode(), "who is behind the shop is not told"
    (event,) = [event for event in await get_events(tx, shop_id, 0, 20) if event["type"] == "CreditCertified"]
    assert event["data"]["audience"] == ELSEWHERE


async def test_what_can_not_be_certified(tx: Transaction) -> None:
    shop_id, new = await shop_with_points(tx), (await open_shop(tx))[0]
    first = issue(shop_id)
    near = new_id(shop_id)
    far = next(id for id in iter(new_id, None) if id.int & 63 != shop_id.int & 63)
    commands = [
        first,
        issue(shop_id, id=first.id, audience=f"{THERE}/shops/coffee"),
        issue(new_id()),
        issue(shop_id, id=far),
        issue(shop_id, audience=THERE),
        issue(shop_id, audience="ftp://there.example/shops/tea"),
        issue(shop_id, id=near, subject=None),
        issue(new),
        *(issue(shop_id) for _ in range(CERTIFICATES_MAX)),
    ]
    assert await issue_certificates(tx, commands) == [
        IssueStatus.CREATED,
        IssueStatus.ID_TAKEN,
        IssueStatus.SHOP_NOT_FOUND,
        IssueStatus.ID_IN_ANOTHER_SHARD,
        IssueStatus.AUDIENCE_MALFORMED,
        IssueStatus.AUDIENCE_MALFORMED,
        IssueStatus.SUBJECT_UNKNOWN,
        IssueStatus.NOTHING_TO_CERTIFY,
        *[IssueStatus.CREATED] * (CERTIFICATES_MAX - 1),
        IssueStatus.EXCEEDS_LIMIT,
    ]


async def test_whoever_asks_is_told_what_became_of_a_certificate(tx: Transaction) -> None:
    shop_id = await shop_with_points(tx, 5)
    lost = trade(shop_id)
    await count_trades(tx, [lost])
    command = issue(shop_id)
    await issue_certificates(tx, [command])
    report = await get_report(tx, command.id, tx.now)
    assert report == CertificateReport(id=command.id, state=CertificateState.IN_FORCE, score=6, grade=1)
    await reduce_trades(tx, [ReduceTrade(order_id=lost.order_id, shop_id=shop_id, paid=0)])
    report = await get_report(tx, command.id, tx.now)
    assert report is not None
    assert report.score == 5, "a point that went with the money is not certified any more"
    withdraw = WithdrawCertificate(id=command.id, shop_id=shop_id, reason="搬完了", actor=OWNER)
    assert await withdraw_certificates(
        tx, [replace(withdraw, id=new_id(shop_id)), replace(withdraw, reason=" "), withdraw, withdraw]
    ) == [
        WithdrawStatus.CERTIFICATE_NOT_FOUND,
        WithdrawStatus.REASON_MALFORMED,
        WithdrawStatus.WITHDRAWN,
        WithdrawStatus.EXISTS,
    ]
    report = await get_report(tx, command.id, tx.now)
    assert report is not None
    assert report.state is CertificateState.WITHDRAWN
    assert await get_report(tx, new_id(), tx.now) is None


async def test_issuing_at_once_keeps_the_limit(database: Database, lanes: Lanes) -> None:
    async with database.transaction() as tx:
        shop_id = await shop_with_points(tx)
    processes = [Batcher(database, issue_certificates, owner=lambda each: each.shop_id, lanes=lanes) for _ in range(2)]
    statuses = await asyncio.gather(*(processes[at % 2].submit(issue(shop_id)) for at in range(CERTIFICATES_MAX + 5)))
    assert statuses.count(IssueStatus.CREATED) == CERTIFICATES_MAX
    assert statuses.count(IssueStatus.EXCEEDS_LIMIT) == 5


# Bringing


async def test_what_is_brought_is_shown_beside_the_grade_and_counts_for_nothing(tx: Transaction) -> None:
    await trust(tx)
    shop_id, _ = await open_shop(tx)
    command = bring(shop_id, await claims_for(tx, shop_id))
    assert await bring_credit(tx, [command, command]) == [BringStatus.BROUGHT, BringStatus.EXISTS]
    record = await get_record(tx, shop_id, tx.now)
    assert record is not None
    (shown,) = record.brought
    assert (shown.issuer, shown.shop_name, shown.score, shown.grade) == (THERE, "那边的茶", 1_300, 8)
    assert (record.standing.score, record.standing.grade) == (0, 0)
    (own,) = await get_standings(tx, [shop_id])
    assert own.score == 0
    late = await get_record(tx, shop_id, tx.now + LIFETIME)
    assert late is not None
    assert late.brought == [], "what has expired is not shown"


async def test_whatever_is_not_just_what_was_certified_is_refused(tx: Transaction) -> None:
    await trust(tx)
    shop_id, other = (await open_shop(tx))[0], (await open_shop(tx))[0]
    claims = await claims_for(tx, shop_id)
    signed = signing.write_certificate(claims, KEY)
    head, body, signature = signed.split(".")
    richer = signing.encode(msgspec.json.encode(replace(claims, credit=CertifiedCredit(score=9, grade=9, trades=9))))
    none = signing.encode(b'{"alg":"none","typ":"weiji-credit+jwt","kid":""}')
    another_kind = signing.encode(b'{"alg":"EdDSA","typ":"JWT","kid":""}')
    tried = {
        "": BringStatus.DOCUMENT_MALFORMED,
        "a.b.c": BringStatus.DOCUMENT_MALFORMED,
        "x" * 5_000: BringStatus.DOCUMENT_MALFORMED,
        f"{another_kind}.{body}.{signature}": BringStatus.DOCUMENT_MALFORMED,
        signing.write_certificate(replace(claims, credit=CertifiedCredit(score=9, grade=9, trades=1)), KEY): (
            BringStatus.DOCUMENT_MALFORMED
        ),
        signing.write_certificate(replace(claims, sub=ELSEWHERE), KEY): BringStatus.DOCUMENT_MALFORMED,
        signing.write_certificate(replace(claims, iss="https://x.example", sub="https://x.example/shops/tea"), KEY): (
            BringStatus.ISSUER_UNKNOWN
        ),
        f"{head}.{richer}.{signature}": BringStatus.SIGNATURE_WRONG,
        f"{none}.{body}.{signature}": BringStatus.SIGNATURE_WRONG,
        f"{none}.{body}.": BringStatus.SIGNATURE_WRONG,
        signing.write_certificate(claims, Ed25519PrivateKey.generate()): BringStatus.SIGNATURE_WRONG,
        signing.write_certificate(await claims_for(tx, shop_id, days_ago=180), KEY): BringStatus.EXPIRED,
        signing.write_certificate(replace(await claims_for(tx, shop_id, days_ago=200), exp=4_000_000_000), KEY): (
            BringStatus.EXPIRED
        ),
    }
    commands = [bring(shop_id, document) for document in tried]
    assert dict(zip(tried, await bring_credit(tx, commands), strict=True)) == tried
    assert await bring_credit(
        tx,
        [
            bring(new_id(), signed),
            bring(other, signed),
            bring(shop_id, signed, digest=None),
            bring(shop_id, signed, digest=signing.digest_of("91330106000000018Y", SUBJECT)),
            bring(shop_id, signed),
        ],
    ) == [
        BringStatus.SHOP_NOT_FOUND,
        BringStatus.ANOTHER_SHOP,
        BringStatus.SUBJECT_UNKNOWN,
        BringStatus.ANOTHER_SUBJECT,
        BringStatus.BROUGHT,
    ]


async def test_nothing_is_hashed_for_a_certificate_that_nobody_signed_whom_we_believe(database: Database) -> None:
    async with database.transaction() as tx:
        await trust(tx)
        shop_id, _ = await open_shop(tx)
        claims = await claims_for(tx, shop_id)
    forged = signing.write_certificate(claims, Ed25519PrivateKey.generate())
    numbers = AsyncMock(return_value={shop_id: NUMBER})
    with patch("weiji.credit.certificates.operations.get_subject_numbers", numbers):
        with patch.object(signing, "digest_of", side_effect=AssertionError):
            assert await compare_subject(database, shop_id, forged) is None
        assert await compare_subject(database, shop_id, signing.write_certificate(claims, KEY)) == DIGEST


@given(at=st.integers(0, 10_000), to=st.sampled_from("abcXYZ019-_."))
def test_no_letter_of_a_certificate_can_be_changed(at: int, to: str) -> None:
    claims = Claims(
        iss=THERE, sub=f"{THERE}/shops/tea", aud=ELSEWHERE, jti=UUID(int=7), iat=1, exp=2,
        shop=CertifiedShop(name="茶", since=clock.now().date()),
        credit=CertifiedCredit(score=1, grade=0, trades=1), subject=SUBJECT,
    )  # fmt: skip
    document = signing.write_certificate(claims, KEY)
    at %= len(document)
    changed = document[:at] + to + document[at + 1 :]
    assert signing.is_signed_by(document, PUBLIC)
    assert changed == document or not signing.is_signed_by(changed, PUBLIC)


async def test_a_newer_one_takes_the_place_and_an_older_one_does_not(tx: Transaction) -> None:
    await trust(tx)
    shop_id, _ = await open_shop(tx)
    old = bring(shop_id, await claims_for(tx, shop_id, days_ago=2))
    new = bring(shop_id, await claims_for(tx, shop_id, days_ago=1))
    assert await bring_credit(tx, [old, new, old]) == [BringStatus.BROUGHT, BringStatus.BROUGHT, BringStatus.OLDER]
    states = [each.state for each in await store.list_brought(tx, shop_id, None, 10)]
    assert sorted(states) == [BroughtState.IN_FORCE, BroughtState.REPLACED]


async def test_what_is_removed_may_come_again_and_what_is_withdrawn_may_not(tx: Transaction) -> None:
    await trust(tx)
    shop_id, _ = await open_shop(tx)
    command = bring(shop_id, await claims_for(tx, shop_id))
    await bring_credit(tx, [command])
    (brought,) = await store.list_brought(tx, shop_id, None, 10)
    remove = RemoveBrought(id=brought.id, shop_id=shop_id, actor=OWNER)
    assert await remove_brought(tx, [replace(remove, id=new_id(shop_id)), remove, remove]) == [
        RemoveStatus.NOT_FOUND,
        RemoveStatus.REMOVED,
        RemoveStatus.EXISTS,
    ]
    assert await bring_credit(tx, [command]) == [BringStatus.BROUGHT]
    report = CertificateReport(id=brought.certificate_id, state=CertificateState.WITHDRAWN, score=0, grade=0)
    (after,) = await note_reports(tx, [NoteReport(id=brought.id, shop_id=shop_id, report=report)])
    assert after is not None
    assert after.state is BroughtState.WITHDRAWN
    assert await bring_credit(tx, [command]) == [BringStatus.WITHDRAWN]
    types = [event["type"] for event in await get_events(tx, shop_id, 0, 20)]
    assert types.count("CreditBrought") == types.count("BroughtCreditEnded") == 2


async def test_what_was_lost_is_not_back_because_it_was_away(tx: Transaction) -> None:
    await trust(tx)
    shop_id, _ = await open_shop(tx)
    command = bring(shop_id, await claims_for(tx, shop_id))
    await bring_credit(tx, [command])
    (brought,) = await store.list_brought(tx, shop_id, None, 10)
    report = CertificateReport(id=brought.certificate_id, state=CertificateState.IN_FORCE, score=70, grade=3)
    await note_reports(tx, [NoteReport(id=brought.id, shop_id=shop_id, report=report)])
    await remove_brought(tx, [RemoveBrought(id=brought.id, shop_id=shop_id, actor=OWNER)])
    assert await bring_credit(tx, [command]) == [BringStatus.BROUGHT]
    (after,) = await store.list_brought(tx, shop_id, None, 10)
    assert (after.state, after.score, after.grade) == (BroughtState.IN_FORCE, 70, 3)


async def test_what_nobody_could_certify_is_no_certificate(tx: Transaction) -> None:
    await trust(tx)
    shop_id, _ = await open_shop(tx)
    claims = await claims_for(tx, shop_id)
    soon, late = (int((tx.now + timedelta(minutes=minutes)).timestamp()) for minutes in (5, 60))
    head = signing.write_certificate(claims, KEY).partition(".")[0]
    deep = signing.encode(b'{"x":' + b"[" * 1_400 + b"]" * 1_400 + b"}")
    commands = [
        bring(shop_id, replace(claims, iss="\0")),
        bring(shop_id, f"{head}.{deep}.AAAA"),
        bring(shop_id, replace(claims, iat=late)),
        bring(shop_id, replace(claims, iat=soon)),
    ]
    assert await bring_credit(tx, commands) == [*[BringStatus.DOCUMENT_MALFORMED] * 3, BringStatus.BROUGHT]


async def test_another_owner_is_another_subject(tx: Transaction) -> None:
    await trust(tx)
    shop_id = await shop_with_points(tx)
    command = issue(shop_id)
    await issue_certificates(tx, [command])
    await bring_credit(tx, [bring(shop_id, await claims_for(tx, shop_id))])
    await end_of_owner(tx, [shop_id], "The shop was handed over.")
    report = await get_report(tx, command.id, tx.now)
    assert report is not None
    assert report.state is CertificateState.WITHDRAWN
    assert [each.state for each in await store.list_brought(tx, shop_id, None, 10)] == [BroughtState.WITHDRAWN]


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3), st.booleans()), min_size=1, max_size=6))
async def test_law_of_batches(database: Database, batch: list[tuple[int, int, bool]]) -> None:
    answers, ends = [], []
    for way in (0, 1):
        async with database.transaction() as tx:
            if not await store.get_keys(tx, [THERE]):
                await trust(tx)
            shops = [(await open_shop(tx))[0] for _ in range(2)]
            told = [[await claims_for(tx, shop, days_ago=day) for day in (0, 1, 2, 181)] for shop in shops]
            commands = [bring(shops[at], told[at][day], DIGEST if same else "x") for at, day, same in batch]
            if way:
                answers.append([(await bring_credit(tx, [command]))[0] for command in commands])
            else:
                answers.append(await bring_credit(tx, commands))
            ids = {claims.jti: day for its in told for day, claims in enumerate(its)}
            found = [await store.list_brought(tx, shop, None, 10) for shop in shops]
            ends.append([sorted((ids[each.certificate_id], each.state) for each in its) for its in found])
    assert answers[0] == answers[1]
    assert ends[0] == ends[1]


async def test_bringing_at_once_shows_one_of_each_issuer(database: Database, lanes: Lanes) -> None:
    async with database.transaction() as tx:
        await trust(tx)
        shop_id, _ = await open_shop(tx)
        commands = [bring(shop_id, await claims_for(tx, shop_id, days_ago=day)) for day in range(6)]
    processes = [Batcher(database, bring_credit, owner=lambda each: each.shop_id, lanes=lanes) for _ in range(2)]
    await asyncio.gather(*(processes[at % 2].submit(command) for at, command in enumerate(commands)))
    async with database.read() as reader:
        found = await store.list_brought(reader, shop_id, None, 10)
    shown = [each for each in found if each.state is BroughtState.IN_FORCE]
    assert [each.issued_at for each in shown] == [max(each.issued_at for each in found)]


# Believing


async def test_who_is_believed_no_longer_is_shown_no_longer(tx: Transaction) -> None:
    await trust(tx)
    shop_id, _ = await open_shop(tx)
    command = bring(shop_id, await claims_for(tx, shop_id))
    await bring_credit(tx, [command])
    again = TrustIssuer(address=THERE, public_keys=(PUBLIC,), is_fetched=False, here=HERE, actor=STAFF)
    assert await trust_issuers(
        tx,
        [
            replace(again, address=f"{THERE}/shops"),
            replace(again, address=HERE),
            replace(again, address="https://new.example", public_keys=()),
            again,
        ],
    ) == [
        TrustStatus.ADDRESS_MALFORMED,
        TrustStatus.OURSELVES,
        TrustStatus.KEYS_NOT_FOUND,
        TrustStatus.EXISTS,
    ]
    end = DistrustIssuer(address=THERE, reason="它给自己人开假证明", actor=STAFF)
    assert await distrust_issuers(tx, [replace(end, address=HERE), replace(end, reason=" "), end, end]) == [
        DistrustStatus.ISSUER_NOT_FOUND,
        DistrustStatus.REASON_MALFORMED,
        DistrustStatus.ENDED,
        DistrustStatus.EXISTS,
    ]
    record = await get_record(tx, shop_id, tx.now)
    assert record is not None
    assert record.brought == []
    other = await claims_for(tx, shop_id)
    assert await bring_credit(tx, [bring(shop_id, other)]) == [BringStatus.ISSUER_UNKNOWN]
    assert await trust_issuers(tx, [again]) == [TrustStatus.TRUSTED]
    record = await get_record(tx, shop_id, tx.now)
    assert record is not None
    assert len(record.brought) == 1


async def test_keys_are_fetched_from_whom_they_belong_to() -> None:
    said = {"issuer": ""}

    def answer(path: str) -> bytes:
        assert path == WELL_KNOWN
        return ok(msgspec.json.encode(signing.write_keys(said["issuer"], PUBLIC)))

    async with served(answer) as (url, _):
        said["issuer"] = url
        inside = Fetcher(may_go_inside=True)
        assert await find_keys(inside, url) == [PUBLIC]
        said["issuer"] = THERE
        assert await find_keys(inside, url) == [], "a document of somebody else"
        assert await find_keys(inside, f"{url}/shops") == []
        assert await find_keys(Fetcher(), url) == [], "the private network is not asked"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fetching, "is_public", lambda _: True)
            said["issuer"] = url
            assert await find_keys(Fetcher(), url) == [], "on the way somebody else could have put in theirs"
    assert signing.read_keys(b"[]") is None
    assert signing.read_keys(b'{"issuer":"x","keys":[{"kty":"RSA","crv":"Ed25519","x":"AAAA"}]}') is None


async def test_issuers_are_asked_daily_and_silence_changes_nothing(database: Database, lanes: Lanes) -> None:
    reports: dict[str, bytes] = {}

    def answer(path: str) -> bytes:
        return reports.get(path) or b"HTTP/1.1 503 Away\r\ncontent-length: 0\r\n\r\n"

    async with served(answer) as (url, heads):
        async with database.transaction() as tx:
            await trust(tx, url)
            shop_id, _ = await open_shop(tx)
            claims = replace(await claims_for(tx, shop_id, days_ago=2), iss=url, sub=f"{url}/shops/tea")
            assert await bring_credit(tx, [bring(shop_id, claims)]) == [BringStatus.BROUGHT]
        batchers = Batchers(database, lanes)
        asking = Asking(batchers, Fetcher(may_go_inside=True))
        assert (await asking.ask(database, 100), await asking.ask(database, 100)) == (1, 0)
        assert len(heads) == 1
        for state, score in ((CertificateState.IN_FORCE, 900), (CertificateState.WITHDRAWN, 0)):
            report = CertificateReport(id=claims.jti, state=state, score=score, grade=8)
            reports[f"{REPORTS}{claims.jti}"] = ok(msgspec.json.encode(report))
            clock.CLOCK.follow(clock.CLOCK.offset + timedelta(days=1))
            await asking.ask(database, 100)
            async with database.read() as reader:
                (found,) = await store.list_brought(reader, shop_id, None, 10)
            assert (found.state.value, found.score) == (("in_force", 900) if score else ("withdrawn", 900))
        assert await asking.ask(database, 100) == 0
        await batchers.close()


async def test_what_nests_too_deep_keeps_nobody_from_being_asked(database: Database, lanes: Lanes) -> None:
    deep = b'{"x":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
    assert signing.read_keys(deep) is None
    async with served(lambda _: ok(deep)) as (url, heads):
        async with database.transaction() as tx:
            await trust(tx, url)
            shop_id, _ = await open_shop(tx)
            claims = replace(await claims_for(tx, shop_id, days_ago=2), iss=url, sub=f"{url}/shops/tea")
            assert await bring_credit(tx, [bring(shop_id, claims)]) == [BringStatus.BROUGHT]
        batchers = Batchers(database, lanes)
        asking = Asking(batchers, Fetcher(may_go_inside=True))
        assert (await asking.ask(database, 100), await asking.ask(database, 100)) == (1, 0)
        assert len(heads) == 1
        await batchers.close()


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [("score", 1_501, "brought_have_a_trade_for_each_point"), ("state", "in_force", "brought_one_from_each_issuer")],
)
async def test_what_can_not_be_is_refused_by_the_database(
    tx: Transaction, column: str, value: object, constraint: str
) -> None:
    await trust(tx)
    shop_id, _ = await open_shop(tx)
    documents: Sequence[Claims] = [await claims_for(tx, shop_id, days_ago=day) for day in (1, 0)]
    await bring_credit(tx, [bring(shop_id, each) for each in documents])
    found = next(
        each for each in await store.list_brought(tx, shop_id, None, 10) if each.state is BroughtState.REPLACED
    )
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=constraint):
        await store.update_brought(tx, [replace(found, **{column: value})])
