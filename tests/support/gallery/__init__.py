"""Declared resources of many shapes, which the generic tests run over besides the project's own."""

from tests.support.gallery.albums import ALBUMS
from tests.support.gallery.customers import CUSTOMERS
from tests.support.gallery.notes import NOTES
from tests.support.gallery.parcels import PARCELS

GALLERY = (ALBUMS, CUSTOMERS, NOTES, PARCELS)
