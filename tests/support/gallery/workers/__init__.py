"""Workers on resources of the gallery, one of each kind."""

from lambdas.events.worker import Changes, Queue, Schedule, Worker

CLOSE = Worker(
    module="tests.support.gallery.workers.close",
    on=Schedule("cron(0 6 * * ? *)", zone="Europe/Berlin"),
    tables={"orders": ("Scan", "UpdateItem")},
)
TAKE = Worker(
    module="tests.support.gallery.workers.take",
    on=Queue(batch=5),
    tables={"orders": ("UpdateItem",)},
    timeout=60,
)
TELL = Worker(module="tests.support.gallery.workers.tell", on=Changes(of=("orders",), verbs=("created",)))
