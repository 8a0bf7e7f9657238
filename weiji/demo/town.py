"""Builds the demo town: people, shops, goods, and a month of trade, all by the operations that everybody uses."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from hashlib import md5
from itertools import product as combinations
from random import Random
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from msgspec import Struct

from weiji import payments
from weiji.aftersale import (
    AgreeCase,
    AskCase,
    CaseKind,
    CounterCase,
    CounterReturn,
    RefusalReason,
    RefuseCase,
    ReturnAddress,
    SendBack,
    SetReturnAddress,
    TakeReturn,
    agree_cases,
    ask_cases,
    counter_cases,
    counter_returns,
    get_case,
    refuse_cases,
    send_back,
    set_return_addresses,
    take_returns,
)
from weiji.aftersale import Reason as AskReason
from weiji.approvals import (
    Adjustment,
    CourtFreeze,
    DecideProposal,
    Place,
    PlaceKind,
    ProposeDeed,
    RoleGrant,
    RulesRelease,
    Verdict,
    decide_proposals,
    hash_of,
    propose_deeds,
)
from weiji.card_keys import StoreKeys, seal_lines, store_keys
from weiji.catalog import (
    ChangePrice,
    Delivery,
    Option,
    Presale,
    ProductState,
    ReviewRules,
    SaveProduct,
    SaveSku,
    change_prices,
    get_categories,
    save_products,
)
from weiji.catalog.operations import RETURN_RULES, REVIEW_RULES
from weiji.catalog.returning import CategoryTerms, ReturnRules
from weiji.court_orders import HeldPlace
from weiji.demo.afar import bring_from_afar
from weiji.demo.companies import COMPANY, verify
from weiji.demo.coupons import offer_coupons
from weiji.demo.fees import announce, charge
from weiji.demo.files import pay_by_file
from weiji.demo.films import show_film
from weiji.demo.freight import COUNTER, PLANTS, TEMPLATES, template_of
from weiji.demo.fronts import design_of
from weiji.demo.gifts import LATEST, OLD, give
from weiji.demo.goods import PLACES, STORES, Good, Store
from weiji.demo.months import TIMES, close_month, compensate
from weiji.demo.people import (
    BUYERS,
    BY_HANDLE,
    COLLEAGUE,
    HELPER,
    LOGIN_PASSWORD,
    PAYMENT_PASSWORD,
    STREET,
    place_id,
    stroller_id,
)
from weiji.demo.quarrels import Until, quarrel
from weiji.demo.supervision import (
    CURES,
    WORD_RULES,
    put_a_kettle_on_sale,
    raise_a_price,
    say_what_is_too_much,
    try_words,
    watch,
)
from weiji.demo.talk import Talk
from weiji.demo.till import apply_for_another, give_gifts, open_till
from weiji.demo.wishes import wish
from weiji.deposits import PayDeposit, pay_deposits
from weiji.disputes import DISPUTE_RULES, DisputeRules
from weiji.events import BY_SYSTEM, Actor
from weiji.freight import (
    AssignTemplate,
    Line,
    PutPlace,
    PutTemplate,
    Template,
    Way,
    assign_templates,
    calculate,
    put_places,
    put_templates,
)
from weiji.help import CONTACT, Contact
from weiji.identity import GiveStaffRole, Origin, Role, SignUpPerson, StaffRole, give_staff_roles, sign_up_people
from weiji.identity.hashing import HASHERS
from weiji.identity.model import PutAddress, SetPaymentPassword, SignUp
from weiji.identity.operations import put_addresses
from weiji.identity.payment_password import set_payment_password
from weiji.identity.sign_in import sign_up
from weiji.inventory import (
    AdjustStock,
    Reason,
    SaveWarehouse,
    SetStock,
    TransferStock,
    adjust_stock,
    save_warehouses,
    set_stock,
    transfer_stock,
)
from weiji.kit import clock, installation
from weiji.kit.db import Transaction
from weiji.kit.ids import derive
from weiji.ledger import chart
from weiji.onboarding import Checklist, PublishChecklist, publish_checklists
from weiji.orders import (
    Address,
    ConfirmOrder,
    Order,
    OrderItem,
    PlaceOrder,
    PlaceStatus,
    PublishRules,
    RefundOrder,
    ShipParcel,
    State,
    TradeRules,
    confirm_orders,
    get_order,
    get_rules_in_force,
    numbered_parcel,
    place_orders,
    publish_rules,
    refund_orders,
    ship_parcels,
)
from weiji.orders.store import list_orders
from weiji.payments import (
    BALANCE,
    CreatePayment,
    CreatePayoutAccount,
    PayInOwnFunds,
    Payment,
    PaymentStatus,
    PayoutSource,
    Purpose,
    RequestPayout,
    RequestPayoutStatus,
    SandboxChannel,
    TopUpWallet,
)
from weiji.payments.channels.sandbox import (
    ActOnCharge,
    ActOnChargeback,
    ChargebackVerb,
    ChargeVerb,
    act_on_chargebacks,
    act_on_charges,
    add_paid_charges,
)
from weiji.program import Program
from weiji.rulebook import PublishRules as PublishSet
from weiji.rulebook import publish_rules as publish_set
from weiji.shops import (
    AnswerInvitation,
    AppealSuspension,
    InviteStaff,
    JudgeAppeal,
    OpenShop,
    SuspendShop,
    VerifyShop,
    answer_invitations,
    appeal_suspensions,
    invite_staff,
    judge_appeals,
    open_shops,
    suspend_shops,
    verify_shops,
)
from weiji.storefronts import PublishDesign, SaveDraft, publish_designs, save_drafts
from weiji.web.regions import district_in
from weiji.word_rules import PublishWordRules, publish_word_rules

RETURN_TO: Final = ReturnAddress(
    name="集市退货点", phone="0579-88001234", region="浙江省金华市义乌市", detail="湖边街 2 号后门"
)
"""Where all shops of the town have goods sent back to."""

COMPLAINTS: Final = (
    (CaseKind.RESHIP, AskReason.MISSING, "少了一件，麻烦补寄。", "wait", "文具"),
    (CaseKind.REFUND, AskReason.DAMAGED, "边上磕掉了一点，还能用，退一点钱就好。", "counter", "茶具"),
    (CaseKind.REFUND, AskReason.NOT_AS_DESCRIBED, "颜色和照片差得有点多。", "refuse", "服饰"),
    (CaseKind.RETURN, AskReason.DOES_NOT_FIT, "大了一号，没有穿出去过。", "agree", "服饰"),
    (CaseKind.EXCHANGE, AskReason.DEFECTIVE, "用了两次就坏了。", "send", "家居"),
    (CaseKind.RETURN, AskReason.NOT_WANTED, "家里人也买了一本。", "take", "图书"),
    (CaseKind.RETURN, AskReason.DOES_NOT_FIT, "家里放不下，只拆了包装。", "less", "家居"),
)
"""What each of the three buyers asks for about sent goods, why, how far it has come, and of what kind the goods are."""

TERMS: Final = """一、卖的东西是真的，写的和卖的一样。
二、答应的时间之内发货，发不了早说。
三、买家的地址和电话只用来发货。
四、有纠纷先商量，商量不成听平台的。"""
"""What who opens a shop in the town agrees to."""

CHECKLIST: Final = Checklist(terms=TERMS, may_withdraw=True)

BANK_FEE: Final = 2_000
"""What the bank takes of the operator every month, which only a person knows."""

COURT_AMOUNT: Final = 50_000
"""How much a court has held of a shop's money."""

