-- pre: A service provider may share orders of the merchants that named it with itself. Whose order it is gets the rest: a split says so.

alter table wire.receivers drop constraint receivers_are_others;
