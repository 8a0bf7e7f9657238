"""Makes docs/reference from the code, so that it can't say anything else. `make reference` runs it; a test holds it."""

import ast
import inspect
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from enum import Enum, StrEnum
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, Final, cast
from uuid import UUID

import click
import msgspec
from msgspec import Struct

import weiji
from docs import api
from docs.api import NOTE
from weiji.aftersale import machine as aftersale
from weiji.chargebacks.machine import TRANSITIONS as CHARGEBACK_TRANSITIONS
from weiji.chargebacks.machine import ChargebackState
from weiji.cli import main as cli
from weiji.disputes.machine import TRANSITIONS as DISPUTE_TRANSITIONS
from weiji.disputes.machine import DisputeState
from weiji.events import Event
from weiji.kit.batch import Batchers, Lanes
from weiji.ledger import Account, AccountFlags, Code, Kind, chart
from weiji.orders.machine import TRANSITIONS, State
from weiji.orders.trade_rules import TradeRules
from weiji.packets.rules import PACKET_MOVES
from weiji.payments.rules import PAYMENT_MOVES, PAYOUT_MOVES, REFUND_MOVES
from weiji.settings import Settings
from weiji.subscriptions import subscriptions
from weiji.web.permissions import ROLES, Permission, allows
from weiji.wire.complaints import TRANSITIONS as COMPLAINT_TRANSITIONS
from weiji.wire.complaints import ComplaintState

REFERENCE: Final = Path(__file__).parent / "reference"
API: Final = REFERENCE / "api"
WIDTH: Final = 100

Doc = tuple[str, str, str, str]
"""A field or member: its name, type, default and what is said of it."""


def settings() -> str:
    """List every setting."""
    rows = []
    for field, (_, kind, _, _) in zip(msgspec.structs.fields(Settings), body_of(Settings), strict=True):
        annotated = ast.parse(kind, mode="eval").body
        assert isinstance(annotated, ast.Subscript), f"{field.name} says nothing of itself"
        assert isinstance(annotated.slice, ast.Tuple), f"{field.name} says nothing of itself"
        value = re.sub(r"Literal\[(.*)\]", r"\1", ast.unparse(annotated.slice.elts[0])).replace("'", "`")
        value = value if "`" in value else f"`{value}`"
        default = "(none)" if field.default is None else f"`{field.default}`"
        rows.append((f"`WEIJI_{field.name.upper()}`", value, default, description_of(field.type)))
    return page(
        "Settings",
        "From the environment (`WEIJI_…`), else from the TOML file that `WEIJI_SETTINGS` names (there in small letters,"
        " without `WEIJI_`: `port = 8800`), else the default. What can't be read stops the program, and is named.",
        table(("setting", "type", "default", "what it does"), rows),
        "For tests only: `WEIJI_TEST_DATABASE_URL` names a server on which they may make databases.",
    )


