"""What the subcommands that open a page in the browser share."""

import argparse
from typing import Any


def add_page_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds `--port` and `--no-browser`."""
    parser.add_argument("--port", type=int, default=0, help="a free one if not given")
    parser.add_argument(
        "--no-browser", action="store_true", help="only print the page's address"
    )


def check_port(args: argparse.Namespace) -> None:
    """Refuses ports that there are not."""
    if not 0 <= args.port < 2**16:
        raise ValueError(f"--port must be 0..65535. Received: {args.port}")


def serve(server: Any, args: argparse.Namespace) -> None:
    """Serves a page until Ctrl-C.

    Args:
        server: `PageServer` whose context is entered.
        args: Parsed arguments.
    """
    import webbrowser

    print(f"{server.url} - stop with Ctrl-C", flush=True)
    if not args.no_browser:
        webbrowser.open(server.url)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("Stopped.")
