"""Hands payments the key to the names that were accepted: bank accounts may be in those."""

from weiji.onboarding import store
from weiji.payments import HOLDERS

HOLDERS.register(store.open_name)
