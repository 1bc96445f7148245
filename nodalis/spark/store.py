"""A folder that Spark can write, local or not: what is done there besides Spark's own writers, by Hadoop's FileSystem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..exits import FatalError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Stored(NamedTuple):
    """A file of the folder."""

    path: str  # relative to the folder
    bytes: int
    sha256: str

    @property
    def part(self) -> int:
        """The number of the task that wrote it, if it is one of Spark's: part-00007-..."""
        return int(self.path.rpartition("/")[2].split("-")[1])


class Store:
    """Paths are relative to the folder; ``""`` is the folder itself."""

    def __init__(self, spark: SparkSession, folder: str) -> None:
        self._java: Any = spark._jvm
        self._folder = folder
        self._files = self._path("").getFileSystem(spark._jsc.hadoopConfiguration())

    def place(self, path: str) -> str:
        """The whole address of a path."""
        return str(self._files.makeQualified(self._path(path)).toString())

    def lies_in(self, other: Store) -> bool:
        """Whether this is the other folder, or lies in it."""
        return f"{self.place('')}/".startswith(f"{other.place('')}/")

    def is_folder(self, path: str) -> bool | None:
        """Whether there is a folder; None where nothing is."""
        found = self._path(path)
        return bool(self._files.getFileStatus(found).isDirectory()) if self._files.exists(found) else None

    def make(self, path: str) -> None:
        """Make a folder, and those above it."""
        self._files.mkdirs(self._path(path))

    def names(self, path: str = "") -> list[str]:
        """What a folder holds, sorted; nothing where there is no folder."""
        if not self._files.exists(self._path(path)):
            return []
        return sorted(status.getPath().getName() for status in self._files.listStatus(self._path(path)))

    def files(self, path: str) -> list[str]:
        """The files that Spark's writers made in a folder, but for their notes."""
        return [f"{path}/{name}" for name in self.names(path) if not name.startswith((".", "_"))]

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with all that is in it."""
        self._files.delete(self._path(path), True)

    def move(self, path: str, to: str) -> None:
        """Give a file or folder another name."""
        if not self._files.rename(self._path(path), self._path(to)):
            raise FatalError(f"{self._folder}: {to} cannot be put there")

    def stored(self, path: str) -> Stored:
        """A file with its length and digest."""
        stream = self._files.open(self._path(path))
        try:
            digest = self._java.org.apache.commons.codec.digest.DigestUtils.sha256Hex(stream)
        finally:
            stream.close()
        return Stored(path, self._files.getFileStatus(self._path(path)).getLen(), digest)

    def write(self, path: str, data: bytes) -> None:
        """Write a small file; it appears whole."""
        folder, bar, name = path.rpartition("/")
        part = f"{folder}{bar}.{name}.part"
        stream = self._files.create(self._path(part), True)
        try:
            stream.write(bytearray(data))
        finally:
            stream.close()
        self.move(part, path)

    def _path(self, path: str) -> Any:
        return self._java.org.apache.hadoop.fs.Path(f"{self._folder}/{path}" if path else self._folder)
