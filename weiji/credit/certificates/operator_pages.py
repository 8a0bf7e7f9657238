"""Where the operator says whose certificates are believed, and finds what others need to believe ours."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from litestar import Controller, get, post
from litestar.response import Response

from weiji.credit.certificates import signing, store
from weiji.credit.certificates.handlers import WELL_KNOWN, find_keys, make_fetcher
from weiji.credit.certificates.model import (
    ISSUERS_MAX,
    REASON_MAX,
    DistrustIssuer,
    DistrustStatus,
    TrustIssuer,
    TrustStatus,
)
from weiji.credit.certificates.operations import distrust_issuers, trust_issuers
from weiji.credit.certificates.rules import tidy_address
from weiji.credit.certificates.words import distrust_error, trust_error
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, staff
from weiji.web.forms import read_form
from weiji.web.requests import WebRequest
from weiji.web.sharing import base_of

PATH: Final = "/operator/credit/issuers"

DOCUMENT_MAX: Final = 10_000
"""Characters of a document with keys that is pasted."""


class CreditIssuerPages(Controller):
    """Installations whose certificates are believed."""

    path = PATH
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Show them, and the form of another."""
        return await _show(request, {}, {})

    @post("/", status_code=303, guards=(staff("operator"),), opt=rate("trust_issuers", "30/hour"))
    async def trust(self, request: WebRequest) -> Response[str]:
        """Believe one: by the keys that it publishes, or by its document that somebody brought."""
        form = await read_form(request)
        given = {"address": form.text("address"), "document": form.long("document", DOCUMENT_MAX).strip()}
        address = tidy_address(given["address"])
        if given["document"]:
            told = signing.read_keys(given["document"])
            keys = told[1] if told and tidy_address(told[0]) == address else []
        else:
            keys = await find_keys(make_fetcher(request.settings), address)
        command = TrustIssuer(
            address=address,
            public_keys=tuple(keys),
            is_fetched=not given["document"],
            here=base_of(request),
            actor=request.actor("staff"),
        )
        (status,) = await request.database.retried(partial(trust_issuers, commands=[command]))
        if status is TrustStatus.TRUSTED:
            return redirect(request, PATH, toast=_("从现在起，那边开的证明可以带进来。"))
        place = "address"
        error = trust_error(status)
        if status is TrustStatus.KEYS_NOT_FOUND and given["document"]:
            place, error = "document", _("里面没有这个地址的公钥。")
        return await _show(request, given, {place: error})

    @post("/end", status_code=303, guards=(staff("operator"),))
    async def distrust(self, request: WebRequest) -> Response[str]:
        """Believe one no longer."""
        form = await read_form(request)
        command = DistrustIssuer(
            address=tidy_address(form.text("address")),
            reason=form.text("reason"),
            actor=request.actor("staff"),
        )
        (status,) = await request.database.retried(partial(distrust_issuers, commands=[command]))
        if status in (DistrustStatus.ENDED, DistrustStatus.EXISTS):
            return redirect(request, PATH, toast=_("不再信任。从那边带来的信用都不再展示。"))
        return await _show(request, {}, {"form": distrust_error(status)})


async def _show(request: WebRequest, given: Mapping[str, str], errors: Mapping[str, str]) -> Response[str]:
    async with request.database.read() as reader:
        issuers = await store.list_issuers(reader, ISSUERS_MAX)
    base = base_of(request)
    return page(
        request,
        "credit/operator_issuers.html",
        status_code=422 if errors else 200,
        issuers=[(each, signing.key_of(each.public_key)) for each in issuers],
        believed=list(dict.fromkeys((each.address, each.address) for each in issuers if each.ended_at is None)),
        well_known=base + WELL_KNOWN,
        key=signing.key_of(signing.public_key()),
        given={"address": "", "document": ""} | dict(given),
        errors=errors,
        document_max=DOCUMENT_MAX,
        reason_max=REASON_MAX,
        here=PATH,
    )


ROUTES: Final = (CreditIssuerPages,)
