"""Clients that race for an item while the network between the functions and DynamoDB fails."""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.faults.checker import judged
from tests.faults.clients import AGAIN, history
from tests.faults.proxy import Call

HISTORIES = {True: 500, False: 20}  # of each resource, if thorough or not
AT_ONCE = 16
SHARE = 0.15  # of the calls that fail
FAULTS = {
    "drop": 3,
    "lose": 6,
    "reset": 3,
    "fail": 2,
    "fail after": 3,
    "throttle": 2,
    "late": 1,
    "slow": 2,
    "dribble": 1,
}


class Nemesis:
    """Chooses how a call fails."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def __call__(self, call: Call) -> str | None:
        if self.chance.random() > SHARE:
            return None
        fault = self.chance.choices([*FAULTS], [*FAULTS.values()])[0]
        return "lose" if fault == "late" and AGAIN.encode() in call.raw else fault


def test_every_effect_is_there_once_and_every_answer_is_true(service, proxy, thorough, seed, report):
    number, began = HISTORIES[thorough], time.monotonic()
    proxy.choose = Nemesis(seed)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        each = threads.map(lambda place: history(service, f"{seed} {place}", late=place % 2 == 0), range(number))
        told = [one for told in each for one in told]
    proxy.choose = lambda _: None

    wrong = judged(service.log(), told)
    failed = sum(calls for (_, fault), calls in proxy.seen.items() if fault)
    answers = dict(sorted(Counter(one.status for one in told).items()))
    report(
        f"{service.resource.path}: {number} histories in {time.monotonic() - began:.0f} s, {len(told)} requests, "
        f"{failed} of {proxy.seen.total()} calls failed, answers {answers}, {len(wrong)} wrong (seed {seed})"
    )
    assert not wrong, "\n".join(wrong[:20])
    items, taken = service.count()
    assert taken == items * len(service.resource.model.schema.unique)
