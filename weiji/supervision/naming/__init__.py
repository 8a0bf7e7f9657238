"""Names of people that word rules mark: staff let them stand, or take them."""
