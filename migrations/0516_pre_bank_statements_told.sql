-- pre: That statements of the bank account are imported is to be seen where all of their lines are payments and transfers of ours, too.
create view payments.public_bank_statements as select id, imported_at from payments.bank_statements;
grant select on payments.public_bank_statements to weiji_app;