DEPOSIT: Final = 50_000
"""What the operator comes to ask of companies, after a month."""

COMPANIES: Final = STORES[1:]
"""Whose owners have shown that they are companies; their money goes to accounts of these."""


DAYS: Final = 30
"""Days of trade before the town is first seen: the clock is turned through them."""

EARLY: Final = timedelta(days=4)
"""How long before the first trade people moved in: so that a wallet may have lain for a whole month."""

TALK_EVERY: Final = 7
"""Days after which people say what they think of what they bought since. The last days' is theirs to say who look."""

ORDERS_MAX: Final = 1_000
"""More than the town has."""

FEE_PPM: Final = 20_000
WITHDRAWAL_FEE: Final = 100
"""The town's rules: 2 % of a trade, ¥1 of a withdrawal."""

OWN_FUNDS: Final = 10_000_000
"""Fen that the operator pays in: the fees of acquirers come out of it, too."""

BALANCE_OF_RESIDENTS: Final = 500_000
MORE: Final = 200_000
"""What a buyer puts into the wallet before the last orders, in fen."""

BALANCE_OF_STROLLERS: Final = 350_000

FORGETFUL: Final = "shenjie"
FORGOTTEN: Final = 8_800
"""What somebody put into a wallet on the first day and never touched: they are told that it will be set aside."""

BANK_OF_THE_TOWN: Final = "小镇银行 集市支行"

CLERK: Final = 6
NEWCOMER: Final = 7
"""Strollers: who works for the operator, and who may soon."""

REVIEW_ABOVE: Final = 100_000
"""Two of the staff look at withdrawals above this; strollers have more in their wallets."""

LARGE: Final = 120_000
"""A withdrawal that waits for them."""
"""What wallets begin with, in fen: little enough that fees of trades soon pay for what the acquirer keeps of it."""

RESTORED: Final = 1
SUSPENDED: Final = 2
"""The shops of the street that were suspended, and that may not withdraw just now."""

STRAYS: Final = (6_600, 18_800)
"""Fen that the acquirer takes for nothing that anybody knows."""

CARRIERS: Final = ("顺丰速运", "中通快递", "圆通速递", "京东物流", "邮政 EMS")
_LABELS: Final = {"顺丰速运": "SF", "中通快递": "ZT", "圆通速递": "YT", "京东物流": "JDVA", "邮政 EMS": "11"}


def label(carrier: str, chance: int) -> str:
    """Make a number that looks like the carrier's."""
    beginning = _LABELS[carrier]
    digits = 11 if carrier == "邮政 EMS" else 13
    return f"{beginning}{chance % 10**digits:0{digits}}"


REGIONS: Final = (
    ("北京市 朝阳区", "三里屯路 19 号"),
    ("上海市 静安区", "愚园路 820 弄 6 号"),
    ("广东省 广州市 越秀区", "文明路 12 号"),
    ("江苏省 南京市 鼓楼区", "宁海路 40 号"),
    ("陕西省 西安市 碑林区", "书院门 3 号"),
    ("云南省 大理白族自治州 大理市", "人民路下段 71 号"),
)

log = structlog.get_logger("weiji.demo")


class Article(Struct, frozen=True):
    """A SKU of the town, as an order names it."""

    shop_id: UUID
    sku_id: UUID
    price: int
    template: Template | None
    kind: str = ""


class Wanted(Struct, frozen=True):
    """What somebody wants: goods of some kind, or any; and how many of it, if not as it comes."""

    kind: str = ""
    units: int = 0


def freight_of(bought: Sequence[tuple[Article, int]], address: Address) -> int:
    """Say what it costs to send articles, as whoever orders sees it."""
    lines = [
        Line(template=article.template, quantity=quantity, weight_grams=0, amount=article.price * quantity)
        for article, quantity in bought
    ]
    return calculate(lines, address.region_code).amount


class Customer(Struct, frozen=True):
    """Somebody who buys in the town."""

    id: UUID
    name: str
    address: Address


class Trade(Struct, frozen=True):
    """An order of the town that is under way."""

    order_id: UUID
    shop_id: UUID
    customer: Customer


ANSWERED, COMPLAINED = (next(g for g in STORES[0].goods if g.handle == h) for h in ("zisha-teapot", "celadon-cup"))
"""What people complain of: the first was found to be what it says, about the second somebody is to look."""


def shop_id(store: Store) -> UUID:
    """Make the id of a shop of the town."""
    return place_id(f"shop {store.handle}")


def owner_of(store: Store) -> Actor:
    """Say that the owner of a shop acts."""
    return Actor("merchant", BY_HANDLE[store.owner].id)


OWNERS: Final = {shop_id(store): owner_of(store) for store in STORES}


def customers() -> list[Customer]:
    """Name those who buy: the three buyers of the bar first, then those who walk by."""
    named = [Customer(b.id, b.name, _address(b.name, b.phone, b.region, b.detail)) for b in BUYERS]
    strollers = []
    for number, name in enumerate(STREET):
        region, detail = REGIONS[number % len(REGIONS)]
        address = _address(name, f"+86139000{number:05}", region, detail)
        strollers.append(Customer(stroller_id(number), name, address))
    return named + strollers


def _address(name: str, phone: str, region: str, detail: str) -> Address:
    return Address(name=name, phone=phone, region=region, detail=detail, region_code=district_in(region))


def product_of(store: Store, good: Good) -> SaveProduct:
    """Say how a good of the town is saved. Its ids follow from its name."""
    owner = shop_id(store)
    product_id = derive(owner, "demo", good.handle)
    category, said = PLACES.get(good.handle, (good.category, {}))
    skus = []
    for choices in combinations(*(values for _, values in good.options)):
        first = good.options[0][1].index(choices[0]) if choices else 0
        price = good.prices[first if len(good.prices) > 1 else 0] * 100
        skus.append(
            SaveSku(
                id=derive(product_id, "sku", msgspec.json.encode(choices).decode()),
                choices=choices,
                price=price,
                compare_at=good.was * 100 if good.was and price < good.was * 100 else None,
                low_stock=good.low_stock,
            )
        )
    return SaveProduct(
        id=product_id,
        shop_id=owner,
        title=good.title,
        handle=good.handle,
        description_html=f"<p>{good.story}</p>",
        kind=good.kind,
        vendor=store.name,
        options=tuple(Option(name=name, values=values) for name, values in good.options),
        skus=tuple(skus),
        category_id=UUID(md5(f"weiji category {category}".encode(), usedforsecurity=False).hexdigest())
        if category
        else None,
        attributes=said,
        delivery=Delivery.VIRTUAL if good.is_virtual else Delivery.PHYSICAL,
        state=ProductState.DRAFT if good.is_draft else ProductState.LISTED,
        actor=owner_of(store),
    )


