"""The pages of API keys: their person makes, lists and revokes them, by the operations that the API has."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.developers import store, words
from weiji.developers.issuing import issue_key
from weiji.developers.model import KEY_TIME_MAX, KEYS_MAX, NAME_MAX, CreateKeyStatus, RevokeKey, RevokeKeyStatus
from weiji.developers.operations import revoke_keys
from weiji.developers.scopes import KNOWN, Scope
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.web import gettext as _
from weiji.web import page, redirect, signed_in
from weiji.web.caller import Caller
from weiji.web.forms import Form, read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

KEYS: Final = "/me/keys"

DAYS: Final = 30
"""How long a key lasts whose person has not thought about it."""

UNSEEN: Final = {"cache-control": "no-store"}
"""No browser keeps a page with a secret."""


class KeyPages(Controller):
    """The keys of whoever is signed in."""

    path = KEYS
    include_in_schema = False
    guards = (signed_in,)

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Show the keys that are good for something, and the last that are not any more."""
        now = clock.now()
        async with request.database.read() as reader:
            keys = await store.get_shown_keys(reader, request.person_id, now)
        live = [key for key in keys if key.is_live(now)]
        return page(
            request,
            "developers/keys.html",
            live=live,
            ended=[key for key in keys if not key.is_live(now)],
            full=words.limit_word() if len(live) >= KEYS_MAX else None,
            scope_word=words.scope_word,
        )

    @get("/new", sync_to_thread=False)
    def ask(self, request: WebRequest) -> Response[str]:
        """Ask what for a key is. A page that needs one of some kind names the scopes to begin with."""
        wanted = KNOWN.intersection(request.query_params.getall("scope", []))
        return _ask(request, Form({}), wanted)

    @post("/", status_code=200)
    async def create(self, request: WebRequest) -> Response[str]:
        """Make a key, and show it this once.

        The form has the key's id, so that a form which is sent twice makes one key.
        """
        form = await read_form(request)
        scopes = form.all("scopes", len(Scope))
        days = min(form.number("days") or 0, KEY_TIME_MAX.days + 1)
        status, token = await issue_key(
            request,
            form.text("name"),
            scopes,
            clock.now() + timedelta(days=days),
            form.id_near("id", request.person_id),
        )
        match status:
            case CreateKeyStatus.CREATED:
                return page(
                    request,
                    "developers/key_made.html",
                    headers=UNSEEN,
                    name=form.text("name"),
                    key=token.text,
                    example=_example(request.caller, scopes),
                )
            case CreateKeyStatus.EXISTS | CreateKeyStatus.ID_TAKEN:
                toast = _("这把密钥刚才已经建好，只显示那一次。没抄下来就作废它，再建一把。")
                return redirect(request, KEYS, toast=toast, tone="warn")
            case _:
                return _ask(request, form, scopes, words.create_errors(status))

    @post("/{key_id:uuid}/revocation", status_code=303)
    async def revoke(self, request: WebRequest, key_id: FromPath[UUID]) -> Response[str]:
        """Make a key worthless."""
        command = RevokeKey(id=key_id, person_id=request.person_id, actor=request.actor())
        status = await request.batchers.of(revoke_keys, "person_id").submit(command)
        if status is RevokeKeyStatus.NOT_FOUND:
            raise NotFoundException
        return redirect(request, KEYS, toast=_("作废了，拿着它的程序再也进不来。"))


ROUTES: Final = (KeyPages,)
"""What the program serves of this module's pages."""


def _ask(request: WebRequest, form: Form, scopes: Collection[str], errors: words.Errors | None = None) -> Response[str]:
    return page(
        request,
        "developers/key_new.html",
        status_code=422 if errors else 200,
        id=form.id_near("id", request.person_id) if errors else new_id(near=request.person_id),
        name=form.text("name"),
        name_max=NAME_MAX,
        ticked=scopes,
        groups=words.scope_groups(is_staff=request.caller.is_staff),
        scope_word=words.scope_word,
        money=words.MONEY,
        days=form.text("days") or str(DAYS),
        days_choices=words.days_choices(),
        errors=errors or {},
    )


def _example(caller: Caller, scopes: Collection[str]) -> str | None:
    """Give an address that a key with these scopes reads as it is; None where it reads nothing by itself."""
    addresses = {
        Scope.PROFILE_READ: "/api/v1/me",
        Scope.EVENTS_READ: "/api/v1/events?limit=10",
        Scope.ORDERS_READ: "/api/v1/orders?limit=10",
        Scope.SHOPS_READ: "/api/v1/shops",
        Scope.PAYMENTS_READ: "/api/v1/wallet",
        Scope.ADDRESSES_READ: "/api/v1/addresses",
        Scope.PAYOUTS_READ: f"/api/v1/payouts?owner_id={caller.person_id}",
    }
    shop_id = next((id for id in caller.shop_ids if caller.may(id, Permission.GOODS)), None)
    if shop_id:
        addresses[Scope.GOODS_READ] = f"/api/v1/goods?shop_id={shop_id}"
        addresses[Scope.STOCK_READ] = f"/api/v1/warehouses?shop_id={shop_id}"
    return next((address for scope, address in addresses.items() if scope in scopes), None)
