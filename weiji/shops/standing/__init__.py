"""Whether a shop sells: holidays, suspensions with their appeals, and closing."""
