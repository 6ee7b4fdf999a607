"""The site below /docs/ of the CDN: guide, reference and browser of resources."""
