"""HTTP round the program: pages, the JSON API, health, metrics."""

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from litestar import Litestar, Response, get
from litestar.config.compression import CompressionConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from weiji.developers.keys import KeyMiddleware
from weiji.help import library
from weiji.identity.sessions import SessionMiddleware
from weiji.kit import clock
from weiji.kit.db import UNREACHABLE, Reader
from weiji.kit.fetching import is_public
from weiji.kit.jobs import clock_fault
from weiji.kit.reaching import CannotStart
from weiji.orders.store import get_rules_in_force
from weiji.payments.api import ReadTerms, WithdrawalTerms
from weiji.program import NO_KEY, Program
from weiji.settings import Settings
from weiji.shops import get_barred
from weiji.supervision.proof import prover_of
from weiji.web import BODY_BYTES_MAX, Edge, WebFrame
from weiji.web.actors import address_of
from weiji.web.openapi import OPENAPI, show_openapi
from weiji.web.rates import DEFAULT
from weiji.web.requests import Backend, WebRequest
from weiji.web.server import Server, behind_proxy
from weiji.wire import make_gates

ROUTES_OF: Final = (
    "weiji.identity.pages",
    "weiji.identity.recovery_pages",
    "weiji.identity.second_factor_pages",
    "weiji.identity.api",
    "weiji.developers.pages",
    "weiji.developers.api",
    "weiji.media.pages",
    "weiji.media.api",
    "weiji.word_rules.operator_pages",
    "weiji.word_rules.api",
    "weiji.shops.pages",
    "weiji.shops.api",
    "weiji.shops.staff.pages",
    "weiji.shops.staff.api",
    "weiji.credit.pages",
    "weiji.credit.operator_pages",
    "weiji.credit.api",
    "weiji.credit.certificates.pages",
    "weiji.credit.certificates.merchant_pages",
    "weiji.credit.certificates.operator_pages",
    "weiji.credit.certificates.api",
    "weiji.shops.standing.merchant_pages",
    "weiji.shops.standing.operator_pages",
    "weiji.shops.standing.api",
    "weiji.onboarding.merchant_pages",
    "weiji.onboarding.operator_pages",
    "weiji.onboarding.api",
    "weiji.deposits.merchant_pages",
    "weiji.deposits.operator_pages",
    "weiji.deposits.api",
    "weiji.chargebacks.operator_pages",
    "weiji.chargebacks.merchant_pages",
    "weiji.chargebacks.api",
    "weiji.dormancy.operator_pages",
    "weiji.dormancy.pages",
    "weiji.dormancy.api",
    "weiji.court_orders.operator_pages",
    "weiji.court_orders.pages",
    "weiji.court_orders.api",
    "weiji.approvals.operator_pages",
    "weiji.approvals.rules_pages",
    "weiji.approvals.api",
    "weiji.catalog.pages",
    "weiji.catalog.merchant_pages",
    "weiji.catalog.change_pages",
    "weiji.catalog.stock_pages",
    "weiji.catalog.video_pages",
    "weiji.catalog.operator_pages",
    "weiji.catalog.return_pages",
    "weiji.catalog.return_api",
    "weiji.catalog.review_pages",
    "weiji.catalog.review_api",
    "weiji.catalog.api",
    "weiji.catalog.pictures",
    "weiji.freight.pages",
    "weiji.freight.api",
    "weiji.freight.places.pages",
    "weiji.freight.places.api",
    "weiji.carriers.api",
    "weiji.inventory.merchant_pages",
    "weiji.inventory.api",
    "weiji.card_keys.merchant_pages",
    "weiji.card_keys.api",
    "weiji.payments.pages",
    "weiji.payments.merchant_pages",
    "weiji.payments.cashier_pages",
    "weiji.payments.hearing",
    "weiji.payments.api",
    "weiji.payments.opening.pages",
    "weiji.payments.opening.api",
    "weiji.payments.bank.pages",
    "weiji.payments.bank.api",
    "weiji.payments.bank_transfers.pages",
    "weiji.payments.bank_transfers.api",
    "weiji.packets.pages",
    "weiji.packets.operator_pages",
    "weiji.packets.api",
    "weiji.reconciliation.operator_pages",
    "weiji.reconciliation.api",
    "weiji.periods.operator_pages",
    "weiji.periods.api",
    "weiji.search.pages",
    "weiji.search.api",
    "weiji.storefronts.pages",
    "weiji.storefronts.merchant_pages",
    "weiji.storefronts.api",
    "weiji.coupons.pages",
    "weiji.coupons.merchant_pages",
    "weiji.coupons.operator_pages",
    "weiji.coupons.api",
    "weiji.orders.pages",
    "weiji.orders.slips",
    "weiji.orders.pickup_pages",
    "weiji.orders.wish_pages",
    "weiji.orders.invoices.pages",
    "weiji.orders.invoices.merchant_pages",
    "weiji.orders.invoices.api",
    "weiji.orders.customers.pages",
    "weiji.orders.customers.api",
    "weiji.orders.fees.operator_pages",
    "weiji.orders.fees.merchant_pages",
    "weiji.orders.fees.api",
    "weiji.orders.merchant_pages",
    "weiji.orders.closing.pages",
    "weiji.orders.closing.api",
    "weiji.orders.api",
    "weiji.reviews.pages",
    "weiji.reviews.merchant_pages",
    "weiji.reviews.operator_pages",
    "weiji.reviews.api",
    "weiji.aftersale.pages",
    "weiji.aftersale.merchant_pages",
    "weiji.aftersale.staff_pages",
    "weiji.aftersale.api",
    "weiji.settlement.pages",
    "weiji.settlement.api",
    "weiji.settlement.freezing.pages",
    "weiji.settlement.freezing.api",
    "weiji.settlement.enrolling.pages",
    "weiji.settlement.enrolling.api",
    "weiji.disputes.pages",
    "weiji.disputes.operator_pages",
    "weiji.disputes.api",
    "weiji.porting.merchant_pages",
    "weiji.porting.shipping_pages",
    "weiji.porting.api",
    "weiji.developers.event_log",
    "weiji.wire.cashier",
    "weiji.wire.complaint_pages",
    "weiji.wire.merchant_complaint_pages",
    "weiji.wire.operator_complaint_pages",
    "weiji.wire.complaints.api",
    "weiji.wire.merchant_pages",
    "weiji.wire.agreement_pages",
    "weiji.wire.operator_pages",
    "weiji.wire.api",
    "weiji.wire.code_pages",
    "weiji.wire.codes.api",
    "weiji.wire.transfer_pages",
    "weiji.wire.transfers.api",
    "weiji.wire.red_packets.api",
    "weiji.supervision.staff.operator_pages",
    "weiji.supervision.staff.api",
    "weiji.supervision.desks.operator_pages",
    "weiji.supervision.desks.api",
    "weiji.supervision.inquiries.pages",
    "weiji.supervision.inquiries.merchant_pages",
    "weiji.supervision.inquiries.operator_pages",
    "weiji.supervision.inquiries.api",
    "weiji.supervision.conduct.operator_pages",
    "weiji.supervision.conduct.api",
    "weiji.supervision.naming.operator_pages",
    "weiji.supervision.naming.api",
    "weiji.supervision.pages",
    "weiji.supervision.api",
    "weiji.help.pages",
    "weiji.help.operator_pages",
    "weiji.help.api",
    "weiji.twin.merchant_pages",
    "weiji.twin.operator_pages",
    "weiji.twin.api",
)
"""The edges, in the order of the modules. Each names its controllers in `ROUTES`."""

