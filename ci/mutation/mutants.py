"""Changes one thing in the text of a Dedalus model: the mutants of ci/mutate."""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(r'\s+|//[^\n]*|/\*.*?\*/|'
                   r'(?P<text>"[^"]*"|[A-Za-z0-9._?]+|:-|==|!=|<=|>=|[(),;@<>+*/-])', re.S)
COMPARISONS = {"==": ["!="], "!=": ["=="], "<": ["<=", ">="], "<=": ["<", ">"],
               ">": [">=", "<="], ">=": [">", "<"]}
SUFFIXES = ["", "@next", "@async"]
AGGREGATES = {"min": "max", "max": "min"}


class SyntaxProblem(Exception):
    """The file is no Dedalus as far as this reads it: ldfi says more."""


@dataclass(frozen=True)
class Token:
    text: str
    start: int
    end: int


@dataclass
class Clause:
    """Tokens of a clause, the last is its semicolon. A fact has no terms, an include no head."""
    tokens: list
    head: list = field(default_factory=list)
    terms: list = field(default_factory=list)

    def words(self):
        return tuple(token.text for token in self.tokens)


@dataclass(frozen=True)
class Mutant:
    """A changed file. The clauses are its meaning: equal ones are one mutant."""
    path: object
    line: int
    change: str
    old: str
    new: str
    text: str = field(repr=False)
    clauses: frozenset = field(repr=False)


def tokens_of(text):
    tokens, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise SyntaxProblem(f"no word of the language at line {text.count(chr(10), 0, at) + 1}")
        if match["text"]:
            tokens.append(Token(match["text"], match.start(), match.end()))
        at = match.end()
    return tokens


def split(tokens):
    """The parts of the list between commas that stand in no parentheses."""
    parts, depth = [[]], 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def clauses_of(text):
    clauses, tokens = [], []
    for token in tokens_of(text):
        tokens.append(token)
        if token.text != ";":
            continue
        clause, words = Clause(tokens), [one.text for one in tokens]
        if words[0] != "include":
            arrow = words.index(":-") if ":-" in words else len(words) - 1
            clause.head = tokens[:arrow]
            clause.terms = split(tokens[arrow + 1:-1]) if ":-" in words else []
            if not clause.head or not all(clause.terms):
                raise SyntaxProblem("part of a clause is missing at line "
                                    f"{text.count(chr(10), 0, tokens[0].start) + 1}")
        clauses.append(clause)
        tokens = []
    if tokens:
        raise SyntaxProblem("the last clause has no semicolon")
    return clauses


def includes(text):
    """The paths that it includes, as written."""
    return [clause.tokens[1].text[1:-1] for clause in clauses_of(text)
            if clause.tokens[0].text == "include"]


def is_comparison(term):
    return any(token.text in COMPARISONS for token in term)


def is_at_home(clause):
    """Does the head live on the node at which the rule runs?"""
    first = next((term for term in clause.terms if not is_comparison(term)), None)
    return first is not None and node_of(clause.head) == node_of(first) not in (None, "_")


def node_of(predicate):
    """The first argument, if it is a lone name or constant."""
    words = [token.text for token in predicate]
    first = words[words.index("(") + 1:][:2]
    return first[0] if first[1:] in ([","], [")"]) else None


def columns(part):
    """Yields each token of the arguments of a predicate, and its column: (relation, number)."""
    words = [token.text for token in part]
    name, number = words[words.index("(") - 1], 0
    for token in part[words.index("(") + 1:]:
        if token.text == ")":
            return
        number += token.text == ","
        yield token, (name, number)


def strings_of(texts):
    """The string constants of a program, by column; under None all of them."""
    strings = {None: set()}
    for clause in (clause for text in texts for clause in clauses_of(text)):
        for part in filter(None, [clause.head, *clause.terms]):
            placed = [(token, None) for token in part]
            if not is_comparison(part):
                placed += columns(part)
            for token, column in placed:
                if token.text[0] == '"':
                    strings.setdefault(column, set()).add(token.text)
    return strings


