-- pre: What somebody may still pay for several orders at once is found by each of them.

create index payments_open_parts on payments.payments using gin (jsonb_path_query_array(parts, '$[*].order_id'))
  where parts is not null and status in ('created', 'submitted', 'unknown');
