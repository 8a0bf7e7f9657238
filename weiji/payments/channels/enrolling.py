"""What it takes to have a channel take a shop on as its sub-merchant (进件): what it is told, and what it says of it.

A channel that can has the ability ENROL, and three methods: `questions`, `enrol` and `follow`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct


class Paper(StrEnum):
    """A picture that a channel may want: a JPEG of at most 2 MB."""

    ID_FRONT = "id_front"
    ID_BACK = "id_back"
    LICENCE = "licence"


class Part(StrEnum):
    """What of an applicant a channel may refuse besides pictures and answers. Its words name it for people."""

    SHOP = "shop"
    NAME = "name"
    ID_NUMBER = "id_number"
    COMPANY_NAME = "company_name"
    CREDIT_CODE = "credit_code"
    HOLDER = "holder"


class Applicant(Struct, frozen=True, kw_only=True):
    """Who is behind a shop, as reviewers accepted it here, and what they answered to the channel's questions."""

    number: str
    """Ours of the application, 32 characters: the same however often it is handed in, another for another owner."""
    shop_name: str
    shop_url: str | None
    """Where everybody finds the shop; None where nobody outside can reach us."""
    is_company: bool
    name: str
    """The owner's; of a company, its legal representative's."""
    id_number: str
    company_name: str = ""
    credit_code: str = ""
    holder: str
    """Whom the settlement account belongs to."""
    account_number: str
    answers: Mapping[str, str]
    """By the names of the questions; what was left empty is not among them."""
    pictures: Mapping[Paper, bytes]


class Followed(Struct, frozen=True):
    """An application that a channel has."""

    number: str
    reference: str | None
    """The channel's number of it, as it told when it was handed in."""
    answers: Mapping[str, str]
    """What its applicant answered."""


class Standing(StrEnum):
    """Where an application stands at a channel."""

    IN_REVIEW = "in_review"
    TO_ACT = "to_act"
    """The shop has something to do there: `tasks` say what."""
    REFUSED = "refused"
    """`refusals` say why. It may be handed in anew, under the same number."""
    TAKEN_ON = "taken_on"
    """The shop is the sub-merchant that `number` names."""


class Errand(StrEnum):
    """What a shop has to do at a channel."""

    SIGN = "sign"
    """Agree to its terms."""
    PROVE = "prove"
    """Show that the legal representative is who they are."""
    TRANSFER = "transfer"
    """Send a small sum from the settlement account, as `facts` say."""


class App(StrEnum):
    """The app on the owner's telephone in which they do it."""

    WECHAT = "wechat"
    ALIPAY = "alipay"


class Fact(StrEnum):
    """What is to be written on a transfer."""

    PAYER = "payer"
    PAYER_ACCOUNT = "payer_account"
    AMOUNT = "amount"
    PAYEE = "payee"
    PAYEE_ACCOUNT = "payee_account"
    PAYEE_BANK = "payee_bank"
    PAYEE_PLACE = "payee_place"
    NOTE = "note"
    UNTIL = "until"


class Task(Struct, frozen=True, kw_only=True):
    """One thing that a shop has to do at a channel."""

    errand: Errand
    app: App
    url: str | None = None
    """Where, read as a code by the app; None: the app itself asks them."""
    facts: tuple[tuple[Fact, str], ...] = ()
    """What to write on a transfer."""


class Refused(Struct, frozen=True):
    """What a channel refused, and why, in its words."""

    part: str
    """A `Paper`, a `Part`, the name of a question; empty: all of it."""
    reason: str


class Enrolled(Struct, frozen=True, kw_only=True):
    """What a channel said of one application."""

    standing: Standing | None = None
    """None: it gave no answer that can be relied on, or has not taken the application, for the reason in `fault`."""
    reference: str | None = None
    number: str | None = None
    tasks: tuple[Task, ...] = ()
    refusals: tuple[Refused, ...] = ()
    fault: str = ""
    """What stands in the way that is not the shop's, for the operator: a product that was not signed, say."""


UNHEARD: Final = Enrolled()
"""No answer came."""

NO_ADDRESS: Final = "WEIJI_URL"
"""What stands in the way where the channel has to be told where the shop is."""
