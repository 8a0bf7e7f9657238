-- post: By which line a transfer went is known of those, too, that programs of before took: another line pays once more.

-- Their notice keeps the line as it came. A result file's has no number: by which line those went nobody wrote down.
update payments.bank_transfers t
set paid_by = substring(convert_from(n.raw, 'UTF8') from '^\{"serial":"([^"\\]{1,50})"')
from payments.notices n
where t.paid_by is null and t.status in ('paid', 'returned')
  and n.shard = t.shard and n.channel = 'bank' and n.event_id = 'paid:' || t.reference;
