"""The workers, a row here and a module each: yours. The examples are deployed to the local stage only."""

from lambdas.events.worker import Changes, Queue, Schedule, Worker

WORKERS: tuple[Worker, ...] = (
    Worker(module="lambdas.workers.log_changes", on=Changes(verbs=("created", "deleted")), example=True),
    Worker(module="lambdas.workers.log_messages", on=Queue(), example=True),
    Worker(module="lambdas.workers.log_hours", on=Schedule("rate(1 hour)"), example=True),
)
