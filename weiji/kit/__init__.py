"""Tools without a domain: database, batches, jobs, clock, ids, money."""
