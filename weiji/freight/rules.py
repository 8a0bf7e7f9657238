"""What sending costs, and what becomes of a shop's templates: pure functions over what was read."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec.structs import replace

from weiji.freight.model import (
    AMOUNT_MAX,
    NAME_MAX,
    PIECES_MAX,
    PRICE_MAX,
    REGIONS_MAX,
    STEP_MAX,
    TEMPLATES_MAX,
    ZONES_MAX,
    AssignTemplate,
    AssignTemplateStatus,
    Charge,
    Freight,
    Line,
    Method,
    PutTemplateStatus,
    RemoveTemplateStatus,
    Template,
    Way,
    Zone,
)
from weiji.kit.ids import shard_of
from weiji.kit.money import allocate
from weiji.kit.text import is_line
from weiji.web.regions import covers, is_region

# --- what sending costs ---


def zone_for(template: Template, region: str) -> Zone | None:
    """Find the zone that a district lies in: the one that names the smallest region; None: nothing is sent there.

    Where the region is not known (an empty code), only what is the same everywhere can be said.
    """
    if any(covers(excluded, region) for excluded in template.excluded):
        return None
    rest = next((zone for zone in template.zones if not zone.regions), None)
    if not region:
        return rest if len(template.zones) == 1 and not template.excluded else None
    return next((zone for part in _upwards(region) for zone in template.zones if part in zone.regions), rest)


def _upwards(code: str) -> tuple[str, str, str]:
    return code, code[:4] + "00", code[:2] + "0000"


def calculate(lines: Sequence[Line], region: str) -> Freight:
    """Say what it costs to send *lines* to a district, and freeze each line's share.

    Lines of one template are added up, and charged together. Where several templates meet, the goods travel together:
    the dearest first unit is paid once, and for the others every unit is an additional one, if that is cheaper.
    """
    groups: dict[UUID, list[int]] = {}
    templates: dict[UUID, Template] = {}
    for place, line in enumerate(lines):
        if line.template is not None:
            groups.setdefault(line.template.id, []).append(place)
            templates[line.template.id] = line.template
    undeliverable: list[int] = []
    paying: list[tuple[Template, Zone, list[int], int]] = []
    charges: dict[UUID, Charge] = {}
    for id, places in groups.items():
        template = templates[id]
        zone = zone_for(template, region)
        if zone is None:
            undeliverable += places
            continue
        units = _units(template.method, [lines[place] for place in places])
        if _is_free(zone, [lines[place] for place in places]):
            charges[id] = _charge(template, units, 0, is_free=True)
        else:
            paying.append((template, zone, places, units))
    # The dearest first unit; among equals that of the oldest template, whatever the order of the lines.
    first = min(paying, key=lambda each: (-each[1].first_price, each[0].id), default=None)
    shares = [0] * len(lines)
    for each in paying:
        template, zone, places, units = each
        alone = zone.first_price + _steps(units - zone.first, zone.extra) * zone.extra_price
        joined = _steps(units, zone.extra) * zone.extra_price
        is_joined = each is not first and joined < alone
        amount = joined if is_joined else alone
        charges[template.id] = _charge(template, units, amount, is_joined=is_joined)
        for place, share in zip(places, allocate(amount, [lines[place].amount for place in places]), strict=True):
            shares[place] = share
    return Freight(
        amount=sum(shares),
        shares=tuple(shares),
        charges=tuple(charges[id] for id in groups if id in charges),
        undeliverable=tuple(sorted(undeliverable)),
    )


def _units(method: Method, lines: Sequence[Line]) -> int:
    if method is Method.PIECE:
        return sum(line.quantity for line in lines)
    return sum(line.quantity * line.weight_grams for line in lines)


def _steps(units: int, step: int) -> int:
    return -(-units // step) if units > 0 else 0


def _is_free(zone: Zone, lines: Sequence[Line]) -> bool:
    return (zone.free_amount is not None and sum(line.amount for line in lines) >= zone.free_amount) or (
        zone.free_pieces is not None and sum(line.quantity for line in lines) >= zone.free_pieces
    )


def _charge(template: Template, units: int, amount: int, *, is_free: bool = False, is_joined: bool = False) -> Charge:
    return Charge(
        template_id=template.id,
        name=template.name,
        method=template.method,
        units=units,
        amount=amount,
        is_free=is_free,
        is_joined=is_joined,
    )


# --- what becomes of templates ---


class Shelf:
    """The templates of some shops, in memory: what a batch does to them, to be written afterwards."""

    def __init__(self, templates: Mapping[UUID, Sequence[Template]], taken: Mapping[UUID, UUID]) -> None:
        """*templates* are those of shops that there are; *taken* says whose an id is."""
        self.before = {shop: {one.id: one for one in its} for shop, its in templates.items()}
        self.shops = {shop: dict(its) for shop, its in self.before.items()}
        self.taken = dict(taken)
        self.freed: set[UUID] = set()
        """Templates whose products go by the default again."""

    def put(self, template: Template) -> PutTemplateStatus:
        """Write one template."""
        its = self.shops.get(template.shop_id)
        if its is None:
            return PutTemplateStatus.SHOP_NOT_FOUND
        if shard_of(template.id) != shard_of(template.shop_id):
            return PutTemplateStatus.ID_IN_ANOTHER_SHARD
        if self.taken.get(template.id, template.shop_id) != template.shop_id:
            return PutTemplateStatus.ID_TAKEN
        wrong = check_template(template)
        if wrong is not None:
            return wrong
        before = its.get(template.id)
        # Who has templates has a default: to take it from one, give it to another.
        is_default = template.is_default or not its or (before is not None and before.is_default)
        after = replace(template, is_default=is_default)
        if after == before:
            return PutTemplateStatus.EXISTS
        if before is None and len(its) >= TEMPLATES_MAX:
            return PutTemplateStatus.TOO_MANY_TEMPLATES
        if is_default:
            its.update({id: replace(other, is_default=False) for id, other in its.items() if other.is_default})
        its[template.id] = after
        self.taken[template.id] = template.shop_id
        return PutTemplateStatus.CHANGED if before else PutTemplateStatus.CREATED

    def remove(self, id: UUID, shop_id: UUID) -> RemoveTemplateStatus:
        """Remove one template."""
        its = self.shops.get(shop_id, {})
        gone = its.pop(id, None)
        if gone is None:
            return RemoveTemplateStatus.TEMPLATE_NOT_FOUND
        del self.taken[id]
        self.freed.add(id)
        if gone.is_default and its:
            first = min(its)
            its[first] = replace(its[first], is_default=True)
        return RemoveTemplateStatus.REMOVED

    def written(self) -> list[Template]:
        """List what is new or another than before; those that are no longer the default first."""
        changed = [
            one for shop, its in self.shops.items() for one in its.values() if self.before[shop].get(one.id) != one
        ]
        return sorted(changed, key=lambda one: one.is_default)

    def removed(self) -> list[Template]:
        """List what is no longer there."""
        return [one for shop, its in self.before.items() for one in its.values() if one.id not in self.shops[shop]]


def check_template(template: Template) -> PutTemplateStatus | None:
    """Say what is wrong with a template by itself; None if nothing is."""
    status = PutTemplateStatus
    if not is_line(template.name, NAME_MAX):
        return status.INVALID_NAME
    zones = template.zones
    if not 1 <= len(zones) <= ZONES_MAX or sum(not zone.regions for zone in zones) > 1:
        return status.INVALID_ZONES
    lists = [*(zone.regions for zone in zones), template.excluded]
    if any(len(regions) > REGIONS_MAX for regions in lists) or not all(is_region(c) for each in lists for c in each):
        return status.REGION_NOT_FOUND
    named = [code for regions in lists for code in regions]
    if len(set(named)) < len(named):
        return status.REGION_TWICE
    for zone in zones:
        if not (1 <= zone.first <= STEP_MAX and 1 <= zone.extra <= STEP_MAX):
            return status.UNITS_OUT_OF_RANGE
        if zone.free_pieces is not None and not 1 <= zone.free_pieces <= PIECES_MAX:
            return status.UNITS_OUT_OF_RANGE
        if not (0 <= zone.first_price <= PRICE_MAX and 0 <= zone.extra_price <= PRICE_MAX):
            return status.PRICE_OUT_OF_RANGE
        if zone.free_amount is not None and not 1 <= zone.free_amount <= AMOUNT_MAX:
            return status.PRICE_OUT_OF_RANGE
    return None


def judge_assignment(command: AssignTemplate, templates: set[UUID]) -> AssignTemplateStatus:
    """Judge by what the freight of a product is found; *templates* are those of its shop."""
    if shard_of(command.product_id) != shard_of(command.shop_id):
        return AssignTemplateStatus.PRODUCT_NOT_FOUND
    if (command.way is Way.TEMPLATE) != (command.template_id is not None) or (
        command.template_id is not None and command.template_id not in templates
    ):
        return AssignTemplateStatus.TEMPLATE_NOT_FOUND
    return AssignTemplateStatus.ASSIGNED
