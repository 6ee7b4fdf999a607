"""Declared resources of many shapes, which the generic tests run over besides the project's own."""

from lambdas.rest.declarations import BY_PATH, RESOURCES
from lambdas.rest.resource import Resource
from tests.support.gallery.albums import ALBUMS
from tests.support.gallery.check_marks import CHECK_MARKS
from tests.support.gallery.customers import CUSTOMERS
from tests.support.gallery.letters import LETTERS
from tests.support.gallery.notes import NOTES
from tests.support.gallery.orders import ORDERS
from tests.support.gallery.parcels import PARCELS
from tests.support.gallery.rates import RATES
from tests.support.gallery.strict import CONTRACTS
from tests.support.gallery.trips import TRIPS

EXAMPLES = (ALBUMS, CHECK_MARKS, CONTRACTS, CUSTOMERS, NOTES, ORDERS, PARCELS, RATES, TRIPS)
# without those whose path a resource of the project has: there, the project's own is tested
GALLERY: tuple[Resource, ...] = tuple(one for one in EXAMPLES if one.path not in BY_PATH)
EVERY = (*RESOURCES, *GALLERY)
DEPLOYED = (*RESOURCES, *(one for one in GALLERY if one is PARCELS))  # what the stack under test has
BESIDE = tuple(one for one in (LETTERS,) if one.path not in BY_PATH)  # and this, which no story is told of
