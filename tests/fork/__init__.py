"""A fork of the project as a team makes one: the drill, and the resources that it declares."""
