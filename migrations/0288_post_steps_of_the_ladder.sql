-- Steps that the program before imposed meanwhile, as it did: in nobody's name.
update supervision.penalties p set imposed_by = i.decided_by
from supervision.inquiries i
where i.shard = p.shard and i.id = p.inquiry_id
  and p.step > 0 and p.imposed_by is null
  and i.decided_at = p.imposed_at and i.decided_by is distinct from p.judged_by;
