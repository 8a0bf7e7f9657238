"""The search of goods. See README.md."""

from weiji.search.handlers import jobs, rebuild, subscriptions
from weiji.search.model import Beginning, Found, KindFacet, ScoreProduct, Search, ShopFacet, Sort, Suggestions
from weiji.search.operations import find_products, get_beginning, index_products, score_products, suggest

__all__ = [
    "Beginning",
    "Found",
    "KindFacet",
    "ScoreProduct",
    "Search",
    "ShopFacet",
    "Sort",
    "Suggestions",
    "find_products",
    "get_beginning",
    "index_products",
    "jobs",
    "rebuild",
    "score_products",
    "subscriptions",
    "suggest",
]
