"""The request for an upload, and the response: a signed request that stores one file, once."""

from functools import cache
from typing import Any, Literal

from dynamodel import Attr, Model, attr
from lambdas.files.file import DIGEST, rules_of
from lambdas.rest.operation import construct_id
from lambdas.rest.resource import Resource

EMPTY = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="  # the digest of no bytes, as an example


class UploadBody(Model):
    """The file to upload."""

    type: Attr[str] = attr()
    bytes: Attr[int] = attr(ge=1)
    sha256: Attr[str] = attr(pattern=DIGEST, examples=(EMPTY,), description="SHA-256 digest, in base64.")


@cache
def upload_body(resource: Resource, attribute: str) -> type[UploadBody]:
    """Return the model of the body that requests the upload of an attribute, by its rules: ThingPhotoUpload."""
    rules = rules_of(resource.model.schema.attributes[attribute])
    declared: dict[str, Any] = {
        "__doc__": UploadBody.__doc__,
        "__module__": __name__,
        "__annotations__": {"type": Attr[Literal[rules.types]], "bytes": Attr[int]},  # type: ignore[name-defined] # known only when it runs
        "type": attr(examples=rules.types[:1]),
        "bytes": attr(ge=1, le=rules.max_bytes, examples=(min(12_345, rules.max_bytes),)),
    }
    return type(f"{resource.model.schema.name}{construct_id(attribute)}Upload", (UploadBody,), declared)


class UploadTicket(Model):
    """A signed request that uploads the file once: send its bytes with this method, URL and headers."""

    method: Attr[Literal["PUT"]] = attr(examples=("PUT",))
    url: Attr[str] = attr(
        examples=("https://bucket.s3.us-east-1.amazonaws.com/...?X-Amz-Signature=...",),
        description="Signed URL to send the bytes to: it is of the storage, not of this API.",
    )
    headers: Attr[dict[str, str]] = attr(
        examples=(
            {
                "Content-Type": "image/png",
                "Content-Length": "12345",
                "X-Amz-Checksum-Sha256": EMPTY,
                "If-None-Match": "*",
            },
        ),
        description="Headers to send, all of them: the signature covers them.",
    )
    expires_at: Attr[str] = attr(examples=("2026-01-31T12:15:00Z",), description="Expiry of the URL (RFC 3339).")
