"""Which pages there are, by the program's own routes, and who visits each of them where in the demo town."""

from typing import Any, Final

from msgspec import Struct

STRANGER: Final = "stranger"
"""Somebody who is not signed in."""
NEWCOMER: Final = "newcomer"
"""Somebody who has just signed up, and has nothing yet."""
BUYER: Final = "buyer"
MERCHANT: Final = "merchant"
MERCHANT_OF_TWO: Final = "merchant of two shops"
OWNER: Final = "owner"
"""Whoever has the shop that the path names."""
CLERK: Final = "clerk"
"""Somebody who ships orders for the merchant."""
GUEST: Final = "guest"
"""Somebody whom the merchant has invited."""
OPERATOR: Final = "operator"

RESIDENTS: Final = {
    BUYER: "小鱼",
    MERCHANT: "老周",
    MERCHANT_OF_TWO: "沈姐",
    CLERK: "小何",
    GUEST: "Emma",
    OPERATOR: "文山",
}
"""Who of the town's six they are, or of those beside them."""


class Visit(Struct, frozen=True):
    """Somebody looks at a page. In `path`, names in braces stand for things of the town."""

    who: str
    path: str

    @property
    def name(self) -> str:
        """What the visit is called among the tests."""
        return f"{self.who} {self.path}"


def _by(who: str, *paths: str) -> tuple[Visit, ...]:
    return tuple(Visit(who, path) for path in paths)


_DESK: Final = "/merchant/{shop}"
_CASES: Final = ("asked", "countered", "refused", "to_return", "returning", "return_countered", "refunded")
_STATES: Final = ("created", "paid", "asked", "part_shipped", "shipped", "received", "completed", "closed", "refunded")

