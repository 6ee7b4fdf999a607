"""The CDN: CloudFront in front of the API, the site and the files."""
