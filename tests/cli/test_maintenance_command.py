"""`mneme maintenance` against a running Mneme: ordered, done by its tender, listed, taken back."""

import re

from mneme_commands import mneme
from server import Server


def test_prune_list_and_undo_from_the_command_line(live_server: Server) -> None:
    owner = "maintained"
    key = next(word for word in live_server.mneme("key", "create", "--owner", owner).split() if word.startswith("mlive_"))
    with live_server.client(key) as client:
        for n in range(4):
            body = {"messages": [{"role": "user", "content": f"Note number {n} of four."}], "user_id": "ann", "infer": False}
            assert client.post("/v3/memories/add/", json=body).json()["status"] == "SUCCEEDED"
        shown = lambda: client.post("/v3/memories/", json={"filters": {"user_id": "ann"}}).json()["count"]  # noqa: E731
        limits = ("run", "pruning", "--owner", owner, "--user", "ann", "--max-memories", "1")
        dry = live_server.mneme("maintenance", *limits, "--dry-run")
        assert "succeeded" in dry
        assert dry.count("count ") >= 3
        assert shown() == 4
        ran = live_server.mneme("maintenance", *limits)
        assert "archived 3" in ran
        assert shown() == 1
        run_id = re.search(r"run (\S+):", ran).group(1)  # type: ignore[union-attr]
        assert run_id in live_server.mneme("maintenance", "list", "--owner", owner)
        assert "restored 3" in live_server.mneme("maintenance", "undo", run_id)
        assert shown() == 4


def test_what_cannot_be_ordered_is_said_in_a_line(live_server: Server) -> None:
    for wrong, said in (
        (("run", "nonsense"), "there is no job"),
        (("run", "pruning", "--user", "ann"), "--owner"),
        (("run", "pruning", "--min-importance", "7"), "--min-importance"),
        (("undo", "nothing"), "no such run"),
    ):
        done = mneme("maintenance", *wrong, environment=live_server.environment)
        assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
        assert said in done.stderr
