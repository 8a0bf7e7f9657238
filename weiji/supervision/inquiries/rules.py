"""What is decided about inquiries, complaints and penalties: pure functions over what was read and locked."""

from collections.abc import Collection
from copy import copy
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.kit.ids import derive, shard_of
from weiji.kit.text import is_text
from weiji.supervision.conduct.model import Effect
from weiji.supervision.inquiries.ladder import COUNTED_FOR, DAYS, DAYS_MAX, POINTS, STEPS
from weiji.supervision.inquiries.model import (
    APPEAL_MAX,
    COMPLAINTS_MAX,
    DUE,
    FINDINGS_MAX,
    HITS_MAX,
    NOTE_DUE,
    REASON_MAX,
    TEXT_MAX,
    AppealPenalty,
    AppealPenaltyStatus,
    Complaint,
    DecideInquiry,
    DecideInquiryStatus,
    EndPenalty,
    FileComplaint,
    FileComplaintStatus,
    Inquiry,
    InquiryState,
    JudgePenalty,
    JudgePenaltyStatus,
    OpenInquiry,
    OpenInquiryStatus,
    Penalty,
    PenaltyKind,
    PenaltyState,
    SubjectKind,
    TakeInquiry,
    TakeInquiryStatus,
    Verdict,
)
from weiji.word_rules import Action

PENALTIES: Final = {
    Verdict.WARNED: PenaltyKind.WARNING,
    Verdict.TAKEN_DOWN: PenaltyKind.TAKEN_DOWN,
    Verdict.LISTING_FROZEN: PenaltyKind.LISTING_FROZEN,
    Verdict.LIMITED: PenaltyKind.LIMITED,
    Verdict.WITHDRAWALS_HELD: PenaltyKind.WITHDRAWALS_HELD,
}
"""Verdicts that mean a penalty of ours. A suspension is one of `shops`."""

RESTRICTING: Final = frozenset(DAYS)
"""Penalties of the whole shop, which end by themselves."""

EFFECTS: Final = {
    Effect.FREEZE: PenaltyKind.LISTING_FROZEN,
    Effect.LIMIT: PenaltyKind.LIMITED,
    Effect.HOLD: PenaltyKind.WITHDRAWALS_HELD,
}
"""What rules on conduct impose until staff have looked."""


