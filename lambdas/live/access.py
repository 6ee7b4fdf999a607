"""Access to live changes: callers who may list a collection may receive its changes."""

from collections.abc import Iterable
from dataclasses import dataclass

from lambdas.rest.resource import Resource
from lambdas.rest.routes import routes

LIVE = "/live"  # POST it for a ticket
LIVE_BY_TOKEN = "/live/token"  # noqa: S105 - likewise with a token, where some collections are public and some are not


@dataclass(frozen=True)
class TicketRoute:
    """A route that issues tickets; with scopes, one of which the caller's token must have, or public."""

    path: str
    scopes: tuple[str, ...] = ()


def ticket_routes(resources: Iterable[Resource]) -> tuple[TicketRoute, ...]:
    """Return the routes that issue tickets for the live ones of these resources; none if none is live."""
    live = [resource for resource in resources if resource.live]
    by_token = [scope for resource in live if (scope := list_scope(resource))]
    scopes = tuple(dict.fromkeys(by_token))
    if not live:
        return ()
    if not scopes:
        return (TicketRoute(LIVE),)
    if len(by_token) == len(live):
        return (TicketRoute(LIVE, scopes),)
    return (TicketRoute(LIVE), TicketRoute(LIVE_BY_TOKEN, scopes))


def readable(resources: Iterable[Resource], scopes: Iterable[str], caller: str) -> dict[str, str]:
    """Return the paths of the collections that a caller may read, each with the owner of the items, or nothing."""
    held = {*scopes, None}
    return {one.path: caller if one.owned else "" for one in resources if list_scope(one) in held}


def list_scope(resource: Resource) -> str | None:
    """Return the scope that lists the collection; None if it is public."""
    return next(route for route in routes(resource) if route.name == "list").scope(resource)  # a live resource has it
