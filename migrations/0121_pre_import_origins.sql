-- A shop that brings the goods of several shops of its own says which one a file is from: their numbers are not each other's.

alter table porting.runs
  add column origin text not null default '' constraint runs_origin_length check (length(origin) <= 40);
