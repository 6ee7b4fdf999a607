"""`make openapi`: write the documents of the REST API and of live changes, and the table of access."""

from lambdas.rest.declarations import RESOURCES
from lambdas.rest.yours import explained
from stacks.contract import access, live
from stacks.contract.document import PATH, document, info, text

PATH.parent.mkdir(exist_ok=True)
with explained():
    PATH.write_text(text(document()))
if any(resource.live for resource in RESOURCES):
    PATH.with_name("asyncapi.json").write_text(text(live.asyncapi(RESOURCES, info())))
else:  # AsyncAPI requires a message
    PATH.with_name("asyncapi.json").unlink(missing_ok=True)
if access.PAGE.exists():
    access.PAGE.write_text(access.TABLE.sub(access.table(RESOURCES), access.PAGE.read_text()))
