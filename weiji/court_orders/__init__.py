"""What courts order about people's and shops' money: to hold it, to pay it out, to let it go. See README.md."""

from weiji.court_orders.keeping import jobs
from weiji.court_orders.model import (
    COURT_MAX,
    NUMBER_MAX,
    CourtOrder,
    CourtOrderStatus,
    ExecuteCourtOrder,
    HeldPlace,
    ObeyCourtOrder,
    ReleaseCourtOrder,
)
from weiji.court_orders.operations import (
    execute_court_orders,
    lock_before_holds,
    obey_court_orders,
    release_court_orders,
    serve_before_holds,
    sweep_court_orders,
)
from weiji.court_orders.rules import key_of_notice, key_of_order
from weiji.court_orders.store import find_obeyed, get_court_order, get_notices, get_owners, list_court_orders

__all__ = [
    "COURT_MAX",
    "NUMBER_MAX",
    "CourtOrder",
    "CourtOrderStatus",
    "ExecuteCourtOrder",
    "HeldPlace",
    "ObeyCourtOrder",
    "ReleaseCourtOrder",
    "execute_court_orders",
    "find_obeyed",
    "get_court_order",
    "get_notices",
    "get_owners",
    "jobs",
    "key_of_notice",
    "key_of_order",
    "list_court_orders",
    "lock_before_holds",
    "obey_court_orders",
    "release_court_orders",
    "serve_before_holds",
    "sweep_court_orders",
]
