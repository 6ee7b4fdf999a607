"""Every morning: log how many appointments are booked."""

from lambdas.events.work import scheduled
from lambdas.resources.appointments import Appointment
from lambdas.runtime.observability import logger
from lambdas.runtime.tables import table_of


@scheduled
def handler() -> None:
    """Count the appointments of all patients."""
    booked = table_of(Appointment).iterate_scan(filter=Appointment.state == "booked")
    logger.info("booked", number=sum(1 for _ in booked))
