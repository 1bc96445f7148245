"""``nodalis grammar check``: what is wrong in rules, with file, line and column."""

from __future__ import annotations

from pathlib import Path

from ..exits import Exit, UsageError, say
from ..printable import one_line


def run(path: Path | None) -> Exit:
    """Print each problem on a line of its own, or how many rules are right."""
    from parser.grammar import GrammarError, check_packaged, load_grammar

    from ..rule_examples import broken_examples

    if path is not None and not path.exists():
        raise UsageError(f"no such file or folder: {path}")
    try:
        problems = check_packaged() if path is None else ()
        if not problems:
            grammar = load_grammar(path)
            rules = [rule for rule in grammar.rules if path is None or rule.path.startswith(str(path))]
            problems = broken_examples(grammar, rules)
    except GrammarError as error:
        problems = error.problems
    for problem in problems:
        print(one_line(str(problem)))
    if problems:
        say(f"{len(problems)} problem{'s' * (len(problems) != 1)}")
        return Exit.PROBLEMS
    files = {rule.path for rule in rules}
    print(f"{len(rules)} rules in {len(files)} file{'s' * (len(files) != 1)}: no problem")
    return Exit.OK
