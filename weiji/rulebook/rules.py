"""What is decided of all rules: pure functions."""

from weiji.kit.text import is_text
from weiji.rulebook.model import REASON_MAX


def is_reason(text: str) -> bool:
    """Tell whether a text says why."""
    return bool(text.strip()) and is_text(text.strip(), REASON_MAX)
