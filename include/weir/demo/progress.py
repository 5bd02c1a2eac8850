"""What a person sees while the demo works: never more than a few seconds of silence."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

BEAT_SECONDS = 3.0


class Progress:
    """Numbered steps with a beat: a step that takes longer keeps telling what it waits for.

    On a terminal the beat moves in place; in a log each beat is a line of its own.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self._started = time.monotonic()
        self._detail = ""

    def say(self, text: str) -> None:
        self.console.print(f"[dim]{self._clock()}[/dim] {text}")

    def note(self, detail: str) -> None:
        """What the present step is doing now; shown with the next beat."""
        self._detail = detail

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show `title`, beat while the body works, then say how long it took."""
        began = time.monotonic()
        self._detail = ""
        self.say(f"{title} …")
        done = threading.Event()
        beat = threading.Thread(target=self._beat, args=(title, done), daemon=True)
        beat.start()
        try:
            yield
        except BaseException:
            done.set()
            beat.join()
            self.say(f"[red]{title} ✗[/red]")
            raise
        done.set()
        beat.join()
        self.say(f"[green]{title} ✓[/green] [dim]{time.monotonic() - began:.1f} s[/dim]")

    def _beat(self, title: str, done: threading.Event) -> None:
        while not done.wait(BEAT_SECONDS):
            self.say(f"[dim]{title} … {self._detail}[/dim]")

    def _clock(self) -> str:
        elapsed = int(time.monotonic() - self._started)
        return f"{elapsed // 60:02d}:{elapsed % 60:02d}"
