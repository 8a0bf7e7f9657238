"""What the town's people say of what they bought, and its shops of who bought."""

from collections.abc import Sequence
from random import Random
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from weiji.demo.people import BY_HANDLE
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.ids import derive
from weiji.orders import Order
from weiji.program import Program
from weiji.reviews import (
    AnswerReview,
    FollowUp,
    LineReview,
    RateBuyer,
    Rating,
    ReportKind,
    ReportReview,
    ReviewTrade,
    RuleReview,
    answer_reviews,
    follow_up_reviews,
    rate_buyers,
    report_reviews,
    review_trades,
    rule_reviews,
)
from weiji.reviews.model import REVIEW_WITHIN
from weiji.reviews.store import BoughtLine, TradeOfBoth, get_trade

OF_ONE: Final[dict[str, tuple[str, ...]]] = {
    "乌龙": ("泡到第五泡还有花香，杯子里放一夜都是甜的。", "打开罐子整个屋子都香了，同事都来讨一杯。"),
    "龙井": ("叶底摊开看，整整齐齐，没有碎末。", "给爸爸买的，他说和年轻时喝的一个味道。"),
    "老白茶": ("小火煮了十分钟，满屋子枣香。",),
    "普洱": ("出差带着，到哪里都有茶喝。", "一颗正好一壶，省事。"),
    "紫砂壶": ("养了两个星期，颜色已经润起来了。", "出水很顺，断水也干净，盖子倒过来都不掉。"),
    "青瓷": ("釉色比照片还好看，像雨停了的天。", "拿在手里正好，每天早上都想用它。"),
    "蜂蜜": ("不齁，冲水有花香。天一冷就结晶了，放心。",),
    "果酱": ("配酸奶，三天就见底了。那一点点苦最好。",),
    "云片糕": ("撕着吃，一个人吃了半份，剩下的藏起来了。",),
    "辣酱": ("配白粥，三天就见底了。微辣的孩子也能吃。", "够香，中辣正好，不是死辣。"),
    "衬衫": ("洗了三次没有缩，夏天就靠它了。", "领子挺，坐了一天也不皱。"),
    "毛衣": ("轻，但是很暖，领口真的不勒。",),
    "连衣裙": ("拿到手的花和照片不一样，更好看。",),
    "T恤": ("厚实，白的也不透，又来买了两件黑的。", "洗了十几次，领口还没有松。"),
    "棉麻裤": ("口袋真的能装手机，坐下来也不掉。",),
    "帆布鞋": ("平时穿三十八就买三十八，走了一天不累脚。",),
    "渔夫帽": ("折起来塞进口袋，拿出来真的还是圆的。",),
    "布包": ("天天拎着去买菜，十斤土豆没有问题。", "红的很正，洗了两次没有掉色。"),
    "四件套": ("第一晚就睡得很好，布是软的。",),
    "蜡烛": ("睡前点一会儿，整个屋子是淡淡的香。", "吹灭了还有味道，不呛。"),
    "台灯": ("光很柔，眼睛不累，最暗一档正好起夜。",),
    "故事集": ("一个下午读完了，最后一篇在公交车上看哭了。", "扉页的签名旁边还写了一句话，很惊喜。"),
    "唐诗": ("每天抄一首，孩子也跟着背。", "纸是真的宣纸，翻的时候都轻手轻脚。"),
    "植物学": ("照着第三章种的薄荷，真的活了。",),
    "手账本": ("摊得平，钢笔写上去一点不洇。", "封面的布摸着很舒服，已经写了四十页了。"),
    "日记本": ("带去云南走了一圈，皮子磨得更好看了。",),
    "龟背竹": ("到家第九天，新叶子展开了！拍了照发给店家看。",),
    "多肉": ("六棵都活着，我可是什么都养死过的人。", "根包得很仔细，一片叶子都没有掉。"),
    "香草": ("三周真的掐来做菜了，罗勒最香。",),
    "花盆": ("换了盆以后长得快了，果然会呼吸。",),
    "油纸伞": ("下雨天特意撑着它去走了一圈，邻居都在看。", "画得细，骨子匀，收起来也顺。"),
}
"""What buyers write who like it, by a word of its title."""

