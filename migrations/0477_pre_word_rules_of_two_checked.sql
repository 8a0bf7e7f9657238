-- pre: All versions there are had one author.
alter table word_rules.versions validate constraint versions_need_two_persons;
alter table supervision.conduct_versions validate constraint conduct_versions_need_two_persons;