PAGES: Final[dict[str, tuple[Visit, ...]]] = {
    "/": _by(STRANGER, "/", "/?sort=best_sold") + _by(BUYER, "/"),
    "/shops/{handle}": (
        *_by(STRANGER, "/shops/{handle}", "/shops/{handle}?tab=goods&order=cheapest", "/shops/{handle}?tab=newest"),
        *_by(BUYER, "/shops/{handle}", "/shops/{sending_handle}"),
    ),
    "/shops/{handle}/credit": _by(STRANGER, "/shops/{handle}/credit", "/shops/{company}/credit")
    + _by(BUYER, "/shops/{handle}/credit"),
    "/products/{product_id}": (
        *_by(STRANGER, "/products/{product}", "/products/{sold_out}", "/products/{card}", "/products/{presale}"),
        *_by(BUYER, "/products/{sent_product}"),
        *_by(MERCHANT, "/products/{product}"),
    ),
    "/search": (
        *_by(STRANGER, "/search", "/search?q=%E8%8C%B6%E5%85%B7", "/search?q=guihua", "/search?q=zzz&stock=1"),
        *_by(BUYER, "/search?q=%E8%8C%B6%E5%85%B7&shop={handle}&sort=stars&from=10"),
    ),
    "/categories": _by(STRANGER, "/categories"),
    "/categories/{category_id}": _by(STRANGER, "/categories/{category}"),
    "/sign-in": _by(STRANGER, "/sign-in"),
    "/sign-up": _by(STRANGER, "/sign-up"),
    "/recovery": _by(STRANGER, "/recovery"),
    "/cart": _by(BUYER, "/cart") + _by(NEWCOMER, "/cart"),
    "/checkout": _by(BUYER, "/checkout?item={sku}:2", "/checkout?item={card_sku}:1", "/checkout?item={sent_sku}:1")
    + _by(NEWCOMER, "/checkout?item={sku}:1"),
    "/orders": _by(BUYER, "/orders", "/orders?tab=shipped", "/orders?tab=to_pick_up")
    + _by(NEWCOMER, "/orders", "/orders?tab=to_pick_up"),
    "/orders/{order_id}": _by(BUYER, *(f"/orders/{{{state}}}" for state in (*_STATES, "handed_out", "to_pick_up"))),
    "/orders/{order_id}/invoice": _by(
        BUYER,
        "/orders/{invoice_issued}/invoice",
        "/orders/{invoice_requested}/invoice",
        "/orders/{invoice_requested}/invoice?change=true",
        "/orders/{closed}/invoice",
    ),
    "/me/reviews": _by(BUYER, "/me/reviews") + _by(NEWCOMER, "/me/reviews"),
    "/orders/{order_id}/review": _by(
        BUYER, "/orders/{reviewable}/review", "/orders/{reviewed}/review", "/orders/{paid}/review"
    ),
    "/reviews/{order_id}/{line}/report": _by(BUYER, "/reviews/{reviewed}/1/report", "/reviews/{reviewed}/0/report"),
    "/products/{product_id}/reviews": _by(
        STRANGER, "/products/{product}/reviews", "/products/{product}/reviews?stars=5"
    )
    + _by(BUYER, "/products/{sold_out}/reviews"),
    "/shops/{handle}/reviews": _by(STRANGER, "/shops/{handle}/reviews"),
    "/merchant/{shop_id}/reviews": _by(
        MERCHANT, f"{_DESK}/reviews", f"{_DESK}/reviews?tab=unanswered", f"{_DESK}/reviews?tab=buyers"
    ),
    "/operator/reviews": _by(OPERATOR, "/operator/reviews"),
    "/operator/reviews/held": _by(OPERATOR, "/operator/reviews/held"),
    "/me/invoice-titles": _by(BUYER, "/me/invoice-titles") + _by(NEWCOMER, "/me/invoice-titles"),
    "/me/invoice-titles/new": _by(BUYER, "/me/invoice-titles/new"),
    "/me/invoice-titles/{title_id}": _by(BUYER, "/me/invoice-titles/{title}"),
    "/me/contacted-by": _by(BUYER, "/me/contacted-by") + _by(NEWCOMER, "/me/contacted-by"),
    "/orders/{order_id}/contact": _by(BUYER, "/orders/{paid}/contact", "/orders/{reviewed}/contact"),
    "/orders/{order_id}/payment": _by(BUYER, "/orders/{created}/payment"),
    "/orders/{order_id}/payment/result": _by(
        BUYER, "/orders/{created}/payment/result", "/orders/{paid}/payment/result", "/orders/{closed}/payment/result"
    ),
    "/cashier/{payment_id}": _by(BUYER, "/cashier/{charge}"),
    "/cashier/{payment_id}/return": _by(BUYER, "/cashier/{charge}/return"),
    "/payment": _by(BUYER, "/payment?order={created}&order={paid}", "/payment?order={paid}"),
    "/payment/result": _by(BUYER, "/payment/result?order={created}&order={paid}", "/payment/result?order={paid}"),
    "/orders/{order_id}/pickup-code": _by(BUYER, "/orders/{to_pick_up}/pickup-code"),
    "/orders/{order_id}/receipt": _by(BUYER, "/orders/{shipped}/receipt", "/orders/{part_shipped}/receipt"),
    "/orders/{order_id}/aftersale": _by(
        BUYER,
        "/orders/{paid}/aftersale",
        "/orders/{shipped}/aftersale",
        "/orders/{shipped}/aftersale?kind=return",
        "/orders/{shipped}/aftersale?kind=exchange",
        "/orders/{part_shipped}/aftersale?kind=refund",
        "/orders/{closed}/aftersale",
    ),
    "/aftersale": _by(BUYER, "/aftersale", "/aftersale?tab=over") + _by(NEWCOMER, "/aftersale"),
    "/aftersale/{case_id}": _by(BUYER, *(f"/aftersale/{{case_{state}}}" for state in _CASES)),
    "/me": _by(BUYER, "/me") + _by(OPERATOR, "/me") + _by(NEWCOMER, "/me"),
    "/me/profile": _by(BUYER, "/me/profile"),
    "/me/security": _by(BUYER, "/me/security") + _by(NEWCOMER, "/me/security"),
    "/me/sessions": _by(BUYER, "/me/sessions"),
    "/me/phone": _by(BUYER, "/me/phone") + _by(NEWCOMER, "/me/phone"),
    "/me/password": _by(BUYER, "/me/password"),
    "/me/recovery-code": _by(BUYER, "/me/recovery-code") + _by(NEWCOMER, "/me/recovery-code?next=/"),
    "/me/second-factor": _by(BUYER, "/me/second-factor"),
    "/me/keys": _by(MERCHANT, "/me/keys") + _by(NEWCOMER, "/me/keys"),
    "/me/keys/new": _by(MERCHANT, "/me/keys/new", "/me/keys/new?scope=shops:write") + _by(OPERATOR, "/me/keys/new"),
    "/me/payment-password": _by(BUYER, "/me/payment-password") + _by(NEWCOMER, "/me/payment-password"),
    "/me/payment-password/reset": _by(BUYER, "/me/payment-password/reset"),
    "/me/addresses": _by(BUYER, "/me/addresses") + _by(NEWCOMER, "/me/addresses"),
    "/me/addresses/new": _by(BUYER, "/me/addresses/new"),
    "/me/addresses/{address_id}": _by(BUYER, "/me/addresses/{address}"),
    "/wallet": _by(BUYER, "/wallet") + _by(NEWCOMER, "/wallet"),
    "/wallet/court-orders": _by(BUYER, "/wallet/court-orders"),
    "/wallet/dormant": _by(BUYER, "/wallet/dormant") + _by(NEWCOMER, "/wallet/dormant"),
    "/wallet/accounts": _by(BUYER, "/wallet/accounts"),
    "/wallet/top-up": _by(BUYER, "/wallet/top-up"),
    "/wallet/withdrawal": _by(BUYER, "/wallet/withdrawal") + _by(NEWCOMER, "/wallet/withdrawal"),
    "/wallet/withdrawal/confirmation": _by(BUYER, "/wallet/withdrawal/confirmation?account={account}&amount=10"),
    "/wallet/withdrawals": _by(BUYER, "/wallet/withdrawals") + _by(NEWCOMER, "/wallet/withdrawals"),
    "/red-packets": (
        *_by(BUYER, "/red-packets", "/red-packets?tab=sent"),
        *_by(NEWCOMER, "/red-packets", "/red-packets?tab=sent"),
    ),
    "/red-packets/new": _by(BUYER, "/red-packets/new"),
    "/red-packets/fairness": _by(STRANGER, "/red-packets/fairness"),
    "/red-packets/{packet_id}": (
        *_by(
            BUYER,
            *(f"/red-packets/{{{name}_packet}}" for name in ("old", "gone", "open", "equal")),
            "/red-packets/{for_one_packet}?key={for_one_key}",
        ),
        *_by(STRANGER, "/red-packets/{open_packet}?key={open_key}"),
        *_by(
            NEWCOMER,
            "/red-packets/{open_packet}?key={open_key}",
            "/red-packets/{gone_packet}?key={gone_key}",
            "/red-packets/{for_one_packet}?key={for_one_key}",
        ),
    ),
    "/red-packets/{packet_id}/proof": _by(
        BUYER, "/red-packets/{open_packet}/proof", "/red-packets/{gone_packet}/proof"
    ),
    "/sandbox/charges/{charge_id}": _by(BUYER, "/sandbox/charges/{charge}"),
    "/merchant": _by(MERCHANT_OF_TWO, "/merchant"),
    "/merchant/opening": _by(NEWCOMER, "/merchant/opening"),
    "/merchant/shops": _by(MERCHANT_OF_TWO, "/merchant/shops"),
    "/merchant/invitations": _by(GUEST, "/merchant/invitations") + _by(NEWCOMER, "/merchant/invitations"),
    "/merchant/{shop_id}/staff": _by(MERCHANT, f"{_DESK}/staff") + _by(CLERK, f"{_DESK}/staff"),
    "/merchant/{shop_id}/staff/offer": _by(MERCHANT, f"{_DESK}/staff/offer"),
    "/merchant/{shop_id}": _by(MERCHANT, _DESK) + _by(CLERK, _DESK),
    "/merchant/{shop_id}/orders": (
        *_by(MERCHANT, f"{_DESK}/orders", f"{_DESK}/orders?tab=to_ship", f"{_DESK}/orders?tab=to_pick_up"),
        *_by(OWNER, "/merchant/{to_pick_up_shop}/orders?tab=to_pick_up"),
    ),
    "/merchant/{shop_id}/orders/slips": (
        *_by(MERCHANT, f"{_DESK}/orders/slips", f"{_DESK}/orders/slips?form=list"),
        *_by(MERCHANT, f"{_DESK}/orders/slips?order={{paid}}", f"{_DESK}/orders/slips?tab=to_pick_up"),
        *_by(
            OWNER,
            *(f"/merchant/{{to_pick_up_shop}}/orders/slips?tab=to_pick_up&form={form}" for form in ("slips", "list")),
        ),
    ),
    "/merchant/{shop_id}/shipping": _by(MERCHANT, f"{_DESK}/shipping") + _by(CLERK, f"{_DESK}/shipping"),
    "/merchant/{shop_id}/orders/{order_id}": _by(
        OWNER, *(f"/merchant/{{{s}_shop}}/orders/{{{s}}}" for s in (*_STATES, "handed_out", "to_pick_up"))
    ),
    "/merchant/{shop_id}/invoices": _by(MERCHANT, f"{_DESK}/invoices", f"{_DESK}/invoices?tab=issued"),
    "/merchant/{shop_id}/invoices/{order_id}": _by(
        OWNER,
        "/merchant/{invoice_requested_shop}/invoices/{invoice_requested}",
        "/merchant/{invoice_issued_shop}/invoices/{invoice_issued}",
    ),
    "/merchant/{shop_id}/customers": _by(MERCHANT, f"{_DESK}/customers"),
    "/merchant/{shop_id}/aftersale": _by(
        MERCHANT, f"{_DESK}/aftersale", f"{_DESK}/aftersale?tab=all", f"{_DESK}/aftersale?tab=to_send"
    ),
    "/merchant/{shop_id}/aftersale/{case_id}": _by(
        OWNER, *(f"/merchant/{{case_{s}_shop}}/aftersale/{{case_{s}}}" for s in _CASES)
    ),
    "/merchant/{shop_id}/goods": _by(MERCHANT, f"{_DESK}/goods", f"{_DESK}/goods?tab=in_review"),
    "/merchant/{shop_id}/goods/changes": _by(
        MERCHANT, f"{_DESK}/goods/changes", f"{_DESK}/goods/changes?product={{product}}&what=price&how=raise&by=5"
    ),
    "/merchant/{shop_id}/goods/new": _by(MERCHANT, f"{_DESK}/goods/new"),
    "/merchant/{shop_id}/goods/{product_id}": _by(
        MERCHANT, f"{_DESK}/goods/{{product}}", f"{_DESK}/goods/{{card}}", f"{_DESK}/goods/{{presale}}"
    ),
    "/merchant/{shop_id}/goods/{product_id}/keys": _by(MERCHANT, f"{_DESK}/goods/{{card}}/keys"),
    "/coupons": _by(STRANGER, "/coupons") + _by(BUYER, "/coupons?shop={shop}"),
    "/coupons/mine": _by(BUYER, "/coupons/mine", "/coupons/mine?tab=used") + _by(NEWCOMER, "/coupons/mine"),
    "/merchant/{shop_id}/coupons": _by(MERCHANT, f"{_DESK}/coupons") + _by(OWNER, "/merchant/{sending_shop}/coupons"),
    "/merchant/{shop_id}/coupons/new": _by(MERCHANT, f"{_DESK}/coupons/new"),
    "/merchant/{shop_id}/coupons/{campaign_id}": _by(MERCHANT, f"{_DESK}/coupons/{{campaign}}"),
    "/operator/coupons": _by(OPERATOR, "/operator/coupons"),
    "/operator/coupons/new": _by(OPERATOR, "/operator/coupons/new"),
    "/operator/coupons/{campaign_id}": _by(
        OPERATOR, "/operator/coupons/{funded_campaign}", "/operator/coupons/{unfunded_campaign}"
    ),
    "/merchant/{shop_id}/freight": _by(MERCHANT, f"{_DESK}/freight") + _by(OWNER, "/merchant/{sending_shop}/freight"),
    "/merchant/{shop_id}/freight/new": _by(MERCHANT, f"{_DESK}/freight/new"),
    "/merchant/{shop_id}/freight/{template_id}": _by(OWNER, "/merchant/{sending_shop}/freight/{template}"),
    "/merchant/{shop_id}/places": _by(MERCHANT, f"{_DESK}/places") + _by(OWNER, "/merchant/{sending_shop}/places"),
    "/merchant/{shop_id}/places/new": _by(MERCHANT, f"{_DESK}/places/new"),
    "/merchant/{shop_id}/places/{place_id}": _by(OWNER, "/merchant/{sending_shop}/places/{counter}"),
    "/merchant/{shop_id}/pickup": _by(MERCHANT, f"{_DESK}/pickup", f"{_DESK}/pickup?code=123456789012")
    + _by(CLERK, f"{_DESK}/pickup"),
    "/freight/{shop_id}/{product_id}": _by(
        BUYER,
        "/freight/{sending_shop}/{sent_product}",
        "/freight/{shop}/{product}",
        "/freight/{sending_shop}/{sent_product}?province=540000&city=540100&district=540102",
    ),
    "/merchant/{shop_id}/goods/{product_id}/video": _by(MERCHANT, f"{_DESK}/goods/{{product}}/video"),
    "/merchant/{shop_id}/stock": _by(
        MERCHANT, f"{_DESK}/stock", f"{_DESK}/stock?tab=low", f"{_DESK}/stock?warehouse={{warehouse}}"
    ),
    "/merchant/{shop_id}/stock/notices": _by(MERCHANT, f"{_DESK}/stock/notices"),
    "/merchant/{shop_id}/goods/{product_id}/prices": _by(MERCHANT, f"{_DESK}/goods/{{product}}/prices"),
    "/merchant/{shop_id}/stock/changes": _by(MERCHANT, f"{_DESK}/stock/changes"),
    "/merchant/{shop_id}/stock/{sku_id}": _by(MERCHANT, f"{_DESK}/stock/{{sku}}"),
    "/merchant/{shop_id}/warehouses": _by(MERCHANT, f"{_DESK}/warehouses"),
    "/merchant/{shop_id}/warehouses/new": _by(MERCHANT, f"{_DESK}/warehouses/new"),
    "/merchant/{shop_id}/warehouses/{warehouse_id}": _by(MERCHANT, f"{_DESK}/warehouses/{{warehouse}}"),
    "/merchant/{shop_id}/porting": _by(MERCHANT, f"{_DESK}/porting"),
    "/merchant/{shop_id}/porting/history": _by(
        MERCHANT, f"{_DESK}/porting/history", f"{_DESK}/porting/history?tab=movement"
    ),
    "/merchant/{shop_id}/porting/{run_id}": _by(
        MERCHANT,
        f"{_DESK}/porting/{{run}}",
        f"{_DESK}/porting/{{run}}?tab=new",
        f"{_DESK}/porting/{{run}}?tab=categories",
    ),
    "/merchant/{shop_id}/credit": _by(MERCHANT, f"{_DESK}/credit", f"{_DESK}/credit?tab=other"),
    "/merchant/{shop_id}/credit/certificates": _by(MERCHANT, f"{_DESK}/credit/certificates")
    + _by(OWNER, "/merchant/{restored}/credit/certificates"),
    "/merchant/{shop_id}/money": _by(MERCHANT, f"{_DESK}/money", f"{_DESK}/money?account=pending"),
    "/merchant/{shop_id}/money/orders": _by(MERCHANT, f"{_DESK}/money/orders"),
    "/merchant/{shop_id}/money/payouts": _by(MERCHANT, f"{_DESK}/money/payouts"),
    "/merchant/{shop_id}/money/accounts": _by(MERCHANT, f"{_DESK}/money/accounts"),
    "/merchant/{shop_id}/money/statements": _by(MERCHANT, f"{_DESK}/money/statements"),
    "/merchant/{shop_id}/fees": _by(MERCHANT, f"{_DESK}/fees", f"{_DESK}/fees?price=98&category_id={{category}}"),
    "/merchant/{shop_id}/enrolments": _by(MERCHANT, f"{_DESK}/enrolments"),
    "/merchant/{shop_id}/money/schedule": _by(MERCHANT, f"{_DESK}/money/schedule"),
    "/merchant/{shop_id}/money/withdrawal": _by(MERCHANT, f"{_DESK}/money/withdrawal"),
    "/merchant/{shop_id}/deposit": _by(MERCHANT, f"{_DESK}/deposit")
    + _by(OWNER, "/merchant/{restored}/deposit", "/merchant/{suspended}/deposit"),
    "/merchant/{shop_id}/debt": _by(MERCHANT, f"{_DESK}/debt"),
    "/merchant/{shop_id}/chargebacks": _by(MERCHANT, f"{_DESK}/chargebacks", f"{_DESK}/chargebacks?tab=over"),
    "/merchant/{shop_id}/chargebacks/{case_id}": _by(MERCHANT, f"{_DESK}/chargebacks/{{chargeback}}"),
    "/merchant/{shop_id}/court-orders": _by(MERCHANT, f"{_DESK}/court-orders")
    + _by(OWNER, "/merchant/{restored}/court-orders"),
    "/pay/{ticket}": (*_by(BUYER, "/pay/{ticket}"), *_by(STRANGER, "/pay/{ticket}")),
    "/pay/orders/{order_id}": _by(STRANGER, "/pay/orders/{merchant_order}"),
    "/pay/orders/{order_id}/complaint": _by(GUEST, "/pay/orders/{complained_order}/complaint"),
    "/merchant/{shop_id}/open-payments/complaints": _by(MERCHANT, f"{_DESK}/open-payments/complaints"),
    "/merchant/{shop_id}/open-payments/complaints/{complaint_id}": _by(
        MERCHANT, f"{_DESK}/open-payments/complaints/{{payment_complaint}}"
    ),
    "/operator/payment-complaints": _by(
        OPERATOR, "/operator/payment-complaints", "/operator/payment-complaints?tab=over"
    ),
    "/operator/payment-complaints/{complaint_id}": _by(OPERATOR, "/operator/payment-complaints/{payment_complaint}"),
    "/merchant/{shop_id}/open-payments": (
        *_by(MERCHANT, f"{_DESK}/open-payments"),
        *_by(OWNER, "/merchant/{sending_shop}/open-payments"),
    ),
    "/merchant/{shop_id}/open-payments/agreement": (
        *_by(MERCHANT, f"{_DESK}/open-payments/agreement"),
        *_by(MERCHANT_OF_TWO, "/merchant/{applied}/open-payments/agreement"),
    ),
    "/merchant/{shop_id}/sandbox": _by(MERCHANT, f"{_DESK}/sandbox"),
    "/merchant/{shop_id}/open-payments/orders": _by(MERCHANT, f"{_DESK}/open-payments/orders"),
    "/wallet/code": _by(BUYER, "/wallet/code") + _by(NEWCOMER, "/wallet/code"),
    "/wallet/code/{code_id}": _by(BUYER, "/wallet/code/{payment_code}"),
    "/transfers/{ticket}": _by(BUYER, "/transfers/{transfer_ticket}"),
    "/transfers/bills/{bill_id}": _by(BUYER, "/transfers/bills/{transfer}"),
    "/merchant/{shop_id}/open-payments/transfers": _by(MERCHANT, f"{_DESK}/open-payments/transfers"),
    "/merchant/{shop_id}/open-payments/red-packets": _by(MERCHANT, f"{_DESK}/open-payments/red-packets"),
    "/merchant/{shop_id}/open-payments/notices": _by(MERCHANT, f"{_DESK}/open-payments/notices"),
    "/merchant/{shop_id}/open-payments/notices/{message_id}": _by(
        MERCHANT, f"{_DESK}/open-payments/notices/{{notice}}"
    ),
    "/merchant/{shop_id}/holiday": _by(MERCHANT, f"{_DESK}/holiday"),
    "/merchant/{shop_id}/suspension": (
        *_by(MERCHANT, f"{_DESK}/suspension"),
        *_by(OWNER, "/merchant/{suspended}/suspension", "/merchant/{restored}/suspension"),
    ),
    "/merchant/{shop_id}/closing": _by(MERCHANT, f"{_DESK}/closing"),
    "/merchant/{shop_id}/settings": _by(MERCHANT, f"{_DESK}/settings"),
    "/merchant/{shop_id}/storefront": _by(MERCHANT, f"{_DESK}/storefront"),
    "/merchant/{shop_id}/storefront/blocks/{block_id}": _by(
        MERCHANT,
        *(
            f"{_DESK}/storefront/blocks/{{{block}_block}}"
            for block in ("banner", "video", "grid", "text", "notice", "heading", "story", "coupons")
        ),
    ),
    "/merchant/{shop_id}/storefront/preview": _by(
        MERCHANT, f"{_DESK}/storefront/preview", f"{_DESK}/storefront/preview?number=1"
    ),
    "/merchant/{shop_id}/storefront/look": _by(MERCHANT, f"{_DESK}/storefront/look"),
    "/merchant/{shop_id}/storefront/versions": _by(MERCHANT, f"{_DESK}/storefront/versions"),
    "/merchant/{shop_id}/storefront/address": _by(MERCHANT, f"{_DESK}/storefront/address"),
    "/merchant/{shop_id}/storefront/address/card": _by(MERCHANT, f"{_DESK}/storefront/address/card"),
    "/merchant/{shop_id}/verification": _by(MERCHANT, f"{_DESK}/verification"),
    "/merchant/{shop_id}/verification/{step}": _by(
        MERCHANT, *(f"{_DESK}/verification/{step}" for step in ("terms", "subject", "documents", "account"))
    ),
    "/operator": _by(OPERATOR, "/operator"),
    "/operator/applications": _by(OPERATOR, "/operator/applications", "/operator/applications?tab=in_review"),
    "/operator/applications/{shop_id}": _by(OPERATOR, "/operator/applications/{application}"),
    "/operator/approvals": _by(OPERATOR, "/operator/approvals", "/operator/approvals?tab=over"),
    "/operator/approvals/rules": _by(OPERATOR, "/operator/approvals/rules"),
    "/operator/approvals/new": _by(
        *(OPERATOR, "/operator/approvals/new", "/operator/approvals/new?deed=write_off"),
        *(
            f"/operator/approvals/new?deed={deed}"
            for deed in (
                *("refund_by_hand", "payout_release", "payout_outcome", "period_close", "compensation"),
                *("chargeback_notice", "dormant_return", "own_funds", "court_freeze", "court_execution"),
            )
        ),
    ),
    "/operator/approvals/{proposal_id}": _by(
        *(OPERATOR, "/operator/approvals/{proposed}", "/operator/approvals/{decided}", "/operator/approvals/{frozen}"),
        *("/operator/approvals/{proposed_rules}", "/operator/approvals/{proposed_role}"),
    ),
    "/operator/chargebacks": _by(OPERATOR, "/operator/chargebacks", "/operator/chargebacks?tab=over"),
    "/operator/chargebacks/{case_id}": _by(OPERATOR, "/operator/chargebacks/{chargeback}"),
    "/operator/court-orders": _by(OPERATOR, "/operator/court-orders", "/operator/court-orders?tab=over"),
    "/operator/dormant-wallets": _by(OPERATOR, "/operator/dormant-wallets", "/operator/dormant-wallets?tab=told"),
    "/operator/court-orders/{court_order_id}": _by(OPERATOR, "/operator/court-orders/{frozen}"),
    "/operator/deposits": _by(OPERATOR, "/operator/deposits", "/operator/deposits?tab=owing"),
    "/operator/deposits/{shop_id}": _by(
        OPERATOR, "/operator/deposits/{restored}", "/operator/deposits/{shop}?tab=debt"
    ),
    "/operator/desks": _by(OPERATOR, "/operator/desks"),
    "/operator/credit": _by(OPERATOR, "/operator/credit"),
    "/operator/credit/issuers": _by(OPERATOR, "/operator/credit/issuers"),
    "/disputes/{case_id}": _by(BUYER, "/disputes/{executed_dispute}")
    + _by(CLERK, "/disputes/{deciding_dispute}")
    + _by(GUEST, "/disputes/{evidence_dispute}"),
    "/disputes/{case_id}/opening": _by(BUYER, "/disputes/{executed_dispute}/opening"),
    "/penalties": _by(STRANGER, "/penalties"),
    "/rulings": _by(STRANGER, "/rulings", "/rulings?shop={handle}"),
    "/operator/disputes": _by(OPERATOR, "/operator/disputes", "/operator/disputes?tab=over"),
    "/operator/disputes/rules": _by(OPERATOR, "/operator/disputes/rules"),
    "/operator/disputes/{case_id}": _by(
        OPERATOR,
        *(f"/operator/disputes/{{{state}_dispute}}" for state in ("executed", "deciding", "evidence")),
    ),
    "/operator/disputes/{case_id}/ruling": _by(
        OPERATOR, "/operator/disputes/{deciding_dispute}/ruling?share=50&freight_by=merchant&words=ok"
    ),
    "/operator/red-packets": _by(OPERATOR, "/operator/red-packets"),
    "/operator/channels": _by(OPERATOR, "/operator/channels"),
    "/operator/channels/{name}": _by(OPERATOR, "/operator/channels/bank", "/operator/channels/unionpay"),
    "/operator/sub-merchants": _by(OPERATOR, "/operator/sub-merchants"),
    "/operator/enrolments": _by(OPERATOR, "/operator/enrolments"),
    "/operator/bank-statements": _by(OPERATOR, "/operator/bank-statements"),
    "/operator/bank-statements/held/{statement_id}": _by(OPERATOR, "/operator/bank-statements/held/{held_statement}"),
    "/operator/bank-transfers": _by(OPERATOR, "/operator/bank-transfers"),
    "/operator/bank-transfers/{batch_id}": _by(OPERATOR, "/operator/bank-transfers/{bank_batch}"),
    "/operator/sandbox": _by(OPERATOR, "/operator/sandbox"),
    "/operator/platform-keys": _by(OPERATOR, "/operator/platform-keys"),
    "/operator/checklist": _by(OPERATOR, "/operator/checklist"),
    "/operator/shops": _by(
        OPERATOR, "/operator/shops", "/operator/shops?tab=appeals", "/operator/shops?tab=suspensions"
    ),
    "/operator/shops/{shop_id}": _by(
        OPERATOR, "/operator/shops/{shop}", "/operator/shops/{suspended}", "/operator/shops/{restored}"
    ),
    "/operator/trade": _by(OPERATOR, "/operator/trade", "/operator/trade?tab=held"),
    "/operator/trade/{order_id}": _by(OPERATOR, "/operator/trade/{completed}", "/operator/trade/{refunded}"),
    "/operator/aftersale": _by(OPERATOR, "/operator/aftersale", "/operator/aftersale?tab=refused"),
    "/operator/aftersale/{case_id}": _by(OPERATOR, "/operator/aftersale/{case_refused}"),
    "/operator/goods-reviews": _by(OPERATOR, "/operator/goods-reviews"),
    "/operator/goods-reviews/rules": _by(OPERATOR, "/operator/goods-reviews/rules"),
    "/help": _by(STRANGER, "/help", "/help?q=refund", "/help?q=zzz") + _by(MERCHANT, "/help?whose=merchants"),
    "/help/{name}": (
        *_by(STRANGER, "/help/money-held"),
        *_by(MERCHANT, "/help/shipping?shop={shop}", "/help/credit"),
        *_by(OPERATOR, "/help/write-help"),
    ),
    "/operator/contact": _by(OPERATOR, "/operator/contact"),
    "/complaints/new": _by(STRANGER, "/complaints/new?product={product}", "/complaints/new?shop={shop}"),
    "/complaints/{complaint_id}": _by(STRANGER, "/complaints/{complaint}", "/complaints/{answered}"),
    "/merchant/{shop_id}/penalties": _by(MERCHANT, f"{_DESK}/penalties") + _by(OWNER, "/merchant/{punished}/penalties"),
    "/operator/inquiries": _by(
        OPERATOR, *(f"/operator/inquiries?tab={tab}" for tab in ("open", "mine", "appeals", "decided"))
    ),
    "/operator/inquiries/figures": _by(OPERATOR, "/operator/inquiries/figures"),
    "/operator/inquiries/{inquiry_id}": _by(
        OPERATOR,
        "/operator/inquiries/{inquiry}",
        "/operator/inquiries/{appealed_inquiry}",
        "/operator/inquiries/{conduct_inquiry}",
    ),
    "/operator/conduct-rules": _by(OPERATOR, "/operator/conduct-rules"),
    "/operator/conduct-rules/hits": _by(OPERATOR, "/operator/conduct-rules/hits"),
    "/operator/conduct-rules/new": _by(OPERATOR, "/operator/conduct-rules/new"),
    "/operator/conduct-rules/{rule_id}": _by(OPERATOR, "/operator/conduct-rules/{conduct_rule}"),
    "/operator/conduct-rules/{rule_id}/trials/{trial_id}": _by(
        OPERATOR, "/operator/conduct-rules/{tried_rule}/trials/{tried}"
    ),
    "/operator/names": _by(OPERATOR, "/operator/names"),
    "/operator/word-rules": _by(OPERATOR, "/operator/word-rules", "/operator/word-rules?q=zzz"),
    "/operator/word-rules/trial": _by(
        OPERATOR, "/operator/word-rules/trial", "/operator/word-rules/trial?text=%E4%BB%A3%E5%BC%80%E5%8F%91%E7%A5%A8"
    ),
    "/operator/word-rules/trials/{trial_id}": _by(OPERATOR, "/operator/word-rules/trials/{word_trial}"),
    "/operator/word-rules/new": _by(OPERATOR, "/operator/word-rules/new"),
    "/operator/word-rules/import": _by(OPERATOR, "/operator/word-rules/import"),
    "/operator/word-rules/{rule_id}": _by(OPERATOR, "/operator/word-rules/{word_rule}"),
    "/operator/categories": _by(OPERATOR, "/operator/categories"),
    "/operator/categories/new": _by(OPERATOR, "/operator/categories/new"),
    "/operator/categories/{category_id}": _by(OPERATOR, "/operator/categories/{category}"),
    "/operator/audit": _by(OPERATOR, "/operator/audit", "/operator/audit?of={paid}"),
    "/operator/staff": _by(OPERATOR, "/operator/staff"),
    "/operator/staff/changes": _by(OPERATOR, "/operator/staff/changes"),
    "/operator/staff/new": _by(OPERATOR, "/operator/staff/new?who=xiaoyu"),
    "/operator/staff/{person_id}": _by(OPERATOR, "/operator/staff/{clerk}"),
    "/operator/staff-acts": _by(OPERATOR, "/operator/staff-acts", "/operator/staff-acts?what=InquiryDecided"),
    "/operator/books": _by(OPERATOR, "/operator/books"),
    "/operator/rules": _by(OPERATOR, "/operator/rules"),
    "/operator/fees": _by(OPERATOR, "/operator/fees"),
    "/operator/return-rules": _by(OPERATOR, "/operator/return-rules"),
    "/operator/words": _by(OPERATOR, "/operator/words"),
    "/operator/jobs": _by(OPERATOR, "/operator/jobs"),
    "/operator/events": _by(OPERATOR, "/operator/events"),
    "/operator/payments": _by(OPERATOR, "/operator/payments"),
    "/operator/reconciliation": _by(OPERATOR, "/operator/reconciliation"),
    "/operator/reconciliation/days": _by(OPERATOR, "/operator/reconciliation/days"),
    "/operator/reconciliation/{day}": _by(OPERATOR, "/operator/reconciliation/{reconciled_day}"),
    "/operator/payments/unknown": _by(OPERATOR, "/operator/payments/unknown"),
    "/operator/payments/refunds": _by(OPERATOR, "/operator/payments/refunds"),
    "/operator/payments/payouts": _by(OPERATOR, "/operator/payments/payouts"),
    "/operator/periods": _by(OPERATOR, "/operator/periods"),
    "/operator/periods/{month}": _by(OPERATOR, "/operator/periods/{month}", "/operator/periods/{this_month}"),
    "/operator/payments/review": _by(OPERATOR, "/operator/payments/review"),
    "/operator/payments/silent": _by(OPERATOR, "/operator/payments/silent"),
}
"""Every page, by its route."""

