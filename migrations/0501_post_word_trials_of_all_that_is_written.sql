-- post: What trials found in goods alone, and how many of these there were, nobody reads any more.
alter table supervision.word_trials drop column finds, drop column total;
alter table supervision.word_trials add constraint word_trials_are_counted check (looked >= 0 and failures >= 0);
