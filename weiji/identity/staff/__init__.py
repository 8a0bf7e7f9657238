"""Who works for the operator, in which roles: given by two, taken by one, whether by pages or by the command line."""
