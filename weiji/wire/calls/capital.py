"""The protocol's calls for what is chosen from when somebody is signed up: regions, and banks."""

from collections.abc import Sequence
from typing import Any, Final

from weiji.web import gettext as _
from weiji.web.regions import inside, regions
from weiji.wire.banks import BANKS, Bank, bank_of
from weiji.wire.errors import WireError, wrong
from weiji.wire.gate import ROUTES, Answer, Call

PAGE_MAX: Final = 200
_CODES: Final = "/v3/capital/capitallhh"


@ROUTES.add("GET", f"{_CODES}/areas/provinces")
async def list_provinces(_: Call) -> Answer:
    """List the provinces by their codes (GB/T 2260)."""
    data = [{"province_name": name, "province_code": int(code)} for code, name in inside("")]
    return Answer(value={"total_count": len(data), "data": data})


@ROUTES.add("GET", f"{_CODES}/areas/provinces/{{province_code}}/cities")
async def list_cities(call: Call) -> Answer:
    """List the cities of a province."""
    province = call.params["province_code"]
    if province not in regions() or not province.endswith("0000"):
        raise wrong("province_code", _("没有这个省的编号"), province)
    data = [{"city_name": name, "city_code": int(code)} for code, name in inside(province)]
    return Answer(value={"total_count": len(data), "data": data})


@ROUTES.add("GET", f"{_CODES}/banks/personal-banking")
async def list_personal_banks(call: Call) -> Answer:
    """List the banks whose cards people are paid to."""
    return _list(call, BANKS)


@ROUTES.add("GET", f"{_CODES}/banks/corporate-banking")
async def list_corporate_banks(call: Call) -> Answer:
    """List the banks where companies have accounts: the same."""
    return _list(call, BANKS)


@ROUTES.add("GET", f"{_CODES}/banks/search-banks-by-bank-account")
async def search_bank(call: Call) -> Answer:
    """Tell from a card's number, which is sealed, which bank gave it out; nothing where its beginning is not known."""
    number = "".join(call.open("account_number", call.ask("account_number")).split())
    found = bank_of(number)
    data = [_describe(found)] if found else []
    return Answer(value={"total_count": len(data), "data": data})


@ROUTES.add("GET", f"{_CODES}/banks/{{alias}}/branches")
async def list_branches(call: Call) -> Answer:
    """List a bank's branches in a city: none, since none is ever asked for here."""
    bank = next((bank for bank in BANKS if bank.alias_code == call.params["alias"]), None)
    if bank is None:
        raise WireError(404, "RESOURCE_NOT_EXISTS", _("没有这个编号的银行。"))
    if call.ask("city_code") not in regions():
        raise wrong("city_code", _("没有这个市的编号"), call.query["city_code"])
    _page(call)
    told = {"total_count": 0, "count": 0, "data": [], "offset": 0, "links": {}}
    names = ("account_bank", "account_bank_code", "bank_alias", "bank_alias_code")
    return Answer(value=told | {name: _describe(bank)[name] for name in names})


def _page(call: Call) -> tuple[int, int]:
    try:
        offset, limit = int(call.query.get("offset") or 0), int(call.query.get("limit") or PAGE_MAX)
    except ValueError:
        raise wrong("offset", _("和 limit 要是数")) from None
    if offset < 0 or not 1 <= limit <= PAGE_MAX:
        raise wrong("limit", _("要是 1 到 %(most)s 的数", most=PAGE_MAX))
    return offset, limit


def _list(call: Call, banks: Sequence[Bank]) -> Answer:
    offset, limit = _page(call)
    shown = banks[offset : offset + limit]
    path = call.target.partition("?")[0]
    links = {"self": f"{path}?offset={offset}&limit={limit}"}
    if offset + limit < len(banks):
        links["next"] = f"{path}?offset={offset + limit}&limit={limit}"
    if offset:
        links["prev"] = f"{path}?offset={max(0, offset - limit)}&limit={limit}"
    data = [_describe(bank) for bank in shown]
    told = {"total_count": len(banks), "count": len(data), "data": data, "offset": offset, "links": links}
    return Answer(value=told)


def _describe(bank: Bank) -> dict[str, Any]:
    return {
        "bank_alias": bank.name,
        "bank_alias_code": bank.alias_code,
        "account_bank": bank.name,
        "account_bank_code": bank.code,
        "need_bank_branch": False,
    }
