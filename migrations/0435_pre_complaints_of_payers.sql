-- pre: Payers list what they complained of.

create index complaints_of_a_payer on wire.complaints (payer_id, asked_at desc, id desc);
