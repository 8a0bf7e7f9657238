"""The JSON API of red packets."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from msgspec import Meta, Struct

from weiji.identity import Refusal, Spending, get_people, proof_in, refuse_spendings
from weiji.packets import operations
from weiji.packets.model import (
    PARTS_MAX,
    RED_PACKET_RULES,
    Claim,
    ClaimPart,
    ClaimResult,
    Division,
    Packet,
    PacketState,
    ReceivedPacket,
    RedPacketRules,
    SendPacket,
    SendResult,
    Shown,
    Split,
)
from weiji.packets.rules import sealed_text
from weiji.rulebook import Version
from weiji.rulebook.api import PublishRulesAnswer, RulesBody, list_rules, publish
from weiji.web.api import (
    PAGE_MAX,
    After,
    Amount,
    ApiRequest,
    Batch,
    Limit,
    Page,
    PaymentPassword,
    StepUpCode,
    StepUpPassword,
    Typed,
    operation,
    run,
)
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.rates import rate

Key = Annotated[str, Meta(max_length=40, description="The secret of the packet's link.")]


class SendBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Money of your wallet to give away, with a payment password; an API key may spend an allowance for it."""

    id: Annotated[UUID, Meta(description="Made by you; its last six bits are those of your own id.")]
    division: Division
    amount: Amount
    parts: Annotated[int, Meta(ge=1, le=PARTS_MAX)] = 1
    greeting: Typed
    recipient_id: Annotated[UUID | None, Meta(description="The only one who may open it.")] = None
    payment_password: PaymentPassword | None = None
    login_password: StepUpPassword | None = None
    code: StepUpCode | None = None
    allowance_id: UUID | None = None


class ClaimBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A packet to open."""

    packet_id: UUID
    key: Key


class PacketAnswer(Struct, kw_only=True):
    """A packet. `key` is told to its sender alone, and to whom it is for."""

    id: UUID
    sender_id: UUID
    sender_name: str
    recipient_id: UUID | None
    division: Division
    amount: int
    currency: str = "CNY"
    parts: int
    greeting: str
    state: PacketState
    taken: int
    claimed: int
    returned: int
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    commitment: Annotated[str, Meta(description="SHA-256 of how it was divided, before anybody had a part.")]
    key: str | None = None


class ShownAnswer(PacketAnswer, kw_only=True):
    """A packet as you may see it, with those who have a part, the last first."""

    own: Claim | None
    luckiest: Claim | None
    claims: Annotated[list[Claim], Meta(description="The last 50; for more, list the claims.")]
    split: Split | None
    sealed_text: Annotated[str | None, Meta(description="The text whose SHA-256 is `commitment`, when it has ended.")]


SendBatch = Batch[SendBody]
ClaimBatch = Batch[ClaimBody]
RulesBatch = Batch[RulesBody[RedPacketRules]]


class RedPacketsApi(Controller):
    """Red packets."""

    path = "/api/v1/red-packets"
    tags = ("red-packets",)

    @post("/send", **operation("SendRedPackets", "payments:write", repeat="key_needed"))
    async def send(self, request: ApiRequest, data: SendBatch) -> Response[list[SendResult]]:
        """Send red packets from your wallet. Whoever has a packet's id and key may open it.

        A packet for one person (`recipient_id`) opens for nobody else. What is left after the hours that the
        operator's rules give it goes back to the wallet.
        """
        named = {body.recipient_id for body in data if body.recipient_id}
        async with request.database.read() as reader:
            known = await get_people(reader, sorted(named))
        actor = request.actor()
        refusals = await refuse_spendings(request, [_spending(body) for body in data if not _is_by_allowance(body)])
        unknown = Refusal("recipient_not_found")
        commands = [
            SendPacket(
                id=body.id,
                sender_id=request.person_id,
                sender_name=request.caller.display_name,
                division=body.division,
                amount=body.amount,
                parts=body.parts,
                greeting=body.greeting,
                recipient_id=body.recipient_id,
                key_id=request.caller.key_id,
                allowance_id=body.allowance_id if _is_by_allowance(body) else None,
                refusal=unknown
                if body.recipient_id and body.recipient_id not in known
                else None
                if _is_by_allowance(body)
                else refusals[_spending(body)],
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.send_packets, "sender_id", commands)

    @post(
        "/claim",
        **operation("ClaimRedPackets", "payments:write", repeat="key_needed", opt=rate("red_packets", "600/minute")),
    )
    async def claim(self, request: ApiRequest, data: ClaimBatch) -> Response[list[ClaimResult]]:
        """Open red packets: take a part of each, if there is one left. One person has one part of a packet."""
        commands = [
            ClaimPart(
                packet_id=body.packet_id,
                key=body.key,
                finder_id=request.person_id,
                finder_name=request.caller.display_name,
                actor=request.actor(),
            )
            for body in data
        ]
        return await run(request, operations.claim_parts, "packet_id", commands)

    @get("/sent", **operation("ListSentRedPackets", "payments:read"))
    async def list_sent(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[PacketAnswer]:
        """List the red packets that you sent, the last first, with their keys."""
        before = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await operations.list_sent(reader, request.person_id, before=before, limit=limit + 1)
        shown = found[:limit]
        next = write_cursor(shown[-1].created_at, shown[-1].id) if len(found) > limit else None
        return Page(items=[_describe(packet, packet.key) for packet in shown], next=next)

    @get("/received", **operation("ListReceivedRedPackets", "payments:read"))
    async def list_received(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[ReceivedPacket]:
        """List the red packets that you got, and those that wait for you alone, the last first."""
        before = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await operations.list_received(reader, request.person_id, before=before, limit=limit + 1)
        shown = found[:limit]
        next = write_cursor(shown[-1].at, shown[-1].packet_id) if len(found) > limit else None
        return Page(items=shown, next=next)

    @get("/{packet_id:uuid}", **operation("GetRedPacket", "payments:read"))
    async def show(
        self, request: ApiRequest, packet_id: FromPath[UUID], key: FromQuery[Key | None] = None
    ) -> ShownAnswer:
        """Read a red packet: that you sent, have a part of, or have the key of.

        Who has which part is told to those who have one and to the sender, and to the others when it has ended. Then
        you may check that it was divided before: `sealed_text` has the SHA-256 that was told when it was sent.
        """
        shown = await _read(request, packet_id, key, None, PAGE_MAX // 2)
        packet = shown.packet
        is_told = request.person_id in (packet.sender_id, packet.recipient_id)
        described = _describe(packet, packet.key if is_told else None)
        return ShownAnswer(
            **{name: getattr(described, name) for name in PacketAnswer.__struct_fields__},
            own=shown.own,
            luckiest=shown.luckiest,
            claims=shown.claims,
            split=shown.split,
            sealed_text=sealed_text(packet.id, bytes.fromhex(shown.split.nonce), shown.split.parts)
            if shown.split
            else None,
        )

    @get("/{packet_id:uuid}/claims", **operation("ListRedPacketClaims", "payments:read"))
    async def list_claims(
        self,
        request: ApiRequest,
        packet_id: FromPath[UUID],
        key: FromQuery[Key | None] = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[Claim]:
        """List who has which part of a red packet that you may see, the last first."""
        place = read_cursor(after, tuple[int])
        shown = await _read(request, packet_id, key, place[0] if place else None, limit)
        is_more = bool(shown.claims) and shown.claims[-1].place > 1 and len(shown.claims) == limit
        return Page(items=shown.claims, next=write_cursor(shown.claims[-1].place) if is_more else None)

    @get("/rules", **operation("ListRedPacketRules", "platform:read", guards=[staff()]))
    async def list_rules(
        self, request: ApiRequest, after: After = None, limit: Limit = 20
    ) -> Page[Version[RedPacketRules]]:
        """List the versions of the rules, the latest first."""
        return await list_rules(request, RED_PACKET_RULES, after, limit)

    @post(
        "/rules/publish",
        **operation("PublishRedPacketRules", "platform:write", repeat="key_needed", guards=[staff("operator")]),
    )
    async def publish(self, request: ApiRequest, data: RulesBatch) -> Response[list[PublishRulesAnswer]]:
        """Publish versions of the rules, in turn: for packets that are sent from then on."""
        return await publish(request, RED_PACKET_RULES, data)


ROUTES: Final = (RedPacketsApi,)
"""What the program serves of this module."""


def _spending(body: SendBody) -> Spending:
    return Spending(id=body.id, amount=body.amount, proof=proof_in(body))


def _is_by_allowance(body: SendBody) -> bool:
    return body.payment_password is None and body.allowance_id is not None


async def _read(request: ApiRequest, packet_id: UUID, key: str | None, before: int | None, limit: int) -> Shown:
    async with request.database.read() as reader:
        shown = await operations.show_packet(
            reader, packet_id, request.person_id, key, before_place=before, limit=limit
        )
    if shown is None:
        raise NotFoundException
    return shown


def _describe(packet: Packet, key: str | None) -> PacketAnswer:
    return PacketAnswer(
        id=packet.id,
        sender_id=packet.sender_id,
        sender_name=packet.sender_name,
        recipient_id=packet.recipient_id,
        division=packet.division,
        amount=packet.amount,
        parts=packet.parts,
        greeting=packet.greeting,
        state=packet.state,
        taken=packet.taken,
        claimed=packet.claimed,
        returned=packet.returned,
        created_at=packet.created_at,
        expires_at=packet.expires_at,
        ended_at=packet.ended_at,
        commitment=packet.commitment.hex(),
        key=key,
    )
