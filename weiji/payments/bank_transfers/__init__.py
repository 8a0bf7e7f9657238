"""What the operator's bank is to pay: written into files that people carry there, and told of by files that return."""
