"""`python sender_process.py DOMAIN LEAD_S`: streams knots to the driver until it is ended, as an executor does."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fci_station import Network, Sender, Station


def main() -> None:
    station = Station(Network(int(sys.argv[1]), {}), "sender")
    assert station.spin(station.seen.ready)
    sender = Sender(station, amplitude=0.15, lead_s=float(sys.argv[2]))
    print("streams", flush=True)
    station.spin(lambda: sender.messages > 100_000, longest_s=600)


if __name__ == "__main__":
    main()
