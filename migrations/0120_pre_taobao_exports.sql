-- Goods may be taken out as a data package of Taobao's, too.

alter table porting.exports
  drop constraint exports_contents_are_known,
  add constraint exports_contents_are_known
    check (contents in ('shopify', 'woocommerce', 'google', 'taobao', 'orders', 'customers', 'statements', 'archive')) not valid;
alter table porting.exports validate constraint exports_contents_are_known;