SAID: Final[dict[str, dict[int, tuple[str, ...]]]] = {
    "茶与食物": {
        5: (
            "封得很严，路上走了四天，打开还是新鲜的。",
            "一个月就吃完喝完了，又来了。",
            "给外婆买的，她说是小时候的味道。",
        ),
        4: ("味道好，就是盖子太紧，开了半天。", "好，份量比想的少一点。"),
        3: ("一般，和价钱相配。我吃惯了味道重的，这个淡。",),
        2: ("寄来的时候盒子压扁了，还好里面没有漏。",),
    },
    "茶具": {
        4: ("很喜欢，比想的小，一个人用正好。", "做工好，底下有一点点不平，不影响用。"),
        3: ("好看是好看，小了点，买之前要看清楚毫升数。",),
        2: ("口沿有一个小磕，店家说手工的难免。",),
    },
    "服饰": {
        5: (
            "上班路上有三个人问我在哪里买的。",
            "针脚很密，线头都收干净了，看得出是用心做的。",
            "妈妈试了就不肯还我，又下单了一件。",
        ),
        4: ("颜色比图上深一点点，可以接受。", "料子不错，新的时候有一点味道，晾一天就没了。"),
        3: ("做工可以，颜色和屏幕上看的不太一样。",),
        2: ("有一处线头没有收好，自己剪了。",),
    },
    "家居": {
        5: ("搬新家买的第一样东西，越看越喜欢。",),
        4: ("好用，就是寄来的箱子太大，拆了半天。", "喜欢，要是再多两个颜色就好了。"),
        3: ("东西可以，比想的小一点，看清楚尺寸再买。",),
        2: ("角上磕了，店家答应补，等了两个星期。",),
    },
    "图书": {
        5: ("书角包得很好，一点没有压。", "纸好，字大，老人看着不累。"),
        4: ("内容好，封面容易脏，最好自己包个书皮。", "挺好的，最后几页写得急了一点。"),
        3: ("比想的薄。写得不错，就是不够看。",),
        2: ("书脊压弯了，估计是路上压的。",),
    },
    "文具": {
        4: ("好用，书签带短了一点。",),
        3: ("纸比想的薄，习惯了还好。",),
        2: ("封底有一道划痕，懒得换了。",),
    },
    "植物": {
        4: ("很健康，盒子底下撒了一点土，扫掉就好。",),
        3: ("比照片上小，店家说慢慢就好了。",),
        2: ("路上走了六天，有点蔫，还在救。",),
    },
    "手作": {
        4: ("好看，就是有点重，不适合天天带。",),
        3: ("桐油味有点大，挂了一个星期才散。",),
        2: ("有一根骨子裂了，已经和店家说了。",),
    },
}
"""What buyers write of goods of a kind, by stars."""

ANY_KIND: Final[dict[int, tuple[str, ...]]] = {
    5: (
        "和图上一样，比想的还好。包得很仔细，一层一层的。",
        "送朋友的，她很开心，追着问在哪里买的。",
        "店家手写了一张卡片，字很好看。东西也好。",
        "Beautifully wrapped, and quicker here than I had thought. Thank you!",
        "说是三天到，第二天就到了。",
        "问了好多问题，店家一个一个都答了。",
        "第二次来了，还是一样好。",
        "拆开的时候猫先进了盒子，人和猫都满意。",
        "比直播间里买的实在多了。",
        "犹豫了一个月才买，早该买了。",
        "Exactly as described. The shop wrote to ask whether I was happy with it.",
        "妈妈说我终于买对了一次东西。",
        "包装里没有一点塑料，喜欢。",
    ),
    4: (
        "东西不错，就是路上慢了两天。",
        "挺好的，要是包装再小一点就更好了。",
        "没有什么不好，留一颗星给下一次。",
        "好，就是送货的放错了门。",
        "Good, a little smaller than I had thought.",
    ),
    3: ("还行，没有别人说的那么好。", "中规中矩，下次再看看。"),
    2: ("等了一个星期才发货，问了也没有说清楚。", "和想的不太一样，懒得退了。"),
    1: ("收到的和说的不一样，你们店家就是骗子！全家都是骗子！",),
}
"""What they write of anything. What has one star is what staff removes."""

