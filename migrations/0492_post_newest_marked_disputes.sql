-- post: Every mark knows when its dispute was opened: those, too, that old code wrote beside the new.
update disputes.marks m set opened_at = d.opened_at
from disputes.disputes d where m.opened_at is null and d.shard = m.shard and d.case_id = m.case_id;
alter table disputes.marks alter column opened_at set not null;
