"""The stages and their settings, yours: the only difference between stages. stage.py documents the settings."""

from aws_cdk import aws_logs as logs

from stacks.stage import Stage

STAGES = {
    stage.name: stage
    for stage in (
        Stage(
            name="local",
            callback_urls=("http://localhost:3000/", "http://localhost:3000/docs/browse.html"),  # a page, `make open`
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
            stream_lanes=10,  # a new account may run 10 functions at once in all: ask AWS for more first
            cdn_access_log=True,
            callback_urls=("https://localhost/",),  # put the address of your page here
            cors_origins=("https://localhost",),  # and its origin here
        ),
    )
}
