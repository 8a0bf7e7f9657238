"""The operator's console: the trade, the rules, the books and their proof, jobs, and events that were set aside."""
