"""The words of freight: templates, what they charge, and how changing them ends."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

TEMPLATES_MAX: Final = 30
"""Templates of one shop."""

ZONES_MAX: Final = 40
"""Zones of one template."""

REGIONS_MAX: Final = 500
"""Regions of one zone, and of what is excluded."""

NAME_MAX: Final = 40
STEP_MAX: Final = 1_000_000
"""Pieces, or grams, of a first or an additional unit."""

PRICE_MAX: Final = 10_000_000
"""Fen of a first or an additional unit: 100,000 yuan."""

PIECES_MAX: Final = 50_000
AMOUNT_MAX: Final = 10**12


class Method(StrEnum):
    """What is counted."""

    PIECE = "piece"
    WEIGHT = "weight"
    """Grams."""


class Zone(Struct, frozen=True, kw_only=True):
    """What is charged where. `regions` are GB/T 2260 codes; none: everywhere that no other zone names.

    The first `first` units cost `first_price`, each `extra` begun beyond them costs `extra_price` more (fen).
    """

    regions: tuple[str, ...] = ()
    first: int
    first_price: int
    extra: int
    extra_price: int
    free_amount: int | None = None
    """From so many fen of goods on nothing is charged."""
    free_pieces: int | None = None
    """From so many pieces on nothing is charged."""


class Template(Struct, frozen=True, kw_only=True):
    """What a shop charges for sending. `excluded` names regions that nothing is sent to."""

    id: UUID
    shop_id: UUID
    name: str
    method: Method
    zones: tuple[Zone, ...]
    excluded: tuple[str, ...] = ()
    is_default: bool = False


class Line(Struct, frozen=True, kw_only=True):
    """A line of what is to be sent. Without a template it is sent for nothing, anywhere."""

    template: Template | None
    quantity: int
    weight_grams: int
    amount: int
    """What its goods cost."""


class Charge(Struct, frozen=True, kw_only=True):
    """What one template charges for all its lines: why an order's freight is what it is."""

    template_id: UUID
    name: str
    method: Method
    units: int
    """Pieces or grams."""
    amount: int
    is_free: bool = False
    """There were enough pieces, or they cost enough."""
    is_joined: bool = False
    """They travel with goods of a dearer template: there is no first unit to pay."""


class Freight(Struct, frozen=True, kw_only=True):
    """What sending costs. `shares` has each line's; `undeliverable` the places of lines that are not sent there."""

    amount: int
    shares: tuple[int, ...]
    charges: tuple[Charge, ...]
    undeliverable: tuple[int, ...] = ()


class PutTemplate(Struct, frozen=True, kw_only=True):
    """Write a template of a shop, or over what the same id said before. The caller makes `id`, near the shop.

    The first template of a shop is its default, whatever `is_default` says.
    """

    template: Template
    actor: Actor


class PutTemplateStatus(StrEnum):
    """How writing a template ended. Where several apply, the first listed is given."""

    CREATED = "created"
    CHANGED = "changed"
    EXISTS = "exists"
    """It says just that already."""
    SHOP_NOT_FOUND = "shop_not_found"
    """There is none, or it is not yours."""
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    ID_TAKEN = "id_taken"
    """Another shop's template has this id."""
    INVALID_NAME = "invalid_name"
    """Not one line of 1…40 characters."""
    INVALID_ZONES = "invalid_zones"
    """None, more than 40, or more than one for everywhere else."""
    REGION_NOT_FOUND = "region_not_found"
    """No region has one of these codes."""
    REGION_TWICE = "region_twice"
    """A region is in two zones, or in one and excluded."""
    UNITS_OUT_OF_RANGE = "units_out_of_range"
    PRICE_OUT_OF_RANGE = "price_out_of_range"
    TOO_MANY_TEMPLATES = "too_many_templates"
    """The shop has 30."""


class RemoveTemplate(Struct, frozen=True, kw_only=True):
    """Remove a template. Its products go by the shop's default; was it that, the first of the rest is from then on."""

    id: UUID
    shop_id: UUID
    actor: Actor


class RemoveTemplateStatus(StrEnum):
    """How removing a template ended."""

    REMOVED = "removed"
    TEMPLATE_NOT_FOUND = "template_not_found"


class Way(StrEnum):
    """How the freight of a product is found."""

    DEFAULT = "default"
    """By the default template of its shop."""
    TEMPLATE = "template"
    FREE = "free"


class AssignTemplate(Struct, frozen=True, kw_only=True):
    """Say by what the freight of a product is found. `template_id` goes with the way `template`, and only with that."""

    product_id: UUID
    shop_id: UUID
    way: Way
    template_id: UUID | None = None


class AssignTemplateStatus(StrEnum):
    """How it ended. Where several apply, the first listed is given."""

    ASSIGNED = "assigned"
    PRODUCT_NOT_FOUND = "product_not_found"
    """The shop has no such product, or it is not yours."""
    TEMPLATE_NOT_FOUND = "template_not_found"
    """The shop has no such template; or one was named with another way, or none with this."""
