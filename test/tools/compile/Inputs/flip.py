"""flip.py FILE BYTES: flips a bit that lies so many bytes before the end."""
import sys

with open(sys.argv[1], "r+b") as file:
    file.seek(-int(sys.argv[2]), 2)
    byte = file.read(1)[0]
    file.seek(-1, 1)
    file.write(bytes([byte ^ 1]))
