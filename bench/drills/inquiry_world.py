"""A shop and one of its goods under supervision, in memory: complained of, looked into, punished, and heard.

What is decided is decided by the rules of inquiries. Points, and what may be bought, are reckoned here by themselves.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, Self
from uuid import UUID

from bench.drills.explorer import Event, require
from bench.drills.machines import NOW, Machine, MachineWorld, Things
from weiji.events import Actor
from weiji.kit.ids import derive, new_id
from weiji.supervision.conduct.model import ConductHit, ConductKind, Effect
from weiji.supervision.inquiries import model
from weiji.supervision.inquiries.model import (
    DecideInquiryStatus,
    Finding,
    Inquiry,
    InquiryState,
    JudgePenaltyStatus,
    OpenInquiry,
    Penalty,
    PenaltyKind,
    PenaltyState,
    SubjectKind,
    TakeInquiryStatus,
    Verdict,
)
from weiji.supervision.inquiries.rules import Docket
from weiji.word_rules import Action, Field

SHOP: Final = new_id()
PRODUCT: Final = new_id(SHOP)
OWNER: Final = Actor("merchant", new_id())
BUYER: Final = Actor("buyer", new_id())
STAFF: Final = (Actor("staff", new_id()), Actor("staff", new_id()))

SECOND: Final = timedelta(seconds=1)
COUNTED_FOR: Final = timedelta(days=365)
POINTS: Final = {
    PenaltyKind.WARNING: 1,
    PenaltyKind.TAKEN_DOWN: 2,
    PenaltyKind.LISTING_FROZEN: 3,
    PenaltyKind.LIMITED: 4,
    PenaltyKind.WITHDRAWALS_HELD: 6,
}
RESTRICTING: Final = frozenset({PenaltyKind.LISTING_FROZEN, PenaltyKind.LIMITED, PenaltyKind.WITHDRAWALS_HELD})
"""As the page for merchants says: not what the program has."""

INQUIRIES_MAX: Final = 3
"""How often something is looked into here."""

_I, _P = InquiryState, PenaltyState

MACHINES: Final = {
    "inquiry": Machine(
        moves={_I.OPEN: {_I.DECIDED}, _I.DECIDED: ()},
        verbs={"decide": {_I.DECIDED}, "release": {_I.DECIDED}, "take": (), "find": (), "complain": ()},
        begins={_I.OPEN},
    ),
    "penalty": Machine(
        # Granted, an appeal lifts also what is over: its points are given back.
        moves={_P.IN_FORCE: {_P.LIFTED, _P.OVER}, _P.OVER: {_P.LIFTED}, _P.LIFTED: ()},
        verbs={
            "decide": {_P.LIFTED},
            "judge": {_P.LIFTED},
            "release": {_P.LIFTED},
            "end": {_P.OVER},
            "appeal": (),
            "find": (),
        },
        begins={_P.IN_FORCE},
    ),
}


class InquiryWorld(MachineWorld):
    """A shop of which nobody has complained yet; *subject_id* is it, or its product."""

    def __init__(self, subject_id: UUID) -> None:
        super().__init__(MACHINES)
        self.subject_id = subject_id
        self.kind = SubjectKind.SHOP if subject_id == SHOP else SubjectKind.PRODUCT
        self.inquiries: dict[UUID, Inquiry] = {}
        self.complaints: dict[UUID, model.Complaint] = {}
        self.penalties: dict[UUID, Penalty] = {}
        self.happened: Event = ("begin",)

    def things(self) -> Things:
        """Say where each inquiry and each penalty stands."""
        its: Things = {("inquiry", id): inquiry.state for id, inquiry in self.inquiries.items()}
        return its | {("penalty", id): penalty.state for id, penalty in self.penalties.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart: by how much time is left, not by when it was."""
        return (
            tuple(
                (
                    i.assignee_id, i.verdict, i.complaints, tuple(f.action for f in i.findings),
                    tuple(h.effect for h in i.hits),
                )
                for i in self.inquiries.values()
            ),
            tuple(
                (
                    p.kind, p.is_provisional, p.points, p.step, p.imposed_by, p.judged_by, p.is_granted,
                    p.appealed_at is None, p.ended_at is None, p.until is not None and p.until <= self.now,
                    self.now - p.imposed_at >= COUNTED_FOR, len(p.hits), len(p.findings),
                )
                for p in self.penalties.values()
            ),
            tuple(c.person_id for c in self.complaints.values()),
        )  # fmt: skip

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        if len(self.inquiries) < INQUIRIES_MAX:
            yield ("complain", BUYER)
            yield ("complain", OWNER)
            if self.kind is SubjectKind.PRODUCT:
                yield from (("find", action) for action in Action)
            effects = set(Effect) - (set() if self.kind is SubjectKind.PRODUCT else {Effect.REVIEW})
            yield from (("find", effect) for effect in sorted(effects - {Effect.NOTE, Effect.CASE}))
        for id in self.inquiries:
            for staff in STAFF:
                yield ("take", id, staff, False)
                yield from (("decide", id, staff, verdict, False) for verdict in Verdict)
            yield ("take", id, STAFF[0], True)
            yield ("decide", id, STAFF[0], Verdict.DISMISSED, True)
        for id in self.penalties:
            yield ("appeal", id)
            for staff in STAFF:
                yield from (("judge", id, staff, is_granted) for is_granted in (True, False))
            yield ("end", id)
            yield from (("release", id, is_clean) for is_clean in (True, False))
        if any(self.lasts(each) for each in self.penalties.values()):
            yield ("wait",)
        if any(self.counts(each) for each in self.penalties.values()):
            yield ("wait_long",)

    def next(self) -> Event | None:
        """Let staff look into what is open, hear appeals, and let what ends by itself end."""
        for id, inquiry in self.inquiries.items():
            if inquiry.state is InquiryState.OPEN:
                staff = next((one for one in STAFF if one.person_id == inquiry.assignee_id), None)
                return ("decide", id, staff, Verdict.DISMISSED, False) if staff else ("take", id, STAFF[0], False)
        for id, penalty in self.penalties.items():
            if penalty.appealed_at is not None and penalty.judged_at is None:
                other = next(one for one in STAFF if one.person_id != penalty.imposed_by)
                return ("judge", id, other, False)
            if penalty.until is not None and self.lasts(penalty) and penalty.until <= self.now:
                return ("end", id)
        return ("wait",) if any(self.lasts(each) for each in self.penalties.values()) else None

    def lasts(self, penalty: Penalty) -> bool:
        """Tell whether a penalty is to end by itself."""
        return penalty.state is PenaltyState.IN_FORCE and penalty.until is not None

    def counts(self, penalty: Penalty) -> bool:
        """Tell whether the points of a penalty count."""
        is_new = penalty.imposed_at > self.now - COUNTED_FOR
        return penalty.state is not PenaltyState.LIFTED and is_new and not penalty.is_provisional and not penalty.step

    # --- what happens ---

    def after(self, event: Event) -> Self:
        """Let something happen, a second later: no two things happen at once."""
        world = super().after(event)
        world.happened, world.now = event, world.now + SECOND
        return world

    def _docket(self) -> Docket:
        subjects = {SHOP: SHOP, PRODUCT: SHOP}
        return Docket(self.now, self.inquiries, self.complaints, self.penalties, subjects)

    def _complain(self, person: Actor) -> None:
        command = model.FileComplaint(
            id=derive(SHOP, "complaint", self.now.isoformat()),
            subject_kind=self.kind,
            subject_id=self.subject_id,
            kind=model.ComplaintKind.COUNTERFEIT,
            text="假的",
            actor=person,
        )
        self._docket().file(command)

    def _find(self, what: Action | Effect) -> None:
        findings: tuple[Finding, ...] = ()
        hits: tuple[ConductHit, ...] = ()
        if isinstance(what, Action):
            made = Finding(
                rule_id=SHOP, name="词", action=what, field=Field.TITLE, word=what, found=what, reason="不许这样说"
            )
            findings = (made,)
        else:
            hit = ConductHit(
                rule_id=derive(SHOP, what),
                name="规则",
                kind=ConductKind.PRICE_RISE,
                shop_id=SHOP,
                subject_id=self.subject_id,
                hour=NOW,
                on=self.now.date(),
                part=2,
                whole=1,
                window_hours=24,
                effect=what,
                reason="价格异常",
                reason_en="an odd price",
            )
            hits = (hit,)
        self._docket().open(
            OpenInquiry(subject_kind=self.kind, subject_id=self.subject_id, shop_id=SHOP, findings=findings, hits=hits)
        )

    def _take(self, id: UUID, staff: Actor, is_own: bool) -> None:
        status = self._docket().take(model.TakeInquiry(inquiry_id=id, actor=staff, is_own=is_own))
        require(not (is_own and status is TakeInquiryStatus.TAKEN), "somebody looks into their own shop")

    def _decide(self, id: UUID, staff: Actor, verdict: Verdict, is_own: bool) -> None:
        before = self.inquiries[id]
        command = model.DecideInquiry(
            inquiry_id=id, verdict=verdict, reason="理由", answer="答复", actor=staff, is_own=is_own
        )
        status = self._docket().decide(command)
        if status is DecideInquiryStatus.DECIDED:
            is_theirs = before.assignee_id == staff.person_id and before.state is InquiryState.OPEN
            require(is_theirs and not is_own, "somebody decided what was not theirs to decide")
            of_rules = [p for p in self.penalties.values() if (p.inquiry_id, p.imposed_by, p.step) == (id, None, 0)]
            is_left = any(each.state is PenaltyState.IN_FORCE for each in of_rules)
            require(verdict is not Verdict.DISMISSED or not is_left, "nothing is wrong, and punished all the same")

    def _appeal(self, id: UUID) -> None:
        self._docket().appeal(model.AppealPenalty(penalty_id=id, shop_id=SHOP, text="冤枉", actor=OWNER))

    def _judge(self, id: UUID, staff: Actor, is_granted: bool) -> None:
        before = self.penalties[id]
        command = model.JudgePenalty(penalty_id=id, is_granted=is_granted, reason="理由", actor=staff)
        status = self._docket().judge(command)
        if status in (JudgePenaltyStatus.GRANTED, JudgePenaltyStatus.DENIED):
            is_due = before.appealed_at is not None and before.judged_at is None
            require(is_due and before.imposed_by != staff.person_id, "an appeal was heard by who imposed it, or again")

    def _end(self, id: UUID) -> None:
        before = self.penalties[id]
        is_due = before.until is not None and before.until <= self.now and before.state is PenaltyState.IN_FORCE
        require(self._docket().end(model.EndPenalty(penalty_id=id)) == is_due, "a penalty ended before its time")

    def _release(self, id: UUID, is_clean: bool) -> None:
        self._docket().release(id, is_clean=is_clean)

    def _wait(self) -> None:
        """Wait until the next penalty ends by itself."""
        ends = [each.until for each in self.penalties.values() if self.lasts(each) and each.until is not None]
        require(bool(ends), "nothing ends by itself")
        self.now = max(self.now, min(ends))

    def _wait_long(self) -> None:
        """Wait until nothing counts any more that was."""
        self.now += COUNTED_FOR

    # --- what is always true ---

    def check(self) -> None:
        """One inquiry of a subject is open; penalties count as long as they are in force, and say who imposed them."""
        opened = [each for each in self.inquiries.values() if each.state is InquiryState.OPEN]
        require(len(opened) <= 1, "a subject is looked into twice")
        for inquiry in self.inquiries.values():
            is_decided = inquiry.state is InquiryState.DECIDED
            require(is_decided == (inquiry.verdict is not None) == (inquiry.decided_at is not None), "decided, or not")
            its = sum(each.inquiry_id == inquiry.id for each in self.complaints.values())
            require(inquiry.complaints == its, "complaints are not counted")
        warned = [
            (each.inquiry_id, each.hits[0].rule_id)
            for each in self.penalties.values()
            if each.kind is PenaltyKind.WARNING and each.imposed_by is None
        ]
        require(len(set(warned)) == len(warned), "a rule warned twice of what nobody has looked into")
        in_force = [each for each in self.penalties.values() if each.state is PenaltyState.IN_FORCE]
        down = [each for each in in_force if each.kind is PenaltyKind.TAKEN_DOWN]
        require(len(down) <= 1, "goods are taken down twice")
        for each in self.penalties.values():
            require((each.state is PenaltyState.IN_FORCE) == (each.ended_at is None), f"{each.state}, and ended or not")
            require((each.until is not None) == (each.kind in RESTRICTING), f"{each.kind} ends, or does not")
            require((each.product_id is None) == (each.kind in RESTRICTING or self.subject_id == SHOP), "whose it is")
            require(each.judged_by is None or each.judged_by != each.imposed_by, "who imposed it judged it")
            require(each.is_granted is not True or each.state is PenaltyState.LIFTED, "granted, and not lifted")
            right = 0 if each.is_provisional or each.step else POINTS[each.kind]
            require(each.points == right, f"{each.kind} has {each.points} points")
            is_final = not each.is_provisional and not each.step
            is_somebodys = each.imposed_by is not None or each.kind is PenaltyKind.WARNING
            require(is_somebodys or not is_final, f"{each.kind} is final, and nobody's")
            is_open = self.inquiries[each.inquiry_id].state is InquiryState.OPEN
            is_waiting = each.is_provisional and each.state is PenaltyState.IN_FORCE
            require(is_open or not is_waiting, "nobody looks into what a rule imposed until somebody has looked")
        counted = sum(POINTS[each.kind] for each in self.penalties.values() if self.counts(each))
        require(self._docket().points_of(SHOP) == counted, f"the shop has {counted} points")
        kinds = {each.kind for each in in_force} & RESTRICTING
        require(self._docket().restrictions_of(SHOP) == kinds, "how the shop is restricted")
        if self.happened[0] in ("judge", "release"):
            require(all(each.step <= counted for each in in_force), "a step is in force that its points don't reach")

    def check_since(self, before: "InquiryWorld") -> None:
        """What was said stays said; a shop gets nothing for an appeal but what it asked for."""
        for id, was in before.penalties.items():
            now = self.penalties[id]
            require((now.inquiry_id, now.kind, now.step) == (was.inquiry_id, was.kind, was.step), "another penalty")
            require(was.appeal == "" or now.appeal == was.appeal, "an appeal was rewritten")
            require(was.judged_at is None or now.judged_at == was.judged_at, "an appeal was heard twice")
        for id, inquiry in before.inquiries.items():
            require(inquiry.state is InquiryState.OPEN or self.inquiries[id] == inquiry, "what was decided moved")
        if self.happened[0] in ("appeal", "take", "complain", "judge", "end", "release", "wait", "wait_long"):
            require(len(self.penalties) == len(before.penalties), "nobody imposed it")

    def check_end(self) -> None:
        """Everything is decided, every appeal heard, and no shop is restricted for ever."""
        require(all(each.state is InquiryState.DECIDED for each in self.inquiries.values()), "something is open")
        for each in self.penalties.values():
            require(each.appealed_at is None or each.judged_at is not None, "an appeal was not heard")
            is_over = each.state is not PenaltyState.IN_FORCE
            require(is_over or (each.kind not in RESTRICTING and not each.is_provisional), f"{each.kind} for ever")


def inquiries() -> dict[str, InquiryWorld]:
    """Make goods, and a shop, that nobody complained of; and such as save depth."""
    product, shop = InquiryWorld(PRODUCT), InquiryWorld(SHOP)
    refused = product.after(("find", Action.REFUSE))
    frozen = shop.after(("find", Effect.HOLD))
    (id,), (restricted,) = frozen.inquiries, frozen.penalties
    denied = frozen.after(("appeal", restricted)).after(("judge", restricted, STAFF[0], False))
    frozen = frozen.after(("take", id, STAFF[0], False))
    held = frozen.after(("decide", id, STAFF[0], Verdict.WITHDRAWALS_HELD, False))
    over = next(id for id, each in held.penalties.items() if each.step)
    ended = held.after(("appeal", over)).after(("wait",)).after(("end", over))
    return {
        "goods": product,
        "a shop": shop,
        "goods that a word rule took down": refused,
        "a shop that a rule restricted": frozen,
        "a shop whose appeal against a rule was denied": denied,
        "a shop at the first step": held,
        "an appeal against what is over": ended,
    }
