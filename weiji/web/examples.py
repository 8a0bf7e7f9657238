"""Examples for the API's description: made from its schemas, with values that look like what people really send."""

from typing import Any, Final

_SHOP: Final = "01934f6e-9a00-7c3e-8f21-5b0a6c1d2e07"
_PERSON: Final = "01934f6e-1d20-7a11-9b3c-2f4e5d6c7b13"

VALUES: Final[dict[str, Any]] = {
    "id": "01934f70-55a0-7b42-a1c9-3d2e1f0a9b87",
    "shop_id": _SHOP,
    "owner_id": _SHOP,
    "payee_id": _SHOP,
    "stream": _SHOP,
    "person_id": _PERSON,
    "buyer_id": _PERSON,
    "payer_id": _PERSON,
    "order_id": "01934f70-55a0-7b42-a1c9-3d2e1f0a9b87",
    "subject_id": "01934f70-55a0-7b42-a1c9-3d2e1f0a9b87",
    "payment_id": "01934f70-6c00-7d10-b2d1-4c5d6e7f8093",
    "sku_id": "01934f6f-0b10-7e55-8a77-6f5e4d3c2b47",
    "product_id": "01934f6f-0a00-7f01-9c88-7a6b5c4d3e07",
    "key_id": "01934f6e-2e00-7b00-8d00-9e8f7a6b5c13",
    "allowance_id": "01934f6e-3f00-7c00-9e00-0f9e8d7c6b53",
    "account_id": "01934f6e-4a00-7d00-8f00-1a0b9c8d7e47",
    "name": "李雷",
    "display_name": "李雷",
    "buyer_name": "李雷",
    "holder": "李雷",
    "shop_name": "青瓷小店",
    "handle": "qingci",
    "story": "龙泉的青瓷，一炉一炉地烧。",
    "colour": "#06803f",
    "title": "青花瓷茶杯",
    "kind": "茶具",
    "vendor": "龙泉窑",
    "choices": ["大"],
    "tags": ["手工"],
    "code": "CUP-L",
    "barcode": "",
    "description_html": "<p>手绘青花，每只都不一样。</p>",
    "phone": "13800138000",
    "mail": "help@shop.example",
    "region": "浙江省杭州市西湖区",
    "region_code": "330106",
    "regions": ["330000"],
    "excluded": ["650000"],
    "detail": "文三路 1 号",
    "postcode": "310012",
    "note": "请包得结实一点",
    "quantity": 2,
    "price": 9_800,
    "price_min": 9_800,
    "price_max": 19_800,
    "compare_at": None,
    "amount": 19_600,
    "total": 19_600,
    "goods": 19_600,
    "freight": 0,
    "fee": 0,
    "available": 98,
    "captured": 19_600,
    "on_hand": 100,
    "channel": "balance",
    "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
    "currency": "CNY",
    "bank": "中国银行",
    "number": "6217000012345678903",
    "last4": "8903",
    "carrier": "顺丰",
    "tracking_number": "SF1234567890",
    "reason": "不想要了",
    "payment_password": "592817",
    "old_payment_password": None,
    "password": "correct horse battery",
    "login_password": "correct horse battery",
    "old_password": "correct horse battery",
    "new_password": "another long sentence",
    "locale": "zh-CN",
    "scopes": ["orders:read", "orders:write"],
    "days": 3,
    "thresholds": [
        4,
        11,
        41,
        91,
        151,
        251,
        501,
        1_001,
        2_001,
        5_001,
        10_001,
        20_001,
        50_001,
        100_001,
        200_001,
        500_001,
        1_000_001,
        2_000_001,
        5_000_001,
        10_000_001,
    ],
    "public_key": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "audience": "https://shop.example/shops/qingci",
    "seq": 1,
    "next": None,
    "after": None,
    "type": "OrderPlaced",
    "data": {},
    "extra": {},
    "subscriber": "orders.take_payments",
    "url": "https://example.com/cup.jpg",
    "version": 2,
    "day": "2026-11-22",
}
"""What a field of a name is likely to hold. A test checks each example against its schema."""

BASE64: Final = "SGFuZGxlLFRpdGxlLFZhcmlhbnQgUHJpY2UKY3VwLEN1cCwzOAo="
MOMENT: Final = "2026-11-22T12:00:00Z"
DURATION: Final = "P3DT4H"
DEPTH_MAX: Final = 24


class Examples:
    """Makes examples of the schemas of one description."""

    def __init__(self, schemas: dict[str, Any]) -> None:
        self.schemas = schemas

    def of(self, schema: dict[str, Any], name: str = "", depth: int = 0) -> Any:
        """Make a value that *schema* takes; *name* is the field's."""
        if depth > DEPTH_MAX:
            return None
        if "$ref" in schema:
            return self.of(self.schemas[schema["$ref"].rpartition("/")[2]], name, depth + 1)
        kind = schema.get("type")
        if name in VALUES and self._takes(schema, VALUES[name]):
            return VALUES[name]
        for key in ("oneOf", "anyOf"):
            if key in schema:
                return self._one_of(schema[key], name, depth)
        if "allOf" in schema:
            return self.of(schema["allOf"][0], name, depth + 1)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        if kind == "object":
            properties = schema.get("properties", {})
            return {field: self.of(its, field, depth + 1) for field, its in properties.items()}
        if kind == "array":
            return self._array(schema, name, depth)
        return self._plain(schema, kind)

    def _one_of(self, choices: list[dict[str, Any]], name: str, depth: int) -> Any:
        real = [choice for choice in choices if choice.get("type") != "null"]
        is_optional_number = len(real) < len(choices) and real[0].get("type") in ("integer", "number")
        return None if is_optional_number and name not in VALUES else self.of(real[0], name, depth + 1)

    def _array(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        if "prefixItems" in schema:
            return [self.of(each, name, depth + 1) for each in schema["prefixItems"]]
        return [self.of(schema.get("items", {}), name.removesuffix("s"), depth + 1)]

    def _plain(self, schema: dict[str, Any], kind: Any) -> Any:
        match kind, schema.get("format"):
            case "string", "uuid":
                return VALUES["id"]
            case "string", "date-time":
                return MOMENT
            case "string", "date":
                return VALUES["day"]
            case "string", "duration":
                return DURATION
            case "string", "uri":
                return VALUES["url"]
            case "string", _format if schema.get("contentEncoding") == "base64":
                return BASE64
            case "string", _format:
                return "…"[: schema.get("maxLength", 1)]
            case "integer" | "number", _format:
                return max(int(schema.get("minimum", 0)), 0)
            case "boolean", _format:
                return False
            case _:
                return None

    def _takes(self, schema: dict[str, Any], value: Any) -> bool:
        """Tell whether a value of `VALUES` can stand here, as far as its kind says."""
        if "$ref" in schema:
            return self._takes(self.schemas[schema["$ref"].rpartition("/")[2]], value)
        if "enum" in schema:
            return value in schema["enum"]
        choices = schema.get("oneOf") or schema.get("anyOf")
        if choices:
            return any(self._takes(choice, value) for choice in choices)
        kinds = {"string": str, "integer": int, "array": list, "object": dict, "null": type(None)}
        wanted = kinds.get(str(schema.get("type")))
        if wanted is None or not isinstance(value, wanted) or isinstance(value, bool):
            return False
        if isinstance(value, str):
            is_id = schema.get("format") == "uuid"
            return schema.get("format") in (None, "uri") or (is_id and len(value) == 36)
        if isinstance(value, list):
            return all(self._takes(schema.get("items", {}), item) for item in value)
        return not isinstance(value, dict) or not schema.get("properties")
