-- post: Every merchant that there is has a key of the platform that counts.
alter table wire.merchants validate constraint merchants_had_a_key_until_another_counts;
