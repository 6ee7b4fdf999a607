"""Declarations: frozen dataclasses to readers, editors and type checkers, with one constructor for all.

A dataclass writes and compiles the source of each of its methods, at each start of a function: 1.4 ms for an operation.
"""

from dataclasses import MISSING, dataclass, field, fields
from typing import Any, dataclass_transform


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def declared[T](cls: type[T]) -> type[T]:
    """Make a class a dataclass whose values are given by their names."""
    cls.__init__ = set_values  # type: ignore[method-assign]  # of all such classes
    cls.__doc__ = cls.__doc__ or cls.__name__  # or dataclass composes one, where bytecode has none
    return dataclass(cls, init=False, repr=False, eq=False)


def set_values(self: Any, *unnamed: Any, **given: Any) -> None:
    """Set the values, and the defaults of those that are not given; refuse names that the class has not."""
    if unnamed:
        raise TypeError(f"{type(self).__name__} takes its options by their names, as {fields(self)[0].name}=...")
    values = self.__dict__
    for one in fields(self):
        if one.name in given:
            values[one.name] = given.pop(one.name)
        elif one.default_factory is not MISSING:
            values[one.name] = one.default_factory()
        elif one.default is not MISSING:
            values[one.name] = one.default
        else:
            raise TypeError(f"{type(self).__name__} needs {one.name}=...")
    if given:
        raise TypeError(f"{type(self).__name__} has no {', '.join(given)}")
    if __debug__:
        self.__post_init__()
