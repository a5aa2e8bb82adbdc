"""What a sink shows as bought is not bought by a ledger that does not know it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.stand_ins import make_sink, make_table, untyped
from tests.engine.test_aliases import BOTH, MEMBER, SLUG
from upscale_connect import Found, Record, Shown, SinkError
from upscale_connect.engine.adopt import Findings

if TYPE_CHECKING:
    from tests.engine.adoption.conftest import Loss
    from tests.engine.conftest import World

CR = "connection_request"
Files = Callable[[], Mapping[str, tuple[bytes, int]]]


@pytest.fixture
def lost(world: World, loss: Loss) -> Loss:
    """Two leads were bought and written beside the leads; then the ledger was lost."""
    world.write_leads(1, 2)
    world.wait()
    loss.lose()
    world.forgotten = {"lead_001", "lead_002"}
    return loss


@pytest.mark.promise(row="I5")
def test_empty_ledger_buys_nothing_that_a_sink_shows(world: World, lost: Loss, files: Files) -> None:
    before = files()
    result = world.wait()
    assert (world.posts, world.exit_code, result.records.held, result.records.read) == (1, 6, 2, 2)
    assert files() == before
    assert lost.needs() == [("upscale-connect adopt spring", 2)]
    assert [(place, field) for place, field, _ in lost.held()] == [
        ("leads.csv:2", "receipt"),
        ("leads.csv:3", "receipt"),
    ]
    assert "leads.messages.csv:2 shows receipt uc-" in lost.held()[0][2]
    world.wait()
    assert (world.posts, world.exit_code) == (1, 6)


def test_plan_shows_what_is_held_and_writes_nothing(world: World, lost: Loss, files: Files) -> None:
    before = files()
    result = lost.plan()
    assert (result.records.held, result.records.new, result.credits.estimated) == (2, 0, 0)
    assert files() == before
    assert not (world.folder / "ledger.db").exists()
    world.wait()


def test_output_is_not_overwritten_by_a_run_that_reads_nothing(world: World, lost: Loss, files: Files) -> None:
    """The texts in it may be all that is left of what was paid for."""
    before = files()
    world.run(buy=False)
    assert files() == before
    assert world.exit_code == 6
    assert lost.needs() == [("upscale-connect adopt spring", 2)]


def test_only_what_is_new_is_bought(world: World, lost: Loss) -> None:
    world.write_leads(1, 2, 3, 4)
    result = world.wait()
    assert world.bought()[2:] == [("lead_003", "connection_request"), ("lead_004", "connection_request")]
    assert (result.records.held, result.records.new, world.exit_code) == (2, 2, 6)
    assert set(world.shown()) == {"lead_001", "lead_002"}
    lost.adopt()
    world.wait()
    assert (world.posts, world.exit_code) == (2, 0)
    assert [len(world.messages_of(lead_id)) for lead_id in sorted(world.shown())] == [1, 1, 1, 1]


def test_receipt_that_a_person_removes_lets_its_lead_be_bought(world: World, loss: Loss) -> None:
    """Also if the source has not changed since."""
    world.write_leads(1, 2)
    loss.forge(1, 2)
    world.wait()
    assert (world.posts, world.exit_code) == (0, 6)
    loss.forge(1, world.lead(2), receipt="")
    result = world.wait()
    assert (result.records.new, world.bought(), world.exit_code) == (2, [("lead_001", CR), ("lead_002", CR)], 0)


def test_output_of_another_ledger(world: World, loss: Loss) -> None:
    """Somebody else's receipt is as good as one of our own that is lost."""
    world.write_leads(1, 2)
    loss.forge(2)
    result = world.wait()
    assert (world.bought(), result.records.held, world.exit_code) == ([("lead_001", CR)], 1, 6)
    assert loss.held()[0][2].startswith(
        "leads.messages.csv:2 shows receipt uc-elsewhere, which this ledger did not give"
    )


@pytest.mark.parametrize("theirs", [SLUG, MEMBER, BOTH])
def test_person_under_another_address(world: World, loss: Loss, theirs: str) -> None:
    world.write_leads(world.lead(1, ID="new_id", LinkedIn=BOTH))
    loss.forge(world.lead(1, LinkedIn=theirs))
    world.wait()
    assert (world.posts, world.exit_code) == (0, 6)
    world.write_leads(world.lead(1, LinkedIn=BOTH))
    assert loss.adopt().leads == 1
    world.wait()
    assert (world.posts, world.exit_code) == (0, 0)


