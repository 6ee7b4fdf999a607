"""The CDN: CloudFront in front of the API and the files."""
