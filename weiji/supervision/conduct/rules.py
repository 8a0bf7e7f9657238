"""What is decided about conduct: pure functions over counts. One function judges what happens now, and what did.

A shop is judged by the hour, after it is over: so what is found depends on nothing but its counts, in whatever pieces
they came, and a trial over the past finds what would have been found then.
"""

from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.kit.clock import SHANGHAI
from weiji.kit.text import is_line
from weiji.supervision.conduct.model import (
    ABOUT_MAX,
    BUYERS_WINDOW_HOURS_MAX,
    NAME_MAX,
    NOTE_MAX,
    OF_BUYERS,
    OF_GOODS,
    PAST,
    REASON_MAX,
    RULES_MAX,
    ConductExample,
    ConductFault,
    ConductFaultKind,
    ConductHit,
    ConductKind,
    ConductRule,
    Effect,
    Measure,
    PublishConductRules,
    PublishConductRulesResult,
    PublishConductRulesStatus,
    Tally,
)

S = PublishConductRulesStatus

HOUR: Final = timedelta(hours=1)


class Reading(Struct, frozen=True):
    """What a rule reads of a subject in an hour."""

    subject_id: UUID
    part: int
    whole: int
    about: tuple[UUID, ...] = ()


# What is found


def finds(rule: ConductRule, part: int, whole: int) -> bool:
    """Tell whether two numbers are too much for a rule."""
    match rule.kind:
        case ConductKind.PRICE_RISE:
            return (
                whole > 0 and part - whole >= max(rule.at_least, 1) and (part - whole) * 100 >= rule.threshold * whole
            )
        case ConductKind.PRICE_FALL:
            return whole - part >= max(rule.at_least, 1) and (whole - part) * 100 >= rule.threshold * whole
        case ConductKind.SALES_SURGE:
            return part >= max(rule.at_least, 1) and part * 100 >= rule.threshold * whole
        case ConductKind.REFUND_RATE | ConductKind.LATE_SHIPPING:
            return whole >= max(rule.at_least, 1) and part * 100 >= rule.threshold * whole
        case _:
            return part >= rule.threshold and whole >= rule.at_least


def judge_shop(rules: Sequence[ConductRule], tallies: Iterable[Tally], hours: Collection[datetime]) -> list[ConductHit]:
    """Say what rules find in the counts of one shop, in some of its hours: by hour, then in the order of *rules*.

    Of a subject a rule finds one thing a day, the first. *tallies* reach as far back as the rules look.
    """
    counted = sorted(tallies, key=lambda each: (each.hour, each.measure, each.subject_id, each.about_id))
    active = sorted({each.hour for each in counted} & set(hours))
    found: list[tuple[datetime, int, ConductHit]] = []
    for place, rule in enumerate(rules):
        seen: set[tuple[UUID, date]] = set()
        for hour, reading in _READERS[rule.kind](rule, counted, active):
            key = reading.subject_id, day_of(hour)
            if key not in seen and finds(rule, reading.part, reading.whole):
                seen.add(key)
                found.append((hour, place, _hit(rule, counted[0].shop_id, hour, reading)))
    found.sort(key=lambda each: each[:2])
    return [hit for _, _, hit in found]


def day_of(hour: datetime) -> date:
    """Tell the day of an hour in Shanghai."""
    return hour.astimezone(SHANGHAI).date()


def hour_of(moment: datetime) -> datetime:
    """Tell the hour that a moment is in."""
    return moment.replace(minute=0, second=0, microsecond=0)


def _hit(rule: ConductRule, shop_id: UUID, hour: datetime, reading: Reading) -> ConductHit:
    return ConductHit(
        rule_id=rule.id,
        name=rule.name,
        kind=rule.kind,
        shop_id=shop_id,
        subject_id=reading.subject_id,
        hour=hour,
        on=day_of(hour),
        part=reading.part,
        whole=reading.whole,
        window_hours=rule.window_hours,
        effect=rule.effect,
        reason=rule.reason,
        reason_en=rule.reason_en,
        about=reading.about[:ABOUT_MAX],
    )


# How rules read. Windows end with the hour that is judged, itself in it.


