"""The gateway answers by itself."""


def test_health_is_answered_without_a_function(call):
    answer = call("GET", "health")

    assert (answer.status, answer.json) == (200, {"status": "ok"})
