-- What shops were still to apply for, or on its way to a channel, is over once somebody bound them: it is never handed in after that.
update payments.enrolments e
set status = 'taken_on', answers_sealed = null, told_sealed = null, fault = '', query_at = null, changed_at = now()
from payments.sub_merchants m
where e.status in ('wanted', 'handed_in', 'refused') and m.shard = e.shard and m.shop_id = e.shop_id and m.channel = e.channel;

delete from payments.enrolment_papers p
using payments.enrolments e
where e.status = 'taken_on' and e.shard = p.shard and e.shop_id = p.shop_id and e.channel = p.channel;
