"""The payment protocol that merchants' software speaks, as one more edge. See README.md."""

from weiji.wire.handlers import subscriptions
from weiji.wire.notices import notice_kinds
from weiji.wire.running import jobs, make_gates, wire_of

__all__ = ["Wire", "jobs", "make_gates", "notice_kinds", "subscriptions", "wire_of"]