def test_two_customers_with_the_same_ids(world: World, loss: Loss) -> None:
    for name in ("customer", "campaign"):
        del world.spring[name]
        world.spring["map"][f"automation_tool_{name}_id"] = name.capitalize()
    ours, theirs = ({"Customer": name, "Campaign": "c"} for name in ("acme", "globex"))
    world.write_leads(world.lead(1, **ours), world.lead(1, **theirs), world.lead(2, **theirs))
    loss.forge(world.lead(1, **theirs))
    result = world.wait()
    assert result.records.held == 1
    assert sorted((customer, lead_id) for _, customer, _, lead_id, _ in world.sold()) == [
        ("acme", "lead_001"),
        ("globex", "lead_002"),
    ]


def test_person_under_a_new_id(world: World, loss: Loss) -> None:
    world.write_leads(world.lead(1, ID="new_id"))
    loss.forge(1)
    world.wait()
    assert (world.posts, world.exit_code) == (0, 6)
    assert "bought before, as lead id 'lead_001'" in loss.held()[0][2]


def test_id_of_another_person(world: World, loss: Loss) -> None:
    """It is held, and not to be adopted: what is shown was bought for somebody else."""
    world.write_leads(world.lead(1, LinkedIn="https://www.linkedin.com/in/somebody-else"))
    loss.forge(1)
    world.wait()
    assert (world.posts, world.exit_code) == (0, 6)
    ((_, field, reason),) = loss.held()
    assert field == "stranger"
    assert "it was bought for li:in:person-1, but the row now names li:in:somebody-else" in reason
    assert "todo spring" in loss.needs()[-1][0]


def test_row_that_is_gone_from_the_source(world: World, loss: Loss) -> None:
    """Who gives it back would buy it again."""
    world.write_leads(1)
    loss.forge(2)
    world.wait()
    assert (world.bought(), world.exit_code) == ([("lead_001", CR)], 6)
    ((place, _, reason),) = loss.held()
    assert (place, reason.endswith("it is no longer in the source")) == ("leads.messages.csv:2", True)
    assert loss.adopt().leads == 1
    world.write_leads(1, 2)
    world.wait()
    assert (world.posts, world.exit_code) == (1, 0)
    assert world.messages_of("lead_002") == ["Hello Ann2"]


@pytest.mark.parametrize(
    ("status", "bought"), [("waiting", 0), ("in doubt", 0), ("held", 0), ("rejected", 0), ("failed", 1), ("", 1)]
)
def test_row_that_awaits_its_message(world: World, loss: Loss, status: str, bought: int) -> None:
    """It may have been requested when the ledger was lost."""
    world.write_leads(1)
    loss.forge(1, receipt="", status=status)
    world.wait()
    assert world.posts == bought
    assert world.exit_code == (0 if bought else 6)


def test_row_that_awaits_its_message_in_our_own_table(world: World, loss: Loss) -> None:
    """A run that only collects has shown the new row, and a person has edited the table since."""
    world.sandbox.faults.set(delay=1000)
    world.write_leads(1)
    world.sync()
    world.write_leads(1, 2)
    world.clock.advance(2000)
    world.run(buy=False)
    assert [row["upscale_status"] for row in world.shown().values()] == ["delivered", "waiting"]
    loss.edit("[sandbox]", "Edited:")
    result = world.wait()
    assert (result.records.held, world.posts, world.exit_code) == (0, 2, 0)


def test_output_of_this_ledger_that_a_person_edited(world: World, loss: Loss) -> None:
    world.write_leads(1)
    world.wait()
    loss.edit("[sandbox]", "Edited:")
    loss.edit("lead_001", "lead_one")
    world.write_leads(1, 2)
    result = world.wait()
    assert (result.records.held, world.posts, world.exit_code) == (0, 2, 0)


def test_lead_that_was_bought_for_another_account(world: World, loss: Loss) -> None:
    """First with the sandbox, then for real: the receipts are this ledger's own."""
    world.write_leads(1)
    world.wait()
    loss.edit("[sandbox]", "Edited:")
    world.config["accounts"]["real"] = world.account(api_key="sandbox-no-credits")
    world.spring["account"] = "real"
    assert loss.plan().records.new == 1


def test_person_to_whom_nothing_may_be_sent(world: World, loss: Loss) -> None:
    """Who was forgotten is not learnt anew from what a file still shows."""
    (world.folder / "stop.csv").write_text("linkedin\nlinkedin.com/in/person-1\n", encoding="utf-8")
    world.spring["suppression"] = [{"path": "stop.csv"}]
    world.write_leads(1, 2)
    loss.forge(1)
    result = world.wait()
    assert (result.records.suppressed, result.records.held, world.exit_code) == (1, 0, 0)
    assert world.bought() == [("lead_002", CR)]
    loss.forge(1)
    assert loss.adopt() == Findings()


