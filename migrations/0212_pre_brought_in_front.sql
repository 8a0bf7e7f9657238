-- What a shop is known for elsewhere is seen on its page, too, as long as the certificate is in force and its issuer is trusted.
create view credit.public_brought as
select b.shard, b.shop_id, b.issuer, b.grade, b.score, b.expires_at
from credit.brought b
where b.state = 'in_force' and exists (select from credit.issuers i where i.address = b.issuer and i.ended_at is null);
grant select on credit.public_brought to weiji_app;
