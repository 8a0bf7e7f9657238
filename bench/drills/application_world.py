"""A shop's application to be verified, in memory: filled in, handed in, looked at, returned, forgotten, handed over.

What is decided is decided by the rules of onboarding. Terms change meanwhile, another shop is verified with the same
number, and the deposit is taken out again: whoever mends what they are told of can hand in all the same.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from bench.drills.explorer import Event, require
from bench.drills.machines import Machine, MachineWorld, Things
from weiji.events import Actor
from weiji.kit.ids import derive, new_id
from weiji.onboarding import rules
from weiji.onboarding.checks import id_number_check
from weiji.onboarding.model import (
    Application,
    Checklist,
    DecideApplication,
    DecideStatus,
    Decision,
    Document,
    Field,
    FieldState,
    Kind,
    PutBackApplication,
    PutDocument,
    PutDocumentStatus,
    SaveFields,
    SaveStatus,
    State,
    SubmitApplication,
    SubmitStatus,
    TakeApplication,
    TakeStatus,
    Value,
    WithdrawApplication,
    WithdrawStatus,
)

SHOP: Final = new_id()
OWNER: Final = Actor("merchant", new_id())
RIVAL: Final = new_id()
"""Who has another shop, and is verified with our number if they are faster."""

STAFF: Final = (Actor("staff", new_id()), Actor("staff", new_id()))
DEPOSIT: Final = 100_000
KEPT: Final = timedelta(days=30)
HOURS: Final = 24
SECOND: Final = timedelta(seconds=1)


def _number(order: int) -> str:
    first = f"33010619900101{order:03}"
    return first + (id_number_check(first) or "")


NUMBERS: Final = (_number(1), _number(2))
"""Residents' numbers: both can be."""

TEXTS: Final = (Field.TERMS, Field.KIND, Field.NAME, Field.ID_NUMBER)
"""What a person types here."""

FIELDS: Final = (*TEXTS, Field.ID_FRONT)
"""All that is asked of a person here."""

TERMS: Final = ("条款一", "条款二")
_S, _F = State, FieldState

MACHINES: Final = {
    "application": Machine(
        moves={
            _S.DRAFT: {_S.SUBMITTED, _S.WITHDRAWN},
            _S.SUBMITTED: {_S.IN_REVIEW, _S.WITHDRAWN},
            _S.IN_REVIEW: {_S.SUBMITTED, _S.APPROVED, _S.RETURNED, _S.REJECTED, _S.WITHDRAWN},
            _S.RETURNED: {_S.SUBMITTED, _S.WITHDRAWN},
            # What is decided counts for nothing once the shop is another's.
            _S.APPROVED: {_S.WITHDRAWN},
            _S.REJECTED: {_S.DRAFT, _S.WITHDRAWN},
            _S.WITHDRAWN: {_S.DRAFT},
        },
        verbs={
            "save": {_S.DRAFT},
            "put": {_S.DRAFT},
            "hand_in": {_S.SUBMITTED},
            "withdraw": {_S.WITHDRAWN},
            "take": {_S.IN_REVIEW},
            "put_back": {_S.SUBMITTED},
            "decide": {_S.APPROVED, _S.RETURNED},
            "reject": {_S.REJECTED},
            "forget": (),
            "hand_over": {_S.WITHDRAWN},
        },
        begins={_S.DRAFT},
    ),
    "field": Machine(
        moves={_F.GIVEN: {_F.ACCEPTED, _F.REFUSED}, _F.REFUSED: {_F.GIVEN}, _F.ACCEPTED: {_F.GIVEN}},
        verbs={
            "save": {_F.GIVEN},
            "put": {_F.GIVEN},
            "decide": {_F.ACCEPTED, _F.REFUSED},
            "hand_in": (),
            "withdraw": (),
            "forget": (),
            "hand_over": (),
        },
        begins={_F.GIVEN},
        ends=("withdraw", "forget", "hand_over"),
    ),
}
"""As the page of onboarding has it: the program has no table of these."""


