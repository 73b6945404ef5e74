"""Does search find what answers? Our ranking beside BM25 and MiniLM alone, on public data with gold labels.

python -m bench.quality.retrieval DATA [--sets locomo realmem] [--through-store] [--extracted] [--abilities] [--thresholds]
"""

import argparse
import asyncio
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import structlog

from bench.quality.evaluation import SETS, load_script
from bench.quality.rankers import Runner, in_memory, through_store
from bench.quality.thresholds import thresholds
from core.models.embedding import open_embedder
from core.settings import Settings

_COLUMNS = ("R@5", "R@10", "R@50", "nDCG@10", "MRR")


def main() -> None:
    arguments = _arguments()
    script = load_script(arguments.data)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("WARNING"))
    with asyncio.Runner() as loop:
        runner = Runner(loop.run(open_embedder(Settings())), loop)
        script._Emb.fn = staticmethod(runner.embed)
        ours = (through_store if arguments.through_store else in_memory)(script, runner, extracted=arguments.extracted)
        print("| set | ranker | n | " + " | ".join(_COLUMNS) + " | R@10 95 % | newest above stale |")
        print("|---" * (len(_COLUMNS) + 5) + "|")
        for name in arguments.sets:
            results = [_measured(script, name, ranker) for ranker in (script.BM25, script.Dense, ours)]
            for result in results:
                print(_row(name, result), flush=True)
            if arguments.abilities:
                print(_abilities(results))
        if arguments.thresholds:
            print(thresholds(script, runner, arguments.sets, extracted=arguments.extracted))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with eval_retrieval.py and its sets")
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=list(SETS))
    parser.add_argument("--through-store", action="store_true", help="ask recall over a real LanceDB instead of memory")
    parser.add_argument("--extracted", action="store_true", help="store what the built-in extractor makes of a turn, not the turn")
    parser.add_argument("--abilities", action="store_true", help="R@10 by the set's categories")
    parser.add_argument("--thresholds", action="store_true", help="how many gold and how many foreign memories pass 0.1 and 0.3")
    return parser.parse_args()


def _measured(script: ModuleType, name: str, ranker: type) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the script leaves files open
        result: dict[str, Any] = script.evaluate(name.split(" ")[0], ranker, verbose=False, **SETS[name])[0]
    return result


def _row(name: str, result: dict[str, Any]) -> str:
    figures = " | ".join(f"{result['overall'][column]:.3f}" for column in _COLUMNS)
    low, high = result["ci95"]["R@10"]
    update = f"{result['update']['fresh_before_stale']:.0%} of {result['update']['n']}" if "update" in result else ""
    return f"| {name} | {result['ranker']} | {result['n']} | {figures} | {low:.3f} - {high:.3f} | {update} |"


def _abilities(results: list[dict[str, Any]]) -> str:
    lines = ["", "| R@10 | n | " + " | ".join(result["ranker"] for result in results) + " |", "|---" * (len(results) + 2) + "|"]
    for category, first in results[0]["by_category"].items():
        figures = " | ".join(f"{result['by_category'][category]['R@10']:.3f}" for result in results)
        lines.append(f"| {category} | {first['n']} | {figures} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
