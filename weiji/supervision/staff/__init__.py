"""The pages and the API of who works for the operator, over `identity`, whose verbs they are, and `approvals`."""
