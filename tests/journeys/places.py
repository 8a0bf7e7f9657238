"""The things of the demo town that pages are about: found, or made where the town has none."""

import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from tests.onboarding.examples import person_values, put, save
from weiji import payments
from weiji.aftersale import CaseState
from weiji.aftersale.store import list_cases_of_buyer
from weiji.catalog import get_categories
from weiji.chargebacks.store import list_cases as list_chargebacks
from weiji.demo.afar import SHOP_THERE
from weiji.demo.coupons import campaign_id
from weiji.demo.files import ACCOUNT, bank_batch_id
from weiji.demo.freight import COUNTER, PLANTS, template_of
from weiji.demo.fronts import design_of
from weiji.demo.gifts import LATEST, OLD
from weiji.demo.goods import PLACES, STORES
from weiji.demo.people import BY_HANDLE, STREET, stroller_id
from weiji.demo.supervision import CONDUCT_RULES, CURES, WORD_RULES, complaint_id, trial_id, word_trial_id
from weiji.demo.till import APPLIED_CODE
from weiji.demo.town import (
    ANSWERED,
    BANK_OF_THE_TOWN,
    CARRIERS,
    CLERK,
    COMPLAINED,
    REGIONS,
    RESTORED,
    SUSPENDED,
    TERMS,
    court_order_id,
    product_of,
    proposal_id,
    role_proposal_id,
    rules_proposal_id,
    shop_id,
    warehouse_id,
)
from weiji.disputes.machine import DisputeState
from weiji.disputes.operations import list_disputes
from weiji.events import BY_SYSTEM, Actor
from weiji.identity import get_addresses
from weiji.kit import clock
from weiji.kit.clock import month_of
from weiji.kit.ids import derive, new_id
from weiji.ledger import chart, get_beginning
from weiji.onboarding import (
    Checklist,
    Field,
    SubmitApplication,
    TakeApplication,
    put_documents,
    save_fields,
    submit_applications,
    take_applications,
)
from weiji.onboarding.rules import mark_of
from weiji.orders import PutInCart, State, put_in_cart, store
from weiji.orders.invoices.store import get_titles, list_of_buyer
from weiji.packets import list_sent
from weiji.payments import CreatePayment, CreatePayoutAccount, PayoutSource, RequestPayout, SandboxChannel
from weiji.payments.holders import hint_at
from weiji.periods.rules import write_month
from weiji.porting import AddPart, StartImport, add_parts, start_imports
from weiji.porting.worker import Importer
from weiji.program import Program
from weiji.reconciliation import BreakState, Reconciliation
from weiji.reconciliation.store import list_breaks
from weiji.reviews.rules import name_shown
from weiji.reviews.store import list_trades_of_buyer
from weiji.shops import OpenShop, open_shops
from weiji.storefronts import Kinds, SaveDraft, Spacer, get_storefront, save_drafts
from weiji.storefronts.model import type_of
from weiji.supervision.inquiries import list_appeals, list_open
from weiji.web.regions import regions
from weiji.wire import issuing
from weiji.wire.applying import shop_id_of
from weiji.wire.codes import IssueCode, digest_of, draw_code, issue_codes
from weiji.wire.complaints import (
    AskComplaint,
    ComplaintReason,
    ComplaintStatus,
    SayInComplaint,
    TakeComplaintFurther,
    ask_complaints,
    say_in_complaints,
    take_complaints_further,
)
from weiji.wire.tickets import TRANSFER_PREFIX, write_ticket
from weiji.wire.trade import MerchantOrder, list_orders
from weiji.wire.transfers import BillState, list_bills

BUYER: Final = BY_HANDLE["xiaoyu"]
BANK: Final = "小镇银行 湖边支行"
NEWCOMER_NAME: Final = "新来的人"

OWNERS_OF_SHOPS: Final = {str(shop_id(shop)): BY_HANDLE[shop.owner].name for shop in STORES}
"""Who has which shop."""