class Docket(Struct):
    """What a batch is judged against, and becomes: inquiries that are named or open, complaints, penalties."""

    now: datetime
    inquiries: dict[UUID, Inquiry] = {}
    complaints: dict[UUID, Complaint] = {}
    penalties: dict[UUID, Penalty] = {}
    subjects: dict[UUID, UUID] = {}
    """Products and shops that there are, and the shop of each."""

    def copied(self) -> "Docket":
        """Copy what rules change; what is in it never changes."""
        return Docket(self.now, copy(self.inquiries), copy(self.complaints), copy(self.penalties), self.subjects)

    def open_of(self, subject_id: UUID) -> Inquiry | None:
        """Give the open inquiry of a subject."""
        return next(
            (c for c in self.inquiries.values() if c.subject_id == subject_id and c.state is InquiryState.OPEN), None
        )

    def is_taken_down(self, product_id: UUID) -> bool:
        """Tell whether a penalty keeps a product from being sold."""
        return any(
            p.product_id == product_id and p.kind is PenaltyKind.TAKEN_DOWN and p.state is PenaltyState.IN_FORCE
            for p in self.penalties.values()
        )

    def points_of(self, shop_id: UUID) -> int:
        """Add up a shop's points."""
        return sum(
            p.points
            for p in self.penalties.values()
            if p.shop_id == shop_id and p.state is not PenaltyState.LIFTED and p.imposed_at > self.now - COUNTED_FOR
        )

    def restrictions_of(self, shop_id: UUID) -> frozenset[PenaltyKind]:
        """Tell how penalties restrict a shop now."""
        return frozenset(
            p.kind
            for p in self.penalties.values()
            if p.shop_id == shop_id and p.kind in RESTRICTING and p.state is PenaltyState.IN_FORCE
        )

    # Complaints, and what rules find

    def file(self, command: FileComplaint) -> FileComplaintStatus:
        """Answer as if it came alone."""
        found = self.complaints.get(command.id)
        if found:
            is_same = (found.subject_id, found.person_id) == (command.subject_id, command.actor.person_id)
            return FileComplaintStatus.EXISTS if is_same else FileComplaintStatus.ID_TAKEN
        shop_id = self.subjects.get(command.subject_id)
        is_shop = command.subject_id == shop_id
        if shop_id is None or is_shop is not (command.subject_kind is SubjectKind.SHOP):
            return FileComplaintStatus.SUBJECT_NOT_FOUND
        if shard_of(command.id) != shard_of(shop_id):
            return FileComplaintStatus.ID_IN_ANOTHER_SHARD
        if not _says(command.text, TEXT_MAX):
            return FileComplaintStatus.TEXT_MALFORMED
        inquiry = self.open_of(command.subject_id)
        person_id = command.actor.person_id
        if (
            inquiry
            and person_id
            and any((c.inquiry_id, c.person_id) == (inquiry.id, person_id) for c in self.complaints.values())
        ):
            return FileComplaintStatus.ALREADY_COMPLAINED
        if inquiry and inquiry.complaints >= COMPLAINTS_MAX:
            return FileComplaintStatus.TOO_MANY_COMPLAINTS
        inquiry = inquiry or Inquiry(
            id=derive(command.id, "inquiry"),
            shop_id=shop_id,
            subject_kind=command.subject_kind,
            subject_id=command.subject_id,
            opened_at=self.now,
            due_at=self.now + DUE,
        )
        due_at = min(inquiry.due_at, self.now + DUE)
        self.inquiries[inquiry.id] = replace(inquiry, complaints=inquiry.complaints + 1, due_at=due_at)
        self.complaints[command.id] = Complaint(
            id=command.id,
            inquiry_id=inquiry.id,
            shop_id=shop_id,
            subject_id=command.subject_id,
            person_id=person_id,
            kind=command.kind,
            text=command.text,
            filed_at=self.now,
        )
        return FileComplaintStatus.CREATED

    def open(self, command: OpenInquiry) -> OpenInquiryStatus:
        """Answer as if it came alone."""
        inquiry = self.open_of(command.subject_id)
        known = {*inquiry.findings, *inquiry.hits} if inquiry else set()
        fresh = tuple(finding for finding in command.findings if finding not in known)
        hits = tuple(hit for hit in command.hits if hit not in known)
        refusal = next((each for each in command.findings if each.action is Action.REFUSE), None)
        review = next((each for each in hits if each.effect is Effect.REVIEW), None)
        is_taken_down = self.is_taken_down(command.subject_id)
        is_down = bool(refusal or review) and command.subject_kind is SubjectKind.PRODUCT and not is_taken_down
        is_settled = not (fresh or hits) if inquiry else is_taken_down
        if is_settled and not is_down:
            return OpenInquiryStatus.EXISTS
        is_urgent = bool(command.hits) or any(finding.action is not Action.NOTE for finding in command.findings)
        due_at = self.now + (DUE if is_urgent else NOTE_DUE)
        made = inquiry or Inquiry(
            id=derive(command.subject_id, "inquiry", self.now.isoformat()),
            shop_id=command.shop_id,
            subject_kind=command.subject_kind,
            subject_id=command.subject_id,
            opened_at=self.now,
            due_at=due_at,
        )
        made = replace(
            made,
            findings=(made.findings + fresh)[:FINDINGS_MAX],
            hits=(made.hits + hits)[:HITS_MAX],
            due_at=min(made.due_at, due_at),
        )
        if refusal is not None and is_down:
            fact = self.now.isoformat()
            self._punish(made, PenaltyKind.TAKEN_DOWN, refusal.reason, None, fact, is_provisional=True)
        elif review is not None and is_down:
            self._punish(
                made, PenaltyKind.TAKEN_DOWN, review.reason, None, review.rule_id, review.on, is_provisional=True
            )
        for hit in hits:
            if hit.effect is Effect.WARN and not self._is_warned(made.id, hit.rule_id):
                self._punish(replace(made, hits=(hit,)), PenaltyKind.WARNING, hit.reason, None, hit.rule_id, hit.on)
            kind = EFFECTS.get(hit.effect)
            if kind and kind not in self.restrictions_of(made.shop_id):
                of_hit = (hit.rule_id, hit.on)
                self._punish(replace(made, hits=(hit,)), kind, hit.reason, None, *of_hit, is_provisional=True)
        self.inquiries[made.id] = made
        if is_down:
            return OpenInquiryStatus.TAKEN_DOWN
        return OpenInquiryStatus.JOINED if inquiry else OpenInquiryStatus.CREATED

    def _is_warned(self, inquiry_id: UUID, rule_id: UUID) -> bool:
        """Tell whether a rule gave a shop its warning: what goes on while nobody has looked is one thing."""
        return any(
            p.inquiry_id == inquiry_id
            and p.kind is PenaltyKind.WARNING
            and p.imposed_by is None
            and any(hit.rule_id == rule_id for hit in p.hits)
            for p in self.penalties.values()
        )

    def release(self, penalty_id: UUID, *, is_clean: bool) -> bool:
        """Lift what only word rules imposed, now that none refuses it; tell if that is new.

        *is_clean* tells that none finds anything at all: then there is nothing left to look into.
        """
        found = self.penalties.get(penalty_id)
        inquiry = self.inquiries.get(found.inquiry_id) if found else None
        if found is None or inquiry is None or not stands_on_words(found) or inquiry.hits:
            return False
        self.penalties[found.id] = replace(found, state=PenaltyState.LIFTED, ended_at=self.now)
        self._climb_down(found.shop_id)
        if is_clean and inquiry.state is InquiryState.OPEN and not inquiry.complaints:
            self.inquiries[inquiry.id] = replace(
                inquiry, state=InquiryState.DECIDED, decided_at=self.now, verdict=Verdict.DISMISSED
            )
        return True

    # The desk

    def take(self, command: TakeInquiry) -> TakeInquiryStatus:
        """Answer as if it came alone."""
        inquiry = self.inquiries.get(command.inquiry_id)
        if inquiry is None:
            return TakeInquiryStatus.INQUIRY_NOT_FOUND
        if inquiry.state is InquiryState.DECIDED:
            return TakeInquiryStatus.DECIDED
        if command.is_own:
            return TakeInquiryStatus.OWN_SHOP
        if inquiry.assignee_id == command.actor.person_id:
            return TakeInquiryStatus.EXISTS
        if inquiry.is_taken(self.now):
            return TakeInquiryStatus.TAKEN_BY_ANOTHER
        self.inquiries[inquiry.id] = replace(inquiry, assignee_id=command.actor.person_id, assigned_at=self.now)
        return TakeInquiryStatus.TAKEN

    def decide(self, command: DecideInquiry, unsuspended: Collection[UUID] = ()) -> DecideInquiryStatus:
        """Answer as if it came alone. *unsuspended* are inquiries whose shop could not be suspended."""
        inquiry = self.inquiries.get(command.inquiry_id)
        if inquiry is None:
            return DecideInquiryStatus.INQUIRY_NOT_FOUND
        person_id = command.actor.person_id
        if inquiry.state is InquiryState.DECIDED:
            is_same = (inquiry.decided_by, inquiry.verdict) == (person_id, command.verdict)
            return DecideInquiryStatus.EXISTS if is_same else DecideInquiryStatus.ALREADY_DECIDED
        if command.is_own:
            return DecideInquiryStatus.OWN_SHOP
        if person_id is None or inquiry.assignee_id != person_id:
            return DecideInquiryStatus.NOT_TAKEN
        is_penalty = command.verdict is not Verdict.DISMISSED
        if not is_text(command.answer, REASON_MAX) or not (
            _says(command.reason, REASON_MAX) if is_penalty else is_text(command.reason, REASON_MAX)
        ):
            return DecideInquiryStatus.REASON_MALFORMED
        product_id = inquiry.subject_id if inquiry.subject_kind is SubjectKind.PRODUCT else None
        of_rules = [
            each
            for each in self.penalties.values()
            if each.inquiry_id == inquiry.id and each.imposed_by is None and not each.step and is_in_force(each)
        ]
        provisional = [each for each in of_rules if each.is_provisional]
        confirmed = [each for each in provisional if each.kind.value == command.verdict.value]
        if command.verdict is Verdict.TAKEN_DOWN:
            if product_id is None:
                return DecideInquiryStatus.NOT_A_PRODUCT
            if self.is_taken_down(product_id) and not confirmed:
                return DecideInquiryStatus.ALREADY_TAKEN_DOWN
        if command.verdict is Verdict.SUSPENDED and inquiry.id in unsuspended:
            return DecideInquiryStatus.NOT_SUSPENDED
        kind = PENALTIES.get(command.verdict)
        if kind in RESTRICTING and command.days is not None and not 1 <= command.days <= DAYS_MAX:
            return DecideInquiryStatus.DAYS_INVALID
        if any(each.judged_by == person_id for each in confirmed):
            return DecideInquiryStatus.SAME_PERSON
        # Where nothing is wrong, nothing that rules alone said counts; else what they gave for good stays.
        for each in provisional if is_penalty else of_rules:
            if each not in confirmed:
                self.penalties[each.id] = replace(each, state=PenaltyState.LIFTED, ended_at=self.now)
                continue
            points = self.points_of(each.shop_id)
            self.penalties[each.id] = replace(
                each,
                is_provisional=False,
                imposed_by=person_id,
                reason=command.reason,
                # It lasts from when it was imposed.
                until=self._end_of(each.kind, command.days, each.imposed_at),
                points=POINTS[each.kind],
            )
            self._climb(self.penalties[each.id], points, person_id)
        if any(each.points for each in of_rules) and not is_penalty:
            self._climb_down(inquiry.shop_id)
        if not confirmed and kind:
            self._punish(inquiry, kind, command.reason, person_id, days=command.days)
        self.inquiries[inquiry.id] = replace(
            inquiry,
            state=InquiryState.DECIDED,
            decided_by=person_id,
            decided_at=self.now,
            verdict=command.verdict,
            reason=command.reason,
            answer=command.answer,
        )
        return DecideInquiryStatus.DECIDED

    def _punish(
        self,
        inquiry: Inquiry,
        kind: PenaltyKind,
        reason: str,
        imposed_by: UUID | None,
        *fact: object,
        is_provisional: bool = False,
        days: int | None = None,
    ) -> None:
        id = penalty_id_of(inquiry.id) if imposed_by else derive(inquiry.id, "penalty of a rule", *fact)
        is_of_product = inquiry.subject_kind is SubjectKind.PRODUCT and kind not in RESTRICTING
        points = self.points_of(inquiry.shop_id)
        self.penalties[id] = made = Penalty(
            id=id,
            inquiry_id=inquiry.id,
            shop_id=inquiry.shop_id,
            product_id=inquiry.subject_id if is_of_product else None,
            kind=kind,
            reason=reason,
            findings=inquiry.findings,
            hits=inquiry.hits,
            imposed_by=imposed_by,
            imposed_at=self.now,
            is_provisional=is_provisional,
            until=self._end_of(kind, days, self.now),
            points=0 if is_provisional else POINTS[kind],
        )
        self._climb(made, points, imposed_by)

    # The ladder

    def _end_of(self, kind: PenaltyKind, days: int | None, since: datetime) -> datetime | None:
        return since + timedelta(days=days or DAYS[kind]) if kind in RESTRICTING else None

    def _climb(self, penalty: Penalty, points: int, given_by: UUID | None) -> None:
        """Impose what the points that *given_by*, or a rule, added by a penalty lead to; *points* are those before it.

        Whoever gave the points imposed the step, too: the appeal against it is another's to judge.
        """
        after = self.points_of(penalty.shop_id)
        for step in STEPS:
            if points < step.points <= after:
                id = derive(penalty.id, "step", step.points)
                self.penalties[id] = replace(
                    penalty,
                    id=id,
                    product_id=None,
                    kind=step.kind,
                    imposed_by=given_by,
                    imposed_at=self.now,
                    is_provisional=False,
                    until=self._end_of(step.kind, step.days, self.now),
                    points=0,
                    step=step.points,
                    findings=(),
                    hits=(),
                    appeal="",
                    appealed_at=None,
                    judged_by=None,
                    judged_at=None,
                    is_granted=None,
                    judgement="",
                )

    def _climb_down(self, shop_id: UUID) -> None:
        """Lift what the ladder imposed at more points than a shop has, now that some were given back."""
        points = self.points_of(shop_id)
        for each in list(self.penalties.values()):
            if each.shop_id == shop_id and is_in_force(each) and each.step > points:
                self.penalties[each.id] = replace(each, state=PenaltyState.LIFTED, ended_at=self.now)

    def end(self, command: EndPenalty) -> bool:
        """End a penalty whose time is over; tell if that is new."""
        found = self.penalties.get(command.penalty_id)
        if found is None or not is_in_force(found) or found.until is None or found.until > self.now:
            return False
        self.penalties[found.id] = replace(found, state=PenaltyState.OVER, ended_at=self.now)
        return True

    # Appeals

    def appeal(self, command: AppealPenalty) -> AppealPenaltyStatus:
        """Answer as if it came alone."""
        found = self.penalties.get(command.penalty_id)
        if found is None or found.shop_id != command.shop_id:
            return AppealPenaltyStatus.PENALTY_NOT_FOUND
        if found.appealed_at:
            is_same = found.appeal == command.text
            return AppealPenaltyStatus.EXISTS if is_same else AppealPenaltyStatus.ALREADY_APPEALED
        if found.state is PenaltyState.LIFTED:
            return AppealPenaltyStatus.LIFTED
        if not _says(command.text, APPEAL_MAX):
            return AppealPenaltyStatus.TEXT_MALFORMED
        self.penalties[found.id] = replace(found, appeal=command.text, appealed_at=self.now)
        return AppealPenaltyStatus.APPEALED

    def judge(self, command: JudgePenalty) -> JudgePenaltyStatus:
        """Answer as if it came alone."""
        found = self.penalties.get(command.penalty_id)
        if found is None:
            return JudgePenaltyStatus.PENALTY_NOT_FOUND
        if found.appealed_at is None:
            return JudgePenaltyStatus.NOT_APPEALED
        person_id = command.actor.person_id
        if found.judged_at:
            is_same = (found.judged_by, found.is_granted) == (person_id, command.is_granted)
            return JudgePenaltyStatus.EXISTS if is_same else JudgePenaltyStatus.ALREADY_JUDGED
        if command.is_own:
            return JudgePenaltyStatus.OWN_SHOP
        if found.imposed_by == person_id:
            return JudgePenaltyStatus.SAME_PERSON
        if not _says(command.reason, REASON_MAX):
            return JudgePenaltyStatus.REASON_MALFORMED
        self.penalties[found.id] = replace(
            found,
            judged_by=person_id,
            judged_at=self.now,
            is_granted=command.is_granted,
            judgement=command.reason,
            # Granted, it gives its points back even when its time was over.
            state=PenaltyState.LIFTED if command.is_granted else found.state,
            # What was undone while the appeal waited stays so, whatever is said to it.
            ended_at=found.ended_at or (self.now if command.is_granted else None),
        )
        self._climb_down(found.shop_id)
        return JudgePenaltyStatus.GRANTED if command.is_granted else JudgePenaltyStatus.DENIED


def is_in_force(penalty: Penalty) -> bool:
    """Tell whether a penalty counts."""
    return penalty.state is PenaltyState.IN_FORCE


def stands_on_words(penalty: Penalty) -> bool:
    """Tell whether word rules alone keep a product down: nobody has decided so."""
    return (
        is_in_force(penalty)
        and penalty.kind is PenaltyKind.TAKEN_DOWN
        and penalty.imposed_by is None
        and penalty.findings != ()
        and penalty.hits == ()
    )


def penalty_id_of(inquiry_id: UUID) -> UUID:
    """Make the id of the penalty, or the suspension, that an inquiry ends with."""
    return derive(inquiry_id, "penalty")


def _says(text: str, length_max: int) -> bool:
    return is_text(text, length_max) and text.strip() != ""
