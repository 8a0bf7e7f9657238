"""Proves that a settled trade is reviewed by plain forms, with photos, blind until both have said something, and that a
review goes by ruling only."""

from datetime import timedelta
from io import BytesIO

from PIL import Image

from tests.pages.site import Site
from tests.pages.test_buyer import STATEMENTS_MAX
from tests.pages.test_consoles import Desk, csrf, turn
from weiji.events import Actor
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.word_rules import Action, Field, PublishWordRules, WordRule, note_trials, publish_word_rules


def photo() -> bytes:
    """Make a photo with a place in its EXIF."""
    made = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    Image.new("RGB", (400, 300), "#8a6d1f").save(made, "JPEG", exif=exif)
    return made.getvalue()


async def test_a_trade_is_reviewed_with_a_photo_and_seen_once_both_have_said_something(site: Site) -> None:
    offset = clock.CLOCK.offset
    buyer_id = await site.person("mei", money=10_000_000)
    await site.person("eve")
    staff = GrantRole(person_id=await site.person("boss"), scope=PLATFORM, role=Role.ARBITER, actor=Actor("system"))
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [staff])
    desk = f"/merchant/{site.shop_id}/reviews"
    async with (
        site.browser("mei") as buyer,
        site.browser(f"s{site.seller_id.hex[-8:]}") as seller,
        site.browser("eve") as eve,
        site.browser() as operator,
    ):
        order_id = await Desk(site, seller, buyer_id).settled()
        way = f"/orders/{order_id}/review"
        assert (await eve.client.get(way)).status_code == 404
        await buyer.visit("/me/reviews")
        assert buyer.statements <= STATEMENTS_MAX
        assert way in buyer.links
        await buyer.visit(way)
        assert buyer.statements <= STATEMENTS_MAX
        await buyer.send("/review", text_1="好茶")
        assert buyer.status == 422
        assert "每一项都请打分" in buyer.text
        data = {"score_1": "5", "score_service": "4", "score_shipping": "3", "text_1": "桂花香", "is_anonymous": "1"}
        files = {"photos_1": ("x.jpg", photo(), "image/jpeg")}
        headers = await csrf(buyer)
        buyer._take(await buyer.client.post(way, data=data, files=files, headers=headers, follow_redirects=True))
        assert buyer.status == 200, buyer.text
        assert "你评过了" in buyer.text
        reviews = f"/products/{site.product_id}/reviews"
        await eve.visit(reviews)
        assert "还没有评价" in eve.text
        await seller.visit(f"{desk}?tab=buyers")
        assert seller.statements <= STATEMENTS_MAX
        await seller.send("/rating", rating="bad", text="晒图返 5 元，好评返现")
        assert (seller.status, "不能拿返现" in seller.text) == (422, True)
        assert 'value="晒图返 5 元，好评返现"' in seller.page, "what was written is there still"
        assert 'value="bad" checked' in seller.page
        assert seller.page.count(" checked") == 1
        await seller.send("/rating", rating="good", text="爽快")
        assert "现在公开了" in seller.text
        await eve.visit(reviews)
        assert eve.statements <= STATEMENTS_MAX
        assert "桂花香" in eve.text
        assert "阿**" in eve.text
        assert "阿青" not in eve.text
        picture = next(link for link in eve.links if link.startswith("/media/"))
        shown = await eve.client.get(picture)
        assert shown.headers["content-type"] == "image/webp"
        assert b"where it was taken" not in shown.content
        await eve.visit(f"/shops/{site.handle}/reviews")
        assert eve.statements <= STATEMENTS_MAX
        assert "5.0" in eve.text
        piece = (await eve.client.get(f"/products/{site.product_id}/reviews/first")).text
        assert "桂花香" in piece
        assert "5.0" in (await eve.client.get(f"/shops/{site.handle}/reviews/scores")).text
        await seller.visit(f"{desk}?tab=unanswered")
        assert seller.statements <= STATEMENTS_MAX
        assert "桂花香" in seller.text
        await seller.send("/1/answer", text="谢谢你喜欢")
        await seller.visit(f"{desk}?tab=unanswered")
        assert "桂花香" not in seller.text
        await buyer.visit(way)
        assert "谢谢你喜欢" in buyer.text
        assert "爽快" in buyer.text
        await buyer.send("/follow-up", text="喝完了，还想买")
        await eve.visit(reviews)
        assert "喝完了，还想买" in eve.text
        await eve.visit(f"/reviews/{order_id}/1/report")
        await eve.send("/report", kind="advert", text="像广告")
        assert "平台会看" in eve.text
        await operator.sign_in("boss")
        await operator.visit("/operator/reviews")
        assert operator.statements <= STATEMENTS_MAX
        assert "像广告" in operator.text
        await operator.send("/ruling", reason="是广告", then="remove")
        assert "没有要处理的举报" in operator.text
        await eve.visit(reviews)
        assert "这条评价被平台移除：是广告" in eve.text
        assert "桂花香" not in eve.text
    clock.CLOCK.follow(offset)


