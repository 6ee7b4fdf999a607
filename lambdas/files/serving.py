"""Facts about uploads, and about how files and the site are served, for functions, buckets and the CDN."""

from datetime import timedelta

PREFIX = "files"  # of their keys in the bucket, which are their paths at the CDN
IMMUTABLE = "public, max-age=31536000, immutable"
TAG_HEADER = "x-amz-meta-cache-tag"  # names the tags by which the CDN invalidates: the object's metadata `cache-tag`
EXPIRES_AFTER = timedelta(minutes=15)  # the signed address of an upload; the bucket accepts no older signature
SITE = "docs"  # the path of the site, and what the keys of its bucket begin with
ASSETS = f"{SITE}/assets"  # below it, other bytes have another path
FOR_A_MINUTE = "public, max-age=60"  # the site's pages: those of a new one are seen after that
