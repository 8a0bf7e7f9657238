"""Shops on their way to be sub-merchants of channels: wanted, handed in, followed, bound."""
