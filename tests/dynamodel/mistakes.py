"""Right uses, and mistakes with their names beside them: type checkers must report these lines and no others."""

from decimal import Decimal
from typing import TYPE_CHECKING, Literal, assert_type

from dynamodel import Page, Table, transact

from .shop import Address, Line, Order, Product

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


async def right(client: "DynamoDBClient") -> None:
    products, orders = Table(Product, client, "products"), Table(Order, client, "orders")
    item = Product(sku="ABC-1", name="Lamp", category="home", price=Decimal(1), tags={"a"})

    assert_type(item.price, Decimal)
    assert_type(item.description, str | None)
    assert_type(item.status, Literal["draft", "active", "archived"])
    assert_type(products.get("x"), Product | None)
    assert_type(products.get_one("x"), Product)
    assert_type(products.create(item), Product)
    assert_type(await products.get.run_async("x"), Product | None)
    assert_type(products.query(Product.price >= 10, limit=3), Page[Product])
    products.update(
        "x", Product.price.set(5), Product.stock.add(-1), Product.tags.add({"b"}), Product.description.set(None)
    )
    orders.update(
        ("ann", 1),
        Order.lines[0][Line.quantity].set(2),
        Order.notes["a"].set("b"),
        Order.scores.append([Decimal(1)]),
        condition=(Order.ship_to[Address.zip] == "12345") & ~Order.mail.begins_with("a")
        | (Order.total > Order.discount),
    )
    item.price, item.description = Decimal(2), None
    transact(products.create.write(item), orders.delete.write(("ann", 1)))


def wrong(products: Table[Product]) -> None:
    Product(sku="ABC-1", name="Lamp", category="home")  # mistake: missing constructor argument
    item = Product(sku="ABC-1", name="Lamp", category="home", price="9.99")  # mistake: wrong argument type
    products.query(Product.price >= "5")  # mistake: wrong operand type in a condition
    products.query(Product.sku == 5)  # mistake: wrong operand type of equality
    products.query(Product.prise >= 5)  # mistake: misspelt attribute in a condition
    products.update("x", Product.price.set("5"))  # mistake: wrong value type in an update
    products.query(Product.price.begins_with("5"))  # mistake: begins_with on a number
    item.price = "9.99"  # mistake: wrong assignment
    print(products.get("x").price)  # mistake: unhandled None from get
    products.get.request()  # mistake: missing argument of an operation
    products.query(Product.category == "home", limt=5)  # mistake: misspelt option
    Product(sku="A", name="L", category="home", price=Decimal(1), version=3)  # mistake: an argument the store sets