def articles() -> list[Article]:
    """Name every SKU of the town that there is some of."""
    return [
        Article(shop_id(store), sku.id, sku.price, template_of(store, good), good.kind)
        for store in STORES
        for good in store.goods
        if good.stock and not (good.is_draft or good.is_virtual or good.presale_days or good.category)
        for sku in product_of(store, good).skus
    ]


async def fill(program: Program) -> None:
    """Build the town, unless it is there. Broken off, it is gone on with: nothing is made twice."""
    last = derive(shop_id(STORES[0]), "demo", "last order")
    async with program.database.read() as reader:
        if await get_order(reader, last):
            return
    log.info("building the demo town: a month of trade, half a minute")
    await program.runner.install()
    await _settle(program)
    await _move_in(program)
    await _open_shops(program)
    await _History(program, last).run()
    await _watch(program)
    company = shop_id(STORES[RESTORED])
    await bring_from_afar(program, company, owner_of(STORES[RESTORED]), Actor("staff", BY_HANDLE["wenshan"].id))
    log.info("the demo town is ready")


async def _watch(program: Program) -> None:
    """Give the operator something to look into."""
    cups, tea = STORES[RESTORED], STORES[0]

    await try_words(program.database, [CURES], Actor("staff", BY_HANDLE["wenshan"].id))

    async def work(tx: Transaction) -> None:
        await watch(
            tx,
            shop_id=shop_id(cups),
            owner=owner_of(cups),
            hurried_id=shop_id(STORES[-1]),
            operator=Actor("staff", BY_HANDLE["wenshan"].id),
            complained=product_of(tea, COMPLAINED).id,
            answered=product_of(tea, ANSWERED).id,
        )
        operator = Actor("staff", BY_HANDLE["wenshan"].id)
        await announce(tx, operator=operator, shop_id=shop_id(STORES[-1]), fee_ppm=FEE_PPM)

    await program.database.retried(work)
    await _settle(program)


async def _settle(program: Program) -> None:
    """Let everything that is due happen: events, and jobs."""
    for _ in range(20):
        await program.deliverer.drain()
        if not await program.runner.run_due():
            return


async def _move_in(program: Program) -> None:
    """Make people, with their payment passwords, addresses and money."""
    database = program.database
    for resident in BY_HANDLE.values():
        entered = SignUp(
            id=resident.id,
            handle=resident.handle,
            display_name=resident.name,
            password=LOGIN_PASSWORD,
            locale=resident.locale,
        )
        await sign_up(database, entered, Origin(), is_open=True)
        chosen = SetPaymentPassword(
            person_id=resident.id, payment_password=PAYMENT_PASSWORD, login_password=LOGIN_PASSWORD
        )
        await set_payment_password(database, chosen, Origin())
    # Nobody knows the password of those on the street.
    nobody = await HASHERS.hash(secrets.token_bytes(32))
    strollers = [
        SignUpPerson(
            id=stroller_id(number),
            handle=f"stroller_{number}",
            phone=None,
            display_name=name,
            locale="zh-CN",
            password_hash=nobody,
            actor=BY_SYSTEM,
        )
        for number, name in enumerate(STREET)
    ]
    given = [
        GiveStaffRole(person_id=person_id, role=role, actor=BY_SYSTEM)
        for person_id in (BY_HANDLE["wenshan"].id, COLLEAGUE.id)
        for role in StaffRole
    ]
    addresses = [
        PutAddress(
            id=derive(buyer.id, "demo", "address"),
            person_id=buyer.id,
            name=buyer.name,
            phone=buyer.phone,
            region=buyer.region,
            detail=buyer.detail,
            postcode="",
            is_default=True,
        )
        for buyer in BUYERS
    ]

    async def write(tx: Transaction) -> None:
        await sign_up_people(tx, strollers)
        await give_staff_roles(tx, given)

    await database.retried(write)
    await program.batchers.of(put_addresses, "person_id").submit_all(addresses)
    top_ups = [
        TopUpWallet(id=derive(id, "demo", "top up"), person_id=id, amount=amount, actor=Actor("person", id))
        for id, amount in [
            *((buyer.id, BALANCE_OF_RESIDENTS) for buyer in BUYERS),
            *((stroller_id(number), BALANCE_OF_STROLLERS) for number in range(len(STREET))),
            (BY_HANDLE[FORGETFUL].id, FORGOTTEN),
        ]
    ]
    await program.batchers.of(payments.top_up_wallets).submit_all(top_ups)
    # The acquirer keeps a fee of what it pays out; without own money that would be the clients'.
    boss = BY_HANDLE["wenshan"].id
    own = PayInOwnFunds(id=derive(boss, "demo", "own funds"), amount=OWN_FUNDS, actor=BY_SYSTEM)
    await program.batchers.of(payments.pay_in_own_funds).submit(own)


