"""What is sent to channels about who is behind a shop: of what its owner showed here, and gave for the channel."""

import asyncio
import io
from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec
from PIL import Image

from weiji.events import Actor
from weiji.kit.db import Database
from weiji.kit.seal import KEYS
from weiji.media import decode
from weiji.onboarding import Case, Field, Kind, State, get_case, get_contents
from weiji.payments import (
    ANSWERS_COLUMN,
    PAPER_BYTES_MAX,
    PAPER_COLUMN,
    REGISTRY,
    AnswerFault,
    Applicant,
    Enrolment,
    HandInEnrolment,
    HandInEnrolmentResult,
    HandInEnrolmentStatus,
    Paper,
    Setting,
    SettingWrong,
    check_answers,
    enrolment_id,
    enrolment_number,
    get_enrolments,
    get_papers,
    paper_id,
)
from weiji.web import gettext as _

JPEG_QUALITY: Final = 88

ANSWER_MAX: Final = 100
"""Characters of an answer."""

PAPERS_GONE: Final = "papers"
"""Why nothing goes to a channel where what the owner showed is here no longer."""

_R = HandInEnrolmentStatus


def papers_of(kind: Kind | None) -> tuple[Paper, ...]:
    """Name the pictures that channels want of an owner."""
    return (Paper.ID_FRONT, Paper.ID_BACK) if kind is Kind.PERSON else tuple(Paper)


def is_verified(case: Case) -> bool:
    """Tell whether the shop's owner showed here who they are, and it still stands."""
    return case.application is not None and case.application.state is State.APPROVED


def pictures_here(case: Case) -> set[Paper]:
    """Name the pictures that the owner showed here, and that can be sent on. Channels take no PDF."""
    found = {document.field: document for document in case.documents}
    return {
        paper
        for paper in Paper
        if (document := found.get(Field(paper.value))) and document.media_type.startswith("image/")
    }


def questions_of(channel: str, case: Case) -> tuple[Setting, ...]:
    """Say what a channel wants to know of a shop's owner; nothing where it takes no shops on now."""
    found = REGISTRY.find(channel) if channel in REGISTRY.enrolling_names else None
    kind = case.application.kind if case.application else None
    return found.questions(is_company=kind is Kind.COMPANY) if found else ()


def open_answers(enrolment: Enrolment) -> dict[str, str]:
    """Open what was answered; nothing once that is forgotten."""
    if enrolment.answers_sealed is None:
        return {}
    opened = KEYS.unseal(enrolment.answers_sealed, ANSWERS_COLUMN, enrolment_id(enrolment.shop_id, enrolment.channel))
    return msgspec.json.decode(opened, type=dict[str, str])


async def prove_hand_in(
    database: Database,
    shop_id: UUID | None,
    channel: str,
    given: Mapping[str, str],
    pictures: Mapping[Paper, bytes],
    actor: Actor,
) -> HandInEnrolment:
    """Make a command of what an owner gave, or say in it what is wrong. No transaction is open meanwhile.

    A secret answer that is left empty stays as it was.
    """
    near = shop_id or UUID(int=0)

    def refuse(status: HandInEnrolmentStatus, faults: Mapping[str, str] | None = None) -> HandInEnrolment:
        told = tuple(AnswerFault(name, reason) for name, reason in (faults or {}).items())
        refusal = HandInEnrolmentResult(status, told)
        return HandInEnrolment(
            shop_id=near, channel=channel, answers_sealed=b"", papers={}, actor=actor, refusal=refusal
        )

    if channel not in REGISTRY.enrolling_names:
        return refuse(_R.CHANNEL_NOT_FOUND)
    if shop_id is None:
        return refuse(_R.SHOP_NOT_FOUND)
    async with database.read() as reader:
        case = await get_case(reader, shop_id)
        before = (await get_enrolments(reader, shop_id)).get(channel)
        kept = await get_papers(reader, shop_id, channel) if before else {}
    if case is None:
        return refuse(_R.SHOP_NOT_FOUND)
    if not is_verified(case):
        return refuse(_R.NOT_VERIFIED)
    questions = questions_of(channel, case)
    answers, faults = _read_answers(questions, given, open_answers(before) if before else {})
    assert case.application is not None
    cleaned = {}
    for paper in papers_of(case.application.kind):
        if paper in pictures:
            picture = await _clean(shop_id, pictures[paper])
            if picture is None:
                faults[paper] = _("这不是 JPEG、PNG 或 WebP 图片，或者打不开。")
            else:
                cleaned[paper] = picture
        elif paper not in kept and paper not in pictures_here(case):
            faults[paper] = _("认证资料里没有这张照片（或者是 PDF），渠道要照片：请传一张。")
    if faults:
        return refuse(_R.INVALID, faults)
    return HandInEnrolment(
        shop_id=shop_id,
        channel=channel,
        answers_sealed=KEYS.seal(msgspec.json.encode(answers).decode(), ANSWERS_COLUMN, enrolment_id(shop_id, channel)),
        papers={
            paper: KEYS.seal_bytes(picture, PAPER_COLUMN, paper_id(shop_id, channel, paper))
            for paper, picture in cleaned.items()
        },
        actor=actor,
    )


