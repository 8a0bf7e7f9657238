"""A payment platform to test against, gone when it is stopped: `weiji sandbox`. See README.md."""

from weiji.sandbox.commands import sandbox

__all__ = ["sandbox"]
