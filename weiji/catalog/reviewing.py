"""Reviews of goods before they are sold: the operator's rules, what waits for a reviewer, and how each is decided."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from weiji.catalog.categories import CATEGORIES_MAX, Tree
from weiji.catalog.model import Picture, ProductPage, SaveProduct, SaveSku
from weiji.catalog.pricing import is_jump
from weiji.events import Actor
from weiji.kit.text import is_text
from weiji.word_rules import Field

REASON_MAX: Final = 300
"""Characters of a reason, and of a template."""

TEMPLATES_MAX: Final = 50
"""Templates of reasons."""

TAKEN_FOR: Final = timedelta(minutes=30)
"""How long what a reviewer took is theirs; after it somebody else may take it."""

TAKEN_MAX: Final = 10
"""Products that a reviewer's page takes at once."""


class ReviewRules(Struct, frozen=True, kw_only=True):
    """What is reviewed before it is sold. Without any of the first three nothing is."""

    everything: Annotated[bool, Meta(description="Every product.")] = False
    unverified_shops: Annotated[bool, Meta(description="Products of shops that are not verified.")] = False
    category_ids: Annotated[
        tuple[UUID, ...],
        Meta(max_length=CATEGORIES_MAX, description="Products of these categories, and what lies in them."),
    ] = ()
    changes: Annotated[
        bool, Meta(description="What matters of a listed product is reviewed, too, while it is sold as it was.")
    ] = True
    price_jump_percent: Annotated[
        int, Meta(ge=0, le=1_000, description="A price that changes by more than this matters.")
    ] = 50
    templates: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=REASON_MAX)], ...],
        Meta(max_length=TEMPLATES_MAX, description="Reasons for a refusal that reviewers may choose."),
    ] = ()

    @property
    def is_on(self) -> bool:
        """Whether anything is reviewed."""
        return self.everything or self.unverified_shops or bool(self.category_ids)

    def asks(self, tree: Tree, category_id: UUID | None, *, is_verified: bool) -> bool:
        """Whether a product has to be looked at."""
        if self.everything or (self.unverified_shops and not is_verified):
            return True
        if category_id is None or category_id not in tree.categories:
            return False
        return any(category.id in self.category_ids for category in tree.path_of(category_id))


class ReviewField(StrEnum):
    """What a refusal names."""

    TITLE = "title"
    PICTURES = "pictures"
    DESCRIPTION = "description"
    CATEGORY = "category"
    PRICE = "price"
    OTHER = "other"


class ReviewState(StrEnum):
    """How a review stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    """Its shop wanted it no more."""


class Review(Struct):
    """The latest review of a product. `proposal` is what a listed product shall become; None: it is to be listed."""

    product_id: UUID
    shop_id: UUID
    state: ReviewState
    revision: int
    version: int
    proposal: SaveProduct | None
    submitted_at: datetime
    reviewer_id: UUID | None = None
    taken_at: datetime | None = None
    decided_at: datetime | None = None
    reasons: dict[ReviewField, str] = {}


class LookedAt(Struct, frozen=True, kw_only=True):
    """A SKU as a reviewer sees it, with what it cost before, if that is something else."""

    choices: tuple[str, ...]
    price: int
    price_before: int | None


class Look(Struct, frozen=True, kw_only=True):
    """What a reviewer looks at: a product that is to be listed, or what a listed one shall become."""

    product_id: UUID
    shop_id: UUID
    shop_name: str
    shop_handle: str
    is_verified: bool
    revision: int
    submitted_at: datetime
    is_change: bool
    changed: tuple[ReviewField, ...]
    """Of a change: what is another than what buyers see."""
    title: str
    kind: str
    description_html: str
    pictures: tuple[Picture, ...]
    category_id: UUID | None
    skus: tuple[LookedAt, ...]


class TakeReview(Struct, frozen=True, kw_only=True):
    """Take a product to look at, so that no colleague does the same meanwhile."""

    product_id: UUID
    actor: Actor


class TakeReviewStatus(StrEnum):
    """How taking a product ended. Where several apply, the first listed is given."""

    TAKEN = "taken"
    EXISTS = "exists"
    """You have it."""
    REVIEW_NOT_FOUND = "review_not_found"
    """It does not wait for a reviewer."""
    TAKEN_BY_ANOTHER = "taken_by_another"
    """A colleague looks at it; after half an hour anybody may take it."""


class DecideReview(Struct, frozen=True, kw_only=True):
    """Say whether a product may be sold as it is. Reasons make it a refusal. `revision` is what was looked at."""

    product_id: UUID
    revision: int
    actor: Actor
    reasons: Mapping[ReviewField, str] = {}


class DecideReviewStatus(StrEnum):
    """How deciding ended. Where several apply, the first listed is given."""

    APPROVED = "approved"
    REFUSED = "refused"
    REVIEW_NOT_FOUND = "review_not_found"
    """It does not wait for a reviewer, or no longer."""
    NOT_TAKEN = "not_taken"
    """You did not take it, or a colleague has since."""
    CHANGED = "changed"
    """Its shop changed it since you looked: look again."""
    INVALID_REASON = "invalid_reason"
    """A reason is empty, or has more than 300 characters."""
    NOT_SAVED = "not_saved"
    """What is proposed can't be saved any more: its category asks something else, say. Refuse it."""
    LISTING_FROZEN = "listing_frozen"
    """Its shop may put nothing on sale as long as a penalty lasts: it waits until then, or is refused."""


