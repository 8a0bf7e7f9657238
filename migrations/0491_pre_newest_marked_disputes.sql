-- pre: A mark knows when its dispute was opened, so that those in which word rules found something are listed without the others.
alter table disputes.marks add column opened_at timestamptz;
update disputes.marks m set opened_at = d.opened_at
from disputes.disputes d where d.shard = m.shard and d.case_id = m.case_id;
create index marks_newest on disputes.marks (opened_at desc, case_id desc, shard);
