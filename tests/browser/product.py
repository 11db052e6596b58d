"""The real product for the browser tests: started as a person starts it, known by its log."""

import os
import re
import subprocess
import sys
from pathlib import Path
from threading import Condition, Thread

import psutil

READY_LIMIT_S = 180
STOP_LIMIT_S = 30
ADDRESS = re.compile(r"prosaasil is ready: (http://\S+)")
LOGIN = re.compile(r"Sign in as (\S+) with the password (\S+)")
WORKER_IS_READY = re.compile(r"^voice .*ready for calls")
SETTINGS_OF_OTHERS = ("OPENAI_", "TWILIO_", "AZURE_", "SPEECH_")
SETTINGS_LEFT_OUT = {"DATABASE_URL", "PUBLIC_URL", "MEDIA_URL", "SECRET_KEY", "VOICE_WORKERS"}


class Product:
    """`prosaasil run` in a folder of its own, on ports that it draws itself."""

    def __init__(self, folder: Path) -> None:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(SETTINGS_OF_OTHERS) and name not in SETTINGS_LEFT_OUT
        }
        own = {"DATA_DIR": str(folder / "data"), "LOG_FORMAT": "text"}
        drawn = {"WEB_PORT": "0", "MEDIA_PORT": "0", "SPEECH_PORT": "0"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "prosaasil", "run"],
            env=kept | own | drawn,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._log: list[str] = []
        self._has_ended = False
        self._grown = Condition()
        self._reader = Thread(target=self._read)
        self._reader.start()
        self.url = self._wait_for(ADDRESS)[1]
        self.email, self.password = self._wait_for(LOGIN).groups()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(STOP_LIMIT_S)
        self._reader.join(STOP_LIMIT_S)

    def kill_voice_worker(self) -> None:
        """The worst that can happen to a call: its process is gone, without a word."""
        (worker,) = (
            child
            for child in psutil.Process(self._process.pid).children(recursive=True)
            if child.cmdline()[-2:] == ["prosaasil", "voice"]
        )
        worker.kill()

    def wait_for_worker(self, number: int) -> None:
        """Until the voice worker has been started this often."""
        self._wait_for(WORKER_IS_READY, number)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                with self._grown:
                    self._log.append(line)
                    self._grown.notify_all()
        with self._grown:
            self._has_ended = True
            self._grown.notify_all()

    def _wait_for(self, pattern: re.Pattern[str], number: int = 1) -> re.Match[str]:
        with self._grown:
            self._grown.wait_for(
                lambda: self._has_ended or len(self._found(pattern)) >= number, READY_LIMIT_S
            )
            found = self._found(pattern)
            assert len(found) >= number, "".join(self._log)
            return found[number - 1]

    def _found(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        return [match for line in self._log if (match := pattern.search(line))]
