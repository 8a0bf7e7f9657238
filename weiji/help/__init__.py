"""Help: what people ask, answered within the program, with the numbers of the rules in force. See README.md."""

from weiji.help.model import CONTACT, Contact
from weiji.help.texts import Library, library

__all__ = [
    "CONTACT",
    "Contact",
    "Library",
    "library",
]
