"""The grammar of filters and orders, and its parser, built once.

What ``mlflow.utils.search_utils.SearchUtils`` takes for runs is part of this language, down to what ends a quoted text.
"""

from __future__ import annotations

from functools import cache

from lark import Lark

from mlflow_ext_server.query.reading import Reading

_GRAMMAR = r"""
filter: either
?either: both (OR both)*
?both: negation (AND negation)*
?negation: NOT negation -> inverse
         | OPEN either CLOSE -> group
         | predicate
?predicate: field COMPARISON value -> compare
          | field [NOT] (LIKE | ILIKE) value -> like
          | field [NOT] IN OPEN value (COMMA value)* [COMMA] CLOSE -> contained
          | field [NOT] BETWEEN value AND value -> between
          | field IS [NOT] NULL -> null

order: field [ASC | DESC]

field: REFERENCE | WORD | DOUBLE | BACKTICK
value: NUMBER | SPECIAL | SINGLE | DOUBLE | BACKTICK | WORD

REFERENCE.3: /`?[a-z]+`?\.(?:(?:`(?:``|[^`])*`|"(?:""|[\\]"|[^"])*"|'(?:''|[\\]'|[^'])*')(?:\.[a-z]+\b)?|[\w.\/:-]+)/i
SINGLE: /'(?:''|[\\]'|[^'])*'/
DOUBLE: /"(?:""|[\\]"|[^"])*"/
BACKTICK: /`(?:``|[^`])*`/
SPECIAL.2: /[+-]?(?:nan|infinity|inf)\b/i
NUMBER: /[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?(?![\w.])/i
COMPARISON: /<=|>=|<>|!=|==|=|<|>/
AND.2: /and\b/i
OR.2: /or\b/i
NOT.2: /not\b/i
LIKE.2: /like\b/i
ILIKE.2: /ilike\b/i
IN.2: /in\b/i
BETWEEN.2: /between\b/i
IS.2: /is\b/i
NULL.2: /null\b/i
ASC.2: /asc\b/i
DESC.2: /desc\b/i
WORD: /[^\W\d]\w*/
OPEN: "("
COMMA: ","
CLOSE: ")"
%ignore /\s+/
"""


@cache
def parser() -> Lark:
    """The parser for both start rules, ``filter`` and ``order``; threads may share it.

    It calls ``Reading`` while it reads, without a tree between: no text, however deep, meets Python's recursion limit.
    """
    return Lark(
        _GRAMMAR,
        parser="lalr",
        lexer="contextual",
        start=["filter", "order"],
        maybe_placeholders=True,
        transformer=Reading(),
    )
