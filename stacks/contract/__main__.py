"""`make openapi`: write the documents, of the REST API and of live changes."""

from lambdas.rest.declarations import RESOURCES
from stacks.contract import live
from stacks.contract.document import PATH, document, info, text

PATH.parent.mkdir(exist_ok=True)
PATH.write_text(text(document()))
PATH.with_name("asyncapi.json").write_text(text(live.asyncapi(RESOURCES, info())))
