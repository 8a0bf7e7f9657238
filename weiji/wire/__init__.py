"""The payment protocol that merchants' software speaks, as one more edge. See README.md."""

from weiji.wire.handlers import subscriptions
from weiji.wire.notices import PaymentNotices
from weiji.wire.running import Wire, jobs, make_gate, wire_of

__all__ = ["PaymentNotices", "Wire", "jobs", "make_gate", "subscriptions", "wire_of"]
