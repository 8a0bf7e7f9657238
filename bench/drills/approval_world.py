"""What one of the staff proposes and another decides, in memory: what a shop owes is given up, once, by two people.

What is decided, and what is posted, is that of approvals; the shop pays, or owes more, in between.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from bench.drills.explorer import Event, require
from bench.drills.machines import Machine, MachineWorld, Things
from weiji.approvals import model, rules
from weiji.approvals.model import DecideStatus, Proposal, ProposeStatus, State, Verdict, WriteOff
from weiji.events import Actor
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import Kind, TransferStatus, chart, move

SHOP: Final = new_id()
SHARD: Final = shard_of(SHOP)
STAFF: Final = (Actor("staff", new_id()), Actor("staff", new_id()), Actor("staff", new_id()))
OWED: Final = 5_003
GIVEN_UP: Final = 3_001
"""Less than what is owed, and more than half of it: two of these the books refuse."""

EXPIRES: Final = timedelta(days=7)
SECOND: Final = timedelta(seconds=1)

_S = State
MACHINES: Final = {
    "proposal": Machine(
        moves={
            _S.PROPOSED: {_S.APPROVED, _S.FAILED, _S.REJECTED, _S.WITHDRAWN},
            _S.APPROVED: (),
            _S.FAILED: (),
            _S.REJECTED: (),
            _S.WITHDRAWN: (),
        },
        verbs={
            "approve": {_S.APPROVED, _S.FAILED},
            "approve_another": (),
            "reject": {_S.REJECTED},
            "withdraw": {_S.WITHDRAWN},
        },
        begins={_S.PROPOSED},
    )
}
"""As money.md has it: the program has no table of these."""


class ApprovalWorld(MachineWorld):
    """A shop that owes something."""

    def __init__(self) -> None:
        super().__init__(
            MACHINES,
            {
                "owed": chart.merchant_owed(SHOP),
                "bad_debt": chart.bad_debt(SHARD),
                "transit": chart.transit(SHARD),
            },
        )
        self.proposals: dict[UUID, Proposal] = {}
        self.make([move(SHOP, derive(SHOP, "owes"), self.names["owed"], self.names["transit"], OWED, Kind.ADJUSTMENT)])

    def things(self) -> Things:
        """Say where each proposal stands."""
        return {("proposal", id): proposal.state for id, proposal in self.proposals.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        return tuple((p.maker_id, p.checker_id, p.expires_at <= self.now) for p in self.proposals.values())

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        for number in (1, 2):
            yield from (("propose", number, staff) for staff in STAFF[:2])
        for id in self.proposals:
            for staff in STAFF:
                yield from ((verb, id, staff) for verb in ("approve", "approve_another", "reject", "withdraw"))
        if any(each.expires_at > self.now for each in self.proposals.values()):
            yield ("wait",)

    def next(self) -> Event | None:
        """Let whoever proposed it take it back, if nobody decides."""
        for id, each in self.proposals.items():
            if each.state is State.PROPOSED:
                return ("withdraw", id, next(staff for staff in STAFF if staff.person_id == each.maker_id))
        return None

    def after(self, event: Event) -> "ApprovalWorld":
        """Let something happen, a second later."""
        world = super().after(event)
        world.now += SECOND
        return world

    # --- what happens ---

    def _propose(self, number: int, staff: Actor) -> None:
        id = derive(SHOP, "proposal", number)
        before = self.proposals.get(id)
        deed = WriteOff(shop_id=SHOP, amount=GIVEN_UP)
        command = model.ProposeDeed(id=id, deed=deed, reason="店铺已注销", actor=staff)
        status, made = rules.judge_propose(before, command, rules.Known(), self.now)
        if before is not None:
            is_same = before.maker_id == staff.person_id
            require(
                status is (ProposeStatus.EXISTS if is_same else ProposeStatus.ID_TAKEN), f"proposed again: {status}"
            )
            return
        require(status is ProposeStatus.PROPOSED and made is not None, f"proposed: {status}")
        assert made is not None
        self.proposals[id] = made

    def _decide(self, id: UUID, staff: Actor, verdict: Verdict, hash: bytes) -> DecideStatus:
        command = model.DecideProposal(id=id, verdict=verdict, actor=staff, hash=hash, note="理由")
        return rules.judge_decide(self.proposals[id], command, (), self.now).status

    def _approve(self, id: UUID, staff: Actor) -> None:
        proposal = self.proposals[id]
        is_open, in_time = proposal.state is State.PROPOSED, proposal.expires_at > self.now
        right = is_open and in_time and staff.person_id != proposal.maker_id
        status = self._decide(id, staff, Verdict.APPROVE, proposal.hash)
        require((status is DecideStatus.APPROVED) == right, f"approved: {status}")
        if right:
            assert isinstance(proposal.deed, WriteOff)
            transfer, opening = rules.post(id, proposal.deed)
            (result,) = self.post([transfer], opening)
            if result.status is not TransferStatus.CREATED:
                proposal.state, proposal.note = State.FAILED, result.status.value  # As `decide_proposals` does.

    def _approve_another(self, id: UUID, staff: Actor) -> None:
        """Approve something else than was seen."""
        status = self._decide(id, staff, Verdict.APPROVE, rules.hash_of(id, WriteOff(shop_id=SHOP, amount=1)))
        require(status is not DecideStatus.APPROVED, "somebody approved what they had not seen")

    def _reject(self, id: UUID, staff: Actor) -> None:
        self._decide(id, staff, Verdict.REJECT, b"")

    def _withdraw(self, id: UUID, staff: Actor) -> None:
        self._decide(id, staff, Verdict.WITHDRAW, b"")

    def _wait(self) -> None:
        self.now += EXPIRES

    # --- what is always true ---

    def check(self) -> None:
        """What two people agreed to is posted, once; nothing else is; and no more than is owed."""
        self.check_books()
        approved = [each for each in self.proposals.values() if each.state is State.APPROVED]
        given_up = GIVEN_UP * len(approved)
        require(given_up <= OWED, "more was given up than was owed")
        require(-self.balance("owed") == OWED - given_up, f"the shop owes {-self.balance('owed')}")
        require(-self.balance("bad_debt") == given_up, "what was lost")
        for each in self.proposals.values():
            is_decided = each.state in (State.APPROVED, State.FAILED, State.REJECTED)
            require((each.checker_id is not None) == is_decided, f"{each.state} by {each.checker_id}")
            require(each.checker_id is None or each.checker_id != each.maker_id, "one person decided alone")
            require((each.decided_at is None) == (each.state is State.PROPOSED), "decided, or not")
            require(each.state is not State.FAILED or given_up > 0, "the books refused what could be")

    def check_since(self, before: "ApprovalWorld") -> None:
        """What is decided is decided."""
        for id, was in before.proposals.items():
            require(was.state is State.PROPOSED or self.proposals[id] == was, "what was decided moved")
            require(self.proposals[id].hash == was.hash, "something else is proposed")

    def check_end(self) -> None:
        """Nothing waits."""
        require(State.PROPOSED not in self.things().values(), "something is proposed for ever")


def approvals() -> dict[str, ApprovalWorld]:
    """Make a shop that owes something."""
    return {"a debt": ApprovalWorld()}
