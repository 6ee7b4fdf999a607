"""The stages for tests of templates: local, dev and prod of this template, whatever stages the project has."""

from aws_cdk import aws_logs as logs

from stacks.stage import Stage

KNOWN = {
    stage.name: stage
    for stage in (
        Stage(
            name="local",
            requests_per_second=1_000,
            burst=2_000,
            examples=True,
            monitored=False,
            may_publish="sns:PublishBatch",
            log_role=False,
            table_ids=False,
            wheels_for_host=True,
        ),
        Stage(name="dev"),
        Stage(
            name="prod",
            keep_data=True,
            backups=True,
            gradual=True,
            log_retention=logs.RetentionDays.ONE_YEAR,
            requests_per_second=1_000,
            burst=2_000,
            firewall=True,
            stream_lanes=10,
            cdn_access_log=True,
            callback_urls=("https://localhost/",),
            cors_origins=("https://localhost",),
        ),
    )
}


def named(name: str) -> Stage:
    """Return the stage of that name."""
    return KNOWN[name]
