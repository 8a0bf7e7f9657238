"""Credit: what shops are known for, point by point, each from a settled trade."""

from weiji.credit.handlers import jobs, subscriptions
from weiji.credit.model import Standing
from weiji.credit.operations import CREDIT_RULES, get_standings

__all__ = ["CREDIT_RULES", "Standing", "Trade", "Verdict", "get_standings", "jobs", "subscriptions"]
