"""Modules under the names of a peer's modules, whose functions run on coursekit."""

import sys
from collections.abc import Callable, Mapping
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from bench.suites.record import lack, record


class Lacking:
    """A name of a peer's that coursekit lacks: test files may import it, but no test may use it."""

    def __init__(self, name: str, *_: Any) -> None:
        self.name = name

    def __call__(self, *_: Any, **__: Any) -> Any:
        return lack(self.name) if record.in_test else self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self()


class StandIn(ModuleType):
    """A module of a peer's; `missing` returns what stands for a name that it does not define."""

    def __init__(self, name: str, missing: Callable[[str], Any]) -> None:
        super().__init__(name)
        self.missing, self.__path__ = missing, []  # any module may have submodules

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.missing(name)


class Peer(MetaPathFinder, Loader):
    """Finds every module of a peer's."""

    def __init__(
        self, name: str, modules: Mapping[str, Any], missing: Callable[[str], Any]
    ) -> None:
        self.name, self.modules, self.missing = name, modules, missing

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name.partition(".")[0] == self.name else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return StandIn(spec.name, self.missing)

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(self.modules.get(module.__name__, {}))


def install(peer: str, modules: Mapping[str, Any], missing: Callable[[str], Any]) -> None:
    """Make `import peer` and its submodules find these modules, instead of the peer's."""
    sys.meta_path.insert(0, Peer(peer, modules, missing))