async def test_who_works_for_a_shop_by_now_reviews_no_trade_with_it(site: Site) -> None:
    offset = clock.CLOCK.offset
    buyer_id = await site.person("mei", money=10_000_000)
    async with site.browser("mei") as buyer, site.browser(f"s{site.seller_id.hex[-8:]}") as seller:
        desk = Desk(site, seller, buyer_id)
        written, unwritten = await desk.settled(), await desk.settled()
        scores = {"score_1": "5", "score_service": "5", "score_shipping": "5"}
        await buyer.visit(f"/orders/{written}/review")
        await buyer.send("/review", **scores)
        await seller.visit(f"/merchant/{site.shop_id}/reviews?tab=buyers")
        await seller.send(f"/{written}/rating", rating="good", text="爽快")
        await buyer.visit(f"/orders/{unwritten}/review")
        role = GrantRole(person_id=buyer_id, scope=str(site.shop_id), role=Role.ORDERS, actor=Actor("system"))
        async with site.program.database.transaction() as tx:
            await grant_roles(tx, [role])
        await buyer.send("/review", **scores)
        assert (buyer.status, "你现在在这家店工作" in buyer.text) == (422, True), "the form was open"
        await buyer.visit(f"/orders/{unwritten}/review")
        assert "你现在在这家店工作" in buyer.text
        await buyer.visit(f"/orders/{written}/review")
        assert "店家对你的评价" in buyer.text, "what they said before stays"
        assert "追评" not in buyer.text
    clock.CLOCK.follow(offset)


async def test_before_the_settlement_and_after_the_time_nobody_reviews(site: Site) -> None:
    offset = clock.CLOCK.offset
    buyer_id = await site.person("mei", money=10_000_000)
    async with site.browser("mei") as buyer, site.browser(f"s{site.seller_id.hex[-8:]}") as seller:
        desk = Desk(site, seller, buyer_id)
        paid = await desk.order()
        await buyer.visit(f"/orders/{paid}/review")
        assert "交易结算以后才能评价" in buyer.text
        settled = await desk.settled()
        await turn(site, timedelta(days=16))
        await buyer.sign_in("mei")
        await buyer.visit(f"/orders/{settled}/review")
        assert "评价的时间过了" in buyer.text
        await buyer.visit("/me/reviews")
        assert "没有评价" in buyer.text
    clock.CLOCK.follow(offset)


async def test_of_a_trade_whose_money_all_went_back_no_page_asks_for_a_review(site: Site) -> None:
    offset = clock.CLOCK.offset
    buyer_id = await site.person("mei", money=10_000_000)
    async with site.browser("mei") as buyer, site.browser(f"s{site.seller_id.hex[-8:]}") as seller:
        desk = Desk(site, seller, buyer_id)
        written, silent = await desk.settled(), await desk.settled()
        await buyer.visit(f"/orders/{written}/review")
        await buyer.send("/review", score_1="5", score_service="4", score_shipping="3", text_1="桂花香")
        await buyer.visit(f"/orders/{silent}")
        assert f"/orders/{silent}/review" in buyer.links
        refund = "update orders.orders set refunded = total where id = any ($1::uuid[])"
        await site.program.database.pool.execute(refund, [written, silent])
        await buyer.visit(f"/orders/{silent}")
        assert f"/orders/{silent}/review" not in buyer.links
        await buyer.visit(f"/orders/{silent}/review")
        assert "这笔交易的钱已经全部退回，不能评价" in buyer.text
        assert "提交评价" not in buyer.text
        await buyer.visit(f"/orders/{written}/review")
        assert "评价不算数，也没有人看得到" in buyer.text
        assert "桂花香" in buyer.text
        await buyer.visit("/me/reviews")
        assert "钱退了，不算数" in buyer.text
        assert f"/orders/{silent}" not in buyer.page
        await seller.visit(f"/merchant/{site.shop_id}/reviews?tab=buyers")
        assert "没有要评的买家" in seller.text
    clock.CLOCK.follow(offset)


