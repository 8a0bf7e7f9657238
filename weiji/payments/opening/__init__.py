"""Opens channels: the settings of the operator's contracts, and whether new payments may be begun."""

from weiji.payments.opening.opener import Opener

__all__ = ["Opener"]
