"""Backups besides point-in-time recovery: they outlive a table, and the 35 days."""

from collections.abc import Iterable

from aws_cdk import (
    Duration,
    RemovalPolicy,
    aws_backup as backup,
    aws_dynamodb as dynamodb,
    aws_events as events,
)
from constructs import Construct

from stacks.nag import accept_finding
from stacks.nested import stack_uuid
from stacks.stage import Stage

POLICY = "service-role/AWSBackupServiceRolePolicyForBackup"


class Backups(Construct):
    """A copy of each table every day, kept 35 days, and every month, kept a year."""

    def __init__(self, scope: Construct, *, tables: Iterable[dynamodb.ITableV2], stage: Stage) -> None:
        """Plan the backups into a vault that outlives the stack where the data does."""
        super().__init__(scope, "Backups")
        keep = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if stage.keep_data else RemovalPolicy.DESTROY
        # Encrypted with AWS's own key for backups. A vault that a deleted stack left behind keeps its name.
        name = f"{stage.name[:13]}-{stack_uuid(self)}"
        vault = backup.BackupVault(self, "Vault", backup_vault_name=name, removal_policy=keep)
        schedules = {  # UTC, and how long a copy is kept
            "Daily": (events.Schedule.cron(hour="3", minute="0"), Duration.days(35)),
            "Monthly": (events.Schedule.cron(day="1", hour="4", minute="0"), Duration.days(366)),
        }
        plan = backup.BackupPlan(self, "Plan", backup_vault=vault)
        for rule, (schedule, kept) in schedules.items():
            plan.add_rule(backup.BackupPlanRule(rule_name=rule, schedule_expression=schedule, delete_after=kept))
        accept_finding(
            plan, f"IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{POLICY}]", "AWS keeps it right for Backup."
        )
        plan.add_selection("Tables", resources=[backup.BackupResource.from_arn(table.table_arn) for table in tables])
