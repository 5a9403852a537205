"""The page of a run that a test plays, as a process: `python page_process.py FOLDER`; words in, presses out.

It prints its address, and each press as "pressed ROBOT NAME". On its standard input it takes "play EPISODES", "silent"
(services no longer answer), "report" and "end".
"""

import sys
from pathlib import Path
from threading import Thread

from doubles.view_source import ViewSource

from dsrl_core.view.snapshot import Outcome
from dsrl_ros.app.page.server import address, bound, make_app, make_server


class Told(ViewSource):
    def press(self, name: str, robot: str = ""):
        print(f"pressed {robot or '-'} {name}", flush=True)
        return super().press(name, robot)


def obey(source: ViewSource) -> None:
    for line in sys.stdin:
        match line.split():
            case ["play", episodes]:
                source.play(int(episodes))
            case ["silent"]:
                source.answers = False
            case ["report"]:
                source.report.write_text("<h1>the report</h1>")
            case ["end"]:
                source.view.conclude(Outcome("success: base 25 % -> steered 90 %", True, str(source.report)))
        print(f"did {line.strip()}", flush=True)


def main() -> None:
    source = Told(Path(sys.argv[1]))
    server, place = make_server(make_app(source, "the-key")), bound("127.0.0.1", 0)
    Thread(target=obey, args=(source,), daemon=True).start()
    print(address(place), flush=True)
    server.run(sockets=[place])


if __name__ == "__main__":
    main()
