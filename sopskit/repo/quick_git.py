"""Starting git in the working directory, and reading what it prints: no more than that.

A hook that finds nothing waits for this: `sopskit.process` imports subprocess, which takes 20 ms. Nothing
here says why git failed; `repo.git` does.
"""

from __future__ import annotations

import os

from sopskit.repo.git_calls import OPTIONS, environment

TYPE_CHECKING = False  # importing typing takes 15 ms
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: Questions of `contents` at once, so that they fit into a pipe, and nobody waits for us to read.
MOST = 100


class QuickGit:
    """A git that has been started, and may be asked.

    Args:
        arguments: its command, and the arguments of that.
        kept: see `environment`.

    Raises:
        OSError: it could not be started.
    """

    def __init__(self, arguments: Iterable[str], kept: Mapping[str, str]) -> None:
        asked, self._questions = os.pipe()
        answers, answering = os.pipe()
        self._answers = os.fdopen(answers, "rb")
        actions = [
            (os.POSIX_SPAWN_DUP2, asked, 0),
            (os.POSIX_SPAWN_DUP2, answering, 1),
            (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0),
        ]
        self._process = 0
        try:
            argv = ["git", *OPTIONS, *arguments]
            self._process = os.posix_spawnp("git", argv, environment(os.environ, kept), file_actions=actions)
        except OSError:
            self.end()
            raise
        finally:
            os.close(asked)
            os.close(answering)

    def read(self) -> bytes | None:
        """All that it prints; None where it fails."""
        output = self._answers.read()
        return output if self.end() == 0 else None

    def contents(self, names: Iterable[str], limit: int) -> Iterator[bytes | None]:
        """What `cat-file --batch` has under each name; None where it has none.

        Args:
            names: no more than `MOST`.
            limit: the largest size in bytes.

        Raises:
            ValueError: one is larger, or no file, or git has ended.
        """
        os.write(self._questions, "".join(f"{name}\n" for name in names).encode())
        for _ in names:
            words = self._answers.readline().split(b" ")
            if len(words) == 2 and words[1] == b"missing\n":
                yield None
                continue
            if len(words) != 3 or words[1] != b"blob" or int(words[2]) > limit:
                raise ValueError("another answer is needed")
            size = int(words[2])
            content = self._answers.read(size + 1)
            if len(content) != size + 1:
                raise ValueError("git has ended")
            yield content[:-1]

    def end(self) -> int:
        """Let it end; returns its status, 0 where all went well."""
        if self._questions >= 0:
            os.close(self._questions)
            self._answers.close()
            self._questions = -1
        process, self._process = self._process, 0
        return os.waitpid(process, 0)[1] if process else 0
