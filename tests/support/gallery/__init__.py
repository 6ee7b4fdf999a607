"""Declared resources of many shapes, which the generic tests run over besides the project's own."""

from tests.support.gallery.customers import CUSTOMERS
from tests.support.gallery.notes import NOTES
from tests.support.gallery.orders import ORDERS
from tests.support.gallery.parcels import PARCELS
from tests.support.gallery.rates import RATES

GALLERY = (CUSTOMERS, NOTES, ORDERS, PARCELS, RATES)
