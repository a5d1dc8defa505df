"""`python -m bonafide COMMAND ...` is the program itself."""

import os
import sys

from bonafide._errors import ProgramError
from bonafide._program import find_program


def main() -> None:
    """Becomes the program, with the words of this command line."""
    try:
        program = find_program()
        os.execv(program, [program] + sys.argv[1:])
    except (ProgramError, OSError) as problem:
        sys.exit("bonafide: %s" % problem)


if __name__ == "__main__":
    main()