class _Series:
    """Counts of one measure, that can be summed between any two hours."""

    def __init__(self, counted: Sequence[Tally], measure: Measure) -> None:
        its = [each for each in counted if each.measure is measure]
        self.hours = [each.hour for each in its]
        self.sums = [0, *accumulate(each.count for each in its)]

    def until(self, hour: datetime, length: timedelta) -> int:
        """Sum what was counted in a time that ends with an hour."""
        return self.sums[bisect_right(self.hours, hour)] - self.sums[bisect_right(self.hours, hour - length)]


Readings = Iterator[tuple[datetime, Reading]]


def _shares(part: Measure, whole: Measure) -> Callable[[ConductRule, Sequence[Tally], Sequence[datetime]], Readings]:
    def read(rule: ConductRule, counted: Sequence[Tally], hours: Sequence[datetime]) -> Readings:
        parts, wholes = _Series(counted, part), _Series(counted, whole)
        for hour in hours:
            yield hour, Reading(counted[0].shop_id, parts.until(hour, rule.window), wholes.until(hour, rule.window))

    return read


def _surges(rule: ConductRule, counted: Sequence[Tally], hours: Sequence[datetime]) -> Readings:
    paid = _Series(counted, Measure.PAID)
    for hour in hours:
        past = paid.until(hour - rule.window, PAST)
        usual = -(-past * rule.window_hours // (PAST // HOUR))
        yield hour, Reading(counted[0].shop_id, paid.until(hour, rule.window), usual)


class _Farthest:
    """The lowest, or the highest, of prices within a window that moves on. Each price is looked at once."""

    def __init__(self, is_rise: bool) -> None:
        self._is_rise = is_rise
        self._prices: deque[tuple[datetime, int]] = deque()

    def add(self, hour: datetime, price: int) -> None:
        """Take a price in. What it is beyond is never the farthest any more."""
        while self._prices and (price <= self._prices[-1][1] if self._is_rise else price >= self._prices[-1][1]):
            self._prices.pop()
        self._prices.append((hour, price))

    def since(self, hour: datetime) -> int | None:
        """Give the farthest price after an hour, and forget those before."""
        while self._prices and self._prices[0][0] <= hour:
            self._prices.popleft()
        return self._prices[0][1] if self._prices else None


def _prices(is_rise: bool) -> Callable[[ConductRule, Sequence[Tally], Sequence[datetime]], Readings]:
    def read(rule: ConductRule, counted: Sequence[Tally], hours: Sequence[datetime]) -> Readings:
        of_sku: dict[UUID, _Farthest] = {}
        asked = set(hours)
        for each in counted:
            if each.measure is not Measure.PRICED:
                continue
            its = of_sku.setdefault(each.subject_id, _Farthest(is_rise))
            if each.before is not None:
                its.add(each.hour, each.before)
            # A count tells that it was on sale: without one it is what something else was offered at that it stands in
            # for, or nobody was. What it cost in the end is the last price that it was offered at, too, but where a
            # process of before there were several of an hour counted.
            for price in (*each.prices, each.amount):
                base = its.since(each.hour - rule.window)
                its.add(each.hour, price)
                # Without an earlier price it is new, and nothing moved.
                if each.count and base is not None and each.hour in asked:
                    yield each.hour, Reading(each.about_id, price, base, (each.subject_id,))

    return read


def _moved(
    rule: ConductRule, counted: Sequence[Tally], measure: Measure, hours: Sequence[datetime]
) -> Iterator[tuple[datetime, list[Tally], list[Tally], list[Tally]]]:
    """Walk through hours: what comes into the window, what leaves it, and what is of the hour itself."""
    its = [each for each in counted if each.measure is measure]
    first = last = 0
    for hour in hours:
        start = last
        while last < len(its) and its[last].hour <= hour:
            last += 1
        came, gone_from = its[start:last], first
        while first < last and its[first].hour <= hour - rule.window:
            first += 1
        yield hour, came, its[gone_from:first], [each for each in came if each.hour == hour]


def _same_buyers(rule: ConductRule, counted: Sequence[Tally], hours: Sequence[datetime]) -> Readings:
    orders: Counter[UUID] = Counter()
    paid = _Series(counted, Measure.PAID)
    for hour, came, gone, now in _moved(rule, counted, Measure.BOUGHT, hours):
        for each in came:
            orders[each.subject_id] += each.count
        for each in gone:
            orders[each.subject_id] -= each.count
        if now:
            most = max((each.subject_id for each in now), key=lambda buyer: (orders[buyer], buyer))
            yield hour, Reading(counted[0].shop_id, orders[most], paid.until(hour, rule.window), (most,))


def _shared_places(rule: ConductRule, counted: Sequence[Tally], hours: Sequence[datetime]) -> Readings:
    buyers: dict[UUID, Counter[UUID]] = {}
    paid = _Series(counted, Measure.PAID)
    for hour, came, gone, now in _moved(rule, counted, Measure.BOUGHT, hours):
        for each in came:
            buyers.setdefault(each.about_id, Counter())[each.subject_id] += each.count
        for each in gone:
            its = buyers[each.about_id]
            its[each.subject_id] -= each.count
            if not its[each.subject_id]:
                del its[each.subject_id]
        # Where nobody knows the network, it is the buyer's own id.
        places = {each.about_id for each in now if each.about_id != each.subject_id}
        if places:
            most = max(places, key=lambda place: (len(buyers[place]), place))
            about = tuple(sorted(buyers[most]))
            yield hour, Reading(counted[0].shop_id, len(about), paid.until(hour, rule.window), about)


class _Uses:
    """What somebody used: what of it is in a window that moves on, and what was in the time before it."""

    def __init__(self) -> None:
        self._recent: deque[Tally] = deque()
        self._past: deque[Tally] = deque()
        self._new: Counter[UUID] = Counter()
        self._known: Counter[UUID] = Counter()

    def add(self, use: Tally, window: timedelta) -> tuple[int, int]:
        """Take a use in; say how much is new in the window that ends with it, and how much was known before."""
        self._recent.append(use)
        self._new[use.about_id] += 1
        since = use.hour - window
        while self._recent[0].hour <= since:
            gone = self._recent.popleft()
            _take_one(self._new, gone.about_id)
            self._past.append(gone)
            self._known[gone.about_id] += 1
        while self._past and self._past[0].hour <= since - PAST:
            _take_one(self._known, self._past.popleft().about_id)
        return len(self._new.keys() - self._known.keys()), len(self._known)


def _take_one(counts: "Counter[UUID]", id: UUID) -> None:
    counts[id] -= 1
    if not counts[id]:
        del counts[id]


def _news(measure: Measure) -> Callable[[ConductRule, Sequence[Tally], Sequence[datetime]], Readings]:
    """Read what somebody used for the first time: a network, a device."""

    def read(rule: ConductRule, counted: Sequence[Tally], hours: Sequence[datetime]) -> Readings:
        uses: dict[UUID, _Uses] = {}
        asked = set(hours)
        for each in counted:
            if each.measure is measure:
                new, known = uses.setdefault(each.subject_id, _Uses()).add(each, rule.window)
                if each.hour in asked:
                    yield each.hour, Reading(each.shop_id, new, known, (each.subject_id,))

    return read


MEASURES: Final[Mapping[ConductKind, frozenset[Measure]]] = {
    ConductKind.PRICE_RISE: frozenset({Measure.PRICED}),
    ConductKind.PRICE_FALL: frozenset({Measure.PRICED}),
    ConductKind.SALES_SURGE: frozenset({Measure.PAID}),
    ConductKind.REFUND_RATE: frozenset({Measure.PAID, Measure.REFUNDED}),
    ConductKind.LATE_SHIPPING: frozenset({Measure.SHIPPED, Measure.LATE}),
    ConductKind.SAME_BUYER: frozenset({Measure.PAID, Measure.BOUGHT}),
    ConductKind.SHARED_PLACE: frozenset({Measure.PAID, Measure.BOUGHT}),
    ConductKind.NEW_PLACES: frozenset({Measure.ACTED}),
    ConductKind.NEW_DEVICES: frozenset({Measure.SIGNED_IN}),
}
"""What each kind reads."""

_READERS: Final[Mapping[ConductKind, Callable[[ConductRule, Sequence[Tally], Sequence[datetime]], Readings]]] = {
    ConductKind.PRICE_RISE: _prices(is_rise=True),
    ConductKind.PRICE_FALL: _prices(is_rise=False),
    ConductKind.SALES_SURGE: _surges,
    ConductKind.REFUND_RATE: _shares(Measure.REFUNDED, Measure.PAID),
    ConductKind.LATE_SHIPPING: _shares(Measure.LATE, Measure.SHIPPED),
    ConductKind.SAME_BUYER: _same_buyers,
    ConductKind.SHARED_PLACE: _shared_places,
    ConductKind.NEW_PLACES: _news(Measure.ACTED),
    ConductKind.NEW_DEVICES: _news(Measure.SIGNED_IN),
}


# Whether rules may be published


def judge_publication(
    command: PublishConductRules,
    version: int,
    in_force: Mapping[UUID, ConductRule],
    tried: Collection[str],
) -> tuple[PublishConductRulesResult, list[ConductRule], list[UUID]]:
    """Judge a publication after *version*. *tried* are fingerprints of rules that were tried lately.

    Gives the answer, the rules that are other ones then, and those that end.
    """
    if not is_line(command.reason, NOTE_MAX):
        return PublishConductRulesResult(S.REASON_MISSING, version), [], []
    faults = find_faults(command.put) or [
        _fault(rule, ConductFaultKind.NOT_TRIED)
        for rule in command.put
        if rule.fingerprint not in tried and not _is_tried(in_force.get(rule.id), rule)
    ]
    if faults:
        return PublishConductRulesResult(S.INVALID_RULES, version, tuple(faults)), [], []
    put = [rule for rule in command.put if in_force.get(rule.id) != rule]
    given = {rule.id for rule in command.put}
    retired = [id for id in dict.fromkeys(command.retire) if id in in_force and id not in given]
    if len(in_force) + len(given - in_force.keys()) - len(retired) > RULES_MAX:
        return PublishConductRulesResult(S.TOO_MANY_RULES, version), [], []
    if not put and not retired:
        return PublishConductRulesResult(S.NOTHING_CHANGED, version), [], []
    if command.version != version + 1:
        return PublishConductRulesResult(S.VERSION_TAKEN, version), [], []
    return PublishConductRulesResult(S.PUBLISHED, version + 1), put, retired


def _is_tried(known: ConductRule | None, rule: ConductRule) -> bool:
    """Tell whether a rule finds what one in force does: other words, or a gentler effect, need no other trial."""
    harder = list(Effect).index
    return known is not None and known.fingerprint == rule.fingerprint and harder(rule.effect) <= harder(known.effect)


def find_faults(rules: Sequence[ConductRule]) -> list[ConductFault]:
    """Find what is wrong with rules, other than that they were not tried."""
    faults = [fault for rule in rules for fault in _faults(rule)]
    seen: set[UUID] = set()
    for rule in rules:
        if rule.id in seen:
            faults.append(_fault(rule, ConductFaultKind.TWICE))
        seen.add(rule.id)
    return faults


def _fault(rule: ConductRule, kind: ConductFaultKind, example: ConductExample | None = None) -> ConductFault:
    return ConductFault(rule_id=rule.id, name=rule.name, fault=kind, example=example)


def _faults(rule: ConductRule) -> Iterator[ConductFault]:
    texts = (rule.name, NAME_MAX), (rule.reason, REASON_MAX), (rule.reason_en, REASON_MAX)
    if not all(is_line(text, length_max) for text, length_max in texts):
        yield _fault(rule, ConductFaultKind.INVALID_TEXT)
    if rule.kind in OF_BUYERS and rule.window_hours > BUYERS_WINDOW_HOURS_MAX:
        yield _fault(rule, ConductFaultKind.WINDOW_TOO_LONG)
    if rule.effect is Effect.REVIEW and rule.kind not in OF_GOODS:
        yield _fault(rule, ConductFaultKind.EFFECT_DOES_NOT_FIT)
    if not rule.hits:
        yield _fault(rule, ConductFaultKind.NO_EXAMPLES)
    for examples, is_wanted, kind in (
        (rule.hits, True, ConductFaultKind.NOT_FOUND),
        (rule.passes, False, ConductFaultKind.FOUND),
    ):
        for example in examples:
            if finds(rule, example.part, example.whole) is not is_wanted:
                yield _fault(rule, kind, example)
