"""What is decided about consents: pure functions over what was read."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.orders.customers.model import (
    TEXT_VERSION,
    Consent,
    Contact,
    GiveContact,
    GiveContactStatus,
    WithdrawContact,
    WithdrawContactStatus,
)


class Ordered(Struct, frozen=True, kw_only=True):
    """Whose an order is, and how its buyer is reached."""

    id: UUID
    shop_id: UUID
    buyer_id: UUID
    contact: Contact


class Consents:
    """What a batch is judged against: consents by shop and person, and the orders that were named; changed as commands
    are answered.
    """

    def __init__(
        self, consents: Mapping[tuple[UUID, UUID], Consent], orders: Mapping[UUID, Ordered], now: datetime
    ) -> None:
        self.consents = dict(consents)
        self.orders = orders
        self.now = now

    def give(self, command: GiveContact) -> GiveContactStatus:
        """Answer as if it came alone."""
        order = self.orders.get(command.order_id)
        if order is None or order.shop_id != command.shop_id or order.buyer_id != command.actor.person_id:
            return GiveContactStatus.ORDER_NOT_FOUND
        if command.text_version != TEXT_VERSION:
            return GiveContactStatus.TEXT_OUTDATED
        key = (order.shop_id, order.buyer_id)
        found = self.consents.get(key)
        if found and found.contact and found.text_version == command.text_version:
            return GiveContactStatus.EXISTS
        self.consents[key] = Consent(
            shop_id=order.shop_id,
            person_id=order.buyer_id,
            order_id=order.id,
            text_version=command.text_version,
            contact=order.contact,
            agreed_at=self.now,
        )
        return GiveContactStatus.GIVEN

    def withdraw(self, command: WithdrawContact) -> WithdrawContactStatus:
        """Answer as if it came alone."""
        key = (command.shop_id, command.person_id)
        found = self.consents.get(key)
        if found is None or found.contact is None:
            return WithdrawContactStatus.EXISTS
        self.consents[key] = replace(found, contact=None, withdrawn_at=self.now)
        return WithdrawContactStatus.WITHDRAWN
