"""The demo town: people, shops and goods to play with, and a bar on top of every page. Only in mode `demo`."""

from typing import Final

from weiji.demo.pages import ROUTES, bar_context, town_of
from weiji.demo.town import fill

TOP: Final = "demo/bar.html"
"""The template above every page."""

SETTINGS: Final = {"WEIJI_DORMANT_MONTHS": "1"}
"""What is set otherwise, unless somebody says: a town is a month old, and has what lies for long, too."""

__all__ = ["ROUTES", "SETTINGS", "TOP", "bar_context", "fill", "town_of"]
