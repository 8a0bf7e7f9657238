"""The documentation, and what makes parts of it: `make.py` from the code, `figures.py` from what benches say."""