async def test_what_word_rules_hold_is_seen_once_staff_release_it(site: Site) -> None:
    offset = clock.CLOCK.offset
    buyer_id = await site.person("mei", money=10_000_000)
    boss = await site.person("boss")
    rules = [
        WordRule(id=new_id(), name=word, words=(word,), action=action, fields=(Field.REVIEW,), reason=why, hits=(word,))
        for word, action, why in (("加微信", Action.REVIEW, "在这里说"), ("骗子", Action.REFUSE, "别骂人"))
    ]
    rulebook = PublishWordRules(version=2, put=tuple(rules), retire=(), reason="x", actor=Actor("staff", boss))
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [GrantRole(person_id=boss, scope=PLATFORM, role=Role.OPERATOR, actor=Actor("system"))])
        await note_trials(tx, rules)
        await publish_word_rules(tx, [rulebook])
    desk = f"/merchant/{site.shop_id}/reviews"
    held = "/operator/reviews/held"
    async with (
        site.browser("mei") as buyer,
        site.browser(f"s{site.seller_id.hex[-8:]}") as seller,
        site.browser() as operator,
    ):
        order_id = await Desk(site, seller, buyer_id).settled()
        way = f"/orders/{order_id}/review"
        given = {"score_1": "5", "score_service": "4", "score_shipping": "3"}
        await buyer.visit(way)
        await buyer.send("/review", **given, text_1="都是骗子")
        assert buyer.status == 422
        assert "评价和回复里的“骗子”：别骂人" in buyer.text
        await buyer.send("/review", **given, text_1="好茶，加 微 信聊")
        assert "有几个字要平台先看过" in buyer.text
        await seller.visit(f"{desk}?tab=buyers")
        for text in ("骗子", "加微信"):
            await seller.send("/rating", rating="good", text=text)
            assert f"评价和回复里的“{text}”" in seller.text, "nothing that is said of a buyer is held"
        await seller.send("/rating", rating="good", text="爽快")
        await seller.visit(desk)
        assert "好茶" not in seller.text
        await operator.sign_in("boss")
        await operator.visit(held)
        assert operator.statements <= STATEMENTS_MAX
        assert "加 微 信" in operator.text
        await operator.send("/judgement", then="refuse")
        assert "请写上理由" in operator.text
        await operator.send("/judgement", then="release")
        assert "没有要看的" in operator.text
        await seller.visit(desk)
        assert "好茶" in seller.text
        await seller.send("/answer", text="骗子？不是的")
        assert (seller.status, "别骂人" in seller.text) == (422, True)
        assert 'value="骗子？不是的"' in seller.page, "what was written is there still"
        await seller.send("/answer", text="加微信吧")
        assert "你的回复里有几个字要平台先看过" in seller.text
        await operator.visit(held)
        await operator.send("/judgement", then="refuse", reason="别把人引走")
        await seller.visit(desk)
        assert "你的回复没有公开：别把人引走" in seller.text
        await buyer.visit(way)
        assert "加微信吧" not in buyer.text
        await buyer.send("/follow-up", text="骗子，用了三天就坏")
        assert (buyer.status, "别骂人" in buyer.text) == (422, True)
        assert "骗子，用了三天就坏" in buyer.page, "what was written is there still"
        await buyer.send("/follow-up", text="加微信再说")
        assert "追评里有几个字要平台先看过" in buyer.text
        await operator.visit(held)
        await operator.send("/judgement", then="refuse", reason="还是别")
        await buyer.visit(way)
        assert "追评没有公开：还是别" in buyer.text
    clock.CLOCK.follow(offset)
