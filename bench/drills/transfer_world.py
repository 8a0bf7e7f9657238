"""Money that a merchant's program gives to people, in memory: confirmed or not, received late or again, taken back.

Bills are judged and posted by the rules of the wire's transfers. That a batch is over when its last detail arrived is
one statement of SQL, and not here.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from bench.drills.explorer import Event, require
from bench.drills.machines import Machine, MachineWorld, Things, freeze, let_go
from weiji.events import Actor
from weiji.kit.ids import derive, new_id, shard_of
from weiji.kit.seal import KEY_BYTES, KEYS
from weiji.ledger import Kind, TransferFlags, TransferStatus, chart, move
from weiji.wire.openids import openid_of
from weiji.wire.transfers import model, rules
from weiji.wire.transfers.model import (
    BillState,
    ConfirmTransferBillStatus,
    EndTransferBillStatus,
    MakeTransferBillStatus,
    TransferBill,
)

SHOP: Final = new_id()
PAYEES: Final = (new_id(SHOP), new_id(SHOP))
"""The first is whom bills are for; batches are for both."""

PROGRAM: Final = Actor("merchant", new_id(SHOP))
MCHID: Final = "1900000001"
STRANGER: Final = "1900000002"
APPID: Final = "wx0000000000000001"
SHARD: Final = shard_of(SHOP)
SECOND: Final = timedelta(seconds=1)

FUNDS: Final = 7_001
AMOUNTS: Final = (4_003, 3_001)
"""Of two bills: there is not as much as both."""

DETAILS: Final = (1_009, 2_003)
EARNED: Final = 503
TRIES_MAX: Final = 3
"""How often money is asked for here: what was refused for want of it may be asked for again."""

_S = BillState
_PAID: Final = (_S.CONFIRMED, _S.RECEIVED)


class TransferWorld(MachineWorld):
    """A shop with something to withdraw, whose program gives it away."""

    def __init__(self) -> None:
        verbs = {
            "make": (),
            "send": (),
            "confirm": {_S.CONFIRMED},
            "end": {_S.CANCELED, _S.EXPIRED},
            "receive": (),
            "note": {_S.RECEIVED},
        }
        super().__init__(
            {"bill": Machine(moves=rules.MOVES, verbs=verbs, begins={_S.WAITING, _S.CONFIRMED})},
            {
                "available": chart.merchant_available(SHOP),
                "transit": chart.transit(SHARD),
                "wallet": chart.wallet(PAYEES[0]),
                "other wallet": chart.wallet(PAYEES[1]),
                "court": chart.legal_hold(SHOP),
                "bank": chart.bank(SHARD),
            },
        )
        self.bills: dict[UUID, TransferBill] = {}
        self.batches: dict[UUID, model.TransferBatch] = {}
        self.there: dict[UUID, int] = {}
        """What came into wallets, by bills."""
        self.tries = 0
        self.earned = 0
        self.freezes = 0
        self.is_frozen = False
        self.is_barred = False
        self.claim = 0
        self._bring(FUNDS, "begin")

    def things(self) -> Things:
        """Say where each bill stands."""
        return {("bill", id): bill.state for id, bill in self.bills.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        bills = tuple(
            (b.amount, b.batch_id is None, b.person_id, b.expires_at <= self.now, b.id in self.there)
            for b in self.bills.values()
        )
        return bills, self.tries, self.freezes, self.is_frozen, self.is_barred, self.claim, self.earned

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        if self.tries < TRIES_MAX:
            yield from (("make", number, amount) for number, amount in enumerate(AMOUNTS))
            yield ("send", *DETAILS)
        yield ("make", 0, AMOUNTS[1])
        for id in self.bills:
            yield from (("confirm", id, person_id) for person_id in PAYEES)
            yield from (("end", id, caller) for caller in (None, MCHID, STRANGER))
            yield ("note", id)
            yield ("receive", id)
        if self.is_frozen:
            yield ("thaw",)
        elif not self.freezes:
            yield ("freeze",)
        if not self.earned:
            yield ("earn",)
        yield from (("bar",), ("owe",))
        if any(bill.expires_at > self.now for bill in self.bills.values()):
            yield ("wait",)

    def next(self) -> Event | None:
        """Let what is on its way arrive, and the clock end what nobody confirmed."""
        for id, bill in self.bills.items():
            if bill.state is _S.CONFIRMED:
                return ("note", id) if id in self.there else ("receive", id)
            if bill.state is _S.WAITING:
                return ("end", id, None) if bill.expires_at <= self.now else ("wait",)
        return None

    def after(self, event: Event) -> "TransferWorld":
        """Let something happen, a second later."""
        world = super().after(event)
        world.now += SECOND
        return world

    # --- what happens ---

    def _bring(self, amount: int, word: str) -> None:
        names = self.names["bank"], self.names["available"]
        self.make([move(SHOP, derive(SHOP, word), *names, amount, Kind.ADJUSTMENT)])

    def _earn(self) -> None:
        self.earned += EARNED
        self._bring(EARNED, "earned")

    def _bar(self) -> None:
        self.is_barred = not self.is_barred

    def _owe(self) -> None:
        self.claim = 0 if self.claim else 1

    def _freeze(self) -> None:
        self.freezes += 1
        self.is_frozen = True
        self.make([freeze(SHOP, self.names["available"], self.names["court"], self.freezes)])

    def _thaw(self) -> None:
        self.is_frozen = False
        self.make([let_go(SHOP, "freeze", self.freezes)])

    def _judge(
        self, found: Any, command: model.MakeTransferBill | model.MakeTransferBatch, amount: int
    ) -> tuple[MakeTransferBillStatus, MakeTransferBillStatus]:
        """Judge what asks for money; say what it should come to, too, the ledger's word included."""
        barred, claims = {SHOP} if self.is_barred else set(), {SHOP: self.claim}
        s = MakeTransferBillStatus
        if found is not None:
            right = s.EXISTS if found.amount == amount else s.EXISTS_WITH_DIFFERENT_TERMS
        elif self.is_barred or self.claim:
            right = s.WITHDRAWALS_BARRED if self.is_barred else s.OWES
        elif self.is_frozen:
            right = s.SHOP_FROZEN
        else:
            right = s.CREATED if amount <= self.free_of("available") else s.INSUFFICIENT_FUNDS
        return rules.judge_make(found, barred, claims, command).status, right

    def _make(self, number: int, amount: int) -> None:
        id = model.bill_id_of(SHOP, str(number))
        command = model.MakeTransferBill(
            id=id,
            shop_id=SHOP,
            mchid=MCHID,
            number=str(number),
            appid=APPID,
            openid=openid_of(APPID, PAYEES[0]),
            amount=amount,
            remark="",
            terms={"amount": amount},
            notify_url=None,
            key_id=None,
            actor=PROGRAM,
        )
        status, right = self._judge(self.bills.get(id), command, amount)
        if status is MakeTransferBillStatus.CREATED:
            self.tries += 1
            bill = rules.bill_of(command, derive(id, "try", self.tries), self.now)
            transfer, accounts = rules.take(bill, TransferFlags.PENDING)
            (result,) = self.post([transfer], accounts)
            if result.is_made:
                self.bills[id] = bill
            else:
                status = rules.refusal_of({result.status})
        require(status is right, f"{amount} asked for: {status}, not {right}")

    def _send(self, *amounts: int) -> None:
        id = model.batch_id_of(SHOP, "1")
        details = tuple(
            model.Detail(
                number=str(place), openid=openid_of(APPID, person_id), person_id=person_id, amount=amount, remark=""
            )
            for place, (person_id, amount) in enumerate(zip(PAYEES, amounts, strict=True))
        )
        command = model.MakeTransferBatch(
            id=id,
            shop_id=SHOP,
            mchid=MCHID,
            number="1",
            appid=APPID,
            name="",
            remark="",
            details=details,
            terms={"amounts": list(amounts)},
            notify_url=None,
            key_id=None,
            actor=PROGRAM,
        )
        status, right = self._judge(self.batches.get(id), command, sum(amounts))
        if status is MakeTransferBillStatus.CREATED:
            self.tries += 1
            numbers = iter(range(len(details)))
            name = partial(derive, id, "try", self.tries)
            bills = rules.details_of(command, lambda: name(next(numbers)), self.now)
            flags = (TransferFlags.LINKED, TransferFlags.NONE)
            results = self.post([rules.take(bill, each)[0] for bill, each in zip(bills, flags, strict=True)])
            if all(result.is_made for result in results):
                self.bills.update((bill.id, bill) for bill in bills)
                self.batches[id] = rules.batch_of(command, self.now)
            else:
                require(not any(result.is_made for result in results), "a batch went out in part")
                status = rules.refusal_of({result.status for result in results})
        require(status is right, f"a batch of {sum(amounts)}: {status}, not {right}")

    def _confirm(self, id: UUID, person_id: UUID) -> None:
        bill = self.bills[id]
        before = bill.state
        command = model.ConfirmTransferBill(bill_id=id, person_id=person_id, actor=Actor("buyer", person_id))
        status = rules.judge_confirm(bill, command, self.now)
        right = before is _S.WAITING and person_id == PAYEES[0] and self.now < bill.expires_at
        require((status is ConfirmTransferBillStatus.CONFIRMED) == right, f"confirmed what is {before}: {status}")
        if right:
            self.make([rules.end_hold(bill)])

    def _end(self, id: UUID, caller: str | None) -> None:
        bill = self.bills[id]
        before = bill.state
        command = model.EndTransferBill(bill_id=id, caller_mchid=caller, actor=PROGRAM)
        status = rules.judge_end(bill, command, self.now)
        is_over = self.now >= bill.expires_at
        is_ended = before is _S.WAITING and (caller == MCHID or (caller is None and is_over))
        state = (_S.EXPIRED if is_over else _S.CANCELED) if is_ended else before
        require(bill.state is state, f"{caller} ended what is {before}: it is {bill.state}")
        if before in _PAID and caller != STRANGER:
            require(status is EndTransferBillStatus.ALREADY_CONFIRMED, f"ended what is {before}: {status}")
        if is_ended:
            self.make([rules.end_hold(bill)])

    def _receive(self, id: UUID) -> None:
        """Hear, near the payee, that it was confirmed: it may be heard again, and late."""
        bill = self.bills[id]
        if bill.state not in _PAID:
            return
        assert bill.person_id is not None
        command = model.ReceiveTransfer(person_id=bill.person_id, bill_id=id, amount=bill.amount)
        transfer, accounts = rules.receive(command)
        (result,) = self.make([transfer], accounts)
        is_new = result.status is TransferStatus.CREATED
        require(is_new == (id not in self.there), "received twice")
        self.there[id] = bill.amount

    def _note(self, id: UUID) -> None:
        """Hear that the payee has it."""
        if id in self.there:
            rules.note_received(self.bills[id], self.now)

    def _wait(self) -> None:
        self.now = max(bill.expires_at for bill in self.bills.values())

    # --- what is always true ---

    def check(self) -> None:
        """What is given away is held, on its way, or with whom it is for: once, and nobody else has it."""
        self.check_books()
        waiting = sum(bill.amount for bill in self.bills.values() if bill.state is _S.WAITING)
        paid = {id: bill for id, bill in self.bills.items() if bill.state in _PAID}
        given = sum(bill.amount for bill in paid.values())
        has = FUNDS + self.earned - given
        require(self.balance("available") == has, f"the shop has {self.balance('available')}, not {has}")
        require(self.free_of("available") == has - waiting, "what waits to be confirmed is not what is held")
        there = sum(self.there.values())
        require(self.balance("transit") == given - there, f"{self.balance('transit')} is on its way")
        for name, person_id in zip(("wallet", "other wallet"), PAYEES, strict=True):
            its = sum(bill.amount for id, bill in paid.items() if id in self.there and bill.person_id == person_id)
            require(self.balance(name) == its, f"the {name} has {self.balance(name)}, not {its}")
        for bill in self.bills.values():
            is_paid, is_open = bill.state in _PAID, bill.state in (_S.WAITING, _S.CONFIRMED)
            require((bill.person_id is not None) == is_paid, f"{bill.state}, and taken by somebody or not")
            require((bill.confirmed_at is not None) == is_paid, f"{bill.state}, and confirmed or not")
            require((bill.ended_at is None) == is_open, f"{bill.state}, and ended or not")
            require((bill.due_at is not None) == (bill.state is _S.WAITING), f"{bill.state}, and the clock's or not")
        sizes = {len([b for b in self.bills.values() if b.batch_id == id]) for id in self.batches}
        require(sizes <= {len(DETAILS)}, "a batch in parts")

    def check_since(self, before: "TransferWorld") -> None:
        """What is over stays over."""
        for id, was in before.bills.items():
            require(was.ended_at is None or self.bills[id] == was, f"what was {was.state} moved")

    def check_again(self) -> None:
        """Hear again what was heard: nothing changes."""
        for id, bill in self.bills.items():
            world = self.copy()
            if id in self.there:
                world._receive(id)
            if bill.state is _S.RECEIVED:
                world._note(id)
            require(world.key() == self.key(), "what came again changed something")

    def check_end(self) -> None:
        """Nothing is held or on its way."""
        require(not any(bill.ended_at is None for bill in self.bills.values()), "a bill is open for ever")
        require(self.balance("transit") == 0, "something is on its way for ever")


def transfers() -> dict[str, TransferWorld]:
    """Make a shop; one whose bill waits, was confirmed, or was received; and one that gave to many."""
    KEYS.use(bytes(range(KEY_BYTES)))  # Payees are named under it.
    shop = TransferWorld()
    waiting = shop.after(("make", 0, AMOUNTS[0]))
    (id,) = waiting.bills
    confirmed = waiting.after(("confirm", id, PAYEES[0]))
    received = confirmed.after(("receive", id)).after(("note", id))
    return {
        "a shop": shop,
        "waiting": waiting,
        "confirmed": confirmed,
        "received": received,
        "expired": waiting.after(("wait",)).after(("end", id, None)),
        "a batch": shop.after(("send", *DETAILS)),
    }
