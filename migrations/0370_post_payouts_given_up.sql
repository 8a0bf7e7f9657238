-- post: A payout that programs of before gave up after two days is asked about like any other: what it holds is somebody's.
update payments.payouts set query_at = now() where query_at is null and status in ('submitted', 'unknown');
