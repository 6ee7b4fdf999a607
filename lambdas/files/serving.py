"""Facts about how files are taken and served, for the functions that do so and for the buckets and the CDN."""

from datetime import timedelta

PREFIX = "files"  # of their keys in the bucket, which are their paths at the CDN
IMMUTABLE = "public, max-age=31536000, immutable"
TAG_HEADER = "x-amz-meta-cache-tag"  # names the tags by which the CDN invalidates: the object's metadata `cache-tag`
EXPIRES_AFTER = timedelta(minutes=15)  # the signed address of an upload; the bucket takes no older signature
