"""Tables of columns as Parquet files. pyarrow comes with `requirements-export.txt` and is loaded here alone."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsrl_core.errors import ConfigError, excerpt

MISSING = "pyarrow is missing, with which LeRobot datasets are read and written: pip install pyarrow"


def pyarrow() -> ModuleType:
    """The package, with its part for Parquet.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise ConfigError(MISSING) from error
    package: ModuleType = pyarrow
    return package


def column(values: NDArray[Any]) -> Any:
    """An arrow array of values [n] or [n, size]."""
    arrow = pyarrow()
    flat = arrow.array(np.ascontiguousarray(values).reshape(-1))
    return flat if values.ndim == 1 else arrow.FixedSizeListArray.from_arrays(flat, values.shape[1])


def write_table(path: Path, columns: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> None:
    """Write columns, arrow arrays or lists, as the file `path`; the folder is made."""
    arrow = pyarrow()
    table = arrow.table(dict(columns))
    if metadata is not None:
        table = table.replace_schema_metadata({key: json.dumps(value) for key, value in metadata.items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    arrow.parquet.write_table(table, path)


def read_columns(path: Path, names: Sequence[str] | None = None) -> dict[str, Any]:
    """Columns of a file, arrow arrays by name; those of `names` that it has, or all.

    Raises:
        ConfigError: it cannot be read.
    """
    arrow = pyarrow()
    try:
        with arrow.parquet.ParquetFile(path) as file:
            there = file.schema_arrow.names
            table = file.read(columns=None if names is None else [name for name in names if name in there])
        return {name: table.column(name).combine_chunks() for name in table.column_names}
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read as Parquet: {excerpt(str(error))}") from error


def as_numbers(values: Any, where: str) -> NDArray[Any]:
    """An arrow column of numbers, or of lists of equally many numbers, as [n, size].

    Raises:
        ConfigError: it holds something else; `where` names it.
    """
    arrow, size = pyarrow(), 1
    kinds = arrow.types
    if kinds.is_list(values.type) or kinds.is_large_list(values.type) or kinds.is_fixed_size_list(values.type):
        lengths = set() if values.null_count else {len(item) for item in values}
        if len(lengths) != 1:
            raise ConfigError(f"{where} holds lists of different lengths")
        size, values = lengths.pop(), values.flatten()
    kind = values.type
    if values.null_count or not (kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_boolean(kind)):
        raise ConfigError(f"{where} holds no numbers, or not everywhere: it is of the type {kind}")
    return np.asarray(values.to_numpy(zero_copy_only=False)).reshape(-1, max(size, 1))