VISITS: Final = tuple(visit for visits in PAGES.values() for visit in visits)

NO_PAGES: Final = (
    # What programs ask for.
    "/health",
    "/ready",
    "/sign-in/code",  # Leads to /sign-in; tests/identity/test_api.py goes there.
    "/metrics",
    "/favicon.ico",
    "/manifest.webmanifest",
    "/static/{name}",
    # No channel of the town takes shops on: `tests/pages/test_enrolments.py` looks at it.
    "/merchant/{shop_id}/enrolments/{channel}",
    "/operator/applications/{shop_id}/documents/{document_id}",
    "/operator/periods/{month}/trial.csv",
    "/operator/periods/{month}/signed.json",
    "/pictures/{file}",
    "/red-packets/{packet_id}/qr.svg",
    "/s/{handle}/qr.svg",
    "/s/{handle}/qr.png",
    "/pay/{ticket}/qr.svg",
    "/pay/{ticket}/outcome",
    "/pay/bridge.js",
    "/pay/combined/{combined_id}",  # As /pay/orders/{order_id}, with more lines; tests/wire/test_combined.py visits it.
    "/cashier/{payment_id}/live",
    "/cashier/{payment_id}/payer",
    "/merchant/{shop_id}/money/statements/{month}",  # The page of the month that runs, for another.
    "/merchant/{shop_id}/money/statements/{month}/csv",
    "/merchant/{shop_id}/money/statements/{month}/pdf",
    "/robots.txt",
    "/.well-known/weiji-credit",
    "/sitemap.xml",
    "/sitemaps/{shard}",
    "/media/{file}",
    "/-/openapi",
    "/-/openapi/openapi.json",
    "/-/openapi/{path}",
    # What leads to a page.
    "/pay/bridge",
    "/pay/h5",
    "/merchant/{shop_id}/shipping/check",
    "/merchant/{shop_id}/shipping/run",
    "/pay/orders/{order_id}/ways",
    "/s/{handle}",
    "/operator/chargebacks/{case_id}/by-letter",
    "/merchant/{shop_id}/sandbox/entrance",
    # Pieces of pages.
    "/cart/badge",
    "/me/payment-password/asked",
    "/coupons/at/{shop_id}",
    "/me/recovery-code/badge",
    "/wallet/dormant/note",
    "/search/suggestions",
    "/help/suggestions",
    "/merchant/{shop_id}/badge",
    "/merchant/{shop_id}/stock/badge",
    "/merchant/{shop_id}/penalties/notice",
    "/operator/trade/newest",
    "/operator/money-ways",
    "/operator/disputes/{case_id}/similar",
    "/merchant/{shop_id}/orders/{order_id}/aftersale",
    "/orders/{order_id}/aftersale/cases",
    "/merchant/invitations/notice",
    "/checkout/wishes",
    "/products/{product_id}/reviews/first",
    "/shops/{handle}/reviews/scores",
    "/orders/{order_id}/wishes",
    "/merchant/{shop_id}/invoices/{order_id}/cell",
    "/merchant/{shop_id}/freight/products/{product_id}",
    "/merchant/{shop_id}/freight/products/{product_id}/weight",
    "/merchant/{shop_id}/goods/unweighed",
    "/merchant/{shop_id}/fees/left",
    "/merchant/{shop_id}/fees/by-grade",
    # Streams.
    "/demo/figures",
    "/orders/{order_id}/live",
    "/aftersale/{case_id}/live",
    "/merchant/{shop_id}/aftersale/{case_id}/live",
    "/merchant/{shop_id}/porting/{run_id}/live",
    # Files.
    "/.well-known/weiji-credit",
    "/merchant/{shop_id}/credit/certificates/{certificate_id}",
    "/merchant/{shop_id}/shipping/orders.csv",
    "/merchant/{shop_id}/porting/table.csv",
    "/orders/{order_id}/invoice/papers/{paper_id}",
    "/merchant/{shop_id}/invoices/{order_id}/papers/{paper_id}",
    "/merchant/{shop_id}/porting/history/papers/{paper_id}",
    "/operator/word-rules/file",
    "/merchant/{shop_id}/credit/certificates/{certificate_id}",
    "/merchant/{shop_id}/porting/exports/{export_id}/file",
)
"""Routes that answer with something else than a page."""

ELSEWHERE: Final = ("/api/", "/-/gallery")
"""The API has tests of its own (tests/api), and so have the components (tests/web/test_gallery.py)."""


def routes_of(app: Any) -> set[str]:
    """Read from the program which pages there are."""
    paths = {route.path_format for route in app.routes if "GET" in getattr(route, "methods", ())}
    return {path for path in paths if path not in NO_PAGES and not path.startswith(ELSEWHERE)}
