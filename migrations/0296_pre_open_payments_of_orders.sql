-- pre: What somebody may still pay for an order is found by the order, however many payments there were.

create index payments_open_subjects on payments.payments (subject_id) where status in ('created', 'submitted', 'unknown');