@pytest.mark.parametrize("content", [b"ID,upscale_receipt\n\xe9,uc-1\n", b'ID,upscale_receipt\n"a,uc-1\nb,c\n'])
def test_output_that_cannot_be_read_back(world: World, loss: Loss, content: bytes) -> None:
    """A ledger that has never written it cannot know what stands there; one that has goes on as before."""
    world.write_leads(1)
    loss.output.write_bytes(content)
    result = world.wait()
    assert (world.posts, world.exit_code) == (0, 9)
    assert result.error is not None
    assert "leads.messages.csv:2" in result.error.message
    loss.output.unlink()
    world.wait()
    loss.output.write_bytes(content)
    world.write_leads(1, 2)
    world.wait()
    assert (world.posts, world.exit_code) == (2, 0)
    assert "leads.messages.csv:2" in world.notes_of_run


def test_row_with_a_receipt_that_is_no_lead(world: World, loss: Loss) -> None:
    """Nobody can tell whom it belongs to, so nobody is bought for."""
    world.write_leads(1)
    loss.forge(world.lead(2, LinkedIn=""))
    result = world.wait()
    assert (world.posts, world.exit_code) == (0, 9)
    assert result.error is not None
    assert result.error.message.startswith("leads.messages.csv:2: this row shows receipt uc-elsewhere")
    assert "LinkedIn" in result.error.message
    loss.forge(world.lead(2, LinkedIn=""), receipt="", status="quarantined")
    world.wait()
    assert (world.posts, world.exit_code) == (1, 0)


def test_our_own_row_that_a_person_made_unreadable(world: World, loss: Loss) -> None:
    world.write_leads(1)
    world.wait()
    loss.edit("https://www.linkedin.com/in/person-1", "")
    world.write_leads(1, 2)
    world.wait()
    assert (world.posts, world.exit_code) == (2, 0)


def test_lead_whose_conditions_allow_nothing_now(world: World, loss: Loss) -> None:
    """It was bought for while they did, and is held before they do again."""
    world.spring["messages"] = [{"connection_request": {"when": {"column": "Accepted", "equals": "yes"}}}]
    world.write_leads(1)
    loss.forge(1)
    result = world.wait()
    assert (result.records.held, result.records.inactive) == (1, 0)


def test_output_that_was_moved_over_the_leads(world: World, lost: Loss) -> None:
    (world.folder / "leads.csv").write_bytes(lost.output.read_bytes())
    lost.output.unlink()
    result = world.wait()
    assert (world.posts, result.records.held, world.exit_code) == (1, 2, 6)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (5, "it yielded int, not Shown"),
        (untyped(Shown, "row", "uc-1"), "not Shown"),
        (Shown(untyped(Record, None, {"First": 5}, "row 1"), "uc-1"), "not every cell of this row is text"),
        (OSError("unplugged"), "OSError: unplugged"),
    ],
    ids=str,
)
def test_table_that_shows_nonsense(world: World, row: Any, told: str) -> None:
    def show(self: object) -> Iterator[Any]:
        if isinstance(row, Exception):
            raise row
        yield row

    world.use_grid()
    world.leads.beside = type("OddTable", (make_table(world.grid),), {"shown": show})
    world.leads.items = [world.record(1)]
    result = world.wait()
    assert (world.posts, world.exit_code) == (0, 9)
    assert result.error is not None
    assert told in result.error.message


# Sinks that are written lead by lead.


@pytest.fixture
def listed(world: World) -> World:
    world.use_list("memory", "other")
    world.leads.items = [world.record(1), world.record(2)]
    return world


def show(world: World, number: int, stranger: str = "") -> None:
    """The sink shows a message of another ledger."""
    key = f"customer_1/campaign_1/lead_{number:03}"
    world.memory.found[key] = Found(key, "uc-elsewhere", {CR: f"Hello Ann{number}"}, stranger)


def test_sink_is_asked_about_every_lead_once(listed: World) -> None:
    listed.wait()
    assert listed.memory.examined == ["customer_1/campaign_1/lead_001", "customer_1/campaign_1/lead_002"]
    listed.leads.items.append(listed.record(3))
    listed.wait()
    assert (len(listed.memory.examined), listed.posts) == (2, 2)


def test_sink_that_ever_showed_a_strange_receipt_is_asked_again(listed: World, loss: Loss) -> None:
    """Another ledger writes there."""
    show(listed, 1)
    listed.wait()
    assert (listed.bought(), listed.exit_code) == ([("lead_002", CR)], 6)
    assert "sink 'memory' shows receipt uc-elsewhere" in loss.held()[0][2]
    assert loss.adopt().shown == {"memory": 1}
    listed.wait()
    assert listed.exit_code == 0
    show(listed, 3)
    listed.leads.items.append(listed.record(3))
    listed.other.examined.clear()
    listed.wait()
    assert (listed.bought(), listed.exit_code) == ([("lead_002", CR)], 6)
    assert listed.other.examined == []


