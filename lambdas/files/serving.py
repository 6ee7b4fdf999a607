"""Facts about how verified files are served, for the function that publishes them and the CDN that serves them."""

PREFIX = "files"  # of their keys in the bucket, which are their paths at the CDN
IMMUTABLE = "public, max-age=31536000, immutable"
TAG_HEADER = "x-amz-meta-cache-tag"  # names the tags by which the CDN invalidates: the object's metadata `cache-tag`
