-- No program ever wrote it: packets are sent one by one.
alter table wire.red_packets drop column batch_id;