async def _open_shops(program: Program) -> None:
    """Publish the rules, open the shops, and put goods on their shelves."""
    operator = Actor("staff", BY_HANDLE["wenshan"].id)

    async def publish(tx: Transaction) -> None:
        rules = TradeRules(
            withdrawal_fee=WITHDRAWAL_FEE,
            withdrawal_review_above=REVIEW_ABOVE,
            grade_settle_days=(1, 1, 1, 0, 0),
            grade_day_sales=(5_000_000, 20_000_000, 100_000_000, 0),
        )
        reason = "小镇开张：服务费 2%，提现每次 1 元，一千元以上要复核。"
        await publish_rules(
            tx, [PublishRules(version=2, effective_at=tx.now, rules=rules, reason=reason, actor=operator)]
        )
        await charge(tx, operator=operator, fee_ppm=FEE_PPM, reason=reason)

        # What goes on people's skin is looked at first: so there is something in the queue.
        (beauty,) = [each.id for each in (await get_categories(tx)).all() if each.name == "美妆个护"]
        reviewing = ReviewRules(
            category_ids=(beauty,), templates=("照片上看不到成分表。", "名称里不能说能治病。", "照片不是这件东西。")
        )
        reason = "小镇开张：护肤的先看再卖。"
        await publish_set(tx, [PublishSet(of=REVIEW_RULES, version=2, rules=reviewing, reason=reason, actor=operator)])

        # What spoils does not come back; what is wrong with it is said at once.
        spoils = [each.id for each in (await get_categories(tx)).all() if each.name in ("生鲜", "零食")]
        returns = ReturnRules(
            categories=tuple(CategoryTerms(category_id=id, no_reason_days=0, aftersale_days=3) for id in spoils)
        )
        reason = "小镇开张：放不久的不退，有问题三天内说。"
        await publish_set(tx, [PublishSet(of=RETURN_RULES, version=2, rules=returns, reason=reason, actor=operator)])

        contact = Contact(
            phone="0572-5550000",
            mail="help@town.example",
            hours="每天 9:00–18:00",
            note=("也可以来湖边的集市办公室。",),
        )
        reason = "小镇开张：有人接电话。"
        await publish_set(tx, [PublishSet(of=CONTACT, version=2, rules=contact, reason=reason, actor=operator)])

        words = PublishWordRules(
            version=2, put=WORD_RULES, retire=(), reason="小镇开张：先立几条规矩。", actor=operator
        )
        await publish_word_rules(tx, [words])

        # Whoever tries the town tries a whole trade, up to the money at the bank.
        await publish_checklists(
            tx, [PublishChecklist(version=2, checklist=CHECKLIST, reason="小镇开张：欢迎来开店。", actor=operator)]
        )

    await try_words(program.database, WORD_RULES, operator)
    await program.database.retried(publish)
    openings = [
        OpenShop(
            id=shop_id(store),
            handle=store.handle,
            name=store.name,
            owner_id=BY_HANDLE[store.owner].id,
            actor=owner_of(store),
            story=store.story,
            colour=store.colour,
        )
        for store in STORES
    ]
    await program.batchers.of(open_shops).submit_all(openings)
    known = [VerifyShop(shop_id=opening.id, actor=operator) for opening in openings]
    await program.batchers.of(verify_shops, "shop_id").submit_all(known)
    tea = STORES[0]
    await program.database.retried(partial(put_a_kettle_on_sale, shop_id=shop_id(tea), owner=owner_of(tea)))
    # Listed one after another, so that the home page mixes the shops.
    shelves = [[_presold(product_of(store, good), good) for good in store.goods] for store in STORES]
    for place in range(max(map(len, shelves))):
        row = [_before_cuts(shelf[place]) for shelf in shelves if place < len(shelf)]
        await program.batchers.of(save_products).submit_all(row)
    cuts = [cut for shelf in shelves for product in shelf for cut in _cuts(product)]
    await program.batchers.of(change_prices, "product_id").submit_all(cuts)
    stock = [
        SetStock(sku_id=sku.id, shop_id=shop_id(store), on_hand=good.stock, actor=owner_of(store))
        for store in STORES
        for good in store.goods
        if not good.is_virtual
        for sku in product_of(store, good).skus
    ]
    await show_film(program, product_of(STORES[0], STORES[0].goods[0]))
    await program.batchers.of(store_keys, "sku_id").submit_all(_uploads())
    await program.batchers.of(set_stock, "sku_id").submit_all(stock)
    templates = [PutTemplate(template=one, actor=OWNERS[one.shop_id]) for one in TEMPLATES]
    await program.batchers.of(put_templates, "template.shop_id").submit_all(templates)
    await program.batchers.of(put_places, "place.shop_id").submit(
        PutPlace(place=COUNTER, actor=OWNERS[COUNTER.shop_id])
    )
    plants = [
        AssignTemplate(
            product_id=product_of(store, good).id, shop_id=shop_id(store), way=Way.TEMPLATE, template_id=PLANTS.id
        )
        for store in STORES
        for good in store.goods
        if template_of(store, good) is PLANTS
    ]
    await program.batchers.of(assign_templates, "shop_id").submit_all(plants)
    drafts = [
        SaveDraft(
            shop_id=shop_id(store), design=design_of(store.handle, shop_id(store)), version=0, actor=owner_of(store)
        )
        for store in STORES
    ]
    saved = await program.batchers.of(save_drafts, "shop_id").submit_all(drafts)
    published = [
        PublishDesign(shop_id=draft.shop_id, version=result.version, actor=draft.actor)
        for draft, result in zip(drafts, saved, strict=True)
    ]
    await program.batchers.of(publish_designs, "shop_id").submit_all(published)
    await _fill_warehouses(program, STORES[0])
    accounts = [
        CreatePayoutAccount(
            id=derive(shop_id(store), "demo", "bank"),
            owner_id=shop_id(store),
            holder=BY_HANDLE[store.owner].name if store not in COMPANIES else store.name + COMPANY,
            bank=BANK_OF_THE_TOWN,
            number=f"6222 0000 1234 567{number}",
            actor=owner_of(store),
        )
        for number, store in enumerate(STORES, 4)
    ]
    await program.batchers.of(payments.create_payout_accounts).submit_all(accounts)
    places = [
        SetReturnAddress(shop_id=shop, address=RETURN_TO, actor=owner_of(store))
        for shop, store in ((shop_id(store), store) for store in STORES)
    ]
    await program.batchers.of(set_return_addresses, "shop_id").submit_all(places)


async def _hire(program: Program) -> None:
    """Have somebody work in the first shop, and one of the buyers be asked to."""
    shop, owner = shop_id(STORES[0]), owner_of(STORES[0])
    asked = [
        InviteStaff(id=derive(shop, "demo", "invitation", name), shop_id=shop, name=name, role=role, actor=owner)
        for name, role in ((HELPER.handle, Role.ORDERS), ("emma", Role.GOODS))
    ]
    await program.batchers.of(invite_staff).submit_all(asked)
    answer = AnswerInvitation(invitation_id=asked[0].id, is_accepted=True, actor=Actor("person", HELPER.id))
    await program.batchers.of(answer_invitations, "invitation_id").submit(answer)


def _before_cuts(product: SaveProduct) -> SaveProduct:
    """Let a product cost at first what it is struck through with later."""
    skus = tuple(
        sku if sku.compare_at is None else msgspec.structs.replace(sku, price=sku.compare_at, compare_at=None)
        for sku in product.skus
    )
    return msgspec.structs.replace(product, skus=skus)


def _cuts(product: SaveProduct) -> list[ChangePrice]:
    """Say what of a product costs less later."""
    return [
        ChangePrice(
            sku_id=sku.id,
            product_id=product.id,
            shop_id=product.shop_id,
            price_before=sku.compare_at,
            price=sku.price,
            compare_at=sku.compare_at,
            actor=product.actor,
        )
        for sku in product.skus
        if sku.compare_at is not None
    ]


def _presold(product: SaveProduct, good: Good) -> SaveProduct:
    """Say until when a good is sold before it is there, if it is."""
    if good.presale_days is None:
        return product
    ends_at, ships_at = (clock.now() + timedelta(days=days) for days in good.presale_days)
    presale = Presale(ends_at=ends_at, ships_at=ships_at, quantity=good.presale_units)
    return msgspec.structs.replace(product, presale=presale)


def _uploads() -> list[StoreKeys]:
    """Make up the card keys of what is handed out."""
    uploads = []
    for store in STORES:
        for good in store.goods:
            for sku in product_of(store, good).skus if good.is_virtual else ():
                id = derive(sku.id, "demo", "upload")
                keys, faults = seal_lines(id, [_card(sku.id, number) for number in range(good.stock)])
                uploads.append(
                    StoreKeys(
                        id=id, shop_id=shop_id(store), sku_id=sku.id, keys=keys, faults=faults, actor=owner_of(store)
                    )
                )
    return uploads


