"""weiji: a social-commerce platform that anyone can host."""

__version__ = "0.1.0"
