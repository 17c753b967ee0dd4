"""python -m graphdiff"""

from graphdiff.cli.main import main

if __name__ == "__main__":
    main()
