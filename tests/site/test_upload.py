"""A file attribute in the browser of resources; storage and its verifier are played at the wire."""

import base64
import copy
import hashlib

import pytest

from lambdas.rest.declarations import RESOURCES
from tests.support.stories import fresh

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
DIGEST = base64.b64encode(hashlib.sha256(PIXEL).digest()).decode()
ASKED = {
    "type": "object",
    "required": ["type", "bytes", "sha256"],
    "properties": {
        "type": {"enum": ["image/png"]},
        "bytes": {"type": "integer", "maximum": 5_000_000},
        "sha256": {"type": "string"},
    },
}


@pytest.mark.parametrize("resource", RESOURCES[:1], ids=lambda resource: resource.path)
def test_an_upload_sends_what_it_asked_for_and_shows_the_image(visit, site, resource):
    item = site.api("POST", resource.path, fresh(resource))
    place, stored = f"{site.stage.url}/stored", {}
    allow = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Headers": "*",
        "Access-Control-Allow-Methods": "*",
    }

    def ask(route):
        stored["asked"] = route.request.post_data_json
        answer = {"method": "PUT", "url": place, "headers": {"Content-Type": "image/png", "Content-Length": "9"}}
        route.fulfill(status=201, headers=allow, json=answer)

    def put(route):
        stored["bytes"], stored["type"] = route.request.post_data_buffer, route.request.headers["content-type"]
        route.fulfill(status=200, headers=allow)

    def get(route):
        portrait = {"url": f"{site.stage.url}/stored.png", "type": "image/png", "bytes": len(PIXEL), "sha256": DIGEST}
        route.fulfill(
            headers=allow | {"ETag": '"1"'}, json={**item, "portrait": portrait if "bytes" in stored else None}
        )

    page = visit("index.html")
    page.route("**/openapi.json", lambda route: route.fulfill(json=with_file(site.document, resource)))
    page.route(f"{site.stage.url}/{resource.path}/{item['id']}", get)
    page.route(f"{site.stage.url}/{resource.path}/{item['id']}/portrait", ask)
    page.route(place, put)
    page.route(f"{site.stage.url}/stored.png", lambda route: route.fulfill(body=PIXEL, content_type="image/png"))

    page.goto(f"{site.url}/browse.html#/item/{resource.path}/{item['id']}")
    page.get_by_label("Portrait").set_input_files({"name": "p.png", "mimeType": "image/png", "buffer": PIXEL})
    part = page.locator("section", has=page.get_by_role("heading", name="Portrait"))
    part.get_by_role("button", name="Upload").click()

    page.get_by_text("Portrait is uploaded.").wait_for()
    page.locator("dt:text-is('Portrait') + dd img").wait_for()
    assert (
        page.locator("dt:text-is('Portrait') + dd img").evaluate(
            "async (image) => (await image.decode(), image.naturalWidth)"
        )
        == 1
    )
    assert stored["asked"] == {"type": "image/png", "bytes": len(PIXEL), "sha256": DIGEST}
    assert (stored["bytes"], stored["type"]) == (PIXEL, "image/png")


def with_file(document, resource):
    """The document as it is when the resource has a file named portrait."""
    changed = copy.deepcopy(document)
    schema = changed["components"]["schemas"][resource.model.__name__]
    schema["properties"]["portrait"] = {"type": ["object", "null"], "readOnly": True}
    body = {"content": {"application/json": {"schema": ASKED}}}
    changed["paths"][f"/{resource.path}/{{id}}/portrait"] = {"post": {"requestBody": body}}
    return changed
