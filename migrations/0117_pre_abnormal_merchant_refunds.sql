-- A refund of a merchant order that its channel refused waits for people: the merchant is told.

alter table wire.merchant_refunds add column abnormal_at timestamptz;
grant update (abnormal_at) on wire.merchant_refunds to weiji_app;
