-- post: What is to be revealed is found by trades_blind.
drop index reviews.trades_to_reveal;
