"""What importing the store brings into a process."""

import os
import subprocess
import sys

_SCRIPT = """
import sys
import core.store.connection
import lancedb.namespace
client = "lance_namespace_urllib3_client"
loaded = [name for name in sys.modules if name.startswith(client)]
print(sum(name.startswith(client + ".api") for name in loaded), len(loaded))
from lance_namespace import ListTablesResponse
answer = ListTablesResponse(tables=["memories"])
print(answer.tables, isinstance(answer, ListTablesResponse), isinstance(client, ListTablesResponse))
print(ListTablesResponse.from_dict({"tables": ["history"]}).tables)
import importlib
print(importlib.import_module(client + ".api_client").ApiClient.__name__)
"""


def test_lancedbs_catalog_client_stays_out_of_it_but_for_models_that_are_used():
    """It would be a second and 20 MB of every process; LanceDB's answers are still made of its models, and it can be had if asked for."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=60, check=True)
    loaded, answer, read, client = done.stdout.splitlines()
    calls, all_of_it = map(int, loaded.split())
    assert calls == 0
    assert all_of_it < 30
    assert (answer, read, client) == ("['memories'] True False", "['history']", "ApiClient")


def test_arrow_takes_its_memory_where_everybody_does_unless_told_otherwise():
    """So that what a compaction freed can be given back to the system."""
    script = "import core.store.connection, pyarrow; print(pyarrow.default_memory_pool().backend_name)"
    for environment, pool in (({}, "system"), ({"ARROW_DEFAULT_MEMORY_POOL": "mimalloc"}, "mimalloc")):
        environment |= {name: value for name, value in os.environ.items() if not name.startswith("ARROW_")}
        done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout.strip() == pool