def another(strings, string):
    """The string behind this one, the first behind the last; None if there is no other."""
    others = sorted(strings - {string})
    return next((other for other in others if other > string), others[0] if others else None)


class Changes:
    """All changes of one file: (start, end, what stands there instead, what was done)."""

    def __init__(self, text, strings):
        self.text, self.strings = text, strings

    def source(self, part):
        return " ".join(self.text[part[0].start:part[-1].end].split())

    def of_clause(self, clause):
        if not clause.head:
            return
        if clause.terms:
            first, last = clause.tokens[0], clause.tokens[-1]
            yield first.start, last.end, "", "rule dropped"
            yield from self.of_suffix(clause)
            yield from self.of_aggregates(clause.head)
        # When a fact holds is an input's matter, not a rule's.
        yield from self.of_constants(clause.head, has_time=False)
        for number, term in enumerate(clause.terms):
            yield from self.of_drop(clause.terms, number)
            if is_comparison(term):
                yield from self.of_comparison(term)
            else:
                yield from self.of_negation(term)
            yield from self.of_constants(term)

    def of_suffix(self, clause):
        words = [token.text for token in clause.head]
        end = len(words) - 1 - words[::-1].index(")")
        old = "".join(words[end + 1:])
        # What a node sends to itself always arrives: then @async is @next.
        same = {"@next", "@async"} if is_at_home(clause) else set()
        for new in SUFFIXES:
            if new != old and not {old, new} <= same and (new != "@async" or not same):
                yield (clause.head[end].end, clause.head[-1].end, new,
                       f"{old or 'no suffix'} becomes {new or 'no suffix'}")

    def of_aggregates(self, head):
        for token, following in zip(head, head[1:]):
            if token.text in AGGREGATES and following.text == "<":
                new = AGGREGATES[token.text]
                yield token.start, token.end, new, f"{token.text} becomes {new}"

    def of_drop(self, terms, number):
        if len(terms) == 1:
            return
        change = f"term dropped: {self.source(terms[number])}"
        if number == 0:
            yield terms[0][0].start, terms[1][0].start, "", change
        else:
            yield terms[number - 1][-1].end, terms[number][-1].end, "", change

    def of_negation(self, term):
        if term[0].text == "notin":
            yield term[0].start, term[1].start, "", f"notin dropped: {self.source(term)}"
        else:
            yield term[0].start, term[0].start, "notin ", f"notin added: {self.source(term)}"

    def of_comparison(self, term):
        for token in term:
            for new in COMPARISONS.get(token.text, []):
                yield token.start, token.end, new, f"{token.text} becomes {new}"

    def of_constants(self, part, has_time=True):
        column_of = {} if is_comparison(part) else dict(columns(part))
        for before, token in zip([None, *part], part):
            is_time = before is not None and before.text == "@"
            news = []
            if token.text.isdigit() and (has_time or not is_time):
                number = int(token.text)
                news = [str(new) for new in (number - 1, number + 1) if new >= is_time]
            elif token.text[0] == '"':
                strings = self.strings.get(column_of.get(token), set())
                new = another(strings, token.text) or another(self.strings[None], token.text)
                news = [new] if new else []
            for new in news:
                yield token.start, token.end, new, f"{token.text} becomes {new}"


def mutants_of(path, text, strings):
    """Every mutant of the file, in the order of the text. `strings`: strings_of the program."""
    clauses = clauses_of(text)
    words = [clause.words() for clause in clauses]
    for number, clause in enumerate(clauses):
        start, end = clause.tokens[0].start, clause.tokens[-1].end
        for first, last, inserted, change in Changes(text, strings).of_clause(clause):
            new = text[start:first] + inserted + text[last:end]
            changed = [one.words() for one in clauses_of(new)]
            yield Mutant(path, text.count("\n", 0, first) + 1, change,
                         " ".join(text[start:end].split()), " ".join(new.split()),
                         text[:first] + inserted + text[last:],
                         frozenset([*words[:number], *changed, *words[number + 1:]]))


def meaning_of(text):
    """As Mutant.clauses, of the file as it is."""
    return frozenset(clause.words() for clause in clauses_of(text))
