"""The form of a campaign: what somebody entered, and the command that comes of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from weiji.coupons.model import PRODUCTS_MAX, CreateCampaign, Terms
from weiji.coupons.reading import Scope
from weiji.events import Actor
from weiji.kit.clock import SHANGHAI
from weiji.kit.money import parse_yuan
from weiji.web import gettext as _
from weiji.web.forms import Form, read_id

FIELDS: Final = (
    "name", "kind", "amount", "percent", "threshold", "quantity", "per_person", "starts_at", "ends_at", "valid_days",
    "code", "category",
)  # fmt: skip


def given_of(form: Form) -> dict[str, str]:
    """Give the fields as they were entered."""
    return {name: form.text(name) for name in FIELDS}


def products_of(form: Form) -> list[UUID]:
    """Give the products that were ticked."""
    return [id for text in form.all("product", PRODUCTS_MAX) if (id := read_id(text))]


def categories_of(form: Form) -> list[UUID]:
    """Give the category that was chosen, if any."""
    id = read_id(form.text("category"))
    return [id] if id else []


def read_campaign(
    form: Form, id: UUID, shop_id: UUID | None, scope: Scope, actor: Actor, errors: dict[str, str]
) -> CreateCampaign | None:
    """Read the command that a form asks for; *errors* say what can't be read, by field."""
    amount, threshold = parse_yuan(form.text("amount")), parse_yuan(form.text("threshold") or "0")
    numbers = {name: form.number(name) for name in ("quantity", "per_person")}
    valid_days, percent = form.number("valid_days") if form.text("valid_days") else 0, 0
    if form.text("kind") == "percent":
        percent = form.number("percent") or 0
        if not percent:
            errors["percent"] = _("1 到 99。")
    times = {name: form.time(name) for name in ("starts_at", "ends_at")}
    if amount is None:
        errors["amount"] = _("请写一个金额，例如 10。")
    if threshold is None:
        errors["threshold"] = _("请写一个金额，例如 200。")
    if valid_days is None:
        errors["valid_days"] = _("0 到 365。")
    errors |= {name: _("请写一个数。") for name, value in numbers.items() if value is None}
    errors |= {name: _("请选一个时间。") for name, value in times.items() if value is None}
    quantity, per_person = numbers["quantity"], numbers["per_person"]
    starts_at, ends_at = times["starts_at"], times["ends_at"]
    if errors:
        return None
    assert amount is not None and threshold is not None and valid_days is not None  # noqa: PT018
    assert quantity is not None and per_person is not None  # noqa: PT018
    assert starts_at is not None and ends_at is not None  # noqa: PT018
    return CreateCampaign(
        id=id,
        shop_id=shop_id,
        name=form.text("name"),
        terms=Terms(amount=amount, percent=percent, threshold=threshold, product_ids=scope[0], category_ids=scope[1]),
        quantity=quantity,
        per_person=per_person,
        starts_at=starts_at,
        ends_at=ends_at,
        valid_days=valid_days,
        code=form.text("code") or None,
        actor=actor,
    )


def blank(now: datetime, days: int = 30) -> Mapping[str, str]:
    """Give what a new form has in it."""
    local = now.astimezone(SHANGHAI)
    ends = local.replace(hour=23, minute=59, second=0, microsecond=0)
    return dict.fromkeys(FIELDS, "") | {
        "kind": "amount",
        "quantity": "100",
        "per_person": "1",
        "starts_at": f"{local:%Y-%m-%dT%H:%M}",
        "ends_at": f"{ends + timedelta(days=days):%Y-%m-%dT%H:%M}",
    }


def kinds() -> Sequence[dict[str, str]]:
    """Say what a coupon may take off."""
    return [
        {"value": "amount", "label": _("减固定金额"), "note": _("满一个数，减一个数")},
        {"value": "percent", "label": _("打折"), "note": _("按百分比减，有上限")},
    ]