async def find_places(program: Program) -> dict[str, str]:
    """Name what the paths of the visits name: the buyer's orders by state, and so on."""
    tea = STORES[0]
    goods = [product_of(tea, good) for good in tea.goods]
    gone = next((s, g) for s in STORES for g in s.goods if not g.stock and not g.is_draft)
    places = {
        "handle": tea.handle,
        "shop": str(shop_id(tea)),
        "product": str(goods[0].id),
        "sold_out": str(product_of(*gone).id),
        "card": next(str(product_of(tea, good).id) for good in tea.goods if good.is_virtual),
        "presale": next(str(product_of(tea, good).id) for good in tea.goods if good.presale_days),
        "card_sku": next(str(product_of(tea, good).skus[0].id) for good in tea.goods if good.is_virtual),
        "sku": str(goods[1].skus[0].id),
        "sending_shop": str(PLANTS.shop_id),
        "sending_handle": next(shop.handle for shop in STORES if shop_id(shop) == PLANTS.shop_id),
        "template": str(PLANTS.id),
        "counter": str(COUNTER.id),
        "sent_sku": next(
            str(product_of(s, g).skus[0].id) for s in STORES for g in s.goods if template_of(s, g) is PLANTS
        ),
        "sent_product": next(str(product_of(s, g).id) for s in STORES for g in s.goods if template_of(s, g) is PLANTS),
        **{f"{type_of(block)}_block": str(block.id) for block in design_of(tea.handle, shop_id(tea)).blocks},
        "warehouse": str(warehouse_id(tea)),
        "decided": str(proposal_id(0)),
        "proposed": str(proposal_id(1)),
        "frozen": str(court_order_id()),
        "proposed_rules": str(rules_proposal_id()),
        "proposed_role": str(role_proposal_id()),
        "clerk": str(stroller_id(CLERK)),
        "month": await _first_month(program),
        "this_month": write_month(month_of(clock.now())),
        "chargeback": str(await _chargeback_of(program, shop_id(tea))),
        "bank_batch": str(bank_batch_id()),
        "held_statement": str(await program.database.pool.fetchval("select id from payments.held_statements")),
        "suspended": str(shop_id(STORES[SUSPENDED])),
        "company": STORES[RESTORED].handle,
        "restored": str(shop_id(STORES[RESTORED])),
        "applied": str(shop_id_of(shop_id(STORES[1]), APPLIED_CODE)),
        "word_rule": str(WORD_RULES[0].id),
        "word_trial": str(word_trial_id([CURES])),
        "conduct_rule": str(CONDUCT_RULES[0].id),
        "tried_rule": str(CONDUCT_RULES[2].id),
        "tried": str(trial_id(CONDUCT_RULES[2])),
        "complaint": str(complaint_id(product_of(tea, COMPLAINED).id)),
        "answered": str(complaint_id(product_of(tea, ANSWERED).id)),
        "inquiry": str(derive(complaint_id(product_of(tea, COMPLAINED).id), "inquiry")),
        "punished": str(shop_id(STORES[RESTORED])),
        "campaign": str(campaign_id(shop_id(tea), "open")),
        "funded_campaign": str(campaign_id(chart.TREASURY, "platform")),
        "unfunded_campaign": str(campaign_id(chart.TREASURY, "unfunded")),
    }
    places |= await _find_orders(program)
    async with program.database.read() as reader:
        for dispute in await list_disputes(reader, list(DisputeState)):
            places[f"{dispute.state}_dispute"] = str(dispute.case_id)
        for gift in (OLD, *LATEST):
            (packet,) = [each for each in await list_sent(reader, BY_HANDLE[gift.sender].id) if each.id == gift.id]
            name = gift.name.replace(" ", "_")
            places |= {f"{name}_packet": str(packet.id), f"{name}_key": packet.key}
    async with program.database.read() as reader:
        tree = await get_categories(reader)
        places["category"] = str(next(each.id for each in tree.all() if each.name == "茶"))
        found = await list_open(reader, None, None, 50)
        places["conduct_inquiry"] = str(next(each.inquiry.id for each in found if each.inquiry.hits))
        (appealed,) = await list_appeals(reader, None, 1)
        places["appealed_inquiry"] = str(appealed.penalty.inquiry_id)
        places["address"] = str((await get_addresses(reader, BUYER.id))[0].id)
        trades = await list_trades_of_buyer(reader, BUYER.id, None, 50)
        places["reviewable"] = str(
            next(each.id for each in trades if not each.written_at and each.due_at > clock.now())
        )
        places["reviewed"] = str(next(each.id for each in trades if each.revealed_at and each.written_at))
        places["title"] = str((await get_titles(reader, BUYER.id))[0].id)
        asked = await list_of_buyer(reader, BUYER.id, None, 50)
        places |= {f"invoice_{each.state}": str(each.order_id) for each in asked}
        places |= {f"invoice_{each.state}_shop": str(each.shop_id) for each in asked}
    await program.batchers.of(put_in_cart, "person_id").submit_all(
        [PutInCart(person_id=BUYER.id, sku_id=product.skus[0].id, quantity=2) for product in goods[:2]]
    )
    await _begin_storefront(program, UUID(places["shop"]))
    places["run"] = str(await _report(program, shop_id(tea)))
    places["charge"] = str(await _begin_payment(program, UUID(places["created"])))
    places["account"] = str(await _withdraw(program))
    places["application"] = str(await _apply(program))
    places["reconciled_day"] = await _reconcile(program)
    places["notice"] = str(await _tell(program, shop_id(tea)))
    async with program.database.read() as reader:
        orders = await list_orders(reader, shop_id(tea), None, 10)
        given = {bill.state: bill.id for bill in await list_bills(reader, shop_id(tea), None, 10)}
    order_id = next(order.id for order in orders if order.state == "open")
    places |= {"merchant_order": str(order_id), "ticket": write_ticket(order_id, clock.wall())}
    places |= await _complain(program, next(order for order in orders if order.state == "paid"))
    code = IssueCode(id=new_id(BUYER.id), person_id=BUYER.id, digest=digest_of(draw_code(BUYER.id)), actor=BY_SYSTEM)
    await program.batchers.of(issue_codes, "person_id").submit(code)
    places["payment_code"] = str(code.id)
    waiting = write_ticket(given[BillState.WAITING], clock.wall(), prefix=TRANSFER_PREFIX)
    places |= {"transfer_ticket": waiting, "transfer": str(given[BillState.RECEIVED])}
    return places


