"""One operation, one function, one role, one permission."""

from collections import Counter

from lambdas.routes import ROUTES


def statements(template, logical_id):
    """What the role with that logical id may do, as (action, resource) pairs."""
    (policy,) = template.find_resources("AWS::IAM::Role")[logical_id]["Properties"]["Policies"]
    for statement in policy["PolicyDocument"]["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        yield from ((action, statement["Resource"]) for action in actions)


def functions(template):
    return template.find_resources("AWS::Lambda::Function")


def test_each_operation_has_a_function_and_a_role_of_its_own(template):
    found = functions(template("dev")).values()

    handlers = Counter(function["Properties"]["Handler"] for function in found)
    roles = Counter(function["Properties"]["Role"]["Fn::GetAtt"][0] for function in found)
    assert handlers == {route.handler: 1 for route in ROUTES}
    assert set(roles.values()) == {1}


def test_a_function_may_do_one_thing_to_its_own_table_and_write_its_own_log(template):
    table = {"Fn::GetAtt": ["ProductsTableEB101A78", "Arn"]}
    expected = {
        "lambdas.create.handler": ("dynamodb:PutItem", table),
        "lambdas.list.handler": ("dynamodb:Query", {"Fn::Join": ["", [table, "/index/*"]]}),
        "lambdas.get.handler": ("dynamodb:GetItem", table),
        "lambdas.replace.handler": ("dynamodb:UpdateItem", table),
        "lambdas.patch.handler": ("dynamodb:UpdateItem", table),
        "lambdas.delete.handler": ("dynamodb:DeleteItem", table),
        "lambdas.count.handler": ("dynamodb:UpdateItem", table),
    }

    for function in functions(template("dev")).values():
        properties = function["Properties"]
        log_group = {"Fn::GetAtt": [properties["LoggingConfig"]["LogGroup"]["Ref"], "Arn"]}
        may = dict(statements(template("dev"), properties["Role"]["Fn::GetAtt"][0]))
        action, resource = expected[properties["Handler"]]
        assert may == {
            action: resource,
            "logs:CreateLogStream": log_group,
            "logs:PutLogEvents": log_group,
            "xray:PutTelemetryRecords": "*",
            "xray:PutTraceSegments": "*",
        }


def test_no_role_has_another_policy(template):
    for role in template("prod").find_resources("AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role["Properties"]
    assert template("prod").find_resources("AWS::IAM::Policy") == {}


def test_functions_run_where_their_wheels_and_bytecode_were_made_for(template):
    for function in functions(template("prod")).values():
        assert function["Properties"]["Runtime"] == "python3.13"
        assert function["Properties"]["Architectures"] == ["arm64"]


def test_logs_are_kept_a_year_in_prod_and_a_week_in_dev(template):
    for stage, days in {"prod": 365, "dev": 7}.items():
        groups = template(stage).find_resources("AWS::Logs::LogGroup").values()
        assert {group["Properties"]["RetentionInDays"] for group in groups} == {days}