ANSWERS: Final[dict[bool, tuple[str, ...]]] = {
    True: (
        "谢谢你喜欢，下次来给你留好的。",
        "欢迎再来坐坐。",
        "看到这句，今天做事都有力气了。",
        "谢谢！有什么不合适的随时说。",
        "写得比我们自己说得还好，谢谢你。",
        "记住你了，下次寄的时候放点小东西。",
        "谢谢，慢慢用，用久了更好。",
    ),
    False: (
        "对不起，这次没做好。已经私下和你联系了。",
        "谢谢你说实话，这一点我们改。",
        "是我们没有写清楚，页面今天就补上。",
        "给你添麻烦了，下次一定先看一遍再寄。",
    ),
}
"""What shops answer: who liked it, and who did not."""

LATER: Final = (
    "过了些天再来说：还是很喜欢。",
    "又买了一份，给我妹妹。",
    "家里人也要，已经再下单了。",
    "朋友看到了也去买了。",
)
RATINGS: Final = ("付款爽快，好沟通。", "老朋友了，谢谢。", "")
ACCUSED: Final = "这条在骂人，还骂到家里人。"
RULED: Final = "有对个人的辱骂。说东西不好没有关系，骂人不行。"
TOUTED: Final = "东西不错。我也做这个，便宜一半，加微信 shan88 就好。"
LURED: Final = "谢谢！下次直接加 微 信 找我们，不走平台给你便宜。"
BRIBE: Final = "包裹里有张卡片，说晒图返 3 元，我没有要。"