def _read_answers(
    questions: tuple[Setting, ...], given: Mapping[str, str], before: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Read answers, and what is wrong with which."""
    answers, faults = {}, {}
    for question in questions:
        text = given.get(question.name, "").strip()
        if not text and question.is_secret:
            text = before.get(question.name, "")
        if not text and question.choices:
            text = question.choices[0][0]
        if len(text) > ANSWER_MAX:
            faults[question.name] = _("太长了。")
            continue
        if text:
            answers[question.name] = text
        try:
            check_answers((question,), answers)
        except SettingWrong as wrong:
            faults[question.name] = wrong.reason
    return answers, faults


async def _clean(shop_id: UUID, content: bytes) -> bytes | None:
    """Make a JPEG of what somebody sent: only its pixels are kept, by a decoder in a process of its own."""
    decoded = await decode(shop_id, content)
    return await asyncio.to_thread(_to_jpeg, decoded.widest.content) if decoded.renditions else None


def _to_jpeg(picture: bytes) -> bytes:
    """Write a picture anew. Raises ValueError where it can't be read: papers of the application come as they were."""
    out = io.BytesIO()
    try:
        with Image.open(io.BytesIO(picture)) as image:
            image.convert("RGB").save(out, "JPEG", quality=JPEG_QUALITY)
            if out.tell() > PAPER_BYTES_MAX:
                out = io.BytesIO()
                image.convert("RGB").save(out, "JPEG", quality=JPEG_QUALITY // 2)
    except OSError as error:  # Whoever reads the fault is to know of what: files are read elsewhere, too.
        raise ValueError(f"a picture can't be read: {error}") from error
    return out.getvalue()


async def read_applicant(database: Database, enrolment: Enrolment, base: str | None) -> Applicant | None:
    """Put together who applies; None where the owner's papers are here no longer. *base* is our own address."""
    shop_id = enrolment.shop_id
    async with database.read() as reader:
        case = await get_case(reader, shop_id)
        if case is None or case.application is None or not is_verified(case):
            return None
        application = case.application
        given = await get_papers(reader, shop_id, enrolment.channel)
        here = {
            document.id: Paper(document.field.value)
            for document in case.documents
            if document.field.value in set(papers_of(application.kind)) - given.keys()
            and document.media_type.startswith("image/")
        }
        contents = await get_contents(reader, here) if here else {}
    pictures = given | {here[id]: await asyncio.to_thread(_to_jpeg, each.content) for id, each in contents.items()}
    wanted = papers_of(application.kind)
    if any(paper not in pictures for paper in wanted):
        return None
    fields = {name: entry.value for name, entry in application.fields.items()}
    is_company = application.kind is Kind.COMPANY
    name = fields.get(Field.NAME, "")
    company_name = fields.get(Field.COMPANY_NAME, "") if is_company else ""
    return Applicant(
        number=enrolment_number(enrolment),
        shop_name=case.shop.name,
        shop_url=f"{base.rstrip('/')}/shops/{case.shop.handle}" if base else None,
        is_company=is_company,
        name=name,
        id_number=fields.get(Field.ID_NUMBER, ""),
        company_name=company_name,
        credit_code=fields.get(Field.CREDIT_CODE, "") if is_company else "",
        holder=fields.get(Field.HOLDER) or company_name or name,
        account_number=fields.get(Field.ACCOUNT_NUMBER, ""),
        answers=open_answers(enrolment),
        pictures={paper: pictures[paper] for paper in wanted},
    )