def machines() -> str:
    """Show the state machines of orders and payments, the timers, and the words of older platforms."""
    steps = [
        (
            f"`{t.verb}`",
            ", ".join(f"`{source}`" for source in t.sources),
            f"`{t.target}`" if t.target else "(stays)",
            ", ".join(t.actors),
            t.guard,
            t.postings,
            t.timer,
        )
        for t in TRANSITIONS
    ]
    states = [(f"`{value}`", text) for value, text in meanings_of(State).items()]
    case_steps = [
        (
            f"`{t.verb}`",
            ", ".join(f"`{source}`" for source in t.sources),
            "all" if len(t.kinds) == len(aftersale.CaseKind) else ", ".join(f"`{kind}`" for kind in t.kinds),
            f"`{t.target}`",
            ", ".join(t.actors),
            t.guard,
            t.postings,
            t.timer,
        )
        for t in aftersale.TRANSITIONS
    ]
    case_states = [(f"`{value}`", text) for value, text in meanings_of(aftersale.CaseState).items()]
    case_kinds = [(f"`{value}`", text) for value, text in meanings_of(aftersale.CaseKind).items()]
    rules = [
        (f"`{field.name}`", f"`{field.default}`", description_of(field.type))
        for field in msgspec.structs.fields(TradeRules)
    ]
    return page(
        "State machines",
        "The tables are the program's own (`machine.py` of orders and aftersale, `rules.py` of payments and packets): what"
        " is not in them is refused, and the tests try every pair.",
        "## The trade",
        table(("state", "what it means"), states),
        table(("verb", "from", "to", "by", "guard", "postings", "clock that starts"), steps),
        "Where no money is left in an order that is paid or shipped, it is `refunded`, whatever sent the last of it back:"
        " a case, or a channel that keeps what was charged back.",
        "## Cases of after-sale\nWhat a buyer asks for about a line of an order. As long as one is open, the order's clock"
        " stands.",
        table(("kind", "what the buyer wants"), case_kinds),
        table(("state", "what it means"), case_states),
        table(("verb", "from", "kinds", "to", "by", "guard", "postings", "clock that starts"), case_steps),
        "An open case that no arbiters decide is `expired` as soon as nothing is left that it could give: a channel keeps"
        " what was charged back.",
        "## Timers and fees\nThe operator publishes versions of these rules; an order keeps those it was placed under.",
        table(("rule", "default", "what it is"), rules),
        "## Payments",
        moves(PAYMENT_MOVES),
        "Money is the truth: a payment that failed or was closed succeeds all the same if its money comes.",
        "## Refunds",
        moves(REFUND_MOVES),
        "A refund that its channel rejects goes to the payer's wallet.",
        "## Payouts",
        moves(PAYOUT_MOVES),
        "News may overtake each other: paid, and returned, imply accepted.",
        "## Disputes\nWhat arbiters decide about a case that was refused. Until then it is `disputed`, and the order's"
        " clock stands.",
        table(("state", "what it means"), [(f"`{value}`", text) for value, text in meanings_of(DisputeState).items()]),
        table(
            ("verb", "from", "to", "by", "guard", "postings", "clock that starts"),
            [
                (f"`{t.verb}`", f"`{t.source}`", f"`{t.target}`", ", ".join(t.actors), t.guard, t.postings, t.timer)
                for t in DISPUTE_TRANSITIONS
            ],
        ),
        "## Chargebacks\nWhat a channel takes back because a payer disputes it. As long as its money is held, the order's clock"
        " stands.",
        table(
            ("state", "what it means"),
            [(f"`{value}`", text) for value, text in meanings_of(ChargebackState).items()],
        ),
        table(
            ("verb", "from", "to", "by", "guard", "postings"),
            [
                (f"`{t.verb}`", f"`{t.source}`", f"`{t.target}`", ", ".join(t.actors), t.guard, t.postings)
                for t in CHARGEBACK_TRANSITIONS
            ],
        ),
        "## Complaints about merchant orders\nWhat somebody asks for who paid an order that a merchant's program made. Its"
        " refund is one of the order's own. The clocks are those of the rules of trade, and `decide_days` and"
        " `second_from` those of disputes.",
        table(("state", "what it means"), [(f"`{value}`", text) for value, text in meanings_of(ComplaintState).items()]),
        table(
            ("verb", "from", "to", "by", "guard", "clock that starts"),
            [
                (
                    f"`{t.verb}`",
                    ", ".join(f"`{source}`" for source in t.sources),
                    f"`{t.target}`",
                    ", ".join(t.actors),
                    t.guard,
                    t.timer,
                )
                for t in COMPLAINT_TRANSITIONS
            ],
        ),
        "## Red packets",
        moves(PACKET_MOVES),
        "An operator publishes versions of their limits; a packet keeps the time that it was given.",
        "## The words of older platforms\nWhat merchants' software calls these states, for whoever moves here:",
        table(("weiji", "Taobao's open platform", "Alipay's guaranteed trade"), OLD_WORDS),
        table(("a case here", "a refund of Taobao's open platform"), OLD_CASE_WORDS),
        "Their words for a platform that steps in have nothing to stand for here yet, and neither has"
        " `TRADE_BUYER_SIGNED` (cash on delivery).",
    )


OLD_CASE_WORDS: Final = (
    ("`asked`, `countered`", "`WAIT_SELLER_AGREE`"),
    ("`refused`", "`SELLER_REFUSE_BUYER`"),
    ("`to_return`", "`WAIT_BUYER_RETURN_GOODS`"),
    ("`returning`", "`WAIT_SELLER_CONFIRM_GOODS`"),
    ("`refunding`, `refunded`", "`SUCCESS`"),
    ("`withdrawn`, `expired`", "`CLOSED`"),
)

OLD_WORDS: Final = (
    ("`created`", "`TRADE_NO_CREATE_PAY`, `WAIT_BUYER_PAY`, `PAY_PENDING`", "`WAIT_BUYER_PAY`"),
    ("`paid`", "`WAIT_SELLER_SEND_GOODS`", "`WAIT_SELLER_SEND_GOODS`"),
    ("`part_shipped`", "`SELLER_CONSIGNED_PART`", "`WAIT_SELLER_SEND_GOODS`"),
    ("`shipped`", "`WAIT_BUYER_CONFIRM_GOODS`", "`WAIT_BUYER_CONFIRM_GOODS`"),
    ("`received`", "`TRADE_FINISHED`", "`TRADE_FINISHED`"),
    ("`completed`", "`TRADE_FINISHED`", "`TRADE_FINISHED`"),
    ("`closed`", "`TRADE_CLOSED_BY_TAOBAO`: never paid, never ship", "`TRADE_CLOSED`"),
    ("`refunded`", "`TRADE_CLOSED`", "`TRADE_CLOSED`"),
)
"""What Taobao's open platform and Alipay say where we say the first."""


