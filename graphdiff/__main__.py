"""python -m graphdiff"""

from graphdiff.cli import main

if __name__ == "__main__":
    main()
