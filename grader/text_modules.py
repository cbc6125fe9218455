"""Modules that are imported from texts, wherever these come from.

The texts know each other by relative imports, as files of one package would. The package
has a name that nobody but Python needs: in messages a module is called by its file.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import itertools
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from weakref import WeakValueDictionary

from grader.errors import SourceError

_DOT = "%2E"
"""In a module's name, a dot in a folder's."""
_PACKAGE = "_exercises_"
_MODULE = re.compile(rf"(?<='){_PACKAGE}\d+\.[^']+(?=')|{_PACKAGE}\d+\.[\w.%-]+\w")
"""A module's name, as it stands in the text of an error."""
_numbers = itertools.count()
_importers: WeakValueDictionary[str, TextImporter] = WeakValueDictionary()
"""By their packages."""


class Texts(dict[str, str]):
    """The files below a folder by their paths, each read when it is asked for."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root

    def __missing__(self, path: str) -> str:
        where = f"{self.root.name}/{path}"
        try:
            text = (self.root / path).read_text("utf-8-sig")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise KeyError(path) from None
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise SourceError(
                f"'{where}', line {line}: byte 0x{error.object[error.start]:02x} is no "
                "UTF-8 text: save the file as UTF-8"
            ) from None
        if "\0" in text:
            line = text.count("\n", 0, text.index("\0")) + 1
            raise SourceError(
                f"'{where}', line {line}: a NUL byte, which no text holds: save the file "
                "as UTF-8, or take the byte out"
            )
        self[path] = text
        return text

    def below(self, folder: str) -> list[str]:
        """Return the names of files and folders in a folder."""
        try:
            return sorted(entry.name for entry in (self.root / folder).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []


class TextImporter(importlib.abc.ExecutionLoader):
    """Imports modules from texts, below a package of its own."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.package = f"{_PACKAGE}{next(_numbers)}"
        self._at_work = False
        _importers[self.package] = self

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let import statements find the texts."""
        self._at_work = True
        try:
            yield
        finally:
            self._at_work = False

    def names(self, folder: str) -> list[str]:
        """Return what lies in a folder, without what lies deeper."""
        if isinstance(self.texts, Texts):
            return self.texts.below(folder)
        start = f"{folder}/"
        inside = (p.removeprefix(start) for p in self.texts if p.startswith(start))
        return sorted({path.partition("/")[0] for path in inside})

    def shown(self, path: str) -> str:
        """Return a path as its author knows it: with the folder that is read in front."""
        return f"{self.texts.root.name}/{path}" if isinstance(self.texts, Texts) else path

    def shown_module(self, name: str) -> str:
        """Return the file of a module as its author knows it, also if there is none."""
        return self.shown(self.path_of(name) or _path(name))

    def path_of(self, name: str) -> str:
        """Return the file of a module; empty for a plain folder."""
        below = _path(name)
        if not below:
            return ""
        for path in (f"{below}/__init__.py", f"{below}.py"):
            try:
                self.texts[path]
            except KeyError:
                continue
            return path
        return ""

    def spec(self, name: str) -> importlib.machinery.ModuleSpec | None:
        """Find a module of this package.

        Raises:
            ImportError: a function imports it when it is called. Only what files import
                at once travels with their assignment.
        """
        if not self._at_work:
            raise ImportError(
                f"'{self.shown_module(name)}' is imported inside of a function: import it "
                "at the top of the file"
            )
        file, folder = self.path_of(name), _path(name)
        if not file and folder and not self.names(folder):
            return None
        is_package = not file or file.endswith("/__init__.py")
        return importlib.machinery.ModuleSpec(
            name, self, origin=file or folder, is_package=is_package
        )

    def get_filename(self, name: str) -> str:
        """Return what a traceback calls the file."""
        path = self.path_of(name)
        return self._file(path) if path else name

    def get_source(self, name: str) -> str:
        """Return the text of a module, none for a plain folder."""
        path = self.path_of(name)
        return self.texts[path] if path else ""

    def is_package(self, name: str) -> bool:
        """Whether a module is a folder."""
        path = self.path_of(name)
        return not path or path.endswith("/__init__.py")

    def module(self, path: str) -> ModuleType:
        """Import the file or folder at a path.

        Raises:
            SourceError: it cannot be imported.
        """
        name = path.removesuffix(".py").replace(".", _DOT).replace("/", ".")
        try:
            return importlib.import_module(f"{self.package}.{name}")
        except SourceError:
            raise
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            raise SourceError(self._broken(path, error)) from error

    def _file(self, path: str) -> str:
        return str(self.texts.root / path) if isinstance(self.texts, Texts) else path

    def _broken(self, path: str, error: BaseException) -> str:
        """Say in which line of which of our files an import ended."""
        ours = {self._file(p): self.shown(p) for p in self.texts}
        if isinstance(error, SyntaxError) and error.filename in ours:
            return f"'{ours[error.filename]}', line {error.lineno}: {error.msg}"
        frames = [
            f for f in traceback.extract_tb(error.__traceback__) if f.filename in ours
        ]
        where = f"'{self.shown(path)}'"
        if frames:
            where = f"'{ours[frames[-1].filename]}', line {frames[-1].lineno}"
        return f"{where}: {type(error).__name__}: {with_files(str(error))}"


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of all importers; others are none of its business."""

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        importer = _importers.get(name.partition(".")[0])
        return importer.spec(name) if importer else None


sys.meta_path.append(_Finder())


def with_files(text: str) -> str:
    """Return the text of an error with files in place of the modules made from them."""
    return _MODULE.sub(_shown, text).replace(" (unknown location)", "")


def _shown(found: re.Match[str]) -> str:
    importer = _importers.get(found[0].partition(".")[0])
    return importer.shown_module(found[0]) if importer else found[0]


def _path(name: str) -> str:
    """Return where a module lies, without its suffix; empty for the package itself."""
    return "/".join(part.replace(_DOT, ".") for part in name.split(".")[1:])