TEA_COMPLAINT: Final = "茶是凉的"
TEA_ANSWER: Final = "送到时是热的"
"""What both sides of a complaint about a program's order say."""


async def _complain(program: Program, order: MerchantOrder) -> dict[str, str]:
    """Have who paid an order of a program complain of it, and the operator's staff asked."""
    payer, shop = Actor("buyer", order.payer_id), Actor("merchant", order.shop_id)
    id, of = new_id(order.id), program.batchers.of
    asked = AskComplaint(
        id=id,
        order_id=order.id,
        reason=ComplaintReason.NOT_AS_DESCRIBED,
        words=TEA_COMPLAINT,
        amount=order.total,
        actor=payer,
    )
    assert await of(ask_complaints, "order_id").submit(asked) is ComplaintStatus.DONE
    said = SayInComplaint(complaint_id=id, shop_id=order.shop_id, actor=shop, words=TEA_ANSWER)
    assert await of(say_in_complaints, "complaint_id").submit(said) is ComplaintStatus.DONE
    further = TakeComplaintFurther(complaint_id=id, actor=payer)
    assert await of(take_complaints_further, "complaint_id").submit(further) is ComplaintStatus.DONE
    return {"complained_order": str(order.id), "payment_complaint": str(id)}


async def _chargeback_of(program: Program, shop_id: UUID) -> UUID:
    """Find what a channel took back of an order of a shop."""
    async with program.database.read() as reader:
        (found,) = await list_chargebacks(reader, shop_id=shop_id, is_over=False, before=None, limit=1)
    return found[0].id


async def _reconcile(program: Program) -> str:
    """Have the acquirer's statements matched, and name a day with something that nobody knows."""
    await Reconciliation(program.batchers).fetch(program.database)
    async with program.database.read() as reader:
        (one, *_) = await list_breaks(reader, list(BreakState), None, None, None, 1)
    return one.day.isoformat()


