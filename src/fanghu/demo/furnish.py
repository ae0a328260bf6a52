"""``python -m fanghu.demo.furnish``: make the sample's database, log and history in its own folder (FANGHU_HOME)."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from fanghu.demo.folder import require_sample, write_mark
from fanghu.faults import Exit, Fault


def main() -> int:
    """Furnish, and mark the folder furnished only at the very end."""
    os.umask(0o077)
    home = Path(os.environ["FANGHU_HOME"])
    try:
        require_sample(home)
        import django
        from django.core.management import call_command
        from django.utils.translation import activate

        django.setup()
        activate("zh-hant")
        call_command("migrate", interactive=False, verbosity=0)
        from fanghu.demo.story import tell

        tell(datetime.now(UTC), said=lambda day: print(day, end=" ", flush=True))
        print(flush=True)
        write_mark(home, furnished=True)
    except Fault as fault:
        print(f"{fault.code} {fault.en}", file=sys.stderr)
        return int(fault.exit_code)
    return int(Exit.YES)


if __name__ == "__main__":
    sys.exit(main())
