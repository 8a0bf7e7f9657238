"""Who works in a shop: invitations, roles, and the hand-over to another owner."""