def _card(sku_id: UUID, number: int) -> str:
    text = derive(sku_id, "card", number).hex.upper()
    return "-".join(text[place : place + 4] for place in range(0, 16, 4))


WAREHOUSES: Final = (("山下老仓", "350782", 1), ("上海分仓", "310100", 2))
"""Where the tea lies: name, region and priority. The first is the default warehouse of the shop."""


def warehouse_id(store: Store) -> UUID:
    """Name the second warehouse of a shop."""
    return derive(shop_id(store), "demo", "warehouse")


async def _fill_warehouses(program: Program, store: Store) -> None:
    """Let a shop have a second warehouse, near those who live by the sea, and a few lines in its journal."""
    owner, shop, second = owner_of(store), shop_id(store), warehouse_id(store)
    saving = [
        SaveWarehouse(id=id, shop_id=shop, name=name, region_code=code, priority=priority, actor=owner)
        for id, (name, code, priority) in zip((shop, second), WAREHOUSES, strict=True)
    ]
    await program.batchers.of(save_warehouses).submit_all(saving)
    skus = [product_of(store, good).skus[0].id for good in store.goods if not (good.is_draft or good.is_virtual)]
    skus = skus[:6]
    arrivals = [
        AdjustStock(
            id=derive(sku, "demo", "arrival"), sku_id=sku, shop_id=shop, units=60, reason=Reason.RECEIVED,
            warehouse_id=second, note="头一车", actor=owner,
        )
        for sku in skus
    ]  # fmt: skip
    broken = AdjustStock(
        id=derive(skus[0], "demo", "broken"), sku_id=skus[0], shop_id=shop, units=-2, reason=Reason.DAMAGED,
        note="路上压坏了两盒", warehouse_id=second, actor=owner,
    )  # fmt: skip
    await program.batchers.of(adjust_stock).submit_all([*arrivals, broken])
    carried = TransferStock(
        id=derive(skus[1], "demo", "carried"), sku_id=skus[1], shop_id=shop, from_id=shop, to_id=second, quantity=20,
        actor=owner,
    )  # fmt: skip
    await program.batchers.of(transfer_stock).submit(carried)


async def _supervise(program: Program) -> None:
    """Have the operator's staff suspend two shops, whose owners appeal: one is restored, the other waits."""
    colleague = Actor("staff", COLLEAGUE.id)
    judge = Actor("staff", BY_HANDLE["wenshan"].id)
    told = (
        (RESTORED, "有买家说收到的杯子和图片不一样。", "图片是我拍的，杯子是手工的，每一只都不太一样，商品页写了。"),
        (SUSPENDED, "提现账户的户名和店主不一致，先核对。", "户名是我爱人的，结婚证可以提供。"),
    )
    for place, reason, appeal in told:
        shop = shop_id(STORES[place])
        id = derive(shop, "demo", "suspension")
        suspending = SuspendShop(
            id=id,
            shop_id=shop,
            stops_sales=place == RESTORED,
            stops_withdrawals=place == SUSPENDED,
            reason=reason,
            days=None,
            actor=colleague,
        )
        appealing = AppealSuspension(suspension_id=id, shop_id=shop, text=appeal, actor=owner_of(STORES[place]))
        judging = JudgeAppeal(suspension_id=id, is_granted=True, reason="商品页确实写了手工的差别，解除。", actor=judge)
        await program.batchers.of(suspend_shops).submit(suspending)
        await program.batchers.of(appeal_suspensions, "suspension_id").submit(appealing)
        if place == RESTORED:
            await program.batchers.of(judge_appeals, "suspension_id").submit(judging)


async def _put_up(program: Program) -> None:
    """Have two shops be companies that are known, and the operator then ask them for a deposit: one has paid it."""
    operator = Actor("staff", BY_HANDLE["wenshan"].id)
    for number, store in enumerate(COMPANIES):
        await verify(program, shop_id(store), store.name, number, CHECKLIST, owner_of(store), operator)
    await apply_for_another(program, shop_id(COMPANIES[0]), COMPANIES[0], CHECKLIST, operator)
    asking = msgspec.structs.replace(CHECKLIST, company_deposit=DEPOSIT)
    publishing = PublishChecklist(version=3, checklist=asking, reason="企业店铺交 500 元保证金。", actor=operator)
    await program.database.retried(lambda tx: publish_checklists(tx, [publishing]))
    shop = shop_id(COMPANIES[0])
    paying = PayDeposit(id=derive(shop, "demo", "deposit"), shop_id=shop, amount=DEPOSIT, actor=owner_of(COMPANIES[0]))
    await program.batchers.of(pay_deposits).submit(paying)


async def _approve(program: Program) -> None:
    """Have one of the staff propose two postings by hand: one is approved by another, one waits."""
    colleague, operator = Actor("staff", COLLEAGUE.id), Actor("staff", BY_HANDLE["wenshan"].id)
    fee = Adjustment(
        debit=Place(kind=PlaceKind.PAYOUT_FEE), credit=Place(kind=PlaceKind.BANK, name="1"), amount=BANK_FEE
    )
    proposals = [
        ProposeDeed(id=proposal_id(number), deed=fee, reason=reason, actor=colleague)
        for number, reason in enumerate(("对公账户上月的管理费。", "对公账户本月的管理费。"))
    ]
    await program.batchers.of(propose_deeds).submit_all(proposals)
    rules = RulesRelease(of=DISPUTE_RULES.name, version=2, rules=msgspec.to_builtins(DisputeRules(appeal_days=5)))
    slower = ProposeDeed(
        id=rules_proposal_id(), deed=rules, reason="三天上诉太紧，好几位买家说来不及。", actor=colleague
    )
    await program.batchers.of(propose_deeds).submit(slower)
    seen = hash_of(proposals[0].id, fee)
    decision = DecideProposal(id=proposals[0].id, verdict=Verdict.APPROVE, hash=seen, actor=operator)
    await program.batchers.of(decide_proposals).submit(decision)
    await _employ(program, colleague, operator)
    shop = shop_id(STORES[RESTORED])
    freeze = CourtFreeze(
        owner_id=shop,
        place=HeldPlace.MERCHANT_AVAILABLE,
        amount=COURT_AMOUNT,
        court="湖边县人民法院",
        number="（2026）湖0101执保7号",
    )
    asked = ProposeDeed(id=court_order_id(), deed=freeze, reason="法院的协助执行通知书昨天送到。", actor=colleague)
    await program.batchers.of(propose_deeds).submit(asked)
    agreed = DecideProposal(id=asked.id, verdict=Verdict.APPROVE, hash=hash_of(asked.id, freeze), actor=operator)
    await program.batchers.of(decide_proposals).submit(agreed)


