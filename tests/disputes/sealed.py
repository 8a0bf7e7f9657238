"""Files of disputes as they were sealed at some time, each with the hash that it got then: never to be edited."""

from typing import Any, Final

_ORDER: Final = {
    "number": "6217000012345678903",
    "state": "shipped",
    "goods": 19600,
    "freight": 0,
    "total": 19600,
    "refunded": 0,
    "placed_at": "2026-11-22T12:00:00Z",
    "paid_at": "2026-11-22T12:00:00Z",
    "received_at": None,
    "settled_at": None,
}

_FIRST: Final = {
    "id": "01934f70-55a0-7b42-a1c9-3d2e1f0a9b87",
    "order_id": "01934f70-55a0-7b42-a1c9-3d2e1f0a9b87",
    "line": 1,
    "shop_id": "01934f6e-9a00-7c3e-8f21-5b0a6c1d2e07",
    "buyer_id": "01934f6e-1d20-7a11-9b3c-2f4e5d6c7b13",
    "order_number": "6217000012345678903",
    "shop_name": "青瓷小店",
    "buyer_name": "李雷",
    "item": {
        "sku_id": "01934f6f-0b10-7e55-8a77-6f5e4d3c2b47",
        "product_id": "01934f6f-0a00-7f01-9c88-7a6b5c4d3e07",
        "title": "青花瓷茶杯",
        "choices": ["大"],
        "picture": None,
        "kind": "cup",
        "price": 9800,
        "quantity": 2,
    },
    "kind": "exchange",
    "state": "disputed",
    "quantity": 2,
    "withheld": 0,
    "amount": 0,
    "reason": "damaged",
    "words": "碎了",
    "proof": ["/media/a.jpg"],
    "offered_kind": "refund",
    "offered_amount": 100,
    "answer": "发出时是好的",
    "answer_proof": ["/media/b.jpg"],
    "return_address": {
        "name": "李雷",
        "phone": "13800138000",
        "region": "浙江省杭州市西湖区",
        "detail": "文三路 1 号",
        "postcode": "310012",
    },
    "return_carrier": "顺丰速运",
    "return_number": "SF42",
    "reship_carrier": None,
    "reship_number": None,
    "refund_id": None,
    "due_at": None,
    "asked_at": "2026-11-25T12:00:00Z",
    "answered_at": "2026-11-25T13:00:00.123456Z",
    "ended_at": None,
}

_SINCE: Final = {
    "freight_by": "merchant",
    "wanted": {"sku_id": "01934f6f-0b10-7e55-8a77-6f5e4d3c2b47", "choices": ["小"], "picture": None},
    "reserved": 2,
    "suspended_at": None,
    "hold": 1,
    "return_delivered_at": "2026-11-26T01:00:00Z",
}

_TALK: Final = {
    "reply": "再看看",
    "reply_proof": ["/media/d.jpg"],
    "said_last": "buyer",
    "buyer_replies": 1,
    "shop_replies": 0,
}

_SAID: Final = {
    "goods": {
        "title": "青花瓷茶杯",
        "description_html": "<p>手绘</p>",
        "attributes": [{"name": "产地", "name_en": "Origin", "value": "景德镇"}],
        "pictures": [{"url": "/media/c.jpg", "alt": "", "width": None, "height": None}],
        "as_of": "2026-11-22T11:00:00Z",
    },
    "sayings": [
        {
            "at": "2026-11-25T13:00:00.123456Z",
            "by": "merchant",
            "about": "countered",
            "words": "发出时是好的",
            "proof": ["/media/b.jpg"],
            "kind": "refund",
            "amount": 100,
        }
    ],
}

FIRST: Final[dict[str, Any]] = {"case": _FIRST, "order": _ORDER}
"""As files were at first."""

LATER: Final[dict[str, Any]] = {"case": {**_FIRST, **_SINCE}, "order": _ORDER, **_SAID}
"""As they are, with what was said about goods and case."""

TALKED: Final[dict[str, Any]] = {**LATER, "case": {**LATER["case"], **_TALK}}
"""As they were for some hours, with what was said last in the case as well."""

SEALED: Final = (
    (FIRST, "96fe06f83d62ced1b66d5050583649825b32c2ea353cfd11f1af0f13a14d617f"),
    (LATER, "0aeca2d69b773182988b62b032952ae39bee1e41f8b417babff906a61ab789d6"),
    (TALKED, "66b2fca599e32b8d42f2e92ed4e37dba1c36cd5b1f93c5a314271d1843fbcdfb"),
)