class Content(Struct, frozen=True):
    """What matters of a product that buyers see."""

    title: str
    description_html: str
    pictures: tuple[Picture, ...]
    category_id: UUID | None


def texts_of(product: SaveProduct | ProductPage) -> list[tuple[Field, str]]:
    """Say what a product says, and where, for word rules."""
    said = (product.title, product.kind, product.vendor, *product.tags)
    chosen = (text for option in product.options for text in (option.name, *option.values))
    return [*((Field.TITLE, text) for text in (*said, *chosen)), (Field.DESCRIPTION, product.description_html)]


def content_of(command: SaveProduct) -> Content:
    """Say what matters of what is saved."""
    return Content(command.title, command.description_html, command.pictures, command.category_id)


def is_material(
    before: Content,
    after: Content,
    prices: Mapping[UUID, tuple[int, int | None]],
    skus: Sequence[SaveSku],
    percent: int,
) -> bool:
    """Tell whether a change of a listed product matters. *prices* are those before; a new SKU matters."""
    return before != after or any(
        sku.id not in prices or is_jump(prices[sku.id][0], sku.price, percent) for sku in skus
    )


def judge_takes(reviews: dict[UUID, Review], commands: Sequence[TakeReview], now: datetime) -> list[TakeReviewStatus]:
    """Answer each command as if it came alone, after the ones before it; *reviews* become what comes of it."""
    return [_take(reviews.get(command.product_id), command, now) for command in commands]


def _take(review: Review | None, command: TakeReview, now: datetime) -> TakeReviewStatus:
    if review is None or review.state is not ReviewState.WAITING:
        return TakeReviewStatus.REVIEW_NOT_FOUND
    if review.taken_at is not None and now < review.taken_at + TAKEN_FOR:
        is_own = review.reviewer_id == command.actor.person_id
        return TakeReviewStatus.EXISTS if is_own else TakeReviewStatus.TAKEN_BY_ANOTHER
    review.reviewer_id, review.taken_at = command.actor.person_id, now
    return TakeReviewStatus.TAKEN


def judge_decisions(
    reviews: dict[UUID, Review],
    versions: Mapping[UUID, int],
    unsaved: set[UUID],
    commands: Sequence[DecideReview],
    now: datetime,
    frozen: Collection[UUID] = frozenset(),
) -> list[DecideReviewStatus]:
    """Answer each command as if it came alone, after the ones before it; *reviews* become what comes of it.

    *versions* are those of the products now; *unsaved* the products whose proposal can't be saved; *frozen* the shops
    that may put nothing on sale.
    """
    return [_decide(reviews.get(c.product_id), versions.get(c.product_id), unsaved, c, now, frozen) for c in commands]


def _decide(
    review: Review | None,
    version: int | None,
    unsaved: set[UUID],
    command: DecideReview,
    now: datetime,
    frozen: Collection[UUID],
) -> DecideReviewStatus:
    if review is None or review.state is not ReviewState.WAITING:
        return DecideReviewStatus.REVIEW_NOT_FOUND
    if review.reviewer_id is None or review.reviewer_id != command.actor.person_id:
        return DecideReviewStatus.NOT_TAKEN
    if review.revision != command.revision:
        return DecideReviewStatus.CHANGED
    if review.version != version and not command.reasons:
        if review.proposal is not None:
            # What is sold was changed since, where no rule had anybody look at that: nobody needs the proposal.
            review.state = ReviewState.TAKEN_BACK
        return DecideReviewStatus.CHANGED
    if not all(is_text(reason, REASON_MAX) and not reason.isspace() and reason for reason in command.reasons.values()):
        return DecideReviewStatus.INVALID_REASON
    if not command.reasons and command.product_id in unsaved:
        return DecideReviewStatus.NOT_SAVED
    if not command.reasons and review.proposal is None and review.shop_id in frozen:
        return DecideReviewStatus.LISTING_FROZEN
    review.state = ReviewState.REFUSED if command.reasons else ReviewState.APPROVED
    review.reasons = dict(command.reasons)
    review.decided_at = now
    return DecideReviewStatus.REFUSED if command.reasons else DecideReviewStatus.APPROVED


def take_back(
    reviews: Iterable[Review], states: Collection[ReviewState] = frozenset({ReviewState.WAITING})
) -> list[Review]:
    """End reviews in one of *states*, whose shop wants them no more; give those that were ended."""
    ended = [review for review in reviews if review.state in states]
    for review in ended:
        review.state = ReviewState.TAKEN_BACK
    return ended
