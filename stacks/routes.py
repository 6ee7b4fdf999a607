"""The table of routes that every resource gets: one row, one Lambda function, one permission."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Route:
    """One operation of a resource; `operation` names the module in `lambdas/` and the construct."""

    operation: str
    method: str
    path: str  # below /{resource}
    may: str  # the one DynamoDB action its function is allowed
    on_index: bool = False  # allowed on the table's indexes instead of the table

    @property
    def handler(self) -> str:
        """The function's entry point, as Lambda wants it named."""
        return f"lambdas.{self.operation}.handler"


ROUTES = (
    Route("create", "POST", "", may="dynamodb:PutItem"),
    Route("list", "GET", "", may="dynamodb:Query", on_index=True),
    Route("get", "GET", "{id}", may="dynamodb:GetItem"),
    Route("replace", "PUT", "{id}", may="dynamodb:UpdateItem"),
    Route("patch", "PATCH", "{id}", may="dynamodb:UpdateItem"),
    Route("delete", "DELETE", "{id}", may="dynamodb:DeleteItem"),
)
