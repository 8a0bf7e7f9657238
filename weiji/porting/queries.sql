-- name: get_parts
-- Which parts there are, without what is in them.
select p.file_id, p.number, p.shop_id, p.size
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join porting.parts p on p.shard = asked.shard and p.file_id = asked.id
where p.shard = any ($1::smallint[])
order by p.file_id, p.number;

-- name: add_shops
insert into porting.shops (shard, shop_id)
select n.shard, n.shop_id from unnest($1::smallint[], $2::uuid[]) as n (shard, shop_id)
on conflict (shop_id, shard) do nothing;

-- name: lock_shops
-- In id order, so that two batches never wait for each other. What is read of files after it is what they come to.
select s.shop_id
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join porting.shops s on s.shard = asked.shard and s.shop_id = asked.id
where s.shard = any ($1::smallint[])
order by s.shop_id
for no key update of s;

-- name: set_used
update porting.shops s set bytes = n.bytes
from unnest($1::smallint[], $2::uuid[], $3::bigint[]) as n (shard, shop_id, bytes)
where s.shard = any ($1::smallint[]) and s.shard = n.shard and s.shop_id = n.shop_id;

-- name: get_used
-- What the files of shops come to; those made for them do not count.
select p.shop_id, sum(p.size)::bigint as size
from porting.parts p
where p.shard = any ($1::smallint[]) and p.shop_id = any ($2::uuid[])
  and not exists (select from porting.exports e where e.shard = p.shard and e.id = p.file_id)
group by p.shop_id;

-- name: read_part
select sealed from porting.parts where shard = $1 and file_id = $2 and number = $3;

-- name: add_parts
insert into porting.parts (shard, file_id, number, shop_id, size, sealed, due_at)
select p.shard, p.file_id, p.number, p.shop_id, p.size, p.sealed, $7
from unnest($1::smallint[], $2::uuid[], $3::integer[], $4::uuid[], $5::integer[], $6::bytea[])
  as p (shard, file_id, number, shop_id, size, sealed);

-- name: delete_parts
delete from porting.parts where shard = $1 and file_id = $2;

-- name: delete_due_parts
-- Few at a time: they are large.
delete from porting.parts p
using (
  select shard, file_id, number from porting.parts
  where shard between 0 and 63 and due_at <= $1
  order by due_at
  limit $2) as due
where p.shard = due.shard and p.shard between 0 and 63 and p.file_id = due.file_id and p.number = due.number
returning p.file_id;

-- name: lock_runs
-- In id order, so that two batches never wait for each other.
select r.id, r.shop_id, r.name, r.size, r.source, r.state, r.problem, r.done, r.items, r.rows, r.made, r.changed,
  r.same, r.refused, r.warned, r.undone, r.kept, r.pictures, r.pictures_taken, r.pictures_missed, r.history, r.reading, r.origin, r.created_at,
  r.checked_at, r.confirmed_at, r.imported_at, r.undone_at,
  exists (select from porting.parts p where p.shard = any ($1::smallint[]) and p.shard = r.shard and p.file_id = r.id and p.number = 0) as has_file
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join porting.runs r on r.shard = asked.shard and r.id = asked.id
where r.shard = any ($1::smallint[])
order by r.id
for no key update of r;

-- name: get_run
select id, shop_id, name, size, source, state, problem, done, items, rows, made, changed, same, refused, warned, undone,
  kept, pictures, pictures_taken, pictures_missed, history, reading, origin, created_at, checked_at, confirmed_at, imported_at, undone_at
from porting.runs
where shard = $1 and id = $2;

-- name: get_runs_of_shop
select id, shop_id, name, size, source, state, problem, done, items, rows, made, changed, same, refused, warned, undone,
  kept, pictures, pictures_taken, pictures_missed, history, reading, origin, created_at, checked_at, confirmed_at, imported_at, undone_at