async def _employ(program: Program, maker: Actor, checker: Actor) -> None:
    """Have two of the street work for the operator: one is agreed to, the other waits."""
    clerk, newcomer = stroller_id(CLERK), stroller_id(NEWCOMER)
    agreed = ProposeDeed(
        id=derive(clerk, "demo", "role"),
        deed=RoleGrant(person_id=clerk, role=StaffRole.REVIEWER),
        reason="认证排队太久，多一个人看。",
        actor=maker,
    )
    waiting = ProposeDeed(
        id=role_proposal_id(),
        deed=RoleGrant(person_id=newcomer, role=StaffRole.ARBITER),
        reason="做过两年法院书记员，先跟着看纠纷。",
        actor=maker,
    )
    await program.batchers.of(propose_deeds).submit_all([agreed, waiting])
    seen = hash_of(agreed.id, agreed.deed)
    decision = DecideProposal(id=agreed.id, verdict=Verdict.APPROVE, hash=seen, actor=checker)
    await program.batchers.of(decide_proposals).submit(decision)


async def _withdraw_much(program: Program) -> None:
    """Have somebody withdraw so much that two of the staff have to let it go. It waits for them."""
    person = stroller_id(1)
    actor = Actor("person", person)
    account = CreatePayoutAccount(
        id=derive(person, "demo", "bank"),
        owner_id=person,
        holder=STREET[1],
        bank=BANK_OF_THE_TOWN,
        number="6222 0000 1234 5601",
        actor=actor,
    )
    await program.batchers.of(payments.create_payout_accounts).submit(account)
    async with program.database.read() as reader:
        _, rules = await get_rules_in_force(reader, clock.now())
    command = RequestPayout(
        id=derive(person, "demo", "large payout"),
        owner_id=person,
        source=PayoutSource.WALLET,
        account_id=account.id,
        amount=LARGE,
        fee=rules.withdrawal_fee,
        channel=SandboxChannel.name,
        actor=actor,
        review_above=rules.withdrawal_review_above,
        review_within=rules.review_within,
    )
    status = await program.batchers.of(payments.request_payouts).submit(command)
    assert status is RequestPayoutStatus.CREATED, status


def disputed_order_id(shop: UUID) -> UUID:
    """Name an order of a shop whose payment is disputed."""
    return derive(shop, "demo", "disputed payment")


def court_order_id() -> UUID:
    """Name what a court ordered about the money of a shop."""
    return derive(shop_id(STORES[RESTORED]), "demo", "court order")


def rules_proposal_id() -> UUID:
    """Name the rules that one of the staff proposed, which wait for another."""
    return derive(chart.TREASURY, "demo", "rules")


def role_proposal_id() -> UUID:
    """Name the role that one of the staff proposed for somebody, which waits for another."""
    return derive(stroller_id(NEWCOMER), "demo", "role")


def proposal_id(number: int) -> UUID:
    """Name what one of the staff proposed: the first is approved, the second waits."""
    return derive(stroller_id(0), "demo", "proposal", number)