async def _find_orders(program: Program) -> dict[str, str]:
    found: dict[str, str] = {}
    async with program.database.read() as reader:
        for state in State:
            for order in await store.list_orders_of_buyer(reader, BUYER.id, (state,), None, 50):
                name = state.value
                if order.is_virtual:
                    name = "handed_out"
                elif state is State.PAID and order.open_cases:
                    name = "asked"
                elif state is State.PAID and order.pickup:
                    name = "to_pick_up"
                found |= {name: str(order.id), f"{name}_shop": str(order.shop_id)}
        for case in await list_cases_of_buyer(reader, BUYER.id, list(CaseState), None, 50):
            found |= {f"case_{case.state}": str(case.id), f"case_{case.state}_shop": str(case.shop_id)}
    return found


async def _begin_storefront(program: Program, shop: UUID) -> None:
    """Change something of a shop's page that buyers do not see yet, so that a draft differs from what is published."""
    async with program.database.read() as reader:
        front = await get_storefront(reader, shop)
    assert front.draft
    ids = {type_of(block): block.id for block in front.draft.blocks}
    added = Spacer(new_id(shop)), Kinds(new_id(shop))
    assert not {type_of(block) for block in added} & ids.keys()
    design = msgspec.structs.replace(front.draft, blocks=(*front.draft.blocks, *added))
    command = SaveDraft(shop_id=shop, design=design, version=front.version, actor=BY_SYSTEM)
    assert (await program.batchers.of(save_drafts, "shop_id").submit(command)).status == "saved"


async def _begin_payment(program: Program, order_id: UUID) -> UUID:
    async with program.database.read() as reader:
        order = await store.get_order(reader, order_id)
    assert order is not None
    command = CreatePayment(
        id=new_id(BUYER.id),
        payer_id=BUYER.id,
        subject_id=order_id,
        payee_id=order.shop_id,
        amount=order.total,
        channel=SandboxChannel.name,
        expires_at=clock.now() + timedelta(minutes=15),
        actor=Actor("buyer", BUYER.id),
    )
    await program.batchers.of(payments.create_payments).submit(command)
    await payments.start_payments(program.database, program.lanes, [command.id])
    return command.id


async def _apply(program: Program) -> UUID:
    """Have a new shop's owner hand an application in, and a reviewer take it."""
    owner_id, new_shop = BY_HANDLE["aming"].id, new_id()
    actor = Actor("merchant", owner_id)
    opening = OpenShop(id=new_shop, handle="xinkaide", name=NEWCOMER_NAME, owner_id=owner_id, actor=actor)
    await program.batchers.of(open_shops).submit(opening)
    values = {**person_values(), Field.TERMS: mark_of(Checklist(terms=TERMS))}
    saving = save(new_shop, values, actor)
    assert (await program.batchers.of(save_fields, "shop_id").submit(saving)).status == "saved"
    documents = [put(new_shop, Field.ID_FRONT), put(new_shop, Field.ID_BACK)]
    await program.database.retried(lambda tx: put_documents(tx, documents))
    submission = SubmitApplication(shop_id=new_shop, actor=actor)
    assert (await program.batchers.of(submit_applications, "shop_id").submit(submission)).status == "submitted"
    taking = TakeApplication(shop_id=new_shop, actor=Actor("staff", BY_HANDLE["wenshan"].id))
    assert await program.batchers.of(take_applications, "shop_id").submit(taking) == "taken"
    return new_shop


async def _tell(program: Program, shop_id: UUID) -> UUID:
    """Have a shop speak the payment protocol, and its server told something, which nobody takes."""
    async with program.database.read() as reader:
        keys = await issuing.read_keys(reader, program.database, shop_id)
    assert keys
    return await issuing.send_self_test(program.database, keys.merchant, "http://127.0.0.1:9/told", None)


