-- Which goods are reviewed is a set of rules as others are.

insert into rulebook.versions (name, version, effective_at, rules, author_id, reason, created_at)
select 'goods_reviews', version, created_at, rules, author_id, reason, created_at from catalog.review_rules;