class _History:
    """A month of trade. What happens is the same in every town; only its times are not."""

    def __init__(self, program: Program, last: UUID) -> None:
        self.program = program
        self.last = last
        self.random = Random(20140427)  # noqa: S311 - A history, not a secret.
        self.customers = customers()
        self.articles = articles()
        self.by_shop: dict[UUID, list[Article]] = {}
        for article in self.articles:
            self.by_shop.setdefault(article.shop_id, []).append(article)
        self.to_ship: list[Trade] = []
        self.to_confirm: list[Trade] = []
        self.talk = Talk(program, OWNERS)

    async def run(self) -> None:
        """Live through it."""
        await self._turn(EARLY)
        for day in range(DAYS):
            is_end = day >= DAYS - 3
            count = 3 + day // 5 + self.random.randrange(4)
            await self._turn(timedelta(hours=9, minutes=self.random.randrange(120)))
            trades = await self._place(day, count)
            await self._pay(trades[: count - (day % 4 == 3)])
            if day == DAYS - 4:
                self.to_ship = self.to_ship[:-1]  # One that its shop forgets: it gets late.
            await self._ship(day, keep=2 if is_end else 0)
            if day >= DAYS - 2:
                await self._complain(DAYS - day, self.customers[DAYS - day])
            await self._turn(timedelta(hours=12))
            await self._confirm(keep=5 if is_end else 1)
            if day == DAYS - 8:
                await self._withdraw()
            if day == DAYS - 6:
                await self._say_what_is_too_much()
            if day == DAYS - 3:
                await self._raise_a_price()
                await give(self.program, OLD)
                await self._bring_stray_money()
            if day % TALK_EVERY == TALK_EVERY - 1:
                await self.talk.go_on(await self._orders())
        await _hire(self.program)
        await _supervise(self.program)
        await _put_up(self.program)
        await give(self.program, *LATEST)
        await _approve(self.program)
        await _withdraw_much(self.program)
        await self._compensate()
        await close_month(self.program, COLLEAGUE.id, BY_HANDLE["wenshan"].id)
        await offer_coupons(self.program, shop_id(STORES[0]))
        await open_till(self.program, shop_id(STORES[0]), STORES[0])
        await self._stop_at_every_state()
        await self._wish()
        await self._charge_back()
        await give_gifts(self.program, shop_id(STORES[0]), BY_HANDLE["xiaoyu"].id)
        await _settle(self.program)
        await pay_by_file(self.program, OWNERS)
        await _settle(self.program)

    async def _say_what_is_too_much(self) -> None:
        operator = Actor("staff", BY_HANDLE["wenshan"].id)
        await self.program.database.retried(partial(say_what_is_too_much, operator=operator))

    async def _raise_a_price(self) -> None:
        tea = STORES[0]
        await self.program.database.retried(partial(raise_a_price, shop_id=shop_id(tea), owner=owner_of(tea)))

    async def _turn(self, by: timedelta) -> None:
        program = self.program
        async with program.database.transaction() as tx:
            await installation.turn_clock(tx, by)
        await _settle(program)

    async def _place(
        self,
        day: int,
        count: int,
        customers: Sequence[Customer] | None = None,
        wanted: Mapping[int, Wanted] = {},
    ) -> list[Trade]:
        trades, commands = [], []
        for number in range(count):
            customer = customers[number] if customers else self.random.choice(self.customers)
            shop = self.random.choice(list(self.by_shop))
            chosen = self.random.sample(self.by_shop[shop], self.random.choice((1, 1, 1, 2)))
            wish = wanted.get(number, Wanted())
            if wish.kind:
                chosen = [self.random.choice([each for each in self.articles if each.kind == wish.kind])]
                shop = chosen[0].shop_id
            order_id = derive(shop, "demo", "order", day, number)
            trades.append(Trade(order_id, shop, customer))
            commands.append(self._order(order_id, customer, chosen, wish.units))
        results = await self.program.batchers.of(place_orders).submit_all(commands)
        placed = (PlaceStatus.PLACED, PlaceStatus.EXISTS)
        return [trade for trade, result in zip(trades, results, strict=True) if result.status in placed]

    def _order(self, order_id: UUID, customer: Customer, chosen: Sequence[Article], units: int = 0) -> PlaceOrder:
        bought = [(article, units or self.random.choice((1, 1, 1, 2))) for article in chosen]
        return PlaceOrder(
            id=order_id,
            shop_id=chosen[0].shop_id,
            buyer_id=customer.id,
            buyer_name=customer.name,
            items=tuple(OrderItem(a.sku_id, quantity, a.price) for a, quantity in bought),
            address=customer.address,
            freight=freight_of(bought, customer.address),
            actor=Actor("buyer", customer.id),
            note=self.random.choice(("", "", "", "麻烦包得结实一点，送人的。", "放门口就好，谢谢！")),
        )

    async def _pay(self, trades: Sequence[Trade]) -> None:
        async with self.program.database.read() as reader:
            orders = [await get_order(reader, trade.order_id) for trade in trades]
        commands = [
            CreatePayment(
                id=derive(trade.customer.id, "demo", "payment", trade.order_id),
                payer_id=trade.customer.id,
                subject_id=trade.order_id,
                payee_id=trade.shop_id,
                amount=order.total,
                channel=BALANCE,
                actor=Actor("buyer", trade.customer.id),
                expires_at=order.due_at,
            )
            for trade, order in zip(trades, orders, strict=True)
            if order is not None
        ]
        await self.program.batchers.of(payments.create_payments).submit_all(commands)
        await self.program.deliverer.drain()
        self.to_ship += trades

    async def _ship(self, day: int, keep: int) -> None:
        """Ship what waits; now and then a shop finds that it can't, and gives the money back."""
        trades, self.to_ship = self.to_ship[: len(self.to_ship) - keep], self.to_ship[len(self.to_ship) - keep :]
        if day % 9 == 4 and trades:
            unlucky = trades.pop()
            command = RefundOrder(
                order_id=unlucky.order_id,
                shop_id=unlucky.shop_id,
                actor=OWNERS[unlucky.shop_id],
                reason="这一批烧坏了，很抱歉",
            )
            await self.program.batchers.of(refund_orders, "order_id").submit(command)
        await self._send(trades)
        self.to_confirm += trades

    async def _send(
        self, trades: Sequence[Trade], lines: tuple[tuple[int, int], ...] | None = None, parcel: int = 1
    ) -> None:
        commands = [
            ShipParcel(
                id=numbered_parcel(trade.order_id, number),
                order_id=trade.order_id,
                shop_id=trade.shop_id,
                actor=OWNERS[trade.shop_id],
                carrier=CARRIERS[trade.order_id.int % len(CARRIERS)],
                tracking_number=number,
                lines=lines,
            )
            for trade in trades
            for number in [label(CARRIERS[trade.order_id.int % len(CARRIERS)], (trade.order_id.int >> 6) + parcel)]
        ]
        await self.program.batchers.of(ship_parcels, "order_id").submit_all(commands)

    async def _confirm(self, keep: int) -> None:
        """Confirm most of what was shipped a while ago; some buyers forget, and the clock does it."""
        ready, self.to_confirm = (
            self.to_confirm[: max(len(self.to_confirm) - keep, 0)],
            self.to_confirm[max(len(self.to_confirm) - keep, 0) :],
        )
        commands = [
            ConfirmOrder(order_id=trade.order_id, actor=Actor("buyer", trade.customer.id))
            for trade in ready
            if self.random.random() < 0.85
        ]
        await self.program.batchers.of(confirm_orders, "order_id").submit_all(commands)

    async def _withdraw(self) -> None:
        commands = [
            RequestPayout(
                id=derive(shop, "demo", "payout"),
                owner_id=shop,
                source=PayoutSource.MERCHANT_AVAILABLE,
                account_id=derive(shop, "demo", "bank"),
                amount=50_000,
                fee=WITHDRAWAL_FEE,
                channel=SandboxChannel.name,
                actor=owner,
            )
            for shop, owner in OWNERS.items()
        ]
        await self.program.batchers.of(payments.request_payouts).submit_all(commands)

    async def _orders(self) -> list[Order]:
        async with self.program.database.read() as reader:
            return await list_orders(reader, tuple(State), None, ORDERS_MAX, clock.now())

    async def _wish(self) -> None:
        orders = await self._orders()
        await wish(self.program, OWNERS, orders)
        await self.talk.quarrel(orders)
        article = self.articles[0]
        command = self._order(self.last, self.customers[0], [article])
        await self.program.batchers.of(place_orders).submit(command)
        await _settle(self.program)

    async def _compensate(self) -> None:
        """Have a shop's deposit pay somebody who bought something small there."""
        shop = shop_id(STORES[1])
        bought = [
            order
            for order in await self._orders()
            if order.shop_id == shop and order.state is State.COMPLETED and TIMES * order.goods <= DEPOSIT // 2
        ]
        if bought:
            order = min(bought, key=lambda order: order.goods)
            await compensate(self.program, order, COLLEAGUE.id, BY_HANDLE["wenshan"].id)

    async def _charge_back(self) -> None:
        """Have somebody who paid by card dispute it at the acquirer, after the goods were received."""
        program, article, buyer = self.program, self.articles[0], self.customers[0]
        order_id = disputed_order_id(article.shop_id)
        placed = await program.batchers.of(place_orders).submit(self._order(order_id, buyer, [article]))
        payment = CreatePayment(
            id=derive(buyer.id, "demo", "payment", order_id),
            payer_id=buyer.id,
            subject_id=order_id,
            payee_id=article.shop_id,
            amount=placed.total,
            channel=SandboxChannel.name,
            actor=Actor("buyer", buyer.id),
        )
        await program.batchers.of(payments.create_payments).submit(payment)
        await payments.start_payments(program.database, program.lanes, [payment.id])
        pay = ActOnCharge(id=payment.id, verb=ChargeVerb.PAY, actor=payment.actor)
        await program.batchers.of(act_on_charges).submit(pay)
        await _settle(program)
        trade = Trade(order_id, article.shop_id, buyer)
        await self._send([trade])
        confirm = ConfirmOrder(order_id=order_id, actor=payment.actor)
        await program.batchers.of(confirm_orders, "order_id").submit(confirm)
        dispute = ActOnChargeback(id=payment.id, verb=ChargebackVerb.RAISE, actor=payment.actor)
        await program.batchers.of(act_on_chargebacks).submit(dispute)
        await _settle(program)

    async def _bring_stray_money(self) -> None:
        """Let the acquirer take money that belongs to nothing: its statement tells of it, and nobody knows why."""
        async with self.program.database.transaction() as tx:
            strays = [
                Payment(
                    id=id,
                    payer_id=id,
                    subject_id=id,
                    payee_id=id,
                    purpose=Purpose.ORDER,
                    amount=amount,
                    captured=amount,
                    channel=SandboxChannel.name,
                    channel_reference=id.hex,
                    status=PaymentStatus.SUCCEEDED,
                    created_at=tx.now,
                    captured_at=tx.now,
                )
                for amount in STRAYS
                for id in [derive(self.last, "stray", amount)]
            ]
            await add_paid_charges(tx, strays)

    async def _buy_card(self, buyer: Customer) -> None:
        """Leave a buyer with card keys that nobody has looked at yet."""
        store, good = next((store, good) for store in STORES for good in store.goods if good.is_virtual)
        sku = product_of(store, good).skus[0]
        shop = shop_id(store)
        order_id = derive(shop, "demo", "card", buyer.id)
        command = PlaceOrder(
            id=order_id,
            shop_id=shop,
            buyer_id=buyer.id,
            buyer_name=buyer.name,
            items=(OrderItem(sku.id, 1, sku.price),),
            actor=Actor("buyer", buyer.id),
        )
        await self.program.batchers.of(place_orders).submit(command)
        await self._pay([Trade(order_id, shop, buyer)])

    async def _pick_up(self, buyer: Customer) -> None:
        """Leave a buyer with a book that is paid, and waits at the counter."""
        book = self.by_shop[COUNTER.shop_id][0]
        order_id = derive(book.shop_id, "demo", "to pick up", buyer.id)
        command = PlaceOrder(
            id=order_id,
            shop_id=book.shop_id,
            buyer_id=buyer.id,
            buyer_name=buyer.name,
            items=(OrderItem(book.sku_id, 1, book.price),),
            address=buyer.address,
            place_id=COUNTER.id,
            actor=Actor("buyer", buyer.id),
        )
        await self.program.batchers.of(place_orders).submit(command)
        await self._pay([Trade(order_id, book.shop_id, buyer)])

    async def _complain(self, number: int, buyer: Customer) -> None:
        """Leave a buyer with something asked about sent goods in every state that a page can show."""
        batchers, actor = self.program.batchers, Actor("buyer", buyer.id)
        top_up = TopUpWallet(id=derive(buyer.id, "demo", "more"), person_id=buyer.id, amount=MORE, actor=actor)
        await batchers.of(payments.top_up_wallets).submit(top_up)
        wanted = {place: Wanted(kind) for place, (*_, kind) in enumerate(COMPLAINTS)}
        trades = await self._place(200 + number, len(COMPLAINTS), [buyer] * len(COMPLAINTS), wanted)
        await self._pay(trades)
        await self._send(trades)
        asked = [
            AskCase(
                id=derive(trade.order_id, "demo", "case", 1),
                order_id=trade.order_id,
                line=1,
                kind=kind,
                quantity=1,
                reason=reason,
                words=words,
                actor=actor,
            )
            for trade, (kind, reason, words, _, _) in zip(trades, COMPLAINTS, strict=True)
        ]
        await batchers.of(ask_cases, "order_id").submit_all(asked)
        for case, trade, (kind, _, _, answer, _) in zip(asked, trades, COMPLAINTS, strict=True):
            shop: dict[str, Any] = {
                "case_id": case.id,
                "shop_id": trade.shop_id,
                "actor": OWNERS[trade.shop_id],
            }
            if answer == "refuse":
                refusal = RefuseCase(
                    reason=RefusalReason.NOT_SHOWN, words="出厂前检查过，照片里看不出问题，麻烦再拍清楚一点。", **shop
                )
                await batchers.of(refuse_cases, "case_id").submit(refusal)
            elif answer == "counter":
                offer = CounterCase(kind=CaseKind.RESHIP, amount=0, words="给你补寄一份新的，可以吗？", **shop)
                await batchers.of(counter_cases, "case_id").submit(offer)
            elif answer != "wait":
                await batchers.of(agree_cases, "case_id").submit(AgreeCase(**shop))
            if answer in ("send", "take", "less"):
                parcel = SendBack(
                    case_id=case.id,
                    actor=case.actor,
                    carrier=CARRIERS[0],
                    tracking_number=f"SF{case.id.int % 10**12:012}",
                )
                await batchers.of(send_back, "case_id").submit(parcel)
            if answer == "take" and kind is CaseKind.RETURN:
                await batchers.of(take_returns, "case_id").submit(TakeReturn(is_restocked=True, **shop))
            if answer == "less":
                async with self.program.database.read() as reader:
                    found = await get_case(reader, case.id)
                assert found is not None
                less = CounterReturn(
                    amount=found.case.amount // 2, words="包装没有了，有使用过的痕迹，退一半可以吗？", **shop
                )
                await batchers.of(counter_returns, "case_id").submit(less)

    async def _quarrel(self, number: int, buyer: Customer, until: Until) -> None:
        """Leave a buyer with a dispute: decided, to decide, or one in which evidence is handed in."""
        batchers, actor = self.program.batchers, Actor("buyer", buyer.id)
        (trade,) = await self._place(300 + number, 1, [buyer], {0: Wanted("茶具")})
        await self._pay([trade])
        await self._send([trade])
        case_id = derive(trade.order_id, "demo", "case", 1)
        asking = AskCase(
            id=case_id,
            order_id=trade.order_id,
            line=1,
            kind=CaseKind.REFUND,
            quantity=1,
            reason=AskReason.DAMAGED,
            words="里面裂了一道口子",
            actor=actor,
        )
        await batchers.of(ask_cases, "order_id").submit(asking)
        owner = OWNERS[trade.shop_id]
        refusal = RefuseCase(case_id=case_id, shop_id=trade.shop_id, actor=owner, words="寄出的时候是好的。")
        await batchers.of(refuse_cases, "case_id").submit(refusal)
        await quarrel(self.program, case_id, actor, owner, trade.shop_id, until)

    async def _stop_at_every_state(self) -> None:
        """Leave each of the three buyers with orders in every state that a page can show."""
        for number, buyer in enumerate(self.customers[: len(BUYERS)]):
            trades = await self._place(100 + number, 6, [buyer] * 6, {3: Wanted(units=2), 4: Wanted("服饰")})
            await self._pay(trades[1:])
            done, way, part, asked = trades[1:2], trades[2:3], trades[3:4], trades[4:5]
            await self._send(done + way)
            await self.program.batchers.of(confirm_orders, "order_id").submit_all(
                [ConfirmOrder(order_id=trade.order_id, actor=Actor("buyer", buyer.id)) for trade in done]
            )
            await self._send(part, ((1, 1),))
            await self.program.batchers.of(ask_cases, "order_id").submit_all(
                [
                    AskCase(
                        id=derive(trade.order_id, "demo", "case", 1),
                        order_id=trade.order_id,
                        line=1,
                        kind=CaseKind.CANCEL,
                        quantity=1,
                        reason=AskReason.ORDERED_WRONG,
                        words="拍错颜色了",
                        actor=Actor("buyer", buyer.id),
                    )
                    for trade in asked
                ]
            )
            await self._buy_card(buyer)
            await self._pick_up(buyer)
            if number == 0:  # The others did on the days before: the last one is as busy as any.
                await self._complain(number, buyer)
            await self._quarrel(number, buyer, list(Until)[-1 - number])
        await _settle(self.program)
