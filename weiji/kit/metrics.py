"""What Prometheus is told. Each metric is named once, here."""

from prometheus_client import Counter, Gauge, Histogram

BATCH_COMMANDS = Histogram(
    "weiji_batch_commands",
    "Commands in one batch.",
    ["operation"],
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024),
)
BATCH_SECONDS = Histogram("weiji_batch_seconds", "Time of one batch.", ["operation"])
BATCH_WAITING = Gauge("weiji_batch_waiting", "Commands waiting for their batch.", ["operation"])
BATCH_FAILURES = Counter("weiji_batch_failures", "Batches that failed by a fault of ours.", ["operation"])
REQUEST_SECONDS = Histogram("weiji_request_seconds", "Time of one request.", ["method", "route", "status"])
REQUEST_STATEMENTS = Histogram(
    "weiji_request_statements", "Statements of one request.", ["route"], buckets=(0, 1, 2, 3, 4, 6, 8, 12, 16, 32)
)
EVENTS_DELIVERED = Counter("weiji_events_delivered", "Events delivered.", ["subscriber"])
EVENTS_SET_ASIDE = Counter("weiji_events_set_aside", "Events set aside after too many failures.", ["subscriber"])
JOBS_DONE = Counter("weiji_job_items", "Items that a job dealt with.", ["job"])
JOBS_FAILED = Counter("weiji_job_failures", "Runs of a job that failed.", ["job"])
JOBS_SET_ASIDE = Counter("weiji_job_set_aside", "Things that a job could not do and set aside.", ["job"])
TASKS_FAILED = Counter("weiji_task_failures", "Tasks of a process that ended by a fault, and began again.", ["task"])
