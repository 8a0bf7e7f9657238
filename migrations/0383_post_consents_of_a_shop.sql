-- post: An index of consents goes that another has made superfluous.
drop index orders.consents_of_a_shop;  -- consents_in_force_of_a_shop has the same order, and the shard.
