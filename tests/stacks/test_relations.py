"""Resources that refer to others: what their functions may do, and the lists below an item."""

import json
import re

from tests.support.related.appointments import APPOINTMENTS
from tests.support.related.letters import LETTERS
from tests.support.related.patients import PATIENTS

EVERY = (APPOINTMENTS, LETTERS, PATIENTS)


def test_functions_may_check_related_tables_and_know_their_names(template):
    found = template("dev", EVERY)
    functions = found.find_resources("AWS::Lambda::Function")
    roles = found.find_resources("AWS::IAM::Role")

    def of(name):
        """The permissions of a function, and the tables that it knows of."""
        (function,) = [one["Properties"] for logical, one in functions.items() if logical.startswith(name)]
        (policy,) = roles[function["Role"]["Fn::GetAtt"][0]]["Properties"]["Policies"]
        return json.dumps(policy), json.dumps(function["Environment"]["Variables"].get("RELATED", ""))

    allowed, known = of("AppointmentsCreateFunction")
    assert re.search(r'"dynamodb:ConditionCheckItem".{1,90}PatientsTable', allowed)
    assert "related.patients" in known
    allowed, known = of("PatientsDeleteFunction")
    assert re.search(r'"dynamodb:ConditionCheckItem".{1,90}AppointmentsTable', allowed)
    assert re.search(r'"dynamodb:Query".{1,200}AppointmentsTable.{1,60}/index/by_patient', allowed)
    assert "related.appointments" in known
    assert "related.letters" in known
    assert of("AppointmentsListFunction")[1] == '""'


def test_the_list_below_an_item_is_a_method_of_the_gateway(template):
    found = template("dev", EVERY)
    places = found.find_resources("AWS::ApiGateway::Resource")
    methods = found.find_resources("AWS::ApiGateway::Method")

    below = [logical for logical, one in places.items() if one["Properties"]["PathPart"] == "appointments"]
    taken = {logical: [] for logical in below}
    for one in methods.values():
        if (place := one["Properties"]["ResourceId"].get("Ref")) in taken:
            taken[place].append(one["Properties"]["HttpMethod"])
    assert sorted(map(sorted, taken.values())) == [
        ["ANY", "GET", "HEAD", "OPTIONS"],
        ["ANY", "GET", "HEAD", "OPTIONS", "POST"],
    ]
