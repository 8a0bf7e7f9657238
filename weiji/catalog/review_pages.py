"""Where reviewers look at goods before they are sold, and where the operator says which."""

from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.response import Response

from weiji.catalog import store
from weiji.catalog.categories import Tree
from weiji.catalog.category_words import category_choices
from weiji.catalog.operations import REVIEW_RULES, decide_reviews, get_categories, take_reviews
from weiji.catalog.review_words import decision_error, field_words
from weiji.catalog.reviewing import (
    REASON_MAX,
    TAKEN_MAX,
    DecideReview,
    DecideReviewStatus,
    ReviewField,
    TakeReview,
    TakeReviewStatus,
)
from weiji.catalog.showing import own_pictures, show_picture
from weiji.identity import Role
from weiji.kit import clock
from weiji.kit.db import Reader
from weiji.rulebook.forms import Choices, Lines, Switch, hundredths
from weiji.rulebook.forms import Field as RuleField
from weiji.rulebook.pages import RulesDesk, RulesPages, Words
from weiji.web import gettext as _
from weiji.web import ngettext, page, redirect, staff
from weiji.web.forms import Form, read_form, read_id
from weiji.web.requests import WebRequest

PICTURES_SHOWN: Final = 8
"""Pictures of a product that its review shows."""


class GoodsReviews(Controller):
    """The queue: what has waited longest is taken first, and decided side by side."""

    path = "/operator/goods-reviews"
    guards = (staff(Role.REVIEWER),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Show what the reviewer has taken, and how much waits."""
        return await _show(request, {})

    @post("/taking", status_code=303)
    async def take(self, request: WebRequest) -> Response[str]:
        """Take what has waited longest."""
        async with request.database.read() as reader:
            rows = await store.get_waiting_reviews(reader, clock.now(), TAKEN_MAX)
        actor = request.actor("staff")
        commands = [TakeReview(product_id=row["product_id"], actor=actor) for row in rows]
        statuses = await request.batchers.of(take_reviews, "product_id").submit_all(commands)
        if TakeReviewStatus.TAKEN not in statuses and TakeReviewStatus.EXISTS not in statuses:
            return redirect(request, "/operator/goods-reviews", toast=_("现在没有要看的了。"))
        return redirect(request, "/operator/goods-reviews")

    @post("/decisions", status_code=303)
    async def decide(self, request: WebRequest) -> Response[str]:
        """Decide what has a verdict; the rest stays with the reviewer."""
        form = await read_form(request)
        actor = request.actor("staff")
        commands = []
        errors: dict[UUID, str] = {}
        for id in filter(None, map(read_id, form.all("product", TAKEN_MAX))):
            verdict = form.text(f"verdict_{id}")
            reasons = {field: text for field in ReviewField if (text := form.text(f"reason_{id}_{field}"))}
            if verdict == "refuse" and not reasons:
                errors[id] = _("不通过要写明哪里不对。")
            elif verdict in ("accept", "refuse"):
                revision = form.number(f"revision_{id}") or 0
                commands.append(
                    DecideReview(
                        product_id=id,
                        revision=revision,
                        actor=actor,
                        reasons=reasons if verdict == "refuse" else {},
                    )
                )
        statuses = await request.batchers.of(decide_reviews, "product_id").submit_all(commands)
        done = (DecideReviewStatus.APPROVED, DecideReviewStatus.REFUSED)
        errors |= {
            command.product_id: decision_error(status)
            for command, status in zip(commands, statuses, strict=True)
            if status not in done
        }
        if errors:
            return await _show(request, errors, form)
        toast = ngettext("看完了 %(number)s 件。", "看完了 %(number)s 件。", len(commands))
        return redirect(request, "/operator/goods-reviews", toast=toast)


async def _show(request: WebRequest, errors: dict[UUID, str], form: Form | None = None) -> Response[str]:
    async with request.database.read() as reader:
        looks = await store.get_taken_reviews(reader, request.person_id, TAKEN_MAX)
        found = await store.get_review_desk(reader, clock.now())
    names = found["names"]
    fields = field_words()
    return page(
        request,
        "catalog/operator_reviews.html",
        status_code=422 if errors else 200,
        looks=looks,
        waiting=found["waiting"],
        since=found["since"],
        templates=found["templates"],
        fields=fields,
        changed=lambda look: [fields[field] for field in look.changed],
        pictures_of=lambda look: (
            [picture.url for picture in own_pictures(look.pictures)][:PICTURES_SHOWN]
            or [show_picture(None, look.product_id, look.title, look.kind)]
        ),
        category_of=lambda look: names.get(str(look.category_id), "–"),
        errors={str(id): text for id, text in errors.items()},
        typed=lambda name: form.text(name) if form else "",
        reason_max=REASON_MAX,
        taken_max=TAKEN_MAX,
    )


async def _load(reader: Reader) -> Tree:
    return await get_categories(reader)


def _rule_fields(tree: Tree) -> list[RuleField]:
    categories = [(id, label) for id, label in category_choices(tree, None, has_retired=True) if id]
    material = _("名称、照片、描述、类目，或价格大变。看完之前按原样卖。")
    return [
        RuleField("everything", _("所有商品都先看再卖"), Switch()),
        RuleField("unverified_shops", _("没有认证的店铺的商品先看再卖"), Switch()),
        RuleField("category_ids", _("这些类目的商品先看再卖，下级也算"), Choices(categories, _("没有"))),
        RuleField("changes", _("在卖商品要紧的修改也先看"), Switch(), material),
        RuleField("price_jump_percent", _("价格变动超过多少算要紧"), hundredths()),
        RuleField(
            "templates",
            _("常用的原因"),
            Lines(),
            _("一行一条。"),
            placeholder=_("照片上有别家的水印，请换成自己拍的。"),
            is_required=False,
        ),
    ]


def _rule_words() -> Words:
    return Words(
        title=_("审核规则"),
        about=_("默认什么都不审核。已经在卖的商品不受影响，下一次上架或修改时才看。"),
        published=lambda _version: _("新的规则已生效。"),
        back=("/operator/goods-reviews", _("返回商品审核")),
    )


class ReviewRulesPages(RulesPages):
    """Which goods are reviewed."""

    path = "/operator/goods-reviews/rules"
    guards = (staff(Role.OPERATOR),)
    desk = RulesDesk(of=REVIEW_RULES, path=path, fields=_rule_fields, words=_rule_words, load=_load)


ROUTES: Final = (GoodsReviews, ReviewRulesPages)
"""What the program serves of this module."""