class ApplicationWorld(MachineWorld):
    """A shop whose owner has shown nothing yet."""

    def __init__(self) -> None:
        super().__init__(MACHINES)
        self.applications: dict[UUID, Application] = {}
        self.documents: dict[UUID, Document] = {}
        self.owner_id = OWNER.person_id
        self.terms = 0
        self.is_paid = True
        """Whether the deposit is there."""
        self.is_rival = False
        """Whether another shop was verified with the first number."""
        self.is_verified = False
        """Whether the shop is, by its present owner's application."""

    @property
    def application(self) -> Application | None:
        """Give the application, if it was begun."""
        return self.applications.get(SHOP)

    def things(self) -> Things:
        """Say where the application stands, and each of its fields."""
        its: Things = {("application", id): application.state for id, application in self.applications.items()}
        fields = self.application.fields if self.application else {}
        return its | {("field", derive(SHOP, name)): entry.state for name, entry in fields.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        a = self.application
        return (
            a and (
                a.attempts > 0, a.reviewer_id, a.reason, a.forget_at is None, rules.is_to_forget(a, self.now),
                tuple((name, entry.value, entry.reason) for name, entry in a.fields.items()),
            ),
            tuple(self.documents), self.owner_id, self.terms, self.is_paid, self.is_rival, self.is_verified,
        )  # fmt: skip

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        yield from (("save", number) for number in (*NUMBERS, "1"))
        yield from (("put", id) for id in (derive(SHOP, "front", 1), derive(SHOP, "front", 2)))
        yield from (("hand_in",), ("withdraw",), ("put_back",), ("forget",))
        for staff in STAFF:
            yield ("take", staff, False)
            for refused in (None, Field.ID_NUMBER, Field.ID_FRONT, Field.TERMS):
                yield ("decide", staff, refused, True)
            yield from (("decide", staff, None, False), ("reject", staff))
        yield from (("take", STAFF[0], True), ("take", OWNER, False))
        if self.owner_id == OWNER.person_id:
            yield ("hand_over",)
        if not self.terms:
            yield ("publish",)
        if not self.is_rival and not (self.is_verified and self._has(NUMBERS[0])):
            yield ("verify_rival",)
        yield ("deposit", not self.is_paid)
        if self.application and self.application.forget_at and self.application.forget_at > self.now:
            yield ("wait",)

    def next(self) -> Event | None:
        """Let the owner mend what they are told of and hand it in, and reviewers accept it."""
        a = self.application
        if a is None or a.state is _S.APPROVED:
            return None
        match a.state:
            case _S.SUBMITTED:
                return ("take", STAFF[0], False)
            case _S.IN_REVIEW:
                # Whose shop it was may look at it, too, once it is another's.
                staff = next(each for each in (*STAFF, OWNER) if each.person_id == a.reviewer_id)
                if not (self.is_rival and self._has(NUMBERS[0])):
                    return ("decide", staff, None, True)
                is_accepted = a.fields[Field.ID_NUMBER].state is _F.ACCEPTED
                return ("reject", staff) if is_accepted else ("decide", staff, Field.ID_NUMBER, True)
            case _S.DRAFT | _S.RETURNED:
                return self._mend()
            case _:
                if a.forget_at is None:
                    return None
                return ("forget",) if a.forget_at <= self.now else ("wait",)

    def _mend(self) -> Event:
        faults = rules.find_faults(self._state(), SHOP, self.now)
        if Field.ID_FRONT in faults:
            return ("put", derive(SHOP, "front", 2 if self._has(str(derive(SHOP, "front", 1))) else 1))
        if Field.ID_NUMBER in faults:
            # In the end somebody else's number is nobody's: who is refused it for good gives up.
            is_ours = any(self._is_free(number) for number in NUMBERS)
            return self._fill_in() if is_ours else ("withdraw",)
        if faults:
            return self._fill_in()
        return ("hand_in",) if self.is_paid else ("deposit", True)

    def _fill_in(self) -> Event:
        entry = self.application.fields.get(Field.ID_NUMBER) if self.application else None
        if entry and entry.state is _F.ACCEPTED and self._is_free(entry.value):
            return ("save", entry.value)
        return ("save", next(number for number in NUMBERS if self._is_free(number)))

    def _is_free(self, number: str) -> bool:
        """Tell whether nobody else has a number, and it was not refused."""
        entry = self.application.fields.get(Field.ID_NUMBER) if self.application else None
        is_refused = entry is not None and entry.state is _F.REFUSED and entry.value == number
        return not is_refused and not (self.is_rival and number == NUMBERS[0])

    def _has(self, value: str) -> bool:
        return self.application is not None and value in {entry.value for entry in self.application.fields.values()}

    def after(self, event: Event) -> "ApplicationWorld":
        """Let something happen, a second later."""
        world = super().after(event)
        world.now += SECOND
        return world

    # --- what happens ---

    @property
    def checklist(self) -> Checklist:
        """Say what the operator asks."""
        return Checklist(
            terms=TERMS[self.terms],
            kinds=(Kind.PERSON,),
            person_documents=(Field.ID_FRONT,),
            needs_account=False,
            person_deposit=DEPOSIT,
            review_hours=HOURS,
            keep_days=KEPT.days,
        )

    def _state(self) -> rules.Applications:
        assert self.owner_id is not None
        return rules.Applications(
            owners={SHOP: self.owner_id},
            applications=self.applications,
            documents=self.documents,
            in_use={(Field.ID_NUMBER, NUMBERS[0]): {RIVAL}} if self.is_rival else {},
            deposits={SHOP: DEPOSIT if self.is_paid else DEPOSIT - 1},
            version=self.terms + 1,
            checklist=self.checklist,
        )

    @property
    def _is_open(self) -> bool:
        """Whether the owner may write."""
        with_staff = (_S.SUBMITTED, _S.IN_REVIEW, _S.APPROVED)
        return self.application is None or self.application.state not in with_staff

    def _save(self, number: str) -> None:
        before = self.application
        texts = (rules.mark_of(self.checklist), Kind.PERSON.value, "周山", number)
        values = dict(zip(TEXTS, texts, strict=True))
        told = tuple(Value(name, value) for name, value in values.items())
        result = rules.judge_save(self._state(), SaveFields(shop_id=SHOP, values=told, actor=OWNER), self.now)
        is_number = number in NUMBERS and not (self.is_rival and number == NUMBERS[0])
        require(result.status is not SaveStatus.SAVED or (self._is_open and is_number), f"kept: {result.status}")
        if result.status is SaveStatus.SAVED:
            assert self.application
            require({name: self.application.fields[name].value for name in TEXTS} == values, "it was kept in part")
        else:
            require(self.application == before, "what was refused was kept")

    def _put(self, id: UUID) -> None:
        was = self.application
        command = PutDocument(id=id, shop_id=SHOP, field=Field.ID_FRONT, content=b"\xff\xd8\xff", actor=OWNER)
        status = rules.judge_put_document(self._state(), command, self.now)
        require(status is not PutDocumentStatus.CREATED or self._is_open or was is None, f"put: {status}")

    def _hand_in(self) -> None:
        before, is_mended = self.application, not rules.find_faults(self._state(), SHOP, self.now)
        result = rules.judge_submit(self._state(), SubmitApplication(shop_id=SHOP, actor=OWNER), self.now)
        is_open = before is not None and before.state in (_S.DRAFT, _S.RETURNED)
        right = is_open and is_mended and self.is_paid
        require((result.status is SubmitStatus.SUBMITTED) == right, f"handed in: {result.status}")
        if right:
            require(result.promised_at == self.now + timedelta(hours=HOURS), "what is promised")
            require(all(self._is_right(name) for name in FIELDS), "something wrong was handed in")

    def _is_right(self, name: Field) -> bool:
        """Tell whether a field is as it must be when it is handed in."""
        entry = self.application.fields.get(name) if self.application else None
        if entry is None or entry.state is _F.REFUSED:
            return False
        if name is Field.TERMS:
            return entry.value == rules.mark_of(self.checklist)
        if name is Field.ID_NUMBER:
            return entry.value in NUMBERS and not (self.is_rival and entry.value == NUMBERS[0])
        return True

    def _withdraw(self) -> None:
        before = self.application
        status = rules.judge_withdraw(self._state(), WithdrawApplication(shop_id=SHOP, actor=OWNER), self.now)
        is_decided = before is not None and before.state in (_S.APPROVED, _S.REJECTED, _S.WITHDRAWN)
        require(
            (status is WithdrawStatus.WITHDRAWN) == (before is not None and not is_decided), f"taken back: {status}"
        )
        self._drop_documents()

    def _drop_documents(self) -> None:
        """Remove what belongs to no field any more, as operations do where fields are removed."""
        if self.application and not self.application.fields:
            self.documents.clear()

    def _take(self, staff: Actor, is_own: bool) -> None:
        before = self.application
        status = rules.judge_take(self._state(), TakeApplication(shop_id=SHOP, actor=staff, is_own=is_own))
        right = before is not None and before.state is _S.SUBMITTED and not is_own and staff.person_id != self.owner_id
        require((status is TakeStatus.TAKEN) == right, f"taken: {status}")

    def _put_back(self) -> None:
        rules.judge_put_back(self._state(), PutBackApplication(shop_id=SHOP, actor=STAFF[1]))

    def _decide(self, staff: Actor, refused: Field | None, is_whole: bool) -> None:
        before = self.application
        names = [name for name in FIELDS if is_whole or name is not Field.NAME]
        decisions = tuple(Decision(name, is_accepted=name is not refused, reason="看不清") for name in names)
        command = DecideApplication(shop_id=SHOP, decisions=decisions, actor=staff)
        status = rules.judge_decide(self._state(), command, self.now)
        if status in (DecideStatus.APPROVED, DecideStatus.RETURNED):
            assert before
            require(
                before.state is _S.IN_REVIEW and before.reviewer_id == staff.person_id, "who decided had not taken it"
            )
        if status is DecideStatus.APPROVED:
            require(not (self.is_rival and self._has(NUMBERS[0])), "two owners have one number")
            self.is_verified = True

    def _reject(self, staff: Actor) -> None:
        before = self.application
        command = DecideApplication(shop_id=SHOP, decisions=(), actor=staff, rejection="不收这样的店")
        status = rules.judge_decide(self._state(), command, self.now)
        right = before is not None and before.state is _S.IN_REVIEW and before.reviewer_id == staff.person_id
        require((status is DecideStatus.REJECTED) == right, f"rejected: {status}")

    def _forget(self) -> None:
        """Do what the job does."""
        if self.application and rules.is_to_forget(self.application, self.now):
            self.applications[SHOP] = rules.forget(self.application)
            self._drop_documents()

    def _hand_over(self) -> None:
        """Give the shop to somebody else, who hears of it."""
        self.owner_id = derive(SHOP, "buyer")
        self.is_verified = False
        if self.application:
            self.applications[SHOP] = rules.void(self.application)
            self._drop_documents()

    def _publish(self) -> None:
        self.terms = 1

    def _verify_rival(self) -> None:
        self.is_rival = True

    def _deposit(self, is_paid: bool) -> None:
        self.is_paid = is_paid

    def _wait(self) -> None:
        self.now += KEPT

    # --- what is always true ---

    def check(self) -> None:
        """A shop is verified by what was accepted, all of it; what nobody needs is kept no longer than promised."""
        a = self.application
        require(self.is_verified == (a is not None and a.state is _S.APPROVED), "verified, or not")
        if a is None:
            require(not self.documents, "documents of nothing")
            return
        states = [entry.state for entry in a.fields.values()]
        if a.state is _S.APPROVED:
            require(set(a.fields) == set(FIELDS) and set(states) == {_F.ACCEPTED}, "approved without being accepted")
        if a.state is _S.RETURNED:
            require(set(a.fields) == set(FIELDS), "something of it is lost")
        if a.state in (_S.SUBMITTED, _S.IN_REVIEW):
            require(set(a.fields) == set(FIELDS) and _F.REFUSED not in states, "handed in, and not whole")
            require(a.submitted_at is not None and a.promised_at is not None, "nothing is promised")
        require(a.state is not _S.IN_REVIEW or a.reviewer_id is not None, "nobody has it")
        require(a.reviewer_id != self.owner_id, "somebody reviews their own shop")
        require((a.reason != "") == (a.state is _S.REJECTED), "rejected, and why")
        is_over = a.state in (_S.REJECTED, _S.WITHDRAWN)
        require((a.forget_at is not None) <= is_over, "what is needed is to be forgotten")
        require(bool(a.fields) <= (not is_over or a.forget_at is not None), "it is kept for ever, and for nothing")
        named = {entry.value for name, entry in a.fields.items() if name is Field.ID_FRONT}
        require({str(id) for id in self.documents} == named, "documents that no field names, or the other way round")
        for entry in a.fields.values():
            require((entry.reason != "") == (entry.state is _F.REFUSED), "refused, and why")

    def check_since(self, before: "ApplicationWorld") -> None:
        """Nobody changes what a reviewer looks at, nor what one has accepted as long as it holds."""
        was, now = before.application, self.application
        if was is None or now is None:
            return
        if {was.state, now.state} <= {_S.SUBMITTED, _S.IN_REVIEW, _S.APPROVED, _S.RETURNED}:
            for name, entry in was.fields.items():
                is_with_staff = was.state is not _S.RETURNED
                is_settled = entry.state is _F.ACCEPTED and before._is_right(name)
                require(
                    now.fields[name].value == entry.value or not (is_with_staff or is_settled), f"{name} was changed"
                )
                require(now.fields[name].state is entry.state or not is_settled, f"{name} was accepted")
        is_waiting = was.state in (_S.SUBMITTED, _S.IN_REVIEW) and now.state in (_S.SUBMITTED, _S.IN_REVIEW)
        require(not is_waiting or now.submitted_at == was.submitted_at, "it lost its place")

    def check_end(self) -> None:
        """It is approved, or nothing is left of it."""
        a = self.application
        require(a is None or a.state is _S.APPROVED or not a.fields, "it is kept for ever")


def applications() -> dict[str, ApplicationWorld]:
    """Make a shop that begins; and such as save depth."""
    shop = ApplicationWorld()
    filled = shop.after(("save", NUMBERS[0])).after(("put", derive(SHOP, "front", 1)))
    taken = filled.after(("hand_in",)).after(("take", STAFF[0], False))
    returned = taken.after(("decide", STAFF[0], Field.ID_NUMBER, True))
    return {
        "a shop": shop,
        "filled in": filled,
        "taken": taken,
        "returned for a number": returned,
        "returned for a picture": taken.after(("decide", STAFF[0], Field.ID_FRONT, True)),
        "approved": taken.after(("decide", STAFF[0], None, True)),
    }