def test_sink_with_other_options_is_another_place(world: World, loss: Loss) -> None:
    world.spring["sinks"] = {"file": {"plugin": "csv", "path": "sent.csv"}}
    world.write_leads(1)
    world.wait()
    world.spring["sinks"]["file"]["path"] = "delivered.csv"
    (world.folder / "delivered.csv").write_text(
        "automation_tool_customer_id,automation_tool_campaign_id,automation_tool_lead_id,lead_linkedin,upscale_receipt\n"
        "customer_1,campaign_1,lead_002,https://www.linkedin.com/in/person-2,uc-elsewhere\n",
        encoding="utf-8",
    )
    world.write_leads(1, 2)
    world.wait()
    assert (world.posts, world.exit_code) == (1, 6)


def test_sink_that_cannot_tell_holds_nothing(listed: World) -> None:
    show(listed, 1)
    listed.memory.knows = False
    listed.wait()
    assert (len(listed.bought()), listed.exit_code) == (2, 0)


@pytest.mark.parametrize("error", [SinkError("the token has expired"), OSError("unplugged"), SystemExit(3)], ids=repr)
def test_sink_that_cannot_be_asked_stops_the_buying(listed: World, error: BaseException) -> None:
    def fail(deliveries: object) -> None:
        raise error

    listed.memory.on_find = fail
    result = listed.wait()
    assert (listed.posts, listed.exit_code) == (0, 9)
    assert result.error is not None
    assert str(error) in result.error.message
    listed.memory.on_find = lambda deliveries: None
    listed.wait()
    assert (listed.posts, listed.exit_code) == (1, 0)


def test_sink_is_asked_about_leads_whose_row_is_to_be_corrected(listed: World) -> None:
    listed.leads.items = [listed.record(1, First="A.")]
    listed.wait()
    assert listed.memory.examined == ["customer_1/campaign_1/lead_001"]


def test_place_of_another_person(listed: World, loss: Loss) -> None:
    show(listed, 1, "it shows somebody else")
    listed.wait()
    assert (listed.bought(), listed.exit_code) == ([("lead_002", CR)], 6)
    ((_, field, reason),) = loss.held()
    assert (field, reason.rpartition(": ")[2]) == ("stranger", "it shows somebody else")


def test_place_that_two_campaigns_share(world: World) -> None:
    """A contact in a CRM shows the receipt of its first campaign, which this ledger gave."""
    world.use_list("memory")
    world.leads.items = [world.record(1)]
    world.wait()
    key = "customer_1/campaign_2/lead_001"
    world.memory.shown[key] = world.memory.shown["customer_1/campaign_1/lead_001"]
    world.config["syncs"]["autumn"] = {**copy.deepcopy(world.spring), "campaign": "campaign_2"}
    result = world.sync("autumn", wait=True)
    assert (result.records.new, world.posts, world.exit_code) == (1, 2, 0)


def test_place_of_another_lead_of_ours(world: World) -> None:
    """What stands there was bought by this ledger, for that person: it says nothing of this one."""
    world.use_list("memory")
    world.leads.items = [world.record(1)]
    world.wait()
    key, first = "customer_1/campaign_2/lead_002", "customer_1/campaign_1/lead_001"
    world.memory.found[key] = Found(key, world.memory.shown[first], {}, "it shows the first person")
    world.memory.answer = lambda delivery: delivery.conflict("another person is there")
    world.config["syncs"]["autumn"] = {**copy.deepcopy(world.spring), "campaign": "campaign_2"}
    world.leads.items = [world.record(2)]
    result = world.sync("autumn", wait=True)
    assert (result.records.new, result.sinks["memory"].conflict, world.posts) == (1, 1, 2)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (5, "it yielded int, not Found"),
        (Found("nobody", "uc-1"), "it told of a lead that it was not asked about"),
        (untyped(Found, "customer_1/campaign_1/lead_001", "uc-1", {CR: 5}), "it gave something as text"),
    ],
    ids=str,
)
def test_sink_that_shows_nonsense(listed: World, answer: Any, told: str) -> None:
    listed.offer(type("OddSink", (make_sink(listed.memory, "odd"),), {"find": lambda self, deliveries: iter([answer])}))
    result = listed.wait()
    assert (listed.posts, listed.exit_code) == (0, 9)
    assert result.error is not None
    assert told in result.error.message