from porting.runs
where shard = $1 and shop_id = $2
  and (created_at, id)
    < (coalesce($3, 'infinity'::timestamptz), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by created_at desc, id desc
limit $5;

-- name: get_runs_under_way
-- Whose turn it is: the one that waited longest.
select id, shop_id, state, done, actor, origin
from porting.runs
where shard between 0 and 63 and state in ('checking', 'importing', 'undoing')
order by touched_at
limit $1;

-- name: fail_run
-- It had its turn, and failed. Whatever gets it on counts anew.
update porting.runs set touched_at = $3, failures = failures + 1 where shard = $1 and id = $2
returning failures;

-- name: count_under_way
select r.shop_id, count(*)::integer as runs
from porting.runs r
where r.shard = any ($1::smallint[]) and r.shop_id = any ($2::uuid[]) and r.state in ('checking', 'importing', 'undoing')
group by r.shop_id;

-- name: add_runs
insert into porting.runs (shard, id, shop_id, name, size, source, state, actor, done, items, rows, made, changed, same,
  refused, warned, undone, kept, created_at, touched_at, origin)
select r.shard, r.id, r.shop_id, r.name, r.size, '', 'checking', r.actor, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, $8, $8, r.origin
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::jsonb[], $7::text[])
  as r (shard, id, shop_id, name, size, actor, origin);

-- name: update_runs
update porting.runs r
set state = n.state, source = n.source, problem = n.problem, done = n.done, items = n.items, rows = n.rows,
    made = n.made, changed = n.changed, same = n.same, refused = n.refused, warned = n.warned, undone = n.undone,
    kept = n.kept, reading = n.reading, failures = 0, checked_at = n.checked_at, confirmed_at = n.confirmed_at, imported_at = n.imported_at,
    undone_at = n.undone_at, actor = coalesce(n.actor, r.actor), touched_at = $20, pictures = n.pictures,
    pictures_taken = n.pictures_taken, pictures_missed = n.pictures_missed, history = n.history
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::integer[], $7::integer[],
            $8::integer[], $9::integer[], $10::integer[], $11::integer[], $12::integer[], $13::integer[],
            $14::integer[], $15::integer[], $16::timestamptz[], $17::timestamptz[], $18::timestamptz[],
            $19::timestamptz[], $21::jsonb[], $22::integer[], $23::integer[], $24::integer[],
            $25::integer[], $26::jsonb[])
  as n (shard, id, state, source, problem, done, items, rows, made, changed, same, refused, warned, undone, kept,
        checked_at, confirmed_at, imported_at, undone_at, actor, pictures, pictures_taken, pictures_missed,
        history, reading)
where r.shard = any ($1::smallint[]) and r.shard = n.shard and r.id = n.id;

-- name: save_lines
insert into porting.lines (shard, run_id, number, line, rows, handle, title, outcome, problems, product_id, version,
  before, pictures, label, category_id, video, pictures_due_at)
select $1, $2, l.number, l.line, l.rows, l.handle, l.title, l.outcome, l.problems, l.product_id, l.version, l.before,
  l.pictures, l.label, l.category_id, l.video, case when l.pictures > 0 then $17::timestamptz end
from unnest($3::integer[], $4::integer[], $5::integer[], $6::text[], $7::text[], $8::text[], $9::jsonb[], $10::uuid[],
            $11::integer[], $12::jsonb[], $13::integer[], $14::text[], $15::uuid[], $16::jsonb[])
  as l (number, line, rows, handle, title, outcome, problems, product_id, version, before, pictures, label, category_id,
    video)
on conflict (run_id, number, shard) do update
set line = excluded.line, rows = excluded.rows, handle = excluded.handle, title = excluded.title,
    outcome = excluded.outcome, problems = excluded.problems, product_id = excluded.product_id,
    version = excluded.version, before = excluded.before, pictures = excluded.pictures, label = excluded.label,
    category_id = excluded.category_id, video = excluded.video, pictures_due_at = excluded.pictures_due_at;

-- name: get_lines
select l.number, l.line, l.rows, l.handle, l.title, l.outcome, l.problems, l.product_id, l.undoing, l.pictures, l.label,
  l.category_id, coalesce(c.name, '') as category, coalesce(c.name_en, '') as category_en
from porting.lines l
left join catalog.public_categories c on c.id = l.category_id
where shard = $1 and run_id = $2 and number > $3
  and ($4::text = '' or outcome = $4 or $4 = 'told' and jsonb_array_length(problems) > 0 or $4 = 'kept'
    and undoing in ('edited_since', 'not_listed', 'gone'))