def moves(table_of: Mapping[Any, frozenset[Any]]) -> str:
    """Show what may follow what."""
    kind = type(next(iter(table_of)))
    said = meanings_of(kind)
    rows = [
        (f"`{state}`", ", ".join(f"`{s}`" for s in kind if s in table_of[state]) or "(the end)", said[state.value])
        for state in table_of
    ]
    return table(("state", "may become", "what it means"), rows)


def events() -> str:
    """List every event with its fields, and who hears of it."""
    hearers: dict[str, list[str]] = {}
    for subscription in subscriptions(Batchers(cast("Any", None), Lanes(2))):
        for event in subscription.events:
            hearers.setdefault(event.__name__, []).append(f"`{subscription.name}`")
    parts = [
        "Types, and their order in a stream, never change; fields may be added. A shop's or a person's events are read"
        " in order at `GET /api/v1/events`. Who hears of what: `weiji/subscriptions.py`.",
    ]
    for publisher, types in published().items():
        parts.append(f"## {publisher}\n{inspect.getdoc(import_module(f'weiji.events.{publisher}'))}")
        for event in types:
            heard = hearers.get(event.__name__)
            rows = [
                (f"`{name}`", f"`{kind}`" + (f" = `{default}`" if default else ""), text)
                for name, kind, default, text in body_of(event)
            ]
            parts.append(f"### {event.__name__}\n{inspect.getdoc(event)}")
            parts.append(table(("field", "type", ""), rows) if rows else "")
            parts.append(f"Heard by {', '.join(heard)}." if heard else "")
    return page("Events", *parts)


def published() -> dict[str, list[type[Event]]]:
    """Give the events of each publisher, as its file has them."""
    for module in modules():
        import_module(module)
    found: dict[str, list[type[Event]]] = {}
    for event in Event.TYPES.values():
        if event.__module__.startswith("weiji.events."):
            found.setdefault(event.__module__.rpartition(".")[2], []).append(event)
    return dict(sorted(found.items()))


def statuses() -> str:
    """List every enumeration of words, with what they mean."""
    parts = [
        "How operations end, and where things stand. Where several apply, the first listed is given; `created` (or"
        " `placed`, `done`, …) and `exists` both mean yes. What a word says by itself has nothing beside it.",
    ]
    for module, kinds in enumerations().items():
        parts.append(f"## {module}")
        for kind in kinds:
            rows = [(f"`{value}`", text) for value, text in meanings_of(kind).items()]
            parts += [f"### {kind.__name__}\n{inspect.getdoc(kind)}", table(("value", ""), rows)]
    return page("Statuses", *parts)


def enumerations() -> dict[str, list[type[StrEnum]]]:
    """Give every enumeration of words, by module."""
    found: dict[str, list[type[StrEnum]]] = {}
    for name in modules():
        for kind in dict.fromkeys(v for v in vars(import_module(name)).values() if isinstance(v, type)):
            if issubclass(kind, StrEnum) and kind.__module__ == name:
                found.setdefault(name.split(".")[1], []).append(kind)
    return found


def modules() -> Iterator[str]:
    """Name the modules of the program; not those of the demo, which is no interface."""
    for module in walk_packages(weiji.__path__, "weiji."):
        if not module.name.startswith("weiji.demo") and module.name != "weiji.__main__":
            yield module.name


def commands() -> str:
    """Show the help of every command."""
    parts = ["`weiji` in `.venv/bin`, or `python -m weiji`. `-h` says the same as this page."]

    def show(command: click.Command, parent: click.Context | None, name: str) -> None:
        widths = {"terminal_width": WIDTH, "max_content_width": WIDTH}
        context = click.Context(command, parent, info_name=name, **widths, **command.context_settings)
        shown = copy(command)
        shown._help_option = None  # What was asked for first is kept, though others came by another way.
        parts.append(f"## {context.command_path}\n```\n{shown.get_help(context)}\n```")
        if isinstance(command, click.Group):
            for child in command.list_commands(context):
                if found := command.get_command(context, child):
                    show(found, context, child)

    show(cli, None, "weiji")
    return page("The command `weiji`", *parts)


