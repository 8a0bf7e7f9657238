"""The pages of red packets: sending one, opening one, who has which part, and why that is fair."""

from datetime import datetime
from functools import lru_cache
from random import Random
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotAuthorizedException, NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.identity import (
    Refusal,
    find_person,
    pad_words,
    refuse_entered_spending,
)
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.kit.money import format_yuan, parse_yuan
from weiji.packets import operations
from weiji.packets.model import (
    GREETING_MAX,
    RED_PACKET_RULES,
    ClaimPart,
    ClaimStatus,
    Division,
    Packet,
    PacketState,
    RedPacketRules,
    SendPacket,
    SendResult,
    SendStatus,
    Shown,
)
from weiji.packets.rules import check_packet, divide, may_claim, sealed_text
from weiji.packets.words import claim_words, division_word, send_errors, state_words
from weiji.rulebook import get_in_force
from weiji.web import Caller, ngettext, page, rate, redirect, signed_in
from weiji.web import gettext as _
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.formats import money
from weiji.web.forms import INTEGER_MAX, Form, read_form, read_number
from weiji.web.qr import qr_svg
from weiji.web.requests import WebRequest
from weiji.web.sharing import base_of

SHOWN: Final = 20
"""Packets, or people who have a part, on one page of a list."""

WAYS: Final = ("lucky", "equal", "one")
"""What the form offers: many parts drawn, many equal ones, or one part."""

TRIALS: Final = 4_000
"""Packets that are divided to show what comes of it."""

TRIAL: Final = (10_000, 10)
"""Amount (fen) and parts of such a packet."""

BINS: Final = 8
"""Classes of parts by size, as long as a quarter of the mean."""


class RedPacketPages(Controller):
    """Red packets, for those who send and open them."""

    path = "/red-packets"
    include_in_schema = False

    @get("/", guards=(signed_in,))
    async def index(self, request: WebRequest) -> Response[str]:
        """List what somebody got, or sent."""
        person_id = request.person_id
        tab = "sent" if request.query_params.get("tab") == "sent" else "received"
        before = _read_before(request)
        async with request.database.read() as reader:
            if tab == "sent":
                sent = await operations.list_sent(reader, person_id, before=before, limit=SHOWN + 1)
                keys = [(packet.created_at, packet.id) for packet in sent]
                items: list[Any] = sent[:SHOWN]
            else:
                got = await operations.list_received(reader, person_id, before=before, limit=SHOWN + 1)
                keys = [(packet.at, packet.packet_id) for packet in got]
                items = got[:SHOWN]
        more = f"/red-packets?tab={tab}&before={write_cursor(*keys[SHOWN - 1])}" if len(keys) > SHOWN else None
        return page(
            request,
            "packets/index.html",
            tab=tab,
            items=items,
            more=more,
            is_first=before is None,
            state_words=state_words,
            division_word=division_word,
        )

    @get("/new", guards=(signed_in,))
    async def show_form(self, request: WebRequest) -> Response[str]:
        """Ask what is to be given away."""
        async with request.database.read() as reader:
            rules = await get_in_force(reader, RED_PACKET_RULES, clock.now())
        return _form_page(request, Form({}), rules.rules, {})

    @post("/new", guards=(signed_in,), status_code=200)
    async def check_form(self, request: WebRequest) -> Response[str]:
        """Show what is about to be sent, and ask for the payment password."""
        form = await read_form(request)
        async with request.database.read() as reader:
            rules = (await get_in_force(reader, RED_PACKET_RULES, clock.now())).rules
            command, errors = await _read_packet(request, reader, form, rules)
        if command is None:
            return _form_page(request, form, rules, errors)
        return _confirmation_page(request, form, command)

    @post("/", guards=(signed_in,), opt=rate("password", "30/minute"))
    async def send(self, request: WebRequest) -> Response[str]:
        """Put the money into the packet."""
        form = await read_form(request)
        async with request.database.read() as reader:
            rules = (await get_in_force(reader, RED_PACKET_RULES, clock.now())).rules
            command, errors = await _read_packet(request, reader, form, rules)
        if command is None:
            return _form_page(request, form, rules, errors)
        refusal = await refuse_entered_spending(request, form, command.id, command.amount)
        if refusal:
            return _confirmation_page(request, form, command, refusal=refusal)
        result = await request.batchers.of(operations.send_packets, "sender_id").submit(command)
        if result.status not in (SendStatus.CREATED, SendStatus.EXISTS):
            errors = send_errors(result, rules)
            if "funds" in errors:
                return _confirmation_page(request, form, command, is_short=True)
            return _form_page(request, form, rules, errors)
        toast = _("红包包好了，发给 TA 吧。") if command.parts == 1 else _("红包包好了，发给他们吧。")
        return redirect(request, f"/red-packets/{command.id}", toast=toast)

    @get("/fairness")
    async def show_fairness(self, request: WebRequest) -> Response[str]:
        """Show how packets are divided, what comes of it, and how anybody can check that."""
        sizes, luckiest = _try_out()
        amount, parts = TRIAL
        quarter = amount // parts // 4
        return page(
            request,
            "packets/fairness.html",
            amount=amount,
            mean=amount // parts,
            trials=TRIALS,
            size_labels=[
                *(f"{_brief(low * quarter)}–{_brief((low + 1) * quarter)}" for low in range(BINS - 1)),
                f"≥ {_brief((BINS - 1) * quarter)}",
            ],
            sizes=sizes,
            places=[str(place) for place in range(1, parts + 1)],
            luckiest=luckiest,
        )

    @get("/{packet_id:uuid}")
    async def show(self, request: WebRequest, packet_id: FromPath[UUID]) -> Response[str]:
        """Show a packet: closed, as long as the reader may open it; else what they got, and who got what."""
        before = read_number(request.query_params.get("before"), INTEGER_MAX)
        async with request.database.read() as reader:
            shown = await _find(reader, request, packet_id, before)
        return _packet_page(request, shown, before, address_of(base_of(request), shown.packet))

    @post("/{packet_id:uuid}/claim", guards=(signed_in,), opt=rate("red_packets", "60/minute"))
    async def claim(self, request: WebRequest, packet_id: FromPath[UUID]) -> Response[str]:
        """Open it."""
        key = (await read_form(request)).raw("key")
        command = ClaimPart(
            packet_id=packet_id,
            key=key,
            finder_id=request.person_id,
            finder_name=request.caller.display_name,
            actor=request.actor(),
        )
        result = await request.batchers.of(operations.claim_parts, "packet_id").submit(command)
        here = f"/red-packets/{packet_id}"
        if result.status in (ClaimStatus.CLAIMED, ClaimStatus.EXISTS):
            return redirect(request, f"{here}?opened=1")
        if result.status is ClaimStatus.PACKET_NOT_FOUND:
            raise NotFoundException
        return redirect(request, f"{here}?key={command.key}", toast=claim_words(result.status), tone="warn")

    @get("/{packet_id:uuid}/qr.svg", guards=(signed_in,))
    async def draw(self, request: WebRequest, packet_id: FromPath[UUID]) -> Response[str]:
        """Draw the QR code of a packet's link, for whoever hands it on."""
        async with request.database.read() as reader:
            shown = await _find(reader, request, packet_id, None)
        if not _hands_on(shown.packet, request.caller):
            raise NotFoundException
        drawn = qr_svg(address_of(base_of(request), shown.packet))
        return Response(drawn, media_type="image/svg+xml", headers={"cache-control": "private, no-store"})

    @get("/{packet_id:uuid}/proof")
    async def show_proof(self, request: WebRequest, packet_id: FromPath[UUID]) -> Response[str]:
        """Show what was promised of a packet's division, and when it has ended, how it was divided."""
        async with request.database.read() as reader:
            shown = await _find(reader, request, packet_id, None)
        packet, split = shown.packet, shown.split
        return page(
            request,
            "packets/proof.html",
            packet=packet,
            commitment=packet.commitment.hex(),
            sealed=sealed_text(packet.id, bytes.fromhex(split.nonce), split.parts) if split else None,
            split=split,
            own=shown.own,
            back=_path_of(request, packet),
        )


