-- Where a person answers who works for the operator: the help shows it. As it comes, nobody is named.
insert into rulebook.versions (name, version, effective_at, rules, reason, created_at)
values ('contact', 1, '1970-01-01T00:00:00Z', '{}', 'The defaults of the program.', '1970-01-01T00:00:00Z');
