"""`make openapi`: write the document."""

from stacks.contract.document import PATH, document, text

PATH.parent.mkdir(exist_ok=True)
PATH.write_text(text(document()))
