-- Returns that were refused before such cases had a state of their own.
update aftersale.cases set state = 'return_refused'
where shard between 0 and 63 and state = 'refused' and kind in ('return', 'exchange') and return_number is not null;
