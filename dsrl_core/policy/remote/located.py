"""Names the server in the errors about what it sent."""

from collections.abc import Iterator
from contextlib import contextmanager

from dsrl_core.errors import DsrlError, PolicyProtocolError, SteeringNotApplied, SteeringUnsupported, excerpt


@contextmanager
def located(address: str) -> Iterator[None]:
    """Raise errors about a reply with the server's address; whatever else goes wrong in reading it is a PolicyError."""
    try:
        yield
    except (PolicyProtocolError, SteeringNotApplied, SteeringUnsupported) as error:
        raise type(error)(f"{address}: {error}") from error
    except DsrlError:
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {excerpt(str(error))}"
        raise PolicyProtocolError(f"{address}: what it sent cannot be read: {what}") from error
