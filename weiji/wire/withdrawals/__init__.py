"""The numbers that merchants' programs give their withdrawals."""
