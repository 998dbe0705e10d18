"""What SQL over events may be made of. Nothing is forbidden by name: what does not stand here is refused.

Names of messages and of their fields are those of PostgreSQL's parse tree (`pg_query.proto` of libpg_query).
"""

COLUMNS = ("id", "type", "source", "subject", "time", "received_at", "data")

MAX_SQL_CHARACTERS = 10_000
MAX_NODES = 2_000
MAX_DEPTH = 60  # messages within each other; a level of an expression is two of them
MAX_RELATIONS = 8
MAX_PARAMETERS = 20

_PLACE = {"location"}
_EXPRESSION = {"args", "arg", "xpr", *_PLACE}

# The kinds of nodes, each with the fields that it may have set.
NODES: dict[str, set[str]] = {
    "SelectStmt": {
        "distinct_clause", "target_list", "from_clause", "where_clause", "group_clause", "group_distinct",
        "having_clause", "window_clause", "values_lists", "sort_clause", "limit_offset", "limit_count", "limit_option",
        "with_clause", "op", "all", "larg", "rarg",
    },
    "WithClause": {"ctes", *_PLACE},
    "CommonTableExpr": {"ctename", "aliascolnames", "ctematerialized", "ctequery", *_PLACE},
    "ResTarget": {"name", "val", *_PLACE},
    "RangeVar": {"relname", "inh", "relpersistence", "alias", *_PLACE},
    "RangeSubselect": {"subquery", "alias"},
    "RangeFunction": {"lateral", "ordinality", "functions", "alias"},
    "JoinExpr": {"jointype", "is_natural", "larg", "rarg", "using_clause", "quals", "alias"},
    "Alias": {"aliasname", "colnames"},
    "ColumnRef": {"fields", *_PLACE},
    "ParamRef": {"number", *_PLACE},
    "A_Star": set(),
    "A_Const": {"ival", "fval", "boolval", "sval", "isnull", *_PLACE},
    "A_Expr": {"kind", "name", "lexpr", "rexpr", "rexpr_list_start", "rexpr_list_end", *_PLACE},
    "A_ArrayExpr": {"elements", "list_start", "list_end", *_PLACE},
    "A_Indirection": {"arg", "indirection"},
    "A_Indices": {"is_slice", "lidx", "uidx"},
    "BoolExpr": {"boolop", *_EXPRESSION},
    "CaseExpr": {"defresult", *_EXPRESSION},
    "CaseWhen": {"expr", "result", *_PLACE},
    "CoalesceExpr": _EXPRESSION,
    "MinMaxExpr": {"op", *_EXPRESSION},
    "NullTest": {"nulltesttype", *_EXPRESSION},
    "BooleanTest": {"booltesttype", *_EXPRESSION},
    "RowExpr": {"row_format", *_EXPRESSION},
    "SubLink": {"sub_link_type", "testexpr", "oper_name", "subselect", "xpr", *_PLACE},
    "FuncCall": {
        "funcname", "args", "agg_order", "agg_filter", "over", "agg_within_group", "agg_star", "agg_distinct",
        "funcformat", *_PLACE,
    },
    "WindowDef": {
        "name", "refname", "partition_clause", "order_clause", "frame_options", "start_offset", "end_offset", *_PLACE,
    },
    "GroupingSet": {"kind", "content", *_PLACE},
    "GroupingFunc": {"refs", *_EXPRESSION},
    "SortBy": {"node", "sortby_dir", "sortby_nulls", *_PLACE},
    "SQLValueFunction": {"op", "typmod", *_PLACE},
    "TypeCast": {"arg", "type_name", *_PLACE},
    "TypeName": {"names", "typmods", "typemod", "array_bounds", *_PLACE},
    "List": {"items"},
    "String": {"sval"}, "Integer": {"ival"}, "Float": {"fval"}, "Boolean": {"boolval"},
}  # fmt: skip

OPERATORS = frozenset([
    "=", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "||",
    "->", "->>", "#>", "#>>", "@>", "<@", "?", "?|", "?&",
    "~~", "!~~", "~~*", "!~~*",  # LIKE and ILIKE
    "BETWEEN", "NOT BETWEEN", "BETWEEN SYMMETRIC", "NOT BETWEEN SYMMETRIC",
])  # fmt: skip
KINDS_OF_OPERATION = frozenset([
    "OP", "OP_ANY", "OP_ALL", "DISTINCT", "NOT_DISTINCT", "NULLIF", "IN", "LIKE", "ILIKE",
    "BETWEEN", "NOT_BETWEEN", "BETWEEN_SYM", "NOT_BETWEEN_SYM",
])  # fmt: skip
TYPES = frozenset([
    "text", "varchar", "bpchar", "bool", "int2", "int4", "int8", "numeric", "float4", "float8", "uuid", "jsonb",
    "date", "time", "timestamp", "timestamptz", "interval",
])  # fmt: skip
# What says who asks, and where, is none of these: CURRENT_USER and its like.
INSTANTS_OF_NOW = frozenset(
    ["CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP_N", "LOCALTIMESTAMP", "LOCALTIMESTAMP_N", "CURRENT_TIME"]
)

_AGGREGATES = """
    count sum avg min max bool_and bool_or every stddev stddev_pop stddev_samp variance var_pop var_samp mode
    percentile_cont percentile_disc string_agg array_agg jsonb_agg jsonb_object_agg
"""
_WINDOWS = """
    row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
"""
_TIMES = """
    now date_trunc date_part date_bin extract age make_interval to_char to_timestamp timezone justify_hours
    justify_days
"""
_TEXTS = """
    lower upper initcap length char_length octet_length btrim ltrim rtrim substring substr left right replace
    split_part strpos position concat concat_ws starts_with reverse
"""
_NUMBERS = "abs ceil ceiling floor round trunc sign mod sqrt ln log width_bucket"
_JSON = """
    jsonb_typeof jsonb_array_length jsonb_extract_path jsonb_extract_path_text jsonb_build_object jsonb_build_array
    to_jsonb jsonb_strip_nulls array_length cardinality array_to_string
"""
# What gives as many rows as its argument has members, in FROM alone. generate_series makes rows of nothing.
ROWS = frozenset(["jsonb_array_elements", "jsonb_array_elements_text", "jsonb_each", "jsonb_each_text", "unnest"])
ROW_CALL = frozenset(["funcname", "args", "funcformat", "location"])
FUNCTIONS = frozenset(f"{_AGGREGATES} {_WINDOWS} {_TIMES} {_TEXTS} {_NUMBERS} {_JSON}".split())