IN_A_SANDBOX: Final = {"weiji.twin.merchant_pages": "weiji.sandbox.pages"}
"""Edges that a sandbox has others for: where a live installation leads over to it, it has the bench."""


STOPS_WITHIN: Final = 2
"""Seconds that requests under way have, once the server is to stop."""


@get("/health", include_in_schema=False, sync_to_thread=False, opt={"rate": None, "without_caller": True})
def show_health(program: NamedDependency[Program]) -> dict[str, str]:
    """Say that the process lives; and how the sandbox stands that it runs."""
    twin = program.twin
    return {"status": "ok"} | ({"sandbox": twin.known_state.value} if twin.is_run_here else {})


@get("/ready", include_in_schema=False, opt={"rate": None, "without_caller": True})
async def show_readiness(program: NamedDependency[Program]) -> Response[dict[str, str]]:
    """Say whether requests can be served.

    That is: whether the database answers, both machines go by one time, and we seal with the master key in use.
    """
    try:
        async with program.database.read() as reader:
            fault = await clock_fault(reader)
        if not fault and not await program.has_key():
            fault = NO_KEY
    except UNREACHABLE:
        return Response({"status": "the database is away"}, status_code=503)
    return Response({"status": fault or "ok"}, status_code=503 if fault else 200)


def asked_from_inside(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Guard: let in who asks from this machine or a private network, and not by way of a proxy that stands in front."""
    address = address_of(connection.scope)
    if (address and is_public(address)) or "x-forwarded-for" in connection.headers:
        raise NotFoundException


@get(
    "/metrics",
    include_in_schema=False,
    sync_to_thread=False,
    guards=[asked_from_inside],
    opt={"rate": None, "without_caller": True},
)
def show_metrics() -> Response[bytes]:
    """Tell Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def make_app(program: Program, *, rate_limit: str | None = DEFAULT, edges: Sequence[str] | None = None) -> ASGIApp:
    """Put HTTP round a program. *rate_limit* is each caller's or address's, by default; None: none (benches).

    *edges* are the modules whose pages and operations it has; without them, all. The payment protocol is always there.
    """
    settings = program.settings
    prover_of(program.database).keys = program.public_keys
    routes: list[Any] = [show_health, show_readiness, show_openapi]
    if settings.metrics:
        routes.append(show_metrics)
    is_sandbox = settings.mode == "sandbox"
    for name in ROUTES_OF if edges is None else edges:
        if find_spec(name):
            module = import_module(IN_A_SANDBOX.get(name, name) if is_sandbox else name)
            routes += getattr(module, "ROUTES", None) or module.HANDLERS
    library(settings.data)  # Now: then nobody's visit waits for it, and the log says at once what can't be read.
    backend = backend_of(program)
    gates = make_gates(backend, is_limited=rate_limit is not None)
    frame: dict[str, Any] = {}
    if settings.mode == "demo":
        demo = import_module("weiji.demo")
        routes += demo.ROUTES
        frame = {"top": demo.TOP, "context": demo.bar_context(program)}
    if is_sandbox:
        band = import_module("weiji.sandbox.band")
        frame = {"top": band.TOP, "context": band.band_context()}
    if settings.is_twin:
        routes += import_module("weiji.twin.arrivals").ROUTES
    given = given_by(program)
    app = Litestar(
        route_handlers=routes,
        request_class=WebRequest,
        dependencies={name: Provide(_giving(given, name), sync_to_thread=False) for name in given},
        middleware=[
            SessionMiddleware(program.database, asks_staff=settings.asks_staff_for_codes),
            KeyMiddleware(program.database, settings.mode, program.live),
        ],
        plugins=[WebFrame(is_debug=settings.mode == "demo", limit=rate_limit, **frame)],
        openapi_config=OPENAPI,
        request_max_body_size=BODY_BYTES_MAX,
        compression_config=CompressionConfig(
            backend="gzip", gzip_compress_level=5, minimum_size=1_000, exclude_opt_key="skip_compression"
        ),
        debug=False,
        logging_config=None,
        state=State({"backend": backend, "given": given, "gates": list(gates.values())}, deep_copy=False),
    )
    edge: ASGIApp = Edge(app, url=settings.url, is_twin=settings.is_twin, gates=gates)
    return behind_proxy(edge) if settings.url else edge


def given_by(program: Program) -> dict[str, object]:
    """Say what handlers are given that name it."""
    return {
        "program": program,
        "twin": program.twin,
        "opener": program.opener,
        "withdrawal_terms": ReadTerms(_read_withdrawal_terms, get_barred),
    }


def backend_of(program: Program) -> Backend:
    """Give what edges work with."""
    return Backend(program.database, program.batchers, program.lanes, program.live, program.settings)


async def _read_withdrawal_terms(reader: Reader) -> WithdrawalTerms:
    _, rules = await get_rules_in_force(reader, clock.now())
    return WithdrawalTerms(
        fee=rules.withdrawal_fee,
        minimum=rules.withdrawal_minimum,
        review_above=rules.withdrawal_review_above,
        review_within=rules.review_within,
    )


def _giving(given: Mapping[str, object], name: str) -> Callable[[], Any]:
    def give() -> Any:
        return given[name]

    return give


def must_be_free(settings: Settings) -> None:
    """Make sure that nobody listens where the program will. Raises CannotStart.

    It is asked before anything else is started: what a server says of it comes after the migrations.
    """
    where = f"{settings.host}:{settings.port}"
    try:
        family, *_, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        mend = "WEIJI_HOST and WEIJI_PORT say where; `weiji doctor` tells whether something answers there already."
        raise CannotStart(f"weiji can't listen on {where}: {error.strerror}", mend) from error


async def serve(program: Program, app: ASGIApp) -> None:
    """Serve until cancelled."""
    server = Server(app, program.settings.host, program.settings.port, stops_within=STOPS_WITHIN)
    serving = asyncio.ensure_future(server.serve())
    try:
        await asyncio.shield(serving)
    finally:
        program.live.close()
        server.stop()
        await serving
