"""A table and its indexes, read from the declaration of its model."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from lambdas.dynamodel import Model
from stacks.stages import Stage

RECOVERY_DAYS = 35  # the longest that DynamoDB keeps


class Table(dynamodb.TableV2):
    """A model's table; a global table of one region, which can get more without being replaced."""

    def __init__(self, scope: Construct, id: str, *, model: type[Model], stage: Stage) -> None:  # noqa: A002 - CDK's own name
        """Make the table with the keys and indexes that the model declares."""
        super().__init__(
            scope,
            id,
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            global_secondary_indexes=[dynamodb.GlobalSecondaryIndexPropsV2(index_name="newest",partition_key=dynamodb.Attribute(name="_shard", type=dynamodb.AttributeType.STRING))],
            removal_policy=RemovalPolicy.RETAIN if stage.keep_data else RemovalPolicy.DESTROY,
            deletion_protection=stage.keep_data,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=stage.keep_data,
                recovery_period_in_days=RECOVERY_DAYS if stage.keep_data else None,
            ),
        )
