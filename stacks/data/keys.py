"""A KMS key of ours, for stages whose data must be encrypted with one that we can disable and audit."""

from aws_cdk import RemovalPolicy, Stack, aws_iam as iam, aws_kms as kms
from constructs import Construct

from stacks.nested import root_stack
from stacks.stage import Stage

SERVICES = ("dynamodb", "s3", "sns", "sqs")  # the services that keep our data


def data_key(scope: Construct, stage: Stage) -> "DataKey | None":
    """Return the key of the stage, if it has one."""
    if not stage.own_key:
        return None
    stack = root_stack(scope)
    found = stack.node.try_find_child("DataKey")
    return found if isinstance(found, DataKey) else DataKey(stack, stage)


class DataKey(kms.Key):
    """One key for tables, topics and queues, rotated every year.

    As with AWS managed keys, callers of this account may use it through the services that store the data, and only
    through these: a role needs no permission on the key.
    """

    def __init__(self, scope: Stack, stage: Stage) -> None:
        """Make the key; it outlives the stack where the data does, which cannot be read without it."""
        super().__init__(
            scope,
            "DataKey",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if stage.keep_data else RemovalPolicy.DESTROY,
        )
        stack = Stack.of(self)
        use = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        through = [f"{service}.{stack.region}.{stack.url_suffix}" for service in SERVICES]
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="WhoMayUseTheData",
                principals=[iam.AnyPrincipal()],
                actions=use,
                resources=["*"],
                conditions={"StringEquals": {"kms:CallerAccount": stack.account, "kms:ViaService": through}},
            )
        )
        self.add_to_resource_policy(  # DynamoDB keeps the key open by itself, and asks with a grant
            iam.PolicyStatement(
                sid="GrantsForDynamoDb",
                principals=[iam.AnyPrincipal()],
                actions=["kms:CreateGrant"],
                resources=["*"],
                conditions={
                    "StringEquals": {"kms:CallerAccount": stack.account, "kms:ViaService": through[0]},
                    "Bool": {"kms:GrantIsForAWSResource": "true"},
                },
            )
        )
        self.add_to_resource_policy(  # SNS writes into our queues, CloudWatch into our topic
            iam.PolicyStatement(
                sid="ServicesOfThisAccount",
                principals=[
                    iam.ServicePrincipal("sns.amazonaws.com"),
                    iam.ServicePrincipal("s3.amazonaws.com"),
                    iam.ServicePrincipal("cloudwatch.amazonaws.com"),
                ],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            )
        )
