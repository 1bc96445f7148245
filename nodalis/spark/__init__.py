"""Reports in Spark DataFrames. Needs PySpark 4 and a Java 17 runtime, the extra ``nodalis[spark]``."""

from .frame import convert

__all__ = ["convert"]