def accounts() -> str:
    """Show the chart of accounts."""
    said = meanings_of(Code)
    sections: dict[bool, list[tuple[str, ...]]] = {True: [], False: []}
    for account, function in charted():
        is_platform = "shard" in inspect.signature(function).parameters
        text = " ".join([inspect.getdoc(function) or "", said[str(int(account.code))]]).strip()
        held = {
            AccountFlags.DEBITS_MUST_NOT_EXCEED_CREDITS: "never below 0",
            AccountFlags.CREDITS_MUST_NOT_EXCEED_DEBITS: "never above 0",
        }.get(account.flags, "")
        ledger = {chart.CNY: "CNY", chart.CNY_MICRO: "CNYu", chart.CONTROL: "control"}[account.ledger]
        sections[is_platform].append((str(int(account.code)), f"`{function.__name__}`", ledger, held, text))
    header = ("code", "account", "ledger", "held to", "what it is")
    kinds = [(str(int(kind)), f"`{kind.name.lower()}`", meanings_of(Kind)[str(int(kind))]) for kind in Kind]
    return page(
        "Chart of accounts",
        "Codes: 1… assets, 2… liabilities, 4… income, 5… expense, 9… control. An account is derived from its owner and"
        " kind (`weiji/ledger/chart.py`), so nobody looks one up; it is opened when it is first needed."
        " Amounts of ledger CNY are fen.",
        "## Of one owner",
        table(header, sections[False]),
        "## Of the platform\nEach has one row in every shard; its balance is their sum.",
        table(header, sections[True]),
        "## Why money moved\nThe code of a transfer.",
        table(("code", "kind", ""), kinds),
    )


def charted() -> Iterator[tuple[Account, Callable[..., Account]]]:
    """Give every function of the chart, and an account that it makes."""
    for name, function in vars(chart).items():
        if inspect.isfunction(function) and function.__module__ == chart.__name__ and not name.startswith("_"):
            needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
            samples = {"shard": 0, "channel": "sandbox"}
            yield function(*(samples.get(p.name, UUID(int=0)) for p in needed)), function


def roles() -> str:
    """Show what the staff of a shop may do."""
    said = meanings_of(Permission)
    rows = [
        (f"`{permission}`", said[permission], *("yes" if allows(role, permission) else "" for role in ROLES))
        for permission in Permission
    ]
    return page(
        "Roles in a shop",
        "Every page and operation of a shop names the permission that it needs (`weiji/web/permissions.py`), and a test"
        " visits each in every role. Who does not work for the shop finds nothing (404); who does, in another role, is"
        " refused (403). The API answers both as if there were no such shop. A role counts from the next request on.",
        table(("permission", "what it lets one do", *(f"`{role}`" for role in ROLES)), rows),
        "The owner gives and takes every role but their own; a manager those below. The shop itself is handed over by"
        " an offer, with the owner's payment password, that the other accepts.",
    )


# What all pages share


def page(title: str, *parts: str) -> str:
    """Put a page together."""
    return "\n\n".join([f"# {title}", NOTE, *(part for part in parts if part)]) + "\n"


def table(header: tuple[str, ...], rows: Any) -> str:
    """Write a table."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def description_of(kind: Any) -> str:
    """Read the description of an annotated type."""
    return next(meta.description or "" for meta in kind.__metadata__ if isinstance(meta, msgspec.Meta))


def meanings_of(kind: type[Enum]) -> dict[str, str]:
    """Read what is said of each member of an enumeration."""
    said = {name: text for name, _, _, text in body_of(kind)}
    return {str(member.value): said[member.name] for member in kind}


def body_of(kind: type[Enum] | type[Struct]) -> list[Doc]:
    """Read the fields or members of a class, with the string under each: Python forgets them, its source does not."""
    tree = classes_of(kind.__module__)[kind.__qualname__]
    found: list[Doc] = []
    is_after = False
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            default = ast.unparse(node.value) if node.value else ""
            found.append((node.target.id, re.sub(r"\s+", " ", ast.unparse(node.annotation)), default, ""))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.append((node.targets[0].id, "", ast.unparse(node.value), ""))
        elif is_after and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found[-1] = (*found[-1][:3], " ".join(str(node.value.value).split()))
        is_after = isinstance(node, ast.AnnAssign | ast.Assign)
    return found


@cache
def classes_of(module: str) -> dict[str, ast.ClassDef]:
    """Read the classes of a module, by name: its source once for all of them, as `inspect` would for each."""
    tree = ast.parse(inspect.getsource(import_module(module)))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


PAGES: Final[dict[str, Callable[[], str]]] = {
    "chart-of-accounts.md": accounts,
    "cli.md": commands,
    "events.md": events,
    "machines.md": machines,
    "roles.md": roles,
    "settings.md": settings,
    "statuses.md": statuses,
}
"""The pages, and what makes each."""


def main() -> None:
    """Write every page."""
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), "utf-8")
    shutil.rmtree(API, ignore_errors=True)
    API.mkdir(parents=True)
    for name, text in api.pages().items():
        (API / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