order by number
limit $5;

-- name: get_lines_to_undo
select number, outcome, product_id, version, before, video
from porting.lines
where shard = $1 and run_id = $2 and number >= $3 and outcome in ('new', 'changed') and product_id is not null
order by number
limit $4;

-- name: set_undoing
update porting.lines l set undoing = u.undoing
from unnest($3::integer[], $4::text[]) as u (number, undoing)
where l.shard = $1 and l.run_id = $2 and l.number = u.number;

-- name: get_pictures
-- What became of pictures that were tried for a shop.
select source, url, fault, width, height, run_id
from porting.pictures
where shard = $1 and shop_id = $2 and digest = any ($3::bytea[]);

-- name: save_picture
insert into porting.pictures (shard, shop_id, digest, source, url, fault, width, height, run_id, tried_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (shop_id, digest, shard) do update
set url = excluded.url, fault = excluded.fault, width = excluded.width, height = excluded.height,
    run_id = excluded.run_id, tried_at = excluded.tried_at;

-- name: get_runs_with_pictures
select id, shop_id, actor from porting.runs
where shard between 0 and 63 and state = 'imported' and pictures > pictures_taken + pictures_missed
order by touched_at
limit $1;

-- name: get_lines_with_pictures
select number, product_id, video from porting.lines
where shard = $1 and run_id = $2 and pictures_due_at <= $3
order by number
limit $4;

-- name: claim_line
-- Whoever claims it has it until $5; after that anybody may.
update porting.lines set pictures_due_at = $5
where shard = $1 and run_id = $2 and number = $3 and pictures_due_at <= $4
returning number;

-- name: prolong_line
update porting.lines set pictures_due_at = $4
where shard = $1 and run_id = $2 and number = $3 and pictures_due_at is not null;

-- name: lock_line
select outcome, version, before, problems, pictures, video
from porting.lines
where shard = $1 and run_id = $2 and number = $3 and pictures_due_at is not null
for no key update;

-- name: finish_line
update porting.lines
set outcome = $4, version = $5, before = $6, problems = $7, video = $8, pictures_due_at = null
where shard = $1 and run_id = $2 and number = $3;

-- name: drop_pictures
-- What was undone is brought no pictures any more.
update porting.lines set pictures_due_at = null where shard = $1 and run_id = $2 and pictures_due_at is not null;

-- name: add_history
insert into porting.history (shard, shop_id, kind, id, happened_at, run_id, sealed)
select $1, $2, h.kind, h.id, h.happened_at, $3, h.sealed
from unnest($4::text[], $5::uuid[], $6::timestamptz[], $7::bytea[]) as h (kind, id, happened_at, sealed)
on conflict (shop_id, kind, id, shard) do nothing
returning id;

-- name: get_history
select id, happened_at, sealed
from porting.history
where shard = $1 and shop_id = $2 and kind = $3
  and (happened_at, id)
    < (coalesce($4, 'infinity'::timestamptz), coalesce($5, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by happened_at desc, id desc
limit $6;

-- name: get_history_of_shop
-- A page of what happened elsewhere, with the shop, whether or not there is any.
select s.id, s.handle, s.name,
  (select jsonb_agg(jsonb_build_object('id', h.id, 'happened_at', h.happened_at, 'sealed', encode(h.sealed, 'hex'))
     order by h.happened_at desc, h.id desc)
   from (
     select id, happened_at, sealed
     from porting.history
     where shard = $1 and shop_id = $2 and kind = $3
       and (happened_at, id)
         < (coalesce($4, 'infinity'::timestamptz), coalesce($5, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
     order by happened_at desc, id desc
     limit $6) h) as history
from shops.public_shops s
where s.shard = $1 and s.id = $2;

-- name: delete_history
delete from porting.history where shard = $1 and run_id = $2;

-- name: find_papers
select id from porting.papers where shard = $1 and shop_id = $2 and id = any ($3::uuid[]);

-- name: get_paper_bytes
select paper_bytes from porting.shops where shard = $1 and shop_id = $2;

-- name: add_papers
-- The row of the shop is locked.
with added as (
  insert into porting.papers (shard, shop_id, id, run_id, size, sealed)
  select $1, $2, p.id, $3, p.size, p.sealed
  from unnest($4::uuid[], $5::integer[], $6::bytea[]) as p (id, size, sealed)
  returning size)
update porting.shops set paper_bytes = paper_bytes + (select coalesce(sum(size), 0) from added)
where shard = $1 and shop_id = $2;

-- name: get_paper
select sealed from porting.papers where shard = $1 and shop_id = $2 and id = $3;

-- name: list_papers
select id, sealed from porting.papers where shard = $1 and shop_id = $2 and id > $3 order by id limit $4;

-- name: delete_papers
with gone as (
  delete from porting.papers where shard = $1 and run_id = $2 returning shop_id, size)
update porting.shops s set paper_bytes = s.paper_bytes - g.size
from (select shop_id, sum(size) as size from gone group by shop_id) g
where s.shard = $1 and s.shop_id = g.shop_id;

-- name: set_profile
update porting.runs set profile = $3 where shard = $1 and id = $2;

-- name: get_roles
-- What somebody is, in which shops.
select roles from identity.callers where shard = $1 and person_id = $2;

-- name: set_settings
update porting.runs set settings = $3 where shard = $1 and id = $2;

-- name: get_settings
select settings from porting.runs where shard = $1 and id = $2;

-- name: set_design
update porting.runs set design = $3 where shard = $1 and id = $2;

-- name: get_design
select design from porting.runs where shard = $1 and id = $2;

-- name: get_profile
select profile from porting.runs where shard = $1 and id = $2;

-- name: get_withdrawn
-- Products that undoing a run took off sale.
select distinct l.product_id
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join porting.lines l on l.shard = asked.shard and l.product_id = asked.id and l.undoing = 'withdrawn'
where l.shard = any ($1::smallint[]);

-- name: get_unnamed
-- Numbers without a name that a run's lines told of.
select distinct p ->> 'value' as key
from porting.lines l, jsonb_array_elements(l.problems) p
where l.shard = $1 and l.run_id = $2 and jsonb_array_length(l.problems) > 0 and p ->> 'fault' = 'unnamed_choice'
order by key
limit $3;

-- name: get_names
select key, name from porting.names where shard = $1 and shop_id = $2;

-- name: get_named
-- Which numbers shops gave a name.
select n.shop_id, n.key from porting.names n where n.shard = any ($1::smallint[]) and n.shop_id = any ($2::uuid[]);

-- name: save_names
insert into porting.names (shard, shop_id, key, name)
select n.shard, n.shop_id, n.key, n.name
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[]) as n (shard, shop_id, key, name)
on conflict (shop_id, key, shard) do update set name = excluded.name;

-- name: get_labels
select shop_id, label, category_id from porting.labels where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[]);

-- name: forget_labels
delete from porting.labels l
using unnest($2::uuid[], $3::text[], $4::boolean[]) as n (shop_id, label, is_guessed)
where l.shard = any ($1::smallint[]) and l.shop_id = n.shop_id and l.label = n.label and n.is_guessed;

-- name: save_labels
insert into porting.labels (shard, shop_id, label, category_id)
select n.shard, n.shop_id, n.label, n.category_id
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::uuid[], $5::boolean[])
  as n (shard, shop_id, label, category_id, is_guessed)
where not n.is_guessed
order by n.shop_id, n.label
on conflict (shop_id, label, shard) do update set category_id = excluded.category_id;

-- name: get_labels_of_run
-- What the file of a run calls goods, and all categories that one may say it is.
select
  (select jsonb_agg(to_jsonb(f)) from (
    select l.label, count(*)::integer as products, (array_agg(l.category_id order by l.number))[1] as category_id,
      bool_or(s.label is not null) as is_said, (array_agg(s.category_id))[1] as said_id
    from porting.lines l
    join porting.runs r on r.shard = l.shard and r.id = l.run_id
    left join porting.labels s on s.shard = l.shard and s.shop_id = r.shop_id and s.label = l.label
    where l.shard = $1 and l.run_id = $2 and l.label <> ''
    group by l.label
    order by products desc, l.label
    limit $3) f) as labels,
  (select jsonb_agg(jsonb_build_object('id', id, 'parent_id', parent_id, 'name', name, 'name_en', name_en,
    'position', position, 'attributes', '[]'::jsonb, 'is_retired', is_retired)) from catalog.public_categories) as categories;

-- name: get_exports
select e.id, e.shop_id, e.contents, e.state, e.items, e.size, e.created_at, e.ready_at, e.due_at
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join porting.exports e on e.shard = asked.shard and e.id = asked.id
where e.shard = any ($1::smallint[]);

-- name: get_exports_of_shop
select id, shop_id, contents, state, items, size, created_at, ready_at, due_at
from porting.exports
where shard = $1 and shop_id = $2
  and (created_at, id)
    < (coalesce($3, 'infinity'::timestamptz), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by created_at desc, id desc
limit $5;

-- name: count_exports_under_way
select e.shop_id, count(*)::integer as exports
from porting.exports e
where e.shard = any ($1::smallint[]) and e.shop_id = any ($2::uuid[]) and e.state = 'making'
group by e.shop_id;

-- name: get_exports_under_way
select id, shop_id, contents, state, items, size, created_at, ready_at, due_at
from porting.exports
where shard between 0 and 63 and state = 'making'
order by touched_at
limit $1;

-- name: add_exports
insert into porting.exports (shard, id, shop_id, contents, state, actor, items, size, created_at, due_at, touched_at)
select e.shard, e.id, e.shop_id, e.contents, 'making', e.actor, 0, 0, $6, $7, $6
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::jsonb[]) as e (shard, id, shop_id, contents, actor);

-- name: touch_export
update porting.exports set items = $3, touched_at = $4 where shard = $1 and id = $2 and state = 'making';

-- name: finish_export
update porting.exports set state = $3, items = $4, size = $5, ready_at = $6, due_at = $7
where shard = $1 and id = $2 and state = 'making'
returning id;

-- name: forget_exports
-- Files with customers in them, those that are being made, too.
with forgotten as (
  update porting.exports set state = 'forgotten'
  where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[]) and contents in ('customers', 'archive')
    and state in ('making', 'ready')
  returning shard, id
)
delete from porting.parts p using forgotten f
where p.shard = any ($1::smallint[]) and p.shard = f.shard and p.file_id = f.id;

-- name: get_desk
-- One row for the shop, with a page of its runs and one of its exports, whether or not there are any.
select s.id, s.handle, s.name,
  (select jsonb_agg(to_jsonb(r) order by r.created_at desc, r.id desc)
   from (
     select r.id, r.shop_id, r.name, r.size, r.source, r.state, r.problem, r.done, r.items, r.rows, r.made, r.changed,
       r.same, r.refused, r.warned, r.undone, r.kept, r.pictures, r.pictures_taken, r.pictures_missed, r.history, r.reading, r.origin, r.created_at,
       r.checked_at, r.confirmed_at, r.imported_at, r.undone_at
     from porting.runs r
     where r.shard = s.shard and r.shop_id = s.id
       and (r.created_at, r.id)
         < (coalesce($3, 'infinity'::timestamptz), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
     order by r.created_at desc, r.id desc
     limit $7) r) as runs,
  (select jsonb_agg(to_jsonb(e) order by e.created_at desc, e.id desc)
   from (
     select e.id, e.shop_id, e.contents, e.state, e.items, e.size, e.created_at, e.ready_at, e.due_at
     from porting.exports e
     where e.shard = s.shard and e.shop_id = s.id
       and (e.created_at, e.id)
         < (coalesce($5, 'infinity'::timestamptz), coalesce($6, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
     order by e.created_at desc, e.id desc
     limit $7) e) as exports
from shops.public_shops s
where s.shard = $1 and s.id = $2;

-- name: get_run_and_shop
select r.id, r.shop_id, r.name, r.size, r.source, r.state, r.problem, r.done, r.items, r.rows, r.made, r.changed,
  r.same, r.refused, r.warned, r.undone, r.kept, r.pictures, r.pictures_taken, r.pictures_missed, r.history, r.reading, r.origin, r.created_at,
  r.checked_at, r.confirmed_at, r.imported_at, r.undone_at,
  s.handle as shop_handle, s.name as shop_name
from porting.runs r
join shops.public_shops s on s.shard = r.shard and s.id = r.shop_id
where r.shard = $1 and r.id = $2;