async def _withdraw(program: Program) -> UUID:
    actor = Actor("buyer", BUYER.id)
    account = CreatePayoutAccount(
        id=new_id(BUYER.id), owner_id=BUYER.id, holder=BUYER.name, bank=BANK, number="6222000012345670", actor=actor
    )
    await program.batchers.of(payments.create_payout_accounts).submit(account)
    payout = RequestPayout(
        id=new_id(BUYER.id),
        owner_id=BUYER.id,
        source=PayoutSource.WALLET,
        account_id=account.id,
        amount=5_000,
        fee=100,
        channel=SandboxChannel.name,
        actor=actor,
    )
    await program.batchers.of(payments.request_payouts).submit(payout)
    return account.id


async def _first_month(program: Program) -> str:
    """Find the month in which the books begin; it is closed, if it may be by now."""
    async with program.database.read() as reader:
        began = await get_beginning(reader)
    assert began is not None
    return write_month(month_of(began))


@cache
def own_words() -> re.Pattern[str]:
    """Match what people of the town have written themselves: names, goods, stories, addresses, reasons."""
    words = {
        "持卡人说没有收到货",
        "打款结果.csv",
        "账户明细.csv",
        "交易日期,收入金额,支出金额,交易流水号,对方户名,附言",
        SHOP_THERE,
        BANK,
        BANK_OF_THE_TOWN,
        ACCOUNT["holder"],
        ACCOUNT["bank"],
        "户名与账号不符",
        TEA_COMPLAINT,
        TEA_ANSWER,
        "加 微 信",  # Found in what somebody wrote, and shown by itself.
        "自测",  # A notice is shown as it was sent, and those of the published protocol are Chinese.
        NEWCOMER_NAME,
        "简体中文",
        *TERMS.splitlines(),
        *STREET,
        *CARRIERS,
    }
    words |= {value for value in person_values().values() if not value.isascii()}
    words |= {text for resident in BY_HANDLE.values() for text in (resident.name, resident.region, resident.detail)}
    words |= {hint_at(resident.name) for resident in BY_HANDLE.values()}
    words |= {name_shown(name, True) for name in (*STREET, *(resident.name for resident in BY_HANDLE.values()))}
    words |= {text for pair in REGIONS for text in pair}
    for shop in STORES:
        words |= {shop.name, shop.story}
        for good in shop.goods:
            words |= {good.title, good.kind, good.story}
            words |= {text for name, values in good.options for text in (name, *values)}
            words |= set(PLACES.get(good.handle, ("", {}))[1].values())
    # Regions are called by their own names in every language.
    words |= set(regions().values())
    # What may be said of goods in a category is the operator's.
    seeds = (Path(__file__).parents[2] / "migrations" / "0015_pre_catalog_again.sql").read_text("utf-8")
    for kinds, unit in re.findall(r'"choices": \[([^\]]*)\], "unit": "([^"]*)"', seeds):
        words |= {unit, *re.findall(r'"([^"]+)"', kinds)}
    # What the town's history has orders, refunds and rules say.
    demo = Path(__file__).parents[2] / "weiji" / "demo"
    files = (
        "town.py", "fronts.py", "freight.py", "wishes.py", "supervision.py", "gifts.py", "talk.py", "till.py",
        "quarrels.py", "fees.py", "coupons.py", "films.py", "companies.py", "months.py", "files.py",
    )  # fmt: skip
    town = "".join((demo / name).read_text("utf-8") for name in files)
    written = re.findall(r'"([^"\n]*[一-鿿][^"\n]*)"', town)
    words |= {part.strip() for text in written for part in re.split(r"<[^>]*>", text)}
    ordered = sorted((word for word in words if word), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered)))


async def _report(program: Program, shop_id: UUID) -> UUID:
    """Give a shop a file of goods, and have it read: one is new, one has no price."""
    run_id = new_id(shop_id)
    data = b"Handle,Title,Variant Price\ncup-to-come,A cup to come,38\nno-price,No price,\n"
    part = AddPart(file_id=run_id, shop_id=shop_id, number=0, data=data)
    await program.batchers.of(add_parts, "file_id").submit(part)
    start = StartImport(id=run_id, shop_id=shop_id, name="goods.csv", actor=BY_SYSTEM)
    await program.batchers.of(start_imports).submit(start)
    importer = Importer()
    while await importer.work(program.database, 1):
        pass
    return run_id