class Talk:
    """Says it, each time that something was settled since."""

    def __init__(self, program: Program, owners: dict[UUID, Actor]) -> None:
        self.program = program
        self.owners = owners
        self.random = Random(20140520)  # noqa: S311 - Talk, not a secret.
        self.heard: set[UUID] = set()
        self.said: set[tuple[UUID, str]] = set()
        """In one shop nobody says what somebody else did: it would seem to have written it all itself."""

    async def go_on(self, orders: Sequence[Order]) -> None:
        """Let those whose trades were settled say something, most of them; and shops rate most of them."""
        settled = [order for order in orders if order.settled_at and order.id not in self.heard]
        settled = [order for order in settled if order.settled_at and clock.now() < order.settled_at + REVIEW_WITHIN]
        self.heard |= {order.id for order in settled}
        async with self.program.database.read() as reader:
            trades = [trade for order in settled if (trade := await get_trade(reader, order.id))]
        scored = [(trade, self.random.choices((5, 4, 3, 2), (60, 25, 9, 6))[0]) for trade in trades]
        told = [(trade, score, self._review(trade, score)) for trade, score in scored if self.random.random() < 0.8]
        # Who has nothing to say mostly says nothing.
        told = [each for each in told if self.random.random() < 0.3 or any(line.text for line in each[2].lines)]
        talking = [(trade, score) for trade, score, _ in told]
        batchers = self.program.batchers
        await batchers.of(review_trades, "order_id").submit_all([review for _, _, review in told])
        ratings = [
            RateBuyer(
                order_id=trade.id,
                shop_id=trade.shop_id,
                rating=Rating.GOOD if self.random.random() < 0.95 else Rating.NEUTRAL,
                text=self.random.choice(RATINGS),
                actor=self.owners[trade.shop_id],
            )
            for trade in trades
            if self.random.random() < 0.85
        ]
        await batchers.of(rate_buyers, "order_id").submit_all(ratings)
        answers = [
            AnswerReview(
                order_id=trade.id,
                line=1,
                shop_id=trade.shop_id,
                text=text,
                actor=self.owners[trade.shop_id],
            )
            for trade, score in talking
            if (score <= 3 or self.random.random() < 0.3) and (text := self._new(ANSWERS[score > 3], trade.shop_id))
        ]
        # What is not seen yet is not answered: the status says so, and it stays like that.
        await batchers.of(answer_reviews, "order_id").submit_all(answers)
        later = [
            FollowUp(order_id=trade.id, line=1, text=text, actor=Actor("buyer", trade.buyer_id))
            for trade, score in talking
            if score == 5 and self.random.random() < 0.15 and (text := self._new(LATER, trade.shop_id))
        ]
        await batchers.of(follow_up_reviews, "order_id").submit_all(later)

    async def quarrel(self, orders: Sequence[Order]) -> None:
        """Leave the operator a review to rule on and a report of a shop; one is removed already.

        What a buyer and a shop write of meeting elsewhere is held.
        """
        residents = {resident.id for resident in BY_HANDLE.values()}
        trades = []
        async with self.program.database.read() as reader:
            for order in orders:
                found = await get_trade(reader, order.id) if order.settled_at else None
                if found and found.buyer_id not in residents:
                    trades.append(found)
        fresh = [trade for trade in trades if trade.trade is None or trade.trade.written_at is None]
        fresh = [trade for trade in fresh if trade.settled_at and clock.now() < trade.settled_at + REVIEW_WITHIN]
        batchers = self.program.batchers
        for number, trade in enumerate(fresh[:2]):
            await batchers.of(review_trades, "order_id").submit(self._review(trade, 1))
            rating = RateBuyer(
                order_id=trade.id, shop_id=trade.shop_id, rating=Rating.BAD, text="", actor=self.owners[trade.shop_id]
            )
            await batchers.of(rate_buyers, "order_id").submit(rating)
            report = ReportReview(
                id=derive(trade.id, "demo", "report"),
                order_id=trade.id,
                line=1,
                kind=ReportKind.ABUSE,
                text=ACCUSED,
                actor=Actor("person", self.owners[trade.shop_id].person_id),
            )
            await batchers.of(report_reviews, "order_id").submit(report)
            if number == 0:
                ruling = RuleReview(
                    order_id=trade.id,
                    line=1,
                    is_removed=True,
                    reason=RULED,
                    actor=Actor("staff", BY_HANDLE["wenshan"].id),
                )
                await batchers.of(rule_reviews, "order_id").submit(ruling)
        for trade in fresh[2:3]:
            touted = self._review(trade, 4)
            lines = tuple(replace(line, text=TOUTED) for line in touted.lines)
            await batchers.of(review_trades, "order_id").submit(replace(touted, lines=lines))
        unanswered = [each for each in trades if any(review.is_shown and not review.answer for review in each.reviews)]
        for trade in unanswered[:1]:
            lured = AnswerReview(
                order_id=trade.id,
                line=trade.reviews[0].line,
                shop_id=trade.shop_id,
                text=LURED,
                actor=self.owners[trade.shop_id],
            )
            await batchers.of(answer_reviews, "order_id").submit(lured)
        for trade in [each for each in trades if each not in fresh][:1]:
            bribe = ReportReview(
                id=derive(trade.id, "demo", "bribe"),
                order_id=trade.id,
                line=0,
                kind=ReportKind.PAID,
                text=BRIBE,
                actor=Actor("person", trade.buyer_id),
            )
            await batchers.of(report_reviews, "order_id").submit(bribe)

    def _review(self, trade: TradeOfBoth, score: int) -> ReviewTrade:
        return ReviewTrade(
            order_id=trade.id,
            service=min(5, max(1, score + self.random.choice((0, 0, 1)))),
            shipping=min(5, max(1, score + self.random.choice((-1, 0, 0, 1)))),
            lines=tuple(
                LineReview(line=line.line, score=score, text=self._say(line, score, trade.shop_id))
                for line in trade.lines
            ),
            is_anonymous=self.random.random() < 0.6,
            actor=Actor("buyer", trade.buyer_id),
        )

    def _say(self, line: BoughtLine, score: int, shop_id: UUID) -> str:
        """Say something of what was bought, if there is something left to say of what the shop sells."""
        if score == 1:  # Two of them, whom the same makes angry.
            return ANY_KIND[1][0]
        of_one = next((texts for word, texts in OF_ONE.items() if word in line.title), ()) if score == 5 else ()
        pools = (of_one, SAID.get(line.kind, {}).get(score, ()), ANY_KIND.get(score, ()))
        return next((text for pool in pools if (text := self._new(pool, shop_id))), "")

    def _new(self, texts: Sequence[str], shop_id: UUID) -> str:
        """Choose what was not said in a shop yet; nothing, if all of it was."""
        left = [text for text in texts if (shop_id, text) not in self.said]
        chosen = self.random.choice(left) if left else ""
        self.said.add((shop_id, chosen))
        return chosen