ROUTES: Final = (RedPacketPages,)


def address_of(base: str, packet: Packet) -> str:
    """Write the link of a packet: whoever has it may open the packet."""
    return f"{base}/red-packets/{packet.id}?key={packet.key}"


@lru_cache(maxsize=1)
def _try_out() -> tuple[list[int], list[int]]:
    """Divide many packets, always the same: how many parts were of which size, and how often who was the luckiest."""
    random = Random(20140127)  # noqa: S311 - To show what comes of it; real packets are drawn from a secure source.
    amount, parts = TRIAL
    quarter = amount // parts // 4
    sizes, luckiest = [0] * BINS, [0] * parts
    for _trial in range(TRIALS):
        split = divide(amount, parts, Division.LUCKY, random)
        luckiest[split.index(max(split))] += 1
        for part in split:
            sizes[min(part // quarter, BINS - 1)] += 1
    return sizes, luckiest


def _brief(amount: int) -> str:
    """Write yuan without zeros at the end: below a bar there is little room."""
    return format_yuan(amount).rstrip("0").rstrip(".")


def _way_of(form: Form) -> str:
    """Tell which of the ways was chosen."""
    return form.text("way") if form.text("way") in WAYS else WAYS[0]


def _read_before(request: WebRequest) -> tuple[datetime, UUID] | None:
    return read_cursor(request.query_params.get("before"), tuple[datetime, UUID])


def _path_of(request: WebRequest, packet: Packet) -> str:
    key = request.query_params.get("key")
    return f"/red-packets/{packet.id}" + (f"?key={packet.key}" if key == packet.key else "")


async def _find(reader: Any, request: WebRequest, packet_id: UUID, before: int | None) -> Shown:
    key = request.query_params.get("key")
    shown = await operations.show_packet(
        reader, packet_id, request.caller.person_id, key, before_place=before, limit=SHOWN
    )
    if shown is None:
        # Whoever sent it, or has a part, may come back without its key, and sign in first.
        raise NotFoundException if request.caller.is_signed_in else NotAuthorizedException
    return shown


async def _read_packet(
    request: WebRequest, reader: Any, form: Form, rules: RedPacketRules
) -> tuple[SendPacket | None, dict[str, str]]:
    """Read the form; say what is wrong with it, by field."""
    errors: dict[str, str] = {}
    person_id = request.person_id
    entered = parse_yuan(form.text("amount"))
    parts = 1 if _way_of(form) == "one" else form.number("parts")
    recipient_id = None
    if entered is None or entered < 1:
        errors["amount"] = _("请写一个金额，例如 8.88。")
    if parts is None or parts < 1:
        errors["parts"] = _("请写要分成几份。")
    if _way_of(form) == "one" and form.text("recipient"):
        recipient_id = await find_person(reader, form.text("recipient"))
        if recipient_id is None:
            errors |= send_errors(SendResult(status=SendStatus.RECIPIENT_NOT_FOUND), rules)
    if errors or entered is None or parts is None:
        return None, errors
    command = SendPacket(
        id=form.id("id") or new_id(person_id),
        sender_id=person_id,
        sender_name=request.caller.display_name,
        division=Division.LUCKY if _way_of(form) == "lucky" else Division.EQUAL,
        amount=entered * parts if _way_of(form) == "equal" else entered,
        parts=parts,
        greeting=form.text("greeting") or _("恭喜发财，大吉大利"),
        recipient_id=recipient_id,
        actor=request.actor(),
    )
    status = check_packet(command) or _check_limits(command, rules)
    return (None, send_errors(SendResult(status=status), rules)) if status else (command, {})


def _check_limits(command: SendPacket, rules: RedPacketRules) -> SendStatus | None:
    """Say before the password is asked for what the rules say of a packet by itself."""
    if command.parts > rules.parts_max:
        return SendStatus.TOO_MANY_PARTS
    return SendStatus.EXCEEDS_PACKET_LIMIT if command.amount > rules.amount_max else None


def _form_page(request: WebRequest, form: Form, rules: RedPacketRules, errors: dict[str, str]) -> Response[str]:
    return page(
        request,
        "packets/new.html",
        status_code=422 if errors else 200,
        form=form,
        way=_way_of(form),
        given={name: form.text(name) for name in ("amount", "parts", "greeting", "recipient")},
        errors=errors,
        rules=rules,
        greeting_max=GREETING_MAX,
    )


def _confirmation_page(
    request: WebRequest,
    form: Form,
    command: SendPacket,
    *,
    refusal: Refusal | None = None,
    is_short: bool = False,
) -> Response[str]:
    return page(
        request,
        "packets/confirmation.html",
        status_code=422 if refusal or is_short else 200,
        packet=command,
        way=_way_of(form),
        shares=_shares(command),
        given={name: form.text(name) for name in ("amount", "parts", "recipient")},
        is_short=is_short,
        **pad_words(refusal, command.amount, request.settings.step_up_above),
    )


def _shares(command: SendPacket) -> str:
    """Say into how many parts it goes, and how."""
    number = ngettext("%(number)s 份", "%(number)s 份", command.parts)
    if command.parts == 1:
        return number
    if command.division is Division.LUCKY:
        return _("%(number)s，拼手气", number=number)
    return _("%(number)s，每份 %(amount)s", number=number, amount=money(command.amount // command.parts))


def _hands_on(packet: Packet, caller: Caller) -> bool:
    """Tell whether somebody hands a packet's link on: its sender, or whom a shop offered one for many."""
    return caller.is_signed_in and caller.person_id in (packet.sender_id, packet.offered_to_id)


def _packet_page(request: WebRequest, shown: Shown, before: int | None, address: str) -> Response[str]:
    packet = shown.packet
    is_open = packet.state is PacketState.OPEN and clock.now() < packet.expires_at
    is_sender = packet.sender_id == request.caller.person_id
    may_open = (
        is_open and shown.own is None and (not request.caller.is_signed_in or may_claim(packet, request.person_id))
    )
    is_more = len(shown.claims) == SHOWN and shown.claims[-1].place > 1
    path = _path_of(request, packet)
    joined = f"{path}{'&' if '?' in path else '?'}"
    more = f"{joined}before={shown.claims[-1].place}" if is_more else None
    return page(
        request,
        "packets/packet.html",
        packet=packet,
        shown=shown,
        more=more,
        is_first=before is None,
        is_sender=is_sender,
        is_open=is_open,
        may_open=may_open,
        is_opening="opened" in request.query_params and shown.own is not None,
        address=address if is_open and _hands_on(packet, request.caller) else None,
        here=path,
        division=division_word(packet),
        state=state_words(packet),
    )
